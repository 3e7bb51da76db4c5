/** The items in which windows of a query were found, each as one object, and the numbers that stand for their places. */
import { invariant } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { lastUpTo, type Segment } from './segment.ts';

/** An item that holds a window: `item` is numbered through the segment, which begins it at `start`. */
export type Hit = {
  readonly segment: Segment;
  readonly item: number;
  readonly start: number;
  readonly contribution: ContributionId;
  /** The number of its contribution in the segment. */
  readonly source: number;
  /** Its number within its contribution. */
  readonly number: number;
  /** Its rank among the items that were numbered; UNRANKED until then, and FRESH while those that get one are put in order. */
  rank: number;
};

const UNRANKED = -1;
const FRESH = -2;

/** The places that a call has found so far. One serves all calls of a thread, one after the other. */
export class Found {
  /** By window, the item that holds it, and the token of the segment at which it stands there. */
  readonly hits: (Hit | undefined)[] = [];
  readonly tokens: number[] = [];
  /** The number of windows. */
  count = 0;

  /** Forgets all places, and has room for some windows. */
  reset(windows: number): void {
    this.hits.fill(undefined, 0, this.count);
    while (this.hits.length < windows) {
      this.hits.push(undefined);
      this.tokens.push(0);
    }
    this.count = windows;
  }
}

/** Places are numbers: the rank of the item among those found, and the token in it. */
const RANK = 2 ** 32;

/** Returns the token of the item at which a place is. */
export const tokenOf = (place: number): number => place % RANK;

export class Hits {
  readonly #bySegment = new Map<Segment, Map<number, Hit>>();
  #last: Hit | undefined;
  readonly #ranked: Hit[] = [];

  /** Returns the item of a token. */
  at(segment: Segment, token: number): Hit {
    const last = this.#last;
    if (
      last !== undefined &&
      last.segment === segment &&
      last.start <= token &&
      token < (segment.starts[last.item + 1] ?? 0)
    )
      return last;
    const item = lastUpTo(segment.starts, token);
    let hits = this.#bySegment.get(segment);
    if (hits === undefined) {
      hits = new Map();
      this.#bySegment.set(segment, hits);
    }
    let hit = hits.get(item);
    if (hit === undefined) {
      const source = lastUpTo(segment.items, item);
      const number = item - (segment.items[source] ?? 0);
      const contribution = segment.contributions[source] ?? 0;
      const start = segment.starts[item] ?? 0;
      hit = { segment, item, start, contribution, source, number, rank: UNRANKED };
      hits.set(item, hit);
    }
    this.#last = hit;
    return hit;
  }

  /**
   * Returns the places of what was found, or `nowhere`, and forgets what was found. They are in the given order if nothing
   * was numbered before; later ones come after those.
   */
  number(found: Found, nowhere: number, compare: (a: Hit, b: Hit) => number): Float64Array {
    const { hits, tokens, count } = found;
    const fresh: Hit[] = [];
    for (let i = 0; i < count; i++) {
      const hit = hits[i];
      if (hit?.rank !== UNRANKED) continue;
      hit.rank = FRESH;
      fresh.push(hit);
    }
    for (const hit of fresh.sort(compare)) hit.rank = this.#ranked.push(hit) - 1;
    const places = new Float64Array(count);
    // Counted loops here and in what calls it: iterators would leave more garbage than all else that a query makes.
    for (let i = 0; i < count; i++) {
      const hit = hits[i];
      places[i] = hit === undefined ? nowhere : hit.rank * RANK + (tokens[i] ?? 0) - hit.start;
    }
    // Else it would keep the memory of segments that the index has dropped.
    found.reset(0);
    return places;
  }

  /** Returns the item of a place. */
  of(place: number): Hit {
    const hit = this.#ranked[Math.floor(place / RANK)];
    invariant(hit !== undefined, 'a place is one that the last calls gave');
    return hit;
  }
}
