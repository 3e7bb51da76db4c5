/** One process of the paper on a bench: a core whose signatures and validations are answered at once. */

import { type Core, createCore, step } from '../../../consensus/core.ts';
import type { Effect, Input } from '../../../consensus/effects.ts';
import {
  blockTarget,
  FRESH,
  NIL,
  type Proposal,
  type Target,
  type Vote,
  type VoteType,
} from '../../../consensus/messages.ts';
import type { TimeoutType } from '../../../consensus/round.ts';
import type { Verified } from '../../../consensus/verify.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { digest, type Party, unsigned, unsignedProposal } from './support.ts';

/** With four of equal power, round r of this height is proposed by validator r mod 4. */
export const HEIGHT = toHeight(4n);

export const V = digest('v');
export const W = digest('w');
const nameOf = (id: Root): string => (equal(id, V) ? 'v' : equal(id, W) ? 'w' : 'other');
const shown = (target: Target): string => (target.type === 'nil' ? 'nil' : nameOf(target.id));

export type BenchOptions = { readonly of: Party; readonly self: number; readonly height?: bigint };

export class Process {
  readonly core: Core = createCore();
  /** What it said, in words: `prevote 0 v`. */
  readonly said: string[] = [];
  readonly effects: Effect[] = [];
  readonly invalid: Root[] = [];
  readonly untimely: Root[] = [];
  own: Root = digest('own');
  readonly height: bigint;

  constructor({ of, self, height = HEIGHT }: BenchOptions) {
    this.height = height;
    this.give({
      type: 'StartHeight',
      height: toHeight(height),
      validators: of.validators,
      self: { type: 'validator', index: self },
    });
  }

  give(input: Input): void {
    for (const effect of step(this.core, input)) this.#answer(effect);
  }

  #answer(effect: Effect): void {
    this.effects.push(effect);
    if (effect.type === 'Sign' && effect.request.type === 'vote') {
      const { type, round, target } = effect.request.vote;
      this.said.push(`${type} ${round} ${shown(target)}`);
      this.give({ type: 'SignedVote', vote: unsigned(effect.request.vote) });
    } else if (effect.type === 'Sign' && effect.request.type === 'proposal') {
      const { round, id, validRound } = effect.request.proposal;
      const again = validRound.type === 'none' ? '' : ` of round ${validRound.round}`;
      this.said.push(`propose ${round} ${nameOf(id)}${again}`);
      this.give({ type: 'SignedProposal', proposal: unsignedProposal(effect.request.proposal) });
    } else if (effect.type === 'ValidateValue') {
      const { round, id } = effect;
      const valid = !this.invalid.some((each) => equal(each, id));
      const timely = !this.untimely.some((each) => equal(each, id));
      this.give({ type: 'ProposedValue', round, id, valid, timely });
    } else if (effect.type === 'GetValue') {
      this.give({ type: 'OwnValue', round: effect.round, id: this.own });
    } else if (effect.type === 'Decide') {
      this.said.push(`decide ${effect.round} ${nameOf(effect.id)}`);
    }
  }

  propose(round: number, id: Root, validRound?: number): void {
    const proposal: Verified<Proposal> = unsignedProposal({
      height: toHeight(this.height),
      round: toRound(round),
      id,
      validRound: validRound === undefined ? FRESH : { type: 'round', round: toRound(validRound) },
    });
    this.give({ type: 'Proposal', proposal });
  }

  votes(type: VoteType, round: number, id: Root | 'nil', from: readonly number[]): void {
    for (const vote of this.cast(type, round, id, from)) this.give({ type: 'Vote', vote });
  }

  cast(type: VoteType, round: number, id: Root | 'nil', from: readonly number[]): Verified<Vote>[] {
    const target = id === 'nil' ? NIL : blockTarget(id);
    return from.map((validator) =>
      unsigned({ type, height: toHeight(this.height), round: toRound(round), target, validator }),
    );
  }

  prevotes(round: number, id: Root | 'nil', from: readonly number[]): void {
    this.votes('prevote', round, id, from);
  }

  precommits(round: number, id: Root | 'nil', from: readonly number[]): void {
    this.votes('precommit', round, id, from);
  }

  timeout(type: TimeoutType, round: number): void {
    this.give({ type: 'TimeoutElapsed', timeout: { type, round: toRound(round) } });
  }

  /** What it said since it was last asked. */
  heard(): readonly string[] {
    return this.said.splice(0);
  }

  scheduled(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'ScheduleTimeout' ? [`${effect.timeout.type} ${effect.timeout.round}`] : [],
    );
  }
}
