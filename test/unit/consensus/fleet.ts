/** Runners joined by values: a network, logs, signers and a clock that a test holds in its hands. */

import type { Writable } from 'node:stream';
import type { Result } from '../../../consensus/errors.ts';
import { proposalSignBytes, type SignRequest, voteSignBytes } from '../../../consensus/messages.ts';
import {
  createRunner,
  type Decision,
  type ProposalRequest,
  type Runner,
  type Topic,
  type UpcomingSets,
} from '../../../consensus/shell/runner.ts';
import {
  compareSteps,
  type SignedLast,
  type SignedStep,
  type Signer,
  stepOf,
} from '../../../consensus/shell/signer.ts';
import type { Timers } from '../../../consensus/shell/timers.ts';
import type { Wal } from '../../../consensus/shell/wal.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { equal, toHex } from '../../../src/lib/bytes.ts';
import { type Block, type ChainIdentity, EMPTY_COMMIT } from '../../../src/lib/chain.ts';
import { type Fault, fail, type Result as OpenResult, ok } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { maxBig } from '../../../src/lib/math.ts';
import { CHAIN, digest, keyOf, makeBlock, type Party } from './support.ts';

type Due = { readonly at: bigint; readonly order: number; readonly run: () => void; cancelled: boolean };

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Virtual time: `runNext` runs what is due, in order. A binary heap, because a slow network has much under way. */
export class VirtualTime implements Timers {
  now = 1_700_000_000_000n;
  #order = 0;
  readonly #heap: Due[] = [];

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const due: Due = { at: this.now + BigInt(delayMs), order: this.#order++, run, cancelled: false };
    this.#push(due);
    return () => {
      due.cancelled = true;
    };
  };

  /** Runs the next timer. @returns whether there was one */
  runNext(): boolean {
    for (let due = this.#pop(); due !== undefined; due = this.#pop()) {
      if (due.cancelled) continue;
      if (due.at > this.now) this.now = due.at;
      due.run();
      return true;
    }
    return false;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, due)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = due;
  }

  #pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const isLeft = right === undefined || isBefore(left, right);
      const child = isLeft ? left : right;
      if (child === undefined || isBefore(last, child)) break;
      heap[at] = child;
      at = 2 * at + (isLeft ? 1 : 2);
    }
    heap[at] = last;
    return first;
  }
}

/** A disk: what was synced survives the machine, what was flushed the process. */
export class MemoryWal implements Wal {
  height: bigint | 'none' = 'none';
  written: Uint8Array[] = [];
  synced = 0;
  syncs = 0;
  #pending: Uint8Array[] = [];

