/** Cores and their deadlines on a network of a given delay, under virtual time, each with a clock of its own. */
import { type Core, createCore, step } from '../../../consensus/core.ts';
import type { Announcement, Effect, Input, Timeout } from '../../../consensus/effects.ts';
import { blockTarget } from '../../../consensus/messages.ts';
import { isTimely } from '../../../consensus/patience.ts';
import { Deadlines } from '../../../consensus/shell/deadlines.ts';
import { type Root, type Round, toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal, toHex } from '../../../src/lib/bytes.ts';
import type { Commit } from '../../../src/lib/chain.ts';
import { VirtualTime } from './fleet.ts';
import { digest, type Party, unsigned, unsignedProposal } from './support.ts';

export const TIMEOUTS = { proposeMs: 600, proposeStepMs: 300, voteMs: 300, voteStepMs: 150 };
export const PRECISION_MS = 2_000;
const PAUSE_MS = 500;

export type Weather = {
  readonly of: Party;
  /** How long a message takes, in milliseconds; `none` if it is lost. */
  readonly delay: (from: number, to: number) => number | 'none';
  /** By how much the clock of a node is ahead, in milliseconds. */
  readonly clockOff?: (node: number) => bigint;
};

export type Decided = {
  readonly height: bigint;
  readonly round: number;
  readonly id: Root;
  /** The time in the header, and the true time at which this node decided. */
  readonly time: bigint;
  readonly at: bigint;
};

type Told = { readonly height: bigint; readonly input: Input };

export class SlowNetwork {
  readonly time = new VirtualTime();
  readonly weather: Weather;
  readonly nodes: readonly SlowNode[];
  /** The time in the header of each block. */
  readonly blocks = new Map<string, bigint>();

  constructor(weather: Weather) {
    this.weather = weather;
    this.nodes = weather.of.validators.map((_, index) => new SlowNode(this, index));
    for (const node of this.nodes) node.begin();
  }

  /** Runs until each of these nodes has decided so many heights. @returns the milliseconds that passed */
  run(heights: number, nodes: readonly number[]): bigint {
    const from = this.time.now;
    const isDone = (): boolean => nodes.every((node) => (this.nodes[node]?.chain.length ?? 0) >= heights);
    for (let timers = 0; !isDone(); timers++) {
      if (timers > 150_000 || !this.time.runNext())
        throw new Error(
          `stuck: ${this.nodes.map(({ chain, round }) => `${chain.length}/${round}`).join(' ')}`,
        );
    }
    return this.time.now - from;
  }

  tell(from: number, to: number, told: Told): void {
    const delay = this.weather.delay(from, to);
    if (delay !== 'none') this.time.after(delay, () => this.nodes[to]?.hear(from, told));
  }
}

class SlowNode {
  readonly #network: SlowNetwork;
  readonly #index: number;
  readonly #deadlines: Deadlines;
  #core: Core = createCore();
  #height = 1n;
  #early: (Told & { readonly from: number })[] = [];
  readonly #commits = new Map<bigint, Commit>();
  readonly #arrivals = new Map<Round, bigint>();
  readonly chain: Decided[] = [];

  constructor(network: SlowNetwork, index: number) {
    this.#network = network;
    this.#index = index;
    this.#deadlines = new Deadlines(network.time, TIMEOUTS);
  }

  get round(): number {
    return this.#core.state.round;
  }

  /** How long it would wait for the proposal of round 0. */
  proposeMs(): number {
    return this.#deadlines.durationOf('propose', toRound(0));
  }

