/**
 * The pure core of block sync: it decides which blocks to ask of whom next, and what an answer says about a peer. Inputs
 * are method calls with plain values, time among them. It has no timer, promise, network or log: {@link BlockSync} in
 * `block-sync.ts` has.
 *
 *     input                                         what comes of it
 *     time passes (tick)                            fetch, abandon
 *     an answer, or none (answered)                 a range is ready, or it is free to be asked of another peer
 *     the block after the tip was judged (judged)   the peer is credited, or distrusted
 *
 * A peer's announced height says only up to where the peer may be asked. What counts for the state and its target is a
 * height that was *shown*: somebody sent its block with a commit of the validators that this node knows.
 *
 * Every range ends: its blocks are applied, or its peer is distrusted, or its peer is gone, or the answer never came. In
 * each case its blocks are free to be asked of another peer.
 */
import { type Height, toHeight } from '../../src/lib/brands.ts';
import { MAX_BLOCK_BYTES } from '../../src/lib/chain.ts';
import { unreachable } from '../../src/lib/errors.ts';
import { type Rate, TokenBucket } from '../../src/lib/token-bucket.ts';
import { PeerRecords } from '../peer-records.ts';
import { BLOCKS, type SyncedBlock } from '../protocols.ts';
import type { PeerName } from '../types.ts';
import { type Choose, choosePeer, isKnown, type SyncPeer, Turns } from './choose.ts';
import { Proofs } from './proofs.ts';
import { endOf, RANGES_MAX, type Range, Ranges, REQUESTS_MAX } from './ranges.ts';
import { Standing, type SyncState } from './standing.ts';

/** Blocks in the first request to a peer, and the most blocks of a request. */
const FIRST_WINDOW = 8;
const RANGE_BLOCKS = 16;
/** An answer of so many bytes may hold fewer blocks than were asked for. */
const WHOLE_BYTES = BLOCKS.maxBytes - MAX_BLOCK_BYTES;
/** When known peers wait to be asked, a stranger is relied on only so long for the block after the tip. */
const STRANGER_MS = 250;
/** Requests to strangers, for ranges and for proofs. One that comes back under new names is not asked more often for it. */
const STRANGER_RATE: Rate = { burst: 16, perSecond: 8 };
const PROOF_RATE: Rate = { burst: 4, perSecond: 2 };
/** The pause after this node itself failed to apply a block. */
const FAILED_PAUSE_MS = 1_000;

/** What a block with its commit shows. `unknown`: it is of validators that this node does not know yet. */
export type Shown = 'true' | 'false' | 'unknown';

export type Answer =
  /** At least one block, checked by `checkBlocks`. `shown` is said of the last one, which all others are parents of. */
  | { readonly type: 'blocks'; readonly blocks: readonly SyncedBlock[]; readonly shown: Shown }
  | { readonly type: 'empty' }
  /** Blocks that were not asked for, or bytes that are no blocks. */
  | { readonly type: 'false' }
  | { readonly type: 'busy' }
  | { readonly type: 'failed' };

/** What came of the block after the tip. The codes of the node decide which; sync judges each. */
export type Verdict =
  /** It is the tip now. */
  | 'applied'
  /** The node has got a block of this height by itself. */
  | 'passed'
  /** The block or its commit is false. */
  | 'false'
  /** The node is between two heights, or takes no blocks yet: try again at the next tick. */
  | 'later'
  /** This node could not apply it, because of its disk for example. */
  | 'failed';

/** Work to start: the core hears of the end of a `fetch` by `answered(id)`, of an abandoned one nothing more. */
export type Work =
  | {
      readonly type: 'fetch';
      readonly id: number;
      readonly peer: PeerName;
      readonly from: Height;
      readonly count: number;
    }
  | { readonly type: 'abandon'; readonly id: number };

/** The block after the tip, which is ready to be applied. */
export type Ready = { readonly peer: PeerName; readonly height: Height; readonly block: SyncedBlock };

