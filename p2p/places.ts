/**
 * The places of a server: the answers of one protocol that are under way at a time. A peer may want to hold them all, by
 * asking again and again, by reading slowly, or under many names. So one peer gets a quarter of the places at most, a
 * quarter is kept for the peers of the config, and whoever finds no place waits in line:
 *
 * - A place is given up for a peer that has fewer: at once if it still has no more then; else after a turn, at once by who
 *   reads too slowly, and by who has had its place longest after the chunk that it is reading.
 * - First in line are peers of the config, then those that hold fewer places, then those that have not been too slow
 *   lately, then those that have waited longest: since they asked, or since they had a place. A peer that is sent away
 *   keeps its rank for a while. One that comes back under a new name stands behind all others, so everybody has a turn.
 *
 * A slow reader that is in nobody's way keeps its place. There is no clock here: the time is an argument.
 */
import { LRUCache } from 'lru-cache';
import type { PeerName } from './types.ts';

/** A reader below this many bytes per second is slow. An answer of 4 MiB then takes a minute. */
export const SLOW_BYTES_PER_SECOND = 64 << 10;
/** Bytes that a stream takes at once, whether they are read or not: the first window of yamux. */
export const WINDOW_BYTES = 256 << 10;
/**
 * A request waits in line for so many turns. Then it is answered `busy`. It is longer than a turn, because whoever waits
 * must be there when one ends.
 */
export const WAIT_TURNS = 1.5;
/** A peer that was sent away keeps its rank for so long, and one that was slow counts as slow. */
export const REMEMBERED_MS = 30_000;
const PEERS_REMEMBERED = 1_024;
/** Requests in line. Past it the last one is refused. */
export const LINE_MAX = 128;

export type Place = {
  readonly peer: PeerName;
  readonly configured: boolean;
  /** Milliseconds. */
  readonly since: number;
  /** Ends the answer. */
  readonly evict: () => void;
  /** Bytes given to the stream. They count as read except for the last {@link WINDOW_BYTES}. */
  bytes: number;
  /** Its turn is over and somebody waits: the answer ends after this chunk. */
  isOver: boolean;
};

/** Who asks for a place. */
export type Guest = {
  readonly peer: PeerName;
  readonly configured: boolean;
  /** Is called when it loses the place again. */
  readonly evict: () => void;
  /** Is called once: with its place, or with undefined if it got none in time. */
  readonly answer: (place: Place | undefined) => void;
};

type Waiting = Guest & { readonly until: number };

