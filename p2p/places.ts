/**
 * The places of a server: the answers of one protocol that are under way at a time. A peer may want to hold them all, by
 * asking again and again or by reading slowly. So one peer gets a quarter of the places at most, a quarter is kept for the
 * peers of the config, and when no place is left, one that is held is given to the next who asks: that of somebody who reads
 * too slowly, or else of a peer that has more. A slow reader that is in nobody's way keeps its place.
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

  /** Returns the place to give to a peer that has `own` places. Those of the peers of the config are given to one another. */
  #loser(own: number, amongConfigured: boolean, now: number): Place | undefined {
    const open = [...this.#places].filter(({ configured }) => configured === amongConfigured);
    const rate = ({ bytes, since }: Place): number => (bytes * 1_000) / (now - since);
    const slow = open.filter((place) => now - place.since >= GRACE_MS && rate(place) < SLOW_BYTES_PER_SECOND);
    if (slow.length > 0) return slow.reduce((least, place) => (rate(place) < rate(least) ? place : least));
    // The last one of the peer that has the most, if it would still have as many: that one has got the least so far.
    const counts = open.map((place) => this.#count(({ peer }) => peer === place.peer));
    const most = Math.max(...counts);
    return most > own + 1 ? open[counts.lastIndexOf(most)] : undefined;
  }

  #count(condition: (place: Place) => boolean): number {
    let count = 0;
    for (const place of this.#places) if (condition(place)) count += 1;
    return count;
  }
}