type Judged = Pick<Ready, 'peer' | 'height'>;

export class SyncCore {
  readonly #choose: Choose;
  readonly #records = new PeerRecords({ firstWindow: FIRST_WINDOW, mostWindow: RANGE_BLOCKS });
  readonly #turns = new Turns();
  readonly #ranges = new Ranges();
  readonly #proofs = new Proofs(this.#records);
  readonly #standing = new Standing();
  readonly #proofRate = new TokenBucket(PROOF_RATE, 0);
  readonly #strangerRate = new TokenBucket(STRANGER_RATE, 0);
  #lastId = 0;
  #pausedUntil = 0;
  /** How often the block after this tip was waited for in vain. */
  #vain = { tip: -1n, times: 0 };

  /** @param choose - the one source of chance */
  constructor(choose: Choose) {
    this.#choose = choose;
  }

  state(tip: bigint): SyncState {
    return this.#standing.state(tip);
  }

  /** Requests under way, ready ranges, and blocks in them: each is bounded. */
  sizes(): { readonly underWay: number; readonly ready: number; readonly blocks: number } {
    const ranges = this.#ranges.all();
    return {
      underWay: this.#ranges.count(({ state }) => state !== 'ready') + this.#proofs.size,
      ready: this.#ranges.count(({ state }) => state === 'ready'),
      blocks: ranges.reduce((sum, { blocks }) => sum + blocks.length, 0),
    };
  }

