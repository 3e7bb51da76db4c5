/**
 * The pure core of the content exchange: it decides what to ask of whom next. Inputs are method calls with plain values,
 * time among them; what is to be done comes back as effects. It has no timer, promise, store, network or log:
 * {@link ContentExchange} in `exchange.ts` has.
 *
 *     input                                          effects
 *     a root is wanted and not here (missing)
 *     an object is here (inspected)                  announce
 *     an announcement (announced)                    its verdict, and the roots to look up
 *     time passes (tick)                             request, abandon, review
 *     an answer (answered, stored, refused, ended)   inspect, penalise
 *     an object came by another way (arrived)        inspect
 *     a client waits, or stops waiting (enter, hasten, leave)
 *
 * The chain may name content that nobody has. So every collection here is bounded, a root that was asked for in vain
 * waits longer each time and is given up at last, and peers that have nothing are asked less and less often. A root for
 * which there is no room is not lost: its holder announces it, and then the store is asked whether a block names it.
 *
 * A peer may be slow, silent or false on purpose. So each peer has at most one request under way, another peer is asked
 * when an answer takes long, and peers that failed are not relied on until they have answered again.
 */
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { PeerRecords } from '../peer-records.ts';
import { type Announcement, CONTENT_ROOTS_MAX } from '../protocols.ts';
import type { PeerName, Verdict } from '../types.ts';
import { EarlyAnnouncements, type EarlyClaim, type IsPeer, noteAnnouncer } from './announcements.ts';
import { IncompleteContributions } from './contributions.ts';
import { firstBytes } from './first-bytes.ts';
import { Guests } from './guests.ts';
import type { Answer, Refusal } from './in-flight.ts';
import type { Choose, ContentPeer } from './next-request.ts';
import { ANNOUNCERS_MAX, type PendingRoot, PendingRoots, postpone, type Source } from './pending.ts';
import { RequestPlanner, type RequestWork } from './request-planner.ts';
import { ReviewSchedule } from './review.ts';

/** Items of one contribution that are pending at a time: a list of bogus ones must not take the place of all else. */
export const ITEMS_MAX = 1_024;
/** A review goes on while fewer of its roots than this wait to be asked for the first time: eight times what is asked at once. */
export const REVIEW_AHEAD = 4_096;
/** Objects in the first request to a peer. */
export const FIRST_WINDOW = 8;

/** Work to start: the core hears of its end by `ended(id)` and `reviewed()`. */
export type Work =
  | RequestWork
  /** Hand every root that the chain wants to the core again. */
  | { readonly type: 'review' };

export type Effect =
  /** Read from the store what the object still lacks, and call `inspected`. */
  | { readonly type: 'inspect'; readonly root: Root; readonly announce: boolean }
  /** Announce to the peers that the object is here, whole. */
  | { readonly type: 'announce'; readonly root: Root }
  /** The peer sent false content. */
  | { readonly type: 'penalise'; readonly peer: PeerName };

export class ContentCore {
  readonly #pending = new PendingRoots();
  readonly #incomplete = new IncompleteContributions();
  readonly #early = new EarlyAnnouncements();
  readonly #guests = new Guests();
  readonly #review = new ReviewSchedule();
  readonly #records = new PeerRecords({ firstWindow: FIRST_WINDOW, mostWindow: CONTENT_ROOTS_MAX });
  readonly #requests: RequestPlanner;
  /** The peers that are in the config, as of the last tick. */
  #configured: ReadonlySet<PeerName> = new Set();

