/**
 * The pure core of the content exchange: it decides what to ask of whom next. Inputs are method calls with plain values,
 * time among them; what is to be done comes back as effects. It has no timer, promise, store, network or log:
 * {@link ContentExchange} in `exchange.ts` has.
 *
 *     input                                          effects
 *     a root is wanted and not here (missing)
 *     an object is here (inspected)                  complete, announce
 *     an announcement (announced)                    its verdict
 *     time passes (tick)                             request, review
 *     an answer (answered, stored, refused, ended)   inspect, penalise
 *     a client waits, or stops waiting (enter, hasten, leave)
 *
 * The chain may name content that nobody has. So every collection here is bounded, a root that was asked for in vain
 * waits longer each time and is given up at last, and peers that have nothing are asked less and less often.
 *
 * A peer may be slow or silent on purpose. So each peer has at most one request under way, and a peer that failed to
 * answer counts as asked: the other peers come before it.
 */
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { PeerPauses } from '../peer-pauses.ts';
import type { Announcement } from '../protocols.ts';
import type { PeerName, Verdict } from '../types.ts';
import { EarlyAnnouncements, noteAnnouncer } from './announcements.ts';
import { IncompleteContributions } from './contributions.ts';
import { Guests } from './guests.ts';
import { type Choose, nextRequest } from './next-request.ts';
import { endRound, type PendingRoot, PendingRoots, postpone } from './pending.ts';
import { ReviewSchedule } from './review.ts';

/** Requests under way at a time, each to another peer. A request is under way until its answer is stored. */
export const REQUESTS_MAX = 3;
/** Items of one contribution that are pending at a time: a list of bogus ones must not take the place of all else. */
export const ITEMS_MAX = 1_024;
const PEER_PAUSE_MS = { first: 50, longest: 2_000 };

/** Work to start: the core hears of its end by `ended(id)` and `reviewed()`. */
export type Work =
  | {
      readonly type: 'request';
      readonly id: number;
      readonly peer: PeerName;
      /** At most `CONTENT_ROOTS_MAX`, at least one. */
      readonly roots: readonly Root[];
    }
  /** Hand every root that the chain wants to the core again. */
  | { readonly type: 'review' };

export type Effect =
  /** Read from the store what the object still lacks, and call `inspected`. */
  | { readonly type: 'inspect'; readonly root: Root; readonly announce: boolean }
  /** The object is here whole: wake who waits for it. */
  | { readonly type: 'complete'; readonly root: Root }
  /** Announce to the peers that the object is here, whole. */
  | { readonly type: 'announce'; readonly root: Root }
  /** The peer sent false content. */
  | { readonly type: 'penalise'; readonly peer: PeerName };

/** Why the store did not keep an object: it is not what was asked for, or this node has no room or a broken disk. */
export type Refusal = 'false' | 'no-room';

type InFlight = { readonly peer: PeerName; readonly batch: readonly PendingRoot[] };

export class ContentCore {
  readonly #choose: Choose;
  readonly #pending = new PendingRoots();
  readonly #incomplete = new IncompleteContributions();
  readonly #early = new EarlyAnnouncements();
  readonly #guests = new Guests();
  readonly #review = new ReviewSchedule();
  readonly #pauses = new PeerPauses(PEER_PAUSE_MS);
  readonly #inFlight = new Map<number, InFlight>();
  #lastRequest = 0;

  /** @param choose - the one source of chance */
  constructor(choose: Choose) {
    this.#choose = choose;
  }

  /** What it holds: each of these is bounded. */
  sizes(): {
    readonly pending: number;
    readonly early: number;
    readonly pauses: number;
    readonly inFlight: number;
  } {
    return {
      pending: this.#pending.size,
      early: this.#early.size,
      pauses: this.#pauses.size,
      inFlight: this.#inFlight.size,
    };
  }

  /** Forgets everything pending. */
  clear(): void {
    this.#pending.clear();
    this.#incomplete.clear();
  }

  // ------------------------------------------------------------------------------------------------ what is wanted

  /** The chain wants the root, whoever else does. */
  adopt(root: Root): void {
    this.#guests.adopt(toBareHex(root));
  }

  /** The root is wanted, and not here. */
  missing(root: Root): void {
    this.#add(root);
  }

