/**
 * Block sync: brings a node that is new, or was offline, to the height of its peers. It fetches ranges of blocks from
 * several peers at once, applies them strictly in order, and fetches a range from another peer if it fails or is false.
 * It is idle while consensus keeps up by itself, and starts when the node falls behind.
 *
 * A peer's announced height counts only while the peer delivers: one that has no blocks at that height is paused, and no
 * longer counts for the target.
 */
import { type Height, toHeight } from '../src/lib/brands.ts';
import { type Fault, type Result, toFault } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { PeerPauses } from './peer-pauses.ts';
import type { SyncedBlock } from './protocols.ts';
import type { Offence } from './scores.ts';
import type { PeerName } from './types.ts';

/** Blocks of one request, and requests under way or waiting to be applied: some 16 MiB at the most. */
const RANGE_BLOCKS = 16;
const RANGES_MAX = 4;
const TICK_MS = 100;
/** A node is often one block behind while a height is decided, but not for this long. */
const STALL_MS = 1_500;
/** After this time the next block is requested from another peer, if one has it: a peer that hangs must not stop sync. */
const PATIENCE_MS = 2_000;
/** The pauses of a peer that does not deliver. */
const PEER_PAUSE_MS = { first: 250, longest: 10_000 };
/** The pause after this node itself failed to apply a block. */
const FAILED_PAUSE_MS = 1_000;

/**
 * The outcome of applying a block:
 * - `applied`: it is now the tip, or was below the tip already.
 * - `invalid`: the block or its commit is invalid. The peer that sent it is penalised.
 * - `failed`: this node could not apply it, because of its disk for example. Sync pauses and tries again.
 */
export type ApplyOutcome =
  | { readonly type: 'applied' }
  | { readonly type: 'invalid'; readonly fault: Fault }
  | { readonly type: 'failed'; readonly fault: Fault };

export type SyncState =
  | { readonly type: 'idle' }
  | {
      readonly type: 'syncing';
      /** The tip when it began. */
      readonly from: Height;
      readonly at: bigint;
      /** The greatest height that a peer announced, paused peers excluded. */
      readonly target: bigint;
    };

export type BlockSyncOptions = {
  /** The height of the last decided block of this node. */
  readonly tip: () => bigint;
  /** Is called with one block at a time, each of the next height. */
  readonly apply: (block: SyncedBlock) => Promise<ApplyOutcome>;
  readonly peers: () => readonly { readonly name: PeerName; readonly height: Height }[];
  readonly fetch: (peer: PeerName, from: Height, count: number) => Promise<Result<readonly SyncedBlock[]>>;
  readonly penalise: (peer: PeerName, offence: Offence) => void;
  readonly logger: Logger;
};

/** Blocks from `from` on, fetched or being fetched. */
type Range = {
  readonly from: Height;
  readonly count: number;
  readonly peer: PeerName;
  readonly askedAt: number;
  /** Undefined while they are being fetched. */
  blocks: SyncedBlock[] | undefined;
};

