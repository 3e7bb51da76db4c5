/**
 * The places of a server: the answers of one protocol that are under way at a time. A peer may want to hold them all, by
 * asking again and again or by reading slowly. So one peer gets a quarter of the places at most, a quarter is kept for the
 * peers of the config, and when no place is left, somebody loses theirs to a peer that has none: who reads too slowly, or
 * else a peer that has several. A slow reader that is in nobody's way keeps its place.
 */
import type { PeerName } from './types.ts';

/** A reader is not called slow before this time. */
export const GRACE_MS = 2_000;
/** A reader below this many bytes per second is slow. An answer of 4 MiB then takes a minute. */
export const SLOW_BYTES_PER_SECOND = 64 << 10;

export type Place = {
  readonly peer: PeerName;
  readonly configured: boolean;
  /** Milliseconds. */
  readonly since: number;
  /** Ends the answer. */
  readonly evict: () => void;
  /** Bytes that the peer has taken. */
  bytes: number;
};

export class Places {
  readonly #total: number;
  readonly #places = new Set<Place>();

  constructor(total: number) {
    this.#total = total;
  }

  get size(): number {
    return this.#places.size;
  }

  /**
   * Takes a place, and returns it; undefined if there is none for the peer.
   *
   * @param evict - is called when the peer loses its place to another
   */
  enter(peer: PeerName, configured: boolean, now: number, evict: () => void): Place | undefined {
    const quarter = this.#total >> 2;
    const own = this.#count((place) => place.peer === peer);
    if (own >= Math.max(1, quarter)) return undefined;
    const strangers = this.#count((place) => !place.configured);
    const isFull = this.#places.size >= this.#total;
    if (isFull || (!configured && strangers >= this.#total - quarter)) {
      const loser = this.#loser(own, configured && strangers === 0, now);
      if (loser === undefined) return undefined;
      this.#places.delete(loser);
      loser.evict();
    }
    const place: Place = { peer, configured, since: now, evict, bytes: 0 };
    this.#places.add(place);
    return place;
  }

  leave(place: Place): void {
    this.#places.delete(place);
  }

  /** Returns the place that a peer which has `own` places may have. Peers of the config lose theirs last. */
  #loser(own: number, amongConfigured: boolean, now: number): Place | undefined {
    const open = [...this.#places].filter(({ configured }) => configured === amongConfigured);
    const rate = ({ bytes, since }: Place): number => (bytes * 1_000) / (now - since);
    const slow = open.filter((place) => now - place.since >= GRACE_MS && rate(place) < SLOW_BYTES_PER_SECOND);
    if (slow.length > 0) return slow.reduce((least, place) => (rate(place) < rate(least) ? place : least));
    if (own > 0) return undefined;
    // The last one of a peer that has more than one: it has got the least so far.
    return open.findLast((place) => this.#count(({ peer }) => peer === place.peer) > 1);
  }

  #count(condition: (place: Place) => boolean): number {
    let count = 0;
    for (const place of this.#places) if (condition(place)) count += 1;
    return count;
  }
}