  recover(height: bigint): Promise<Result<readonly Uint8Array[] | 'none'>> {
    this.#pending = [];
    return Promise.resolve(ok(this.height === height ? [...this.written] : 'none'));
  }
  begin(height: bigint): Promise<void> {
    this.height = height;
    this.written = [];
    this.synced = 0;
    this.#pending = [];
    return Promise.resolve();
  }
  append(entry: Uint8Array): void {
    this.#pending.push(entry);
  }
  flush(): Promise<void> {
    this.written.push(...this.#pending);
    this.#pending = [];
    return Promise.resolve();
  }
  async sync(): Promise<void> {
    await this.flush();
    this.synced = this.written.length;
    this.syncs++;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  /** The machine lost power: only what was synced is left. */
  losePower(): void {
    this.written = this.written.slice(0, this.synced);
    this.#pending = [];
  }
}

/** Remembers across restarts, like the file; and keeps all that it ever signed, for the test to look through. */
export class MemorySigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly signed = new Map<string, Uint8Array>();
  readonly #key: ReturnType<typeof keyOf>;
  #last:
    | { readonly step: SignedStep; readonly bytes: Uint8Array; readonly signature: Uint8Array }
    | undefined;

  readonly #of: Party;
  readonly #index: number;

  constructor(of: Party, index: number) {
    this.#of = of;
    this.#index = index;
    this.#key = keyOf(of, index);
    this.publicKey = this.#key.publicKey;
  }
  last(): SignedLast | 'none' {
    return this.#last === undefined ? 'none' : { ...this.#last.step, signBytes: this.#last.bytes };
  }
  /** The signer of a copy of the home. */
  copy(): MemorySigner {
    const copied = new MemorySigner(this.#of, this.#index);
    copied.#last = this.#last;
    return copied;
  }
  sign(chain: ChainIdentity, request: SignRequest): Promise<Result<Uint8Array>> {
    const step = stepOf(request);
    const bytes =
      request.type === 'proposal'
        ? proposalSignBytes(chain, request.proposal)
        : voteSignBytes(chain, request.vote);
    if (this.#last !== undefined && compareSteps(step, this.#last.step) <= 0) {
      if (equal(bytes, this.#last.bytes)) return Promise.resolve(ok(this.#last.signature));
      return Promise.resolve(fail('SIGN_REFUSED', 'refused'));
    }
    const signature = this.#key.sign(bytes);
    this.#last = { step, bytes, signature };
    const key = `${step.height}/${step.round}/${step.step}`;
    if (this.signed.has(key)) throw new Error(`signed twice: ${key}`);
    this.signed.set(key, bytes);
    return Promise.resolve(ok(signature));
  }
}

/** What a node keeps when its process ends. */
export class Home {
  readonly wal = new MemoryWal();
  readonly signer: MemorySigner | undefined;
  readonly chain: Decision[] = [];
  constructor(signer: MemorySigner | undefined) {
    this.signer = signer;
  }
  /** `cp -a`. */
  copy(): Home {
    const copied = new Home(this.signer?.copy());
    copied.chain.push(...this.chain);
    copied.wal.height = this.wal.height;
    copied.wal.written = [...this.wal.written];
    copied.wal.synced = this.wal.synced;
    return copied;
  }
}

export type Sent = { readonly from: number; readonly topic: Topic; readonly bytes: Uint8Array };

export type FleetOptions = {
  /** Node i holds the i-th key. */
  readonly of: Party;
  /** Nodes beyond the keys have none, and follow only. */
  readonly nodes: number;
  /** The validators of a height, from among the keys of `of`; always all of them if this is left out. */
  readonly validatorsAt?: (height: bigint) => Party;
  readonly deliver: (fleet: Fleet, sent: Sent) => void;
  /** Blocks that every node holds for invalid. */
  readonly invalid?: (block: Block) => boolean;
  /** Validation takes until this resolves. */
  readonly validating?: (node: number) => Promise<void>;
  readonly transactions?: (node: number, height: bigint) => readonly Uint8Array[];
  /** Has the node's mempool anything? */
  readonly hasTransactions?: (node: number) => boolean;
  /** What a node's clock is off by. */
  readonly clockOff?: (node: number) => bigint;
  /** The database of a node breaks while it commits. */
  readonly breaks?: (node: number, height: bigint) => boolean;
  readonly crashAtDecision?: (node: number) => 'no' | 'before commit' | 'after commit';
  /** Whether a node reaches another with a question; every other one if this is left out. */
  readonly reaches?: (from: number, to: number) => boolean;
  /** Whether a node is connected with another; with every other one if this is left out. */
  readonly isConnected?: (from: number, to: number) => boolean;
  readonly random?: (node: number) => number;
  /** Whether nodes tell each other their heights, as their status does. */
  readonly tellsHeights?: boolean;
  /** The height that a liar tells every node. */
  readonly lie?: () => bigint;
  readonly level?: 'silent' | 'warn' | 'debug';
  /** Where the log goes, if not to the standard output. */
  readonly log?: Writable;
};

export class Fleet {
  readonly time = new VirtualTime();
  readonly homes: Home[];
  readonly runners: (Runner | undefined)[];
  readonly fatal: Fault[] = [];
  readonly options: FleetOptions;
  readonly #published = new Set<string>();
  #proposed = 0;

  constructor(options: FleetOptions) {
    this.options = options;
    const { of, nodes } = options;
    this.homes = Array.from(
      { length: nodes },
      (_, i) => new Home(i < of.keys.length ? new MemorySigner(of, i) : undefined),
    );
    this.runners = this.homes.map(() => undefined);
  }

  async start(node: number): Promise<OpenResult<void>> {
    const { deliver, invalid, transactions, validating, level, log } = this.options;
    const home = this.home(node);
    const last = home.chain.at(-1);
    const startHeight = (last?.height ?? 0n) + 1n;
    const setsFrom = (height: bigint): UpcomingSets => ({
      validators: this.validatorsAt(height).validators,
      nextValidators: this.validatorsAt(height + 1n).validators,
    });
    const runner: Runner = createRunner({
      config: {
        chain: CHAIN,
        timeouts: { proposeMs: 600, proposeStepMs: 300, voteMs: 300, voteStepMs: 150 },
        blocks: { commitPauseMs: 500, commitPauseFloorMs: 100, timeDriftMs: 2000 },
      },
      startHeight: toHeight(startHeight),
      sets: setsFrom(startHeight),
      lastCommit: last?.commit ?? EMPTY_COMMIT,
      signer: home.signer,
      wal: home.wal,
      application: {
        propose: (height, round, lastCommit) => {
          const parent = home.chain.at(-1)?.id ?? CHAIN.genesisHash;
          const time = this.time.now + (this.options.clockOff?.(node) ?? 0n) + BigInt(this.#proposed++ % 7);
          const content = transactions?.(node, height) ?? [digest(`transaction ${this.#proposed}`)];
          const of = this.validatorsAt(height);
          return Promise.resolve(
            makeBlock({ of, height, round, time, parent, lastCommit, transactions: content }),
          );
        },
        validate: async (height, { block }) => {
          await validating?.(node);
          const parent = home.chain.at(-1)?.id ?? CHAIN.genesisHash;
          if (home.chain.length + 1 !== Number(height)) return fail('TEST_HEIGHT', 'height');
          if (!equal(block.header.parent, parent)) return fail('TEST_PARENT', 'parent');
          return invalid?.(block) === true ? fail('TEST_INVALID', 'invalid') : ok(undefined);
        },
        decide: (decision) => {
          if (this.runners[node] !== runner) return new Promise(() => undefined);
          if (this.options.breaks?.(node, decision.height) === true)
            return Promise.reject(new Error('no space left on device'));
          const crash = this.options.crashAtDecision?.(node) ?? 'no';
          if (crash === 'before commit') return new Promise(() => this.kill(node));
          if (home.chain.length + 1 !== Number(decision.height)) throw new Error('decided out of order');
          home.chain.push(decision);
          if (crash === 'after commit') return new Promise(() => this.kill(node));
          return Promise.resolve(setsFrom(decision.height + 1n));
        },
        hasTransactions: () => this.options.hasTransactions?.(node) ?? false,
      },
      network: {
        publish: (topic, bytes, delivery) => {
          if (this.runners[node] !== runner) return;
          const key = toHex(bytes);
          // As gossip does: the same bytes are delivered once, unless they are published as a repetition.
          if (delivery === 'first' && this.#published.has(key)) return;
          this.#published.add(key);
          deliver(this, { from: node, topic, bytes });
        },
        requestProposal: (request) => this.#request(node, request),
        requestVotesOf: (publicKey) => this.#askForVotes(node, publicKey),
        hasPeers: () => this.#isConnected(node),
        peerHeight: () => (this.options.tellsHeights === true ? this.#peerHeight(node) : 0n),
      },
      clock: { now: () => this.time.now + (this.options.clockOff?.(node) ?? 0n) },
      elapsed: () => Number(this.time.now),
      timers: this.time,
      random: () => this.options.random?.(node) ?? 0,
      logger: createLogger({ level: level ?? 'silent', format: 'text' }, log).child({
        module: `node ${node}`,
      }),
      onFatal: (fault) => this.fatal.push(fault),
    });
    this.runners[node] = runner;
    return await runner.start();
  }

  validatorsAt(height: bigint): Party {
    return this.options.validatorsAt?.(height) ?? this.options.of;
  }

  home(node: number): Home {
    const home = this.homes[node];
    if (home === undefined) throw new Error(`no node ${node}`);
    return home;
  }

  /** kill -9: nothing more is heard from it, and what it had only in memory is gone. */
  kill(node: number): void {
    const runner = this.runners[node];
    this.runners[node] = undefined;
    void runner?.stop();
  }

  receive(to: number, { from, topic, bytes }: Sent): void {
    this.runners[to]?.receive(topic, bytes, `node ${from}`);
  }

  heights(): readonly number[] {
    return this.homes.map((home) => home.chain.length);
  }

  /** Lets promises settle: a turn of every runner that has something to do. */
  async settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  async runUntil(done: () => boolean, limit = 5_000): Promise<void> {
    await this.settle();
    for (let i = 0; !done(); i++) {
      if (i >= limit) throw new Error(`not done after ${limit} timers: heights ${this.heights().join(' ')}`);
      this.time.runNext();
      await this.settle();
    }
  }

  /** Hands a node the next block that another has and it has not, if there is one. */
  async syncOne(node: number): Promise<void> {
    const best = this.#best();
    const next = best?.chain[this.home(node).chain.length];
    if (next !== undefined) await this.runners[node]?.syncedBlock(next.bytes, next.commit);
  }

  #best(): Home | undefined {
    return [...this.homes].sort((a, b) => b.chain.length - a.chain.length)[0];
  }

  /** Block sync: each node is handed what the farthest has and it has not. */
  async catchUp(): Promise<void> {
    const best = this.#best();
    for (const [node, runner] of this.runners.entries()) {
      for (
        let next = best?.chain[this.home(node).chain.length];
        next !== undefined && runner !== undefined;
      ) {
        const synced = await runner.syncedBlock(next.bytes, next.commit);
        if (!synced.ok) throw new Error(`${node} cannot sync: ${synced.fault.message}`);
        next = best?.chain[this.home(node).chain.length];
      }
    }
  }

  /** The first contradiction between what two nodes have decided, or undefined. */
  disagreement(): string | undefined {
    for (const a of this.homes)
      for (const b of this.homes)
        for (const [i, decision] of a.chain.entries()) {
          const other = b.chain[i];
          if (other !== undefined && !equal(other.id, decision.id))
            return `height ${i + 1}: ${toHex(decision.id)} and ${toHex(other.id)}`;
        }
    return undefined;
  }

  /** Adds a node with a copy of the home of another. @returns its number */
  clone(node: number): number {
    this.runners.push(undefined);
    return this.homes.push(this.home(node).copy()) - 1;
  }

  #askForVotes(from: number, publicKey: Uint8Array): void {
    for (const [to, runner] of this.runners.entries()) {
      if (to === from || this.options.reaches?.(from, to) === false) continue;
      const answer = runner?.votesOf(publicKey);
      if (answer !== undefined) this.time.after(1, () => this.runners[from]?.votesOfOwnKey(answer));
    }
  }

  #isConnected(from: number): boolean {
    const isReached = this.options.isConnected ?? ((): boolean => true);
    return this.runners.some((runner, to) => to !== from && runner !== undefined && isReached(from, to));
  }

  #peerHeight(from: number): bigint {
    const reached = this.homes.filter(
      (_, to) => to !== from && this.runners[to] !== undefined && this.options.reaches?.(from, to) !== false,
    );
    const most = BigInt(Math.max(0, ...reached.map(({ chain }) => chain.length)));
    return maxBig(most, this.options.lie?.() ?? 0n);
  }

  #request(from: number, request: ProposalRequest): void {
    for (const [to, runner] of this.runners.entries()) {
      if (to === from) continue;
      const bytes = runner?.proposalFor(request);
      if (bytes !== undefined) this.options.deliver(this, { from: to, topic: 'proposal', bytes });
    }
  }
}

/** To everybody at once. */
export const toAll = (fleet: Fleet, sent: Sent): void => {
  for (const node of fleet.runners.keys()) if (node !== sent.from) fleet.receive(node, sent);
};