export class Places {
  readonly #total: number;
  readonly #turnMs: number;
  readonly #quarter: number;
  readonly #places = new Set<Place>();
  #line: Waiting[] = [];
  /** How many places each peer holds, if it holds any. */
  readonly #held = new Map<PeerName, number>();
  /** Since when each peer waits: since it first asked, or since it last had a place. And when it last asked. */
  readonly #ranks = new LRUCache<PeerName, { readonly since: number; readonly seen: number }>({
    max: PEERS_REMEMBERED,
  });
  /** When peers lost a place because they were slow. */
  readonly #slow = new LRUCache<PeerName, number>({ max: PEERS_REMEMBERED });

  /** @param turnMs - the turn of a reader: nobody that has as many places takes its place before */
  constructor(total: number, turnMs: number) {
    this.#total = total;
    this.#turnMs = turnMs;
    this.#quarter = Math.max(1, total >> 2);
  }

  /** The places that are held. */
  get size(): number {
    return this.#places.size;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Asks for a place. A peer that holds or waits for a quarter of the places gets no more. */
  ask(guest: Guest, now: number): void {
    const { peer } = guest;
    const waits = this.#line.filter((waiting) => waiting.peer === peer).length;
    if (this.#heldBy(peer) + waits >= this.#quarter) {
      guest.answer(undefined);
      return;
    }
    const known = this.#ranks.get(peer);
    const since = known !== undefined && now - known.seen < REMEMBERED_MS ? known.since : now;
    this.#ranks.set(peer, { since, seen: now });
    this.#line.push({ ...guest, until: now + WAIT_TURNS * this.#turnMs });
    this.#seat(now);
    if (this.#line.length > LINE_MAX) this.#sendAway(now);
  }

  leave(place: Place, now: number): void {
    if (this.#places.has(place)) this.#free(place, now);
    this.#seat(now);
  }

  /** Sends away who has waited too long, and ends turns. It has to be called now and then while somebody waits. */
  tick(now: number): void {
    const late = this.#line.filter(({ until }) => until <= now);
    this.#line = this.#line.filter(({ until }) => until > now);
    for (const { answer } of late) answer(undefined);
    this.#seat(now);
  }

  /** Gives places to those who wait, in their order. Where the first of the strangers gets none, the others get none. */
  #seat(now: number): void {
    for (const configured of [true, false])
      for (;;) {
        const line = this.#inOrder(configured, now);
        const [first] = line;
        if (first === undefined) break;
        if (!this.#isFree(configured) && !this.#makeRoom(first, line.length, now)) break;
        const { peer, evict, answer } = first;
        const place: Place = { peer, configured, since: now, evict, bytes: 0, isOver: false };
        this.#line = this.#line.filter((waiting) => waiting !== first);
        this.#places.add(place);
        this.#held.set(peer, this.#heldBy(peer) + 1);
        this.#ranks.set(peer, { since: now, seen: now });
        answer(place);
      }
  }

  /** Refuses the last one in line. */
  #sendAway(now: number): void {
    const last = this.#inOrder(false, now).at(-1) ?? this.#inOrder(true, now).at(-1);
    this.#line = this.#line.filter((waiting) => waiting !== last);
    last?.answer(undefined);
  }

  #free(place: Place, now: number): void {
    const { peer } = place;
    const rest = this.#heldBy(peer) - 1;
    this.#places.delete(place);
    if (rest > 0) this.#held.set(peer, rest);
    else this.#held.delete(peer);
    this.#ranks.set(peer, { since: now, seen: now });
  }

  #inOrder(configured: boolean, now: number): readonly Waiting[] {
    const isSlow = (peer: PeerName): boolean =>
      now - (this.#slow.peek(peer) ?? Number.NEGATIVE_INFINITY) < REMEMBERED_MS;
    return this.#line
      .filter((waiting) => waiting.configured === configured)
      .map((waiting) => ({
        waiting,
        held: this.#heldBy(waiting.peer),
        slow: Number(isSlow(waiting.peer)),
        since: this.#ranks.peek(waiting.peer)?.since ?? now,
      }))
      .sort((a, b) => a.held - b.held || a.slow - b.slow || a.since - b.since)
      .map(({ waiting }) => waiting);
  }

  #heldBy(peer: PeerName): number {
    return this.#held.get(peer) ?? 0;
  }

  #strangers(): number {
    let count = 0;
    for (const { configured } of this.#places) if (!configured) count += 1;
    return count;
  }

  #isFree(configured: boolean): boolean {
    if (this.#places.size >= this.#total) return false;
    return configured || this.#strangers() < this.#total - this.#quarter;
  }

  /**
   * Makes room for a guest. Peers of the config take the places of strangers, or of one another if no stranger has one.
   * Returns false if no place is free yet: then turns end, as many as guests wait.
   */
  #makeRoom({ peer, configured }: Waiting, waiting: number, now: number): boolean {
    const amongConfigured = configured && this.#strangers() === 0;
    const own = this.#heldBy(peer);
    const open = [...this.#places].filter(
      (place) => place.configured === amongConfigured && this.#heldBy(place.peer) > own,
    );
    const loser = this.#greedy(own, open) ?? this.#slowest(open, now);
    if (loser !== undefined) {
      this.#free(loser, now);
      loser.evict();
      return true;
    }
    // Places are in the order in which they were given.
    const due = open.filter(({ isOver, since }) => isOver || now - since >= this.#turnMs);
    for (const place of due.slice(0, waiting)) place.isOver = true;
    return false;
  }

  /** The last place of the peer that has the most, if it would still have as many: that one has got the least so far. */
  #greedy(own: number, open: readonly Place[]): Place | undefined {
    const most = open.reduce((max, place) => Math.max(max, this.#heldBy(place.peer)), 0);
    if (most <= own + 1) return undefined;
    return open.findLast((place) => this.#heldBy(place.peer) === most);
  }

  #slowest(open: readonly Place[], now: number): Place | undefined {
    const rate = ({ bytes, since }: Place): number =>
      (Math.max(0, bytes - WINDOW_BYTES) * 1_000) / (now - since);
    const slow = open.filter(
      (place) => now - place.since >= this.#turnMs && rate(place) < SLOW_BYTES_PER_SECOND,
    );
    const [first] = slow;
    if (first === undefined) return undefined;
    const slowest = slow.reduce((least, place) => (rate(place) < rate(least) ? place : least), first);
    this.#slow.set(slowest.peer, now);
    return slowest;
  }
}