  /** @param choose - the one source of chance */
  constructor(choose: Choose) {
    this.#requests = new RequestPlanner({
      pending: this.#pending,
      records: this.#records,
      choose,
      giveUp: (pending) => this.#giveUp(pending),
    });
  }

  /** What it holds: each of these is bounded. */
  sizes(): {
    readonly pending: number;
    /** Between lists and the items that they lack. */
    readonly links: number;
    readonly early: number;
    readonly records: number;
    readonly inFlight: number;
  } {
    return {
      pending: this.#pending.size,
      links: this.#incomplete.size,
      early: this.#early.size,
      records: this.#records.size,
      inFlight: this.#requests.size,
    };
  }

  /** Forgets everything pending. */
  clear(): void {
    this.#incomplete.clear();
    this.#pending.clear();
  }

  // ------------------------------------------------------------------------------------------------ what is wanted

  /** The chain wants the root, whoever else does. */
  adopt(root: Root): void {
    this.#guests.adopt(toBareHex(root));
  }

  /** The root is wanted, and not here. */
  missing(root: Root, source: Source = 'blocks'): void {
    this.#add(root, source);
  }

  /** A client waits for the root. While it does, the root is not given up to make room. */
  enter(root: Root): void {
    const key = toBareHex(root);
    this.#guests.enter(key, this.#pending.get(key) !== undefined);
  }

  /** A client waits for the root: if it is pending, it goes before all others. It ends a pause only the first time. */
  hasten(root: Root): void {
    const pending = this.#pending.get(toBareHex(root));
    if (pending !== undefined) this.#pending.serveClients(pending);
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
  inspected(
    root: Root,
    lacking: readonly Root[],
    announce = false,
    source: Source = 'blocks',
  ): readonly Effect[] {
    if (lacking.length === 0) return announce ? [{ type: 'announce', root }] : [];
    const key = toBareHex(root);
    if (this.#incomplete.has(key)) return [];
    const awaited = new Set<PendingRoot>();
    for (const item of lacking.slice(0, ITEMS_MAX)) {
      const pending = this.#add(item, source);
      if (pending === undefined || awaited.has(pending)) continue;
      awaited.add(pending);
      // What was asked for in vain is asked for no sooner because one more list names it.
      if (pending.asked.size === 0 && !pending.isSpent) this.#pending.hasten(pending);
    }
    // One may have lost its place to another. A list that counts on it would never be whole: the next review finds it again.
    const isPending = (item: PendingRoot): boolean => this.#pending.get(item.key) === item;
    if ([...awaited].every(isPending) && !this.#incomplete.add(key, root, awaited)) this.#review.hasten();
    return [];
  }

  /** There was no room to find out what an object lacks: a review has to. */
  passedOver(): void {
    this.#review.hasten();
  }

  /** Whether a review may go on: nobody waits for what it finds, so it takes no more places than are soon free again. */
  hasRoomForReview(): boolean {
    return this.#pending.unasked('review') < REVIEW_AHEAD;
  }

  #add(root: Root, source: Source): PendingRoot | undefined {
    const key = toBareHex(root);
    const known = this.#pending.get(key);
    if (known !== undefined) return known;
    const added = this.#pending.add(root, source) ?? this.#addInPlace(root, source);
    if (added === undefined) return undefined;
    const claims = this.#early.take(firstBytes(root));
    const isSure = ({ holder }: EarlyClaim): boolean => this.isConfigured(holder);
    const doubtful = claims.filter((claim) => !isSure(claim)).slice(0, ANNOUNCERS_MAX);
    for (const { holder, isPromise } of [...claims.filter(isSure), ...doubtful]) {
      added.announcers.set(holder, 'early');
      this.#pending.claim(added, this.#sourceOf(holder, isPromise));
      this.#pending.hasten(added);
    }
    return added;
  }

  /** Adds a root in the place of another. If not all peers were asked for that one, a review will find it again. */
  #addInPlace(root: Root, source: Source): PendingRoot | undefined {
    const least = this.#pending.leastHopeful((key) => this.#guests.has(key));
    if (least === undefined || !least.isSpent) this.#review.hasten();
    if (least === undefined) return undefined;
    this.#giveUp(least);
    return this.#pending.add(root, source);
  }

  /** The source of a root that is announced. Anyone may say that a peer of the config has something. */
  #sourceOf(peer: PeerName, isPromise: boolean): Source {
    return isPromise && this.#configured.has(peer) ? `peer ${peer}` : 'others';
  }

  // ------------------------------------------------------------------------------------------------ announcements

  /**
   * An announcement: a hint whom to ask first, no more. It is forwarded only if it names a pending root (other nodes want
   * the same, and nobody else cares) and its announcer is new: the same announcement can be made in endless other bytes,
   * and whoever forwarded those would be taken for a flooder.
   *
   * It ends a pause of the holder only if the holder itself sent it. Otherwise one peer could end the pauses of others
   * that do not answer. A holder that failed lately hastens nothing, however often it announces. One of the config hastens
   * each root once, because an honest node on a busy machine fails too.
   *
   * @param from - the peer that sent it, which is asked if the holder is no peer
   * @returns `unknown`: the roots that are not pending. If a block names one of them, `missing` is to be called for it.
   */
  announced(
    { holder, roots }: Announcement,
    from: PeerName,
    isPeer: IsPeer,
    now: number,
  ): { readonly verdict: Verdict; readonly hastened: boolean; readonly unknown: readonly Root[] } {
    const peer = isPeer(holder) ? holder : from;
    const isPromise = holder === from;
    const isTrusted = this.#records.doubt(peer, now) === 0;
    const source = this.#sourceOf(peer, isPromise);
    let hastened = false;
    let news = false;
    const early: string[] = [];
    const unknown: Root[] = [];
    for (const root of roots) {
      const beginning = firstBytes(root);
      const pending = this.#pending.find(root, beginning);
      if (pending === undefined) {
        early.push(beginning);
        unknown.push(root);
        continue;
      }
      this.#pending.claim(pending, source);
      const isKnownHolder = source !== 'others' && pending.announcers.get(peer) !== 'promised';
      const claim = isPromise ? 'promised' : 'named';
      const isNew = noteAnnouncer(pending, peer, claim, this.isConfigured(peer), isPeer);
      if (isNew) news = true;
      if (isKnownHolder) this.#requests.takeFromStranger(pending);
      if (!isKnownHolder && !(isTrusted && (isNew || isPromise))) continue;
      hastened = true;
      pending.asked.delete(peer);
      this.#pending.hasten(pending);
    }
    this.#early.add(early, { holder: peer, isPromise }, from, isPeer);
    if (hastened && isPromise) this.#records.hasNews(from);
    return { verdict: news ? 'accept' : 'ignore', hastened, unknown };
  }

  /** Whether a connected peer is in the config, as of the last tick. */
  isConfigured(peer: PeerName): boolean {
    return this.#configured.has(peer);
  }

  // -------------------------------------------------------------------------------------- requests and their answers

  /** Returns the work to start now: as many requests as there may be, and a review if one is due. */
  tick(now: number, peers: readonly ContentPeer[]): readonly Work[] {
    this.#configured = new Set(peers.filter(({ configured }) => configured).map(({ name }) => name));
    const review: readonly Work[] = this.#review.begin(now) ? [{ type: 'review' }] : [];
    return [...review, ...this.#requests.plan(now, peers)];
  }

  /** The review has ended. */
  reviewed(): void {
    this.#review.end();
  }

  /** The peer has answered, or failed to. */
  answered(id: number, answer: Answer, now: number): void {
    this.#requests.answered(id, answer, now);
  }

  /** The store has verified and kept an object of this request. */
  stored(id: number, root: Root): readonly Effect[] {
    this.#requests.stored(id);
    return this.arrived(root);
  }

  /** The object is here, by whichever way: nobody is asked for it any more. */
  arrived(root: Root): readonly Effect[] {
    const key = toBareHex(root);
    const pending = this.#pending.get(key);
    this.#pending.forget(key);
    if (pending === undefined) return [];
    const effects: Effect[] = [];
    if (pending.parents.size === 0) effects.push({ type: 'inspect', root, announce: false });
    for (const parent of pending.parents) {
      const complete = this.#incomplete.itemArrived(parent, pending);
      // Items past the number pending at a time may still be missing.
      if (complete !== undefined) effects.push({ type: 'inspect', root: complete, announce: true });
    }
    return effects;
  }

  /** The store has refused an object that the peer sent in answer to this request. */
  refused(id: number, peer: PeerName, root: Root, refusal: Refusal, now: number): readonly Effect[] {
    this.#requests.refused(id, refusal);
    if (refusal === 'false') return [{ type: 'penalise', peer }];
    const pending = this.#pending.get(toBareHex(root));
    if (pending !== undefined) postpone(pending, now);
    return [];
  }

  /** The request is over, and its answer stored. */
  ended(id: number, now: number): void {
    this.#requests.ended(id, now);
  }

  #giveUp(pending: PendingRoot): void {
    this.#pending.forget(pending.key);
    for (const parent of pending.parents) this.#incomplete.forget(parent);
  }
}
