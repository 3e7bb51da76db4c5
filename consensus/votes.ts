/**
 * The votes of one height: tallies by round, type and target. A validator's power counts once for each target it voted
 * for and once for the round: a validator that votes twice is faulty, but each of its votes is a message that another correct process
 * may have counted, and a certificate may hold the other one (the paper counts messages, not senders' opinions).
 */
import type { Root, Round } from '../src/lib/brands.ts';
import { equal, toBareHex } from '../src/lib/bytes.ts';
import type { ValidatorSet } from '../src/lib/chain.ts';
import { blockTarget, type Target, type Vote, type VoteType } from './messages.ts';
import { hasCorrect, isQuorum, totalPower } from './power.ts';
import type { Verified } from './verify.ts';

/**
 * - `single`: on its own. It counts within both bounds below.
 * - `round`: in a round certificate, which holds a vote of a correct validator that is in the round, or has left the one
 *   before. It counts however far ahead it is: a process that has filled its rounds ahead with loose votes may have no other
 *   way to the round of the others.
 * - `quorum`: in a commit or polka, where more than two thirds voted for the same. It counts whatever else its validator
 *   voted for.
 */
export type VoteSource = 'single' | 'round' | 'quorum';

export type Added =
  | { readonly type: 'added' }
  | { readonly type: 'equivocation'; readonly first: Verified<Vote>; readonly second: Verified<Vote> }
  | { readonly type: 'duplicate' }
  /** The validator already has the maximum number of votes in the round, or in future rounds. */
  | { readonly type: 'refused' };

/** The most votes of a validator per round and type. Two show an equivocation; more would let one validator fill the memory. */
const MAX_TARGETS_EACH = 2;
/**
 * The most rounds ahead for which loose votes of a validator are kept. A correct validator is seldom ahead by more than one
 * round. If it is, its round certificate comes as often as its votes and is not bound by this, so loose votes of later
 * rounds only save time.
 */
const MAX_ROUNDS_AHEAD_EACH = 4;

type Ballot = {
  readonly target: Target;
  readonly votes: Map<number, Verified<Vote>>;
  power: bigint;
};

type Tally = {
  readonly ballots: Map<string, Ballot>;
  /** The first vote of each. */
  readonly voters: Map<number, Verified<Vote>>;
  power: bigint;
};

type RoundVotes = Readonly<Record<VoteType, Tally>>;

const keyOf = (target: Target): string => (target.type === 'nil' ? 'nil' : toBareHex(target.id));
const emptyTally = (): Tally => ({ ballots: new Map(), voters: new Map(), power: 0n });

const NO_VOTES: RoundVotes = { prevote: emptyTally(), precommit: emptyTally() };

export class Votes {
  readonly #validators: ValidatorSet;
  readonly #total: bigint;
  readonly #rounds = new Map<Round, RoundVotes>();

  constructor(validators: ValidatorSet) {
    this.#validators = validators;
    this.#total = totalPower(validators);
  }

  /** `round` is the one the process is in. */
  add(vote: Verified<Vote>, source: VoteSource, round: Round): Added {
    const use = this.use(vote, source, round);
    if (use !== 'take') return { type: use };
    const first = this.#rounds.get(vote.round)?.[vote.type].voters.get(vote.validator);
    this.#count(vote);
    return first === undefined ? { type: 'added' } : { type: 'equivocation', first, second: vote };
  }