export class BlockSync {
  readonly #options: BlockSyncOptions;
  #state: SyncState = { type: 'idle' };
  #ranges: Range[] = [];
  readonly #pauses = new PeerPauses(PEER_PAUSE_MS);
  #tipSeen = -1n;
  #tipSince = 0;
  #applying = false;
  #pausedUntil = 0;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BlockSyncOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Resolves when no block is being applied. */
  async stop(): Promise<void> {
    this.#running = false;
    clearInterval(this.#timer);
    this.#ranges = [];
    while (this.#applying) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#state = { type: 'idle' };
  }

  state(): SyncState {
    return this.#state.type === 'idle' ? this.#state : { ...this.#state, at: this.#options.tip() };
  }

  /** Checks now instead of at the next tick, because a message of a future height has arrived. */
  nudge(): void {
    if (this.#running) this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    if (now < this.#pausedUntil) return;
    const tip = this.#options.tip();
    if (tip !== this.#tipSeen) {
      this.#tipSeen = tip;
      this.#tipSince = now;
    }
    const target = this.#target(now);
    if (target <= tip) {
      this.#finish(tip);
      return;
    }
    if (this.#state.type === 'idle') {
      const patient = target === tip + 1n && now - this.#tipSince < STALL_MS;
      if (patient) return;
      this.#options.logger.info({ height: String(tip), target: String(target) }, 'syncing blocks');
      this.#state = { type: 'syncing', from: toHeight(tip), at: tip, target };
    } else if (this.#state.target !== target) this.#state = { ...this.#state, target };
    this.#request(tip, target, now);
    void this.#applyReady();
  }

  #target(now: number): bigint {
    let target = 0n;
    for (const { name, height } of this.#options.peers())
      if (height > target && !this.#pauses.isPaused(name, now)) target = height;
    return target;
  }

  #finish(tip: bigint): void {
    if (this.#state.type === 'idle' || this.#applying) return;
    this.#options.logger.info({ height: String(tip), from: String(this.#state.from) }, 'blocks are in sync');
    this.#state = { type: 'idle' };
    this.#ranges = [];
  }

  /** Requests the next ranges from peers that have them and are free. */
  #request(tip: bigint, target: bigint, now: number): void {
    this.#ranges = this.#ranges.filter((range) => range.from + BigInt(range.count) > tip + 1n);
    this.#giveUpOn(tip + 1n, now);
    let next = tip + 1n;
    while (this.#ranges.length < RANGES_MAX && next <= target) {
      const taken = this.#ranges.find((r) => r.from <= next && next < r.from + BigInt(r.count));
      if (taken !== undefined) {
        next = taken.from + BigInt(taken.count);
        continue;
      }
      // Up to the next range that is fetched already, or to the target.
      let past = target + 1n;
      for (const range of this.#ranges) if (range.from > next && range.from < past) past = range.from;
      const peer = this.#freePeer(toHeight(next), now);
      if (peer === undefined) return;
      const most = past - next;
      const count = most < BigInt(RANGE_BLOCKS) ? Number(most) : RANGE_BLOCKS;
      void this.#fetch({ from: toHeight(next), count, peer, askedAt: now, blocks: undefined });
      next += BigInt(count);
    }
  }

  /** Drops the request for the next block if it takes too long and another peer is free to be asked. */
  #giveUpOn(next: bigint, now: number): void {
    const at = this.#ranges.findIndex((r) => r.from <= next && next < r.from + BigInt(r.count));
    const range = this.#ranges[at];
    if (range === undefined || range.blocks !== undefined || now - range.askedAt < PATIENCE_MS) return;
    if (this.#freePeer(toHeight(next), now) === undefined) return;
    this.#ranges.splice(at, 1);
    this.#pauses.extend(range.peer, now);
  }

  #freePeer(height: Height, now: number): PeerName | undefined {
    const busy = new Set(this.#ranges.filter((r) => r.blocks === undefined).map((r) => r.peer));
    const able = this.#options
      .peers()
      .filter(
        (peer) => peer.height >= height && !busy.has(peer.name) && !this.#pauses.isPaused(peer.name, now),
      );
    return able[Math.floor(Math.random() * able.length)]?.name;
  }

  async #fetch(range: Range): Promise<void> {
    this.#ranges.push(range);
    const answer = await this.#options.fetch(range.peer, range.from, range.count);
    // The range may be obsolete: sync ended or was stopped, or the tip has passed the range.
    const at = this.#ranges.indexOf(range);
    if (!this.#running || at < 0) return;
    if (!answer.ok || answer.value.length === 0) {
      this.#ranges.splice(at, 1);
      this.#pauses.extend(range.peer, performance.now());
      if (answer.ok) this.#options.penalise(range.peer, 'false-height');
      const reason = answer.ok ? 'it has no such blocks' : answer.fault.message;
      this.#options.logger.debug(
        { peer: range.peer, from: String(range.from), reason },
        'no blocks from a peer',
      );
    } else {
      this.#pauses.end(range.peer);
      // The peer may send fewer blocks than requested: the rest is requested again.
      const blocks = [...answer.value];
      this.#ranges.splice(at, 1, { ...range, count: blocks.length, blocks });
    }
    this.#tick();
  }

  /** Applies the fetched blocks in order, up to the first gap. */
  async #applyReady(): Promise<void> {
    if (this.#applying) return;
    this.#applying = true;
    try {
      for (let range = this.#ready(); range !== undefined && this.#running; range = this.#ready()) {
        if (!(await this.#applyRange(range))) return;
      }
    } finally {
      this.#applying = false;
    }
  }

  #ready(): Range | undefined {
    const next = this.#options.tip() + 1n;
    return this.#ranges.find(
      (r) => r.blocks !== undefined && r.from <= next && next < r.from + BigInt(r.count),
    );
  }

  async #applyRange(range: Range): Promise<boolean> {
    const { tip, apply, penalise, logger } = this.#options;
    const next = tip() + 1n;
    const block = range.blocks?.[Number(next - range.from)];
    if (block === undefined) return false;
    const outcome = await apply(block).catch(
      (error: unknown): ApplyOutcome => ({ type: 'failed', fault: toFault(error) }),
    );
    switch (outcome.type) {
      case 'applied':
        // Without this check, a node that reports `applied` and does not move would be called forever.
        return tip() >= next;
      case 'invalid':
        logger.warn(
          { peer: range.peer, height: String(next), code: outcome.fault.code, reason: outcome.fault.message },
          'a peer sent a false block',
        );
        penalise(range.peer, 'false-answer');
        this.#pauses.extend(range.peer, performance.now());
        this.#ranges = this.#ranges.filter((other) => other.peer !== range.peer);
        return true;
      case 'failed':
        logger.error(
          { height: String(next), reason: outcome.fault.message },
          'could not apply a synced block',
        );
        this.#pausedUntil = performance.now() + FAILED_PAUSE_MS;
        return false;
    }
  }
}