  /** Returns the work to start now. */
  tick(now: number, tip: bigint, peers: readonly SyncPeer[]): readonly Work[] {
    this.#standing.moved(tip, now);
    if (this.#vain.tip !== tip) this.#vain = { tip, times: 0 };
    this.#turns.seen(peers, now);
    const work: Work[] = [...this.#release(tip, peers)];
    if (now < this.#pausedUntil) return work;
    work.push(...this.#proofs.expire(now));
    const ahead = peers.filter(({ height }) => this.#standing.mayAsk(height, now));
    const usable = ahead.filter(({ name }) => !this.#records.isPaused(name, now));
    this.#endPatience(now, tip + 1n, usable);
    this.#plan(now, tip, ahead, work);
    for (const peer of this.#proofs.due(usable, this.#standing.shown, tip, now)) {
      if (!peer.configured && !this.#proofRate.take(1, now)) continue;
      const id = this.#newId();
      this.#proofs.begin(id, peer, now);
      work.push({ type: 'fetch', id, peer: peer.name, from: peer.height, count: 1 });
    }
    return work;
  }

  answered(id: number, answer: Answer, now: number): readonly Work[] {
    const proof = this.#proofs.end(id);
    if (proof !== undefined) return this.#proved(proof.name, answer, now);
    const range = this.#ranges.get(id);
    if (range === undefined || range.state === 'ready') return [];
    const { peer } = range;
    switch (answer.type) {
      case 'blocks':
        if (answer.shown === 'false') return this.#distrust(peer, now);
        this.#received(range, answer.blocks, answer.shown, now);
        return [];
      case 'false':
        return this.#distrust(peer, now);
      case 'busy':
        this.#ranges.delete(range);
        this.#records.ended(peer, { type: 'fruitless', again: true }, range.wasOverdue, now);
        return [];
      case 'empty':
      case 'failed':
        this.#ranges.delete(range);
        this.#records.ended(peer, { type: 'failed' }, range.wasOverdue, now);
        return [];
      default:
        return unreachable(answer);
    }
  }

  /** Returns the block after the tip, if it is here. */
  next(tip: bigint, now: number): Ready | undefined {
    if (now < this.#pausedUntil) return undefined;
    const height = toHeight(tip + 1n);
    const range = this.#ranges.ready(height);
    const block = range?.blocks[Number(height - range.from)];
    return range === undefined || block === undefined ? undefined : { peer: range.peer, height, block };
  }

  /**
   * The block that `next` returned was judged.
   *
   * @param tip - the tip after it. A node that says that a block is its tip, and has another, has failed
   */
  judged({ peer, height }: Judged, verdict: Verdict, tip: bigint, now: number): readonly Work[] {
    const range = this.#ranges.ready(height);
    switch (verdict) {
      case 'applied':
        if (tip < height) return this.judged({ peer, height }, 'failed', tip, now);
        this.#standing.synced(now);
        if (range === undefined || endOf(range) > tip + 1n) return [];
        this.#credit(range, now);
        this.#ranges.delete(range);
        return [];
      case 'passed':
        if (tip < height) return this.judged({ peer, height }, 'failed', tip, now);
        if (range !== undefined) range.owed = undefined;
        return [];
      case 'false':
        return this.#distrust(peer, now);
      case 'later':
        return [];
      case 'failed':
        // Its cause may be in the block all the same: it is asked of another peer.
        this.#pausedUntil = now + FAILED_PAUSE_MS;
        if (range !== undefined) this.#ranges.delete(range);
        this.#records.overdue(peer, now);
        return [];
      default:
        return unreachable(verdict);
    }
  }

  #newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Frees what is below the tip, and what was asked of peers that are gone or has come from them unproven. */
  #release(tip: bigint, peers: readonly SyncPeer[]): readonly Work[] {
    const here = new Set(peers.map(({ name }) => name));
    const work: Work[] = [...this.#proofs.release(here)];
    for (const range of this.#ranges.all()) {
      const isGone = !here.has(range.peer) && (range.state !== 'ready' || range.owed !== undefined);
      if (isGone || endOf(range) <= tip + 1n) work.push(...this.#drop(range));
    }
    return work;
  }

  /** Its blocks are free to be asked of another peer. */
  #drop(range: Range): readonly Work[] {
    this.#ranges.delete(range);
    return range.state === 'ready' ? [] : [{ type: 'abandon', id: range.id }];
  }

  /** Forgets everything that came from a peer, and everything it was asked for. */
  #distrust(peer: PeerName, now: number): readonly Work[] {
    this.#records.lied(peer, now);
    this.#records.ended(peer, { type: 'failed' }, false, now);
    const ranges = this.#ranges.all().filter((range) => range.peer === peer);
    return [...this.#proofs.drop(peer), ...ranges.flatMap((range) => this.#drop(range))];
  }

  #proved(peer: PeerName, answer: Answer, now: number): readonly Work[] {
    switch (answer.type) {
      case 'blocks':
        if (answer.shown === 'false') return this.#distrust(peer, now);
        this.#show(answer.blocks, answer.shown);
        return [];
      case 'false':
        return this.#distrust(peer, now);
      case 'empty':
        this.#records.ended(peer, { type: 'failed' }, false, now);
        return [];
      case 'busy':
        return [];
      case 'failed':
        this.#records.overdue(peer, now);
        return [];
      default:
        return unreachable(answer);
    }
  }

  #show(blocks: readonly SyncedBlock[], shown: Shown): void {
    const last = blocks.at(-1);
    if (shown === 'true' && last !== undefined) this.#standing.show(toHeight(last.commit.height));
  }

  #received(range: Range, blocks: readonly SyncedBlock[], shown: Shown, now: number): void {
    const bytes = blocks.reduce((sum, { block }) => sum + block.length, 0);
    // A server ends an answer that has reached its bound.
    const whole = blocks.length === range.count || bytes >= WHOLE_BYTES;
    range.owed = { tookMs: now - range.askedAt, bytes, whole };
    this.#show(blocks, shown);
    if (shown === 'true') this.#credit(range, now);
    // What was asked of another peer meanwhile is of use only if it is first.
    const next = this.#vain.tip + 1n;
    const isLate = range.state === 'overdue';
    const isNeeded = range.from <= next && this.#ranges.ready(next) === undefined;
    if (isLate && !isNeeded) {
      this.#ranges.delete(range);
      return;
    }
    range.count = blocks.length;
    range.blocks = blocks;
    range.state = 'ready';
  }

  #credit(range: Range, now: number): void {
    if (range.owed === undefined) return;
    this.#records.ended(range.peer, { type: 'content', ...range.owed }, range.wasOverdue, now);
    range.owed = undefined;
  }

  /** Relies no longer on ranges that have taken too long, if another peer can be asked for them. */
  #endPatience(now: number, next: bigint, usable: readonly SyncPeer[]): void {
    for (const range of this.#ranges.all()) {
      if (range.state !== 'asked') continue;
      const free = usable.filter(({ name, height }) => height >= range.from && !this.#ranges.isBusy(name));
      if (free.length === 0) continue;
      const isNext = range.from <= next;
      const waited = now - range.askedAt;
      if (waited >= range.patienceMs) {
        range.state = 'overdue';
        range.wasOverdue = true;
        this.#records.overdue(range.peer, now);
        if (isNext) this.#vain.times += 1;
      } else if (
        isNext &&
        range.isStranger &&
        waited >= STRANGER_MS &&
        free.some(({ configured }) => configured)
      )
        range.state = 'overdue';
    }
  }

  /** Asks for the blocks after the tip that no range is relied on for, from the first on. */
  #plan(now: number, tip: bigint, peers: readonly SyncPeer[], work: Work[]): void {
    let next = tip + 1n;
    while (this.#ranges.count(({ state }) => state !== 'overdue') < RANGES_MAX) {
      const taken = this.#ranges.covering(next);
      if (taken !== undefined) {
        next = endOf(taken);
        continue;
      }
      const peer = this.#peerFor(next, next === tip + 1n, now, peers);
      if (peer === undefined || !this.#makeRoom(now, work)) return;
      if (!isKnown(this.#records, peer) && !this.#strangerRate.take(1, now)) return;
      const end = this.#ranges.nextCovered(next, peer.height + 1n);
      const most = Math.min(RANGE_BLOCKS, this.#records.window(peer.name));
      const count = end - next < BigInt(most) ? Number(end - next) : most;
      const range = this.#begin(peer, toHeight(next), count, now);
      work.push({ type: 'fetch', id: range.id, peer: peer.name, from: range.from, count });
      next = endOf(range);
    }
  }

  #peerFor(height: bigint, isNext: boolean, now: number, peers: readonly SyncPeer[]): SyncPeer | undefined {
    const able = peers.filter((peer) => peer.height >= height);
    const free = able.filter(({ name }) => !this.#records.isPaused(name, now) && !this.#ranges.isBusy(name));
    const strangers = this.#ranges.count(({ isStranger, state }) => isStranger && state !== 'overdue');
    return choosePeer({ able, free, isNext, strangers, now }, this.#records, this.#turns, this.#choose);
  }

  /** Abandons the request that has taken longest if there are too many. Returns false if there is none to abandon. */
  #makeRoom(now: number, work: Work[]): boolean {
    if (this.#ranges.count(({ state }) => state !== 'ready') < REQUESTS_MAX) return true;
    const longest = this.#ranges.longest();
    if (longest === undefined) return false;
    this.#records.ended(longest.peer, { type: 'failed' }, longest.wasOverdue, now);
    work.push(...this.#drop(longest));
    return true;
  }

  #begin(peer: SyncPeer, from: Height, count: number, now: number): Range {
    const range: Range = {
      id: this.#newId(),
      peer: peer.name,
      isStranger: !isKnown(this.#records, peer),
      from,
      count,
      askedAt: now,
      patienceMs: this.#records.patienceMs(peer.name, this.#vain.times),
      state: 'asked',
      wasOverdue: false,
      blocks: [],
      owed: undefined,
    };
    this.#turns.asked(peer.name, now);
    this.#ranges.add(range);
    return range;
  }
}