  /** Returns what `add` would do with a vote. It is asked before the vote is verified. */
  use(vote: Vote, source: VoteSource, round: Round): 'take' | 'duplicate' | 'refused' {
    if (this.#ballot(vote.type, vote.round, vote.target)?.votes.has(vote.validator)) return 'duplicate';
    if (source === 'quorum') return 'take';
    if (!this.#hasTargetFor(vote)) return 'refused';
    return source === 'round' || this.#isInReach(vote, round) ? 'take' : 'refused';
  }

  /** Is this very vote counted, with this signature? Then it needs no verification. */
  holds(vote: Vote): boolean {
    const held = this.#ballot(vote.type, vote.round, vote.target)?.votes.get(vote.validator);
    return held !== undefined && equal(held.signature, vote.signature);
  }

  /** Returns the votes of a validator, those of the latest rounds first. */
  of(validator: number): readonly Verified<Vote>[] {
    return this.rounds()
      .toReversed()
      .flatMap((round) => {
        const { prevote, precommit } = this.#rounds.get(round) ?? NO_VOTES;
        return [...precommit.ballots.values(), ...prevote.ballots.values()];
      })
      .flatMap(({ votes }) => votes.get(validator) ?? []);
  }

  /** 2f+1 ⟨type, h_p, round, ∗⟩ */
  anyQuorum(type: VoteType, round: Round): boolean {
    return isQuorum(this.#rounds.get(round)?.[type].power ?? 0n, this.#total);
  }

  /** 2f+1 ⟨type, h_p, round, target⟩ */
  quorum(type: VoteType, round: Round, target: Target): boolean {
    return isQuorum(this.#ballot(type, round, target)?.power ?? 0n, this.#total);
  }

  /** f+1 ⟨type, h_p, round, target⟩ */
  correct(type: VoteType, round: Round, target: Target): boolean {
    return hasCorrect(this.#ballot(type, round, target)?.power ?? 0n, this.#total);
  }

  /** Returns the block that 2f+1 voted for, or `none`. */
  quorumBlock(type: VoteType, round: Round): Root | 'none' {
    for (const { target, power } of this.#rounds.get(round)?.[type].ballots.values() ?? []) {
      if (target.type === 'block' && isQuorum(power, this.#total)) return target.id;
    }
    return 'none';
  }

  /** Returns the blocks with votes of a type in a round, the one with the most power first. */
  blocks(type: VoteType, round: Round): readonly Root[] {
    const ballots = [...(this.#rounds.get(round)?.[type].ballots.values() ?? [])];
    ballots.sort((a, b) => (a.power === b.power ? 0 : a.power > b.power ? -1 : 1));
    return ballots.flatMap(({ target }) => (target.type === 'block' ? [target.id] : []));
  }

  /** Returns the rounds that have votes, in ascending order. */
  rounds(): readonly Round[] {
    return [...this.#rounds.keys()].sort((a, b) => a - b);
  }

  /** f+1 ⟨∗, h_p, round, ∗, ∗⟩: does a correct process stand in this round? */
  roundReached(round: Round): boolean {
    let power = 0n;
    for (const validator of this.#votersOf(round).keys()) power += this.#powerOf(validator);
    return hasCorrect(power, this.#total);
  }

  /** By validator, for a commit or polka. */
  votesFor(type: VoteType, round: Round, target: Target): ReadonlyMap<number, Verified<Vote>> {
    return this.#ballot(type, round, target)?.votes ?? new Map();
  }

  /** One vote of each validator that voted in a round, of one type or of either, for a round certificate. */
  voters(round: Round, type: VoteType | 'either'): readonly Verified<Vote>[] {
    const votes = type === 'either' ? this.#votersOf(round) : this.#rounds.get(round)?.[type].voters;
    return [...(votes?.values() ?? [])];
  }

  #ballot(type: VoteType, round: Round, target: Target): Ballot | undefined {
    return this.#rounds.get(round)?.[type].ballots.get(keyOf(target));
  }

  #votersOf(round: Round): ReadonlyMap<number, Verified<Vote>> {
    const votes = this.#rounds.get(round);
    return votes === undefined ? new Map() : new Map([...votes.prevote.voters, ...votes.precommit.voters]);
  }

  #powerOf(validator: number): bigint {
    return this.#validators[validator]?.power ?? 0n;
  }

  #hasTargetFor(vote: Vote): boolean {
    let targets = 0;
    for (const ballot of this.#rounds.get(vote.round)?.[vote.type].ballots.values() ?? [])
      if (ballot.votes.has(vote.validator)) targets++;
    return targets < MAX_TARGETS_EACH;
  }

  #isInReach(vote: Vote, round: Round): boolean {
    if (vote.round <= round) return true;
    let ahead = 0;
    for (const [at, { prevote, precommit }] of this.#rounds) {
      if (at === vote.round || at <= round) continue;
      if (prevote.voters.has(vote.validator) || precommit.voters.has(vote.validator)) ahead++;
    }
    return ahead < MAX_ROUNDS_AHEAD_EACH;
  }

  #count(vote: Verified<Vote>): void {
    let votes = this.#rounds.get(vote.round);
    if (votes === undefined) {
      votes = { prevote: emptyTally(), precommit: emptyTally() };
      this.#rounds.set(vote.round, votes);
    }
    const tally = votes[vote.type];
    const power = this.#powerOf(vote.validator);
    const key = keyOf(vote.target);
    let ballot = tally.ballots.get(key);
    if (ballot === undefined) {
      ballot = { target: vote.target, votes: new Map(), power: 0n };
      tally.ballots.set(key, ballot);
    }
    ballot.votes.set(vote.validator, vote);
    ballot.power += power;
    if (tally.voters.has(vote.validator)) return;
    tally.voters.set(vote.validator, vote);
    tally.power += power;
  }
}

/** 2f+1 ⟨PREVOTE, h_p, round, id⟩ */
export const hasPolka = (votes: Votes, round: Round, id: Root): boolean =>
  votes.quorum('prevote', round, blockTarget(id));
