/**
 * Cores alone, many of them, against an adversary that holds the network and up to a third of the power: it chooses what
 * arrives where and when, loses and repeats, stops processes and lets them come back from their logs, and signs with its
 * own keys whatever it likes to whomever it likes. Nothing it does may make two correct processes decide differently, or
 * one of them sign two things for one step; and when it has had its time, the correct ones decide.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Core, createCore, step } from '../../../consensus/core.ts';
import type { Announcement, Effect, Input, Timeout } from '../../../consensus/effects.ts';
import { blockTarget, FRESH, NIL, type Proposal, type SignRequest } from '../../../consensus/messages.ts';
import { proposerIndex } from '../../../consensus/proposer.ts';
import { retrace } from '../../../consensus/shell/recovery.ts';
import { stepOf } from '../../../consensus/shell/signer.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal, toHex } from '../../../src/lib/bytes.ts';
import { type Chance, chance } from './random.ts';
import { digest, type Party, party, unsigned, unsignedProposal } from './support.ts';

const HEIGHT = toHeight(9n);

type Wire = { readonly to: number; readonly input: Input };

class World {
  readonly dice: Chance;
  readonly of: Party;
  readonly liars: ReadonlySet<number>;
  readonly nodes = new Map<number, Node>();
  readonly decided = new Map<number, Root>();
  readonly faults: string[] = [];
  readonly values: Root[] = [];
  wire: Wire[] = [];
  deepestRound = 0;

  constructor(seed: number, powers: readonly bigint[], liars: readonly number[]) {
    this.dice = chance(seed);
    this.of = party(powers);
    this.liars = new Set(liars);
    for (const index of powers.keys())
      if (!this.liars.has(index)) this.nodes.set(index, new Node(this, index));
    for (const node of this.nodes.values()) node.start();
  }

  /** To each on its own: the adversary may let it reach some and not others. */
  say(from: number, what: Announcement): void {
    for (const to of this.nodes.keys()) if (to !== from) this.wire.push({ to, input: this.heard(what) });
  }

  heard(what: Announcement): Input {
    switch (what.type) {
      case 'vote':
        return { type: 'Vote', vote: unsigned(what.vote) };
      case 'proposal':
        return { type: 'Proposal', proposal: unsignedProposal(what.proposal) };
      case 'round':
        return { type: 'RoundCertificate', votes: what.certificate.votes.map((vote) => unsigned(vote)) };
      case 'polka': {
        const { height, round, blockHash, signers } = what.polka;
        const target = blockTarget(blockHash);
        const votes = [...signers.keys()]
          .filter((validator) => signers[validator])
          .map((validator) =>
            unsigned({ type: 'prevote', height: toHeight(height), round: toRound(round), target, validator }),
          );
        return { type: 'PolkaCertificate', votes };
      }
    }
  }

  decide(node: number, id: Root): void {
    this.decided.set(node, id);
    for (const other of this.decided.values())
      if (!equal(other, id)) this.faults.push(`decided ${toHex(id)} and ${toHex(other)}`);
  }

  /** Every tenth value of the adversary is invalid, for everybody. */
  isValid(id: Root): boolean {
    return (id[0] ?? 0) % 10 !== 0;
  }

  any<T>(from: readonly T[]): T | undefined {
    return from[this.dice.below(from.length)];
  }

  /** A liar says one thing to one process. */
  lie(): void {
    const liar = this.any([...this.liars]);
    const to = this.any([...this.nodes.keys()]);
    if (liar === undefined || to === undefined) return;
    const { dice } = this;
    const victim = this.nodes.get(to);
    if (victim !== undefined && dice.happens(0.6)) {
      for (const input of victim.temptations(liar)) this.wire.push({ to, input });
      return;
    }
    const round = dice.below(this.deepestRound + 2);
    if (dice.happens(0.2) || this.values.length === 0) this.values.push(digest(`lie ${this.values.length}`));
    const id = this.any(this.values) ?? digest('lie');
    if (dice.happens(0.3) && proposerIndex(this.of.validators, HEIGHT, toRound(round)) === liar) {
      const validRound: Proposal['validRound'] =
        round > 0 && dice.happens(0.5) ? { type: 'round', round: toRound(dice.below(round)) } : FRESH;
      this.wire.push({
        to,
        input: {
          type: 'Proposal',
          proposal: unsignedProposal({ height: HEIGHT, round: toRound(round), id, validRound }),
        },
      });
      return;
    }
    const type = dice.happens(0.5) ? 'prevote' : 'precommit';
    const target = dice.happens(0.3) ? NIL : blockTarget(id);
    this.wire.push({
      to,
      input: {
        type: 'Vote',
        vote: unsigned({ type, height: HEIGHT, round: toRound(round), target, validator: liar }),
      },
    });
  }

  chaos(steps: number): void {
    const { dice } = this;
    for (let i = 0; i < steps; i++) {
      const node = this.any([...this.nodes.values()]);
      if (dice.happens(0.12)) this.lie();
      else if (dice.happens(0.15)) node?.fire();
      else if (dice.happens(0.01)) node?.crash();
      else if (this.wire.length > 0) {
        const at = dice.below(this.wire.length);
        const sent = this.wire[at];
        if (sent === undefined) continue;
        if (!dice.happens(0.1)) this.wire.splice(at, 1);
        if (!dice.happens(0.15)) this.nodes.get(sent.to)?.take(sent.input);
      }
    }
  }

  /** From here on everything arrives, and no timeout ends before what is under way has arrived. */
  heal(): void {
    for (let i = 0; i < 400 && this.decided.size < this.nodes.size; i++) {
      for (let sent = this.wire.shift(); sent !== undefined; sent = this.wire.shift())
        this.nodes.get(sent.to)?.take(sent.input);
      for (const node of this.nodes.values()) node.fireAll();
      this.help();
    }
  }

  /** The commit of who has decided, as the shell hands it to who has not. */
  help(): void {
    const commit = [...this.nodes.values()].find(({ decision }) => decision !== undefined)?.decision;
    if (commit === undefined) return;
    for (const node of this.nodes.values()) node.take({ type: 'SyncedBlock', commit });
  }
}