  get #clock(): bigint {
    const { time, weather } = this.#network;
    return time.now + (weather.clockOff?.(this.#index) ?? 0n);
  }

  begin(): void {
    const { validators } = this.#network.weather.of;
    this.#core = createCore();
    this.#arrivals.clear();
    this.#deadlines.begun(validators.length);
    const self = { type: 'validator', index: this.#index } as const;
    this.#take({ type: 'StartHeight', height: toHeight(this.#height), validators, self });
    const early = this.#early;
    this.#early = [];
    for (const told of early) this.hear(told.from, told);
  }

  hear(from: number, told: Told): void {
    const { height, input } = told;
    const begun = this.#core.height === this.#height;
    if (height > this.#height || (height === this.#height && !begun)) this.#early.push({ ...told, from });
    else if (height < this.#height) this.#help(from, height, input);
    else {
      if (input.type === 'Proposal' && !this.#arrivals.has(input.proposal.round))
        this.#arrivals.set(input.proposal.round, this.#clock);
      this.#take(input);
    }
  }

  /** As block sync does for a node that is behind. */
  #help(to: number, height: bigint, input: Input): void {
    const commit = this.#commits.get(height);
    if (commit === undefined || input.type === 'SyncedBlock') return;
    this.#network.tell(this.#index, to, { height, input: { type: 'SyncedBlock', commit } });
  }

  #take(input: Input): void {
    for (const effect of step(this.#core, input)) this.#perform(effect);
  }

  #say(what: Announcement): void {
    const told = { height: this.#height, input: inputOf(what) };
    for (const to of this.#network.nodes.keys())
      if (to !== this.#index) this.#network.tell(this.#index, to, told);
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'Sign': {
        const { request } = effect;
        if (request.type === 'vote') this.#take({ type: 'SignedVote', vote: unsigned(request.vote) });
        else this.#take({ type: 'SignedProposal', proposal: unsignedProposal(request.proposal) });
        return;
      }
      case 'Publish':
      case 'Republish':
        this.#say(effect.announcement);
        return;
      case 'GetValue': {
        const parent = this.chain.at(-1)?.time ?? 0n;
        const time = this.#clock > parent ? this.#clock : parent + 1n;
        const id = digest(`${this.#index} ${this.#height} ${effect.round} ${time}`);
        this.#network.blocks.set(toHex(id), time);
        this.#take({ type: 'OwnValue', round: effect.round, id });
        return;
      }
      case 'ValidateValue':
        this.#validate(effect);
        return;
      case 'ScheduleTimeout':
        this.#schedule(effect.timeout);
        return;
      case 'CancelTimeouts':
        this.#deadlines.cancelRounds();
        return;
      case 'RequestProposal':
        for (const node of this.#network.nodes) node.#answer(this.#index, this.#height, effect.id);
        return;
      case 'Decide':
        this.#decide(effect);
        return;
      case 'Diverged':
      case 'Evidence':
        throw new Error(effect.type);
    }
  }

  #validate({ round, id, fresh }: Extract<Effect, { type: 'ValidateValue' }>): void {
    const time = this.#timeOf(id);
    const delayMs = this.#deadlines.durationOf('propose', round);
    const arrivedAt = this.#arrivals.get(round) ?? this.#clock;
    const timely = !fresh || isTimely(time, arrivedAt, { precisionMs: PRECISION_MS, delayMs });
    const valid = time > (this.chain.at(-1)?.time ?? 0n);
    this.#take({ type: 'ProposedValue', round, id, valid, timely });
  }

  #schedule(timeout: Timeout): void {
    const height = this.#height;
    this.#deadlines.schedule(timeout, () => {
      if (height === this.#height) this.#take({ type: 'TimeoutElapsed', timeout });
    });
  }

  #answer(to: number, height: bigint, id: Root): void {
    if (this.#core.height !== height) return;
    const found = [...this.#core.proposals.values()].find(({ proposal }) => equal(proposal.id, id));
    if (found === undefined) return;
    const proposal = unsignedProposal(found.proposal);
    this.#network.tell(this.#index, to, { height, input: { type: 'Proposal', proposal } });
  }

  #decide({ round, id, commit }: Extract<Effect, { type: 'Decide' }>): void {
    this.#deadlines.decided(round);
    this.#commits.set(this.#height, commit);
    this.chain.push({ height: this.#height, round, id, time: this.#timeOf(id), at: this.#network.time.now });
    this.#height += 1n;
    this.#network.time.after(PAUSE_MS, () => this.begin());
  }

  #timeOf(id: Root): bigint {
    const time = this.#network.blocks.get(toHex(id));
    if (time === undefined) throw new Error('a block that nobody made');
    return time;
  }
}

const inputOf = (what: Announcement): Input => {
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
      const voters = [...signers.keys()].filter((validator) => signers[validator]);
      const votes = voters.map((validator) =>
        unsigned({ type: 'prevote', height: toHeight(height), round: toRound(round), target, validator }),
      );
      return { type: 'PolkaCertificate', votes };
    }
  }
};