  /** A client waits for the root. It is a guest unless something else wants the root already. */
  enter(root: Root): void {
    const key = toBareHex(root);
    if (this.#guests.has(key) || this.#pending.get(key) === undefined) this.#guests.enter(key);
  }

  /** Makes a root urgent if it is pending and was not urgent. */
  hasten(root: Root): void {
    const key = toBareHex(root);
    const pending = this.#pending.get(key);
    if (pending !== undefined && !this.#pending.isUrgent(key)) this.#pending.hasten(pending);
  }

  /** A client waits no longer. What only guests wanted is forgotten with the last of them. */
  leave(root: Root): void {
    const key = toBareHex(root);
    if (this.#guests.leave(key) && this.#pending.get(key)?.parents.size === 0) this.#pending.forget(key);
  }

  /**
   * The object is here, and this is what it lacks: nothing, or items of the contribution.
   *
   * @param announce - announce the object if it lacks nothing: it has just become whole
   */
  inspected(root: Root, lacking: readonly Root[], announce = false): readonly Effect[] {
    if (lacking.length === 0)
      return announce
        ? [
            { type: 'complete', root },
            { type: 'announce', root },
          ]
        : [{ type: 'complete', root }];
    const key = toBareHex(root);
    if (this.#incomplete.has(key)) return [];
    const awaited = new Set<PendingRoot>();
    for (const item of lacking.slice(0, ITEMS_MAX)) {
      const pending = this.#add(item);
      if (pending === undefined || awaited.has(pending)) continue;
      awaited.add(pending);
      pending.parents.add(key);
      this.#pending.hasten(pending);
    }
    this.#incomplete.add(key, root, awaited.size);
    return [];
  }

  #add(root: Root): PendingRoot | undefined {
    const key = toBareHex(root);
    const known = this.#pending.get(key);
    if (known !== undefined) return known;
    const added = this.#pending.add(root, this.#early.take(key));
    if (added === undefined) this.#review.hasten();
    return added;
  }

  // ------------------------------------------------------------------------------------------------ announcements

  /**
   * An announcement: a hint whom to ask first, no more. It is forwarded only if it names a pending root (other nodes want
   * the same, and nobody else cares) and its announcer is new: the same announcement can be made in endless other bytes,
   * and whoever forwarded those would be taken for a flooder.
   *
   * It ends the pause of the holder only if the holder itself sent it. Otherwise one peer could end the pauses of others
   * that do not answer.
   *
   * @param from - the peer that sent it, which is asked if the holder is no peer
   */
  announced(
    { holder, roots }: Announcement,
    from: PeerName,
    peers: readonly PeerName[],
  ): { readonly verdict: Verdict; readonly hastened: boolean } {
    const peer = peers.includes(holder) ? holder : from;
    let hastened = false;
    let news = false;
    for (const root of roots) {
      const key = toBareHex(root);
      const pending = this.#pending.get(key);
      if (pending === undefined) {
        this.#early.add(key, peer);
        continue;
      }
      hastened = true;
      if (noteAnnouncer(pending, peer)) news = true;
      this.#pending.hasten(pending);
    }
    if (holder === from) this.#pauses.end(from);
    return { verdict: news ? 'accept' : 'ignore', hastened };
  }

  // -------------------------------------------------------------------------------------- requests and their answers

  /** Returns the work to start now: as many requests as there may be, and a review if one is due. */
  tick(now: number, peers: readonly PeerName[]): readonly Work[] {
    const work: Work[] = this.#review.begin(now) ? [{ type: 'review' }] : [];
    while (this.#inFlight.size < REQUESTS_MAX) {
      const busy = new Set([...this.#inFlight.values()].map(({ peer }) => peer));
      const free = peers.filter((name) => !busy.has(name) && !this.#pauses.isPaused(name, now));
      const next = nextRequest(this.#pending, { all: peers, free }, now, this.#choose, (pending) =>
        this.#endRound(pending, now),
      );
      if (next === undefined) break;
      const { peer, batch } = next;
      for (const pending of batch) pending.inFlight = true;
      this.#lastRequest += 1;
      const id = this.#lastRequest;
      this.#inFlight.set(id, next);
      work.push({ type: 'request', id, peer, roots: batch.map(({ root }) => root) });
    }
    return work;
  }

  /** The review has ended. */
  reviewed(): void {
    this.#review.end();
  }

  /**
   * The peer has answered.
   *
   * @param objects - how many of the roots it sent; undefined if the request failed
   */
  answered(id: number, objects: number | undefined, now: number): void {
    const request = this.#inFlight.get(id);
    if (request === undefined) return;
    const { peer, batch } = request;
    for (const pending of batch) if (pending.hint === peer) pending.hint = undefined;
    if (objects === undefined || objects === 0) this.#pauses.extend(peer, now);
    else this.#pauses.end(peer);
    // A peer cuts its answer at some megabytes, so the rest of a partial answer is worth asking the same peer for. After an
    // empty answer or a failure the other peers come first.
    const isPartial = objects !== undefined && objects > 0 && objects < batch.length;
    if (!isPartial) for (const pending of batch) pending.asked.add(peer);
  }

  /** The store has verified and kept an object. */
  stored(root: Root): readonly Effect[] {
    const key = toBareHex(root);
    const pending = this.#pending.get(key);
    this.#pending.forget(key);
    if (pending === undefined) return [];
    const effects: Effect[] = [];
    if (pending.parents.size === 0) effects.push({ type: 'inspect', root, announce: false });
    for (const parent of pending.parents) {
      const complete = this.#incomplete.itemArrived(parent);
      // Items past the number pending at a time may still be missing.
      if (complete !== undefined) effects.push({ type: 'inspect', root: complete, announce: true });
    }
    return effects;
  }

  /** The store has refused an object that the peer sent. */
  refused(peer: PeerName, root: Root, refusal: Refusal, now: number): readonly Effect[] {
    const pending = this.#pending.get(toBareHex(root));
    if (refusal === 'no-room') {
      if (pending !== undefined) postpone(pending, now);
      return [];
    }
    pending?.asked.add(peer);
    return [{ type: 'penalise', peer }];
  }

  /** The request is over, and its answer stored. */
  ended(id: number): void {
    for (const pending of this.#inFlight.get(id)?.batch ?? []) pending.inFlight = false;
    this.#inFlight.delete(id);
  }

  /** Every peer was asked for the root in vain. */
  #endRound(pending: PendingRoot, now: number): void {
    if (endRound(pending, now)) return;
    this.#pending.forget(pending.key);
    for (const parent of pending.parents) this.#incomplete.forget(parent);
  }
}