class Node {
  readonly #world: World;
  readonly index: number;
  #core: Core = createCore();
  #log: Input[] = [];
  #synced = 0;
  readonly #timeouts = new Map<string, Timeout>();
  readonly #signed = new Map<string, string>();
  decision: Extract<Effect, { type: 'Decide' }>['commit'] | undefined;

  constructor(world: World, index: number) {
    this.#world = world;
    this.index = index;
  }

  start(): void {
    this.take({
      type: 'StartHeight',
      height: HEIGHT,
      validators: this.#world.of.validators,
      self: { type: 'validator', index: this.index },
    });
  }

  take(input: Input): void {
    this.#log.push(input);
    for (const effect of step(this.#core, input)) this.#perform(effect);
    this.#world.deepestRound = Math.max(this.#world.deepestRound, this.#core.state.round);
  }

  #perform(effect: Effect): void {
    const world = this.#world;
    switch (effect.type) {
      case 'Sign':
        this.#sign(effect.request);
        break;
      case 'Publish':
      case 'Republish':
        world.say(this.index, effect.announcement);
        break;
      case 'GetValue': {
        const id = digest(`value of ${this.index} in ${effect.round}, ${world.values.length}`);
        world.values.push(id);
        if (world.isValid(id)) this.take({ type: 'OwnValue', round: effect.round, id });
        break;
      }
      case 'ValidateValue': {
        const timely = !effect.fresh || world.dice.happens(0.9);
        this.take({
          type: 'ProposedValue',
          round: effect.round,
          id: effect.id,
          valid: world.isValid(effect.id),
          timely,
        });
        break;
      }
      case 'ScheduleTimeout':
        this.#timeouts.set(`${effect.timeout.type} ${effect.timeout.round}`, effect.timeout);
        break;
      case 'CancelTimeouts':
        for (const [key, { type }] of this.#timeouts)
          if (type !== 'request' && type !== 'rebroadcast') this.#timeouts.delete(key);
        break;
      case 'RequestProposal':
        for (const other of world.nodes.values()) other.answer(this.index, effect.id);
        break;
      case 'Decide':
        if (!world.isValid(effect.id)) world.faults.push('decided an invalid value');
        this.decision = effect.commit;
        world.decide(this.index, effect.id);
        break;
      case 'Diverged':
        world.faults.push('diverged');
        break;
      case 'Evidence':
        break;
    }
  }

  #sign(request: SignRequest): void {
    this.#synced = this.#log.length;
    const { round, step: at } = stepOf(request);
    const what = JSON.stringify(request, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const before = this.#signed.get(`${round}/${at}`);
    if (before !== undefined && before !== what)
      this.#world.faults.push(`signed twice: ${before} and ${what}`);
    this.#signed.set(`${round}/${at}`, what);
    if (request.type === 'vote') this.take({ type: 'SignedVote', vote: unsigned(request.vote) });
    else this.take({ type: 'SignedProposal', proposal: unsignedProposal(request.proposal) });
  }

  /** What a liar says to make this process go where it is inclined to go: votes for what is before it, and old values. */
  temptations(liar: number): readonly Input[] {
    const world = this.#world;
    const { round } = this.#core.state;
    const out: Input[] = [];
    const before = this.#core.proposals.get(round)?.proposal.id;
    if (before !== undefined) {
      const target = blockTarget(before);
      for (const type of ['prevote', 'precommit'] as const)
        out.push({ type: 'Vote', vote: unsigned({ type, height: HEIGHT, round, target, validator: liar }) });
    } else if (proposerIndex(world.of.validators, HEIGHT, round) === liar) {
      // An old value with a round in which it may, or may not, have had a polka.
      const id = world.any(world.values) ?? digest('lie');
      const old = round > 0 && world.dice.happens(0.8);
      const validRound: Proposal['validRound'] = old
        ? { type: 'round', round: toRound(world.dice.below(round)) }
        : FRESH;
      out.push({ type: 'Proposal', proposal: unsignedProposal({ height: HEIGHT, round, id, validRound }) });
      if (validRound.type === 'round') {
        const vote = { type: 'prevote', height: HEIGHT, round: validRound.round, validator: liar } as const;
        out.push({ type: 'Vote', vote: unsigned({ ...vote, target: blockTarget(id) }) });
      }
    }
    return out;
  }

  answer(to: number, id: Root): void {
    const found = [...this.#core.proposals.values()].find(({ proposal }) => equal(proposal.id, id));
    if (found !== undefined)
      this.#world.wire.push({ to, input: { type: 'Proposal', proposal: unsignedProposal(found.proposal) } });
  }

  /** One timeout ends, early or late. */
  fire(): void {
    const key = this.#world.any([...this.#timeouts.keys()]);
    const timeout = key === undefined ? undefined : this.#timeouts.get(key);
    if (key === undefined || timeout === undefined) return;
    this.#timeouts.delete(key);
    this.take({ type: 'TimeoutElapsed', timeout });
  }

  fireAll(): void {
    const due = [...this.#timeouts.values()];
    this.#timeouts.clear();
    for (const timeout of due) this.take({ type: 'TimeoutElapsed', timeout });
  }

  /** Power is lost: what was synced before the last signature is left, and perhaps more. */
  crash(): void {
    const kept = this.#synced + this.#world.dice.below(this.#log.length - this.#synced + 1);
    // The first input is StartHeight, which is in no log: the height is what the application has committed.
    this.#log = this.#log.slice(0, Math.max(1, kept));
    this.#core = createCore();
    this.#timeouts.clear();
    const { owed } = retrace(this.#core, this.#log);
    for (const effect of owed) this.#perform(effect);
  }
}

const POWERS: readonly { readonly powers: readonly bigint[]; readonly liars: readonly number[] }[] = [
  { powers: [1n, 1n, 1n, 1n], liars: [] },
  { powers: [1n, 1n, 1n, 1n], liars: [0] },
  { powers: [1n, 1n, 1n, 1n], liars: [1] },
  { powers: [1n, 1n, 1n, 1n, 1n, 1n, 1n], liars: [0, 4] },
  { powers: [5n, 3n, 3n, 2n, 1n], liars: [1, 4] },
];

describe('cores against an adversary', () => {
  test('never decide differently, never sign two things for one step, and decide when it has had its time', () => {
    const rounds = new Map<number, number>();
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(...POWERS),
        fc.constantFrom(0, 200, 800, 2000),
        (seed, { powers, liars }, steps) => {
          const world = new World(seed, powers, liars);
          world.chaos(steps);
          world.heal();
          expect(world.faults).toEqual([]);
          expect(world.decided.size).toBe(world.nodes.size);
          rounds.set(world.deepestRound, (rounds.get(world.deepestRound) ?? 0) + 1);
        },
      ),
      { numRuns: Number(process.env.SIMULATION_RUNS ?? 500) },
    );
    // The adversary is worth its name only if it drove them through rounds.
    expect([...rounds.keys()].some((round) => round >= 3)).toBe(true);
  });
});
