/**
 * The baseline: a suffix array over token ids, with the least position of any interval of it, which is the first place
 * that holds a stretch, as positions ascend with contribution id, item and pos.
 */
import { NOWHERE, type WindowList } from '../../../src/attribution/suffix-automaton.ts';
import { Lowest } from './lowest.ts';
import { suffixArray } from './suffix-sort.ts';

/** From where on, and to where, suffixes begin with a stretch; or how much of it the closest one begins with. */
type Interval =
  | { readonly held: true; readonly from: number; readonly to: number }
  | { readonly held: false; readonly longest: number };

export class SuffixSegment {
  readonly #ids: Int32Array;
  readonly #suffixes: Int32Array;
  readonly #lowest: Lowest;
  /** Where the suffixes that begin with each id begin. */
  readonly #starts: Int32Array;

  /** @param ids - the ids of items, each followed by one that nobody asks for; all of them below `symbols` */
  constructor(ids: Int32Array, symbols: number) {
    this.#ids = ids;
    this.#suffixes = suffixArray(ids, symbols);
    this.#lowest = new Lowest(this.#suffixes);
    this.#starts = new Int32Array(symbols + 1);
    for (const id of ids) this.#starts[id + 1] = (this.#starts[id + 1] ?? 0) + 1;
    for (let id = 0; id < symbols; id++)
      this.#starts[id + 1] = (this.#starts[id + 1] ?? 0) + (this.#starts[id] ?? 0);
  }

  get length(): number {
    return this.#ids.length;
  }

  get bytes(): number {
    return this.#ids.byteLength + this.#suffixes.byteLength + this.#lowest.bytes + this.#starts.byteLength;
  }

  idAt(position: number): number {
    return this.#ids[position] ?? 0;
  }

  /**
   * Where the windows stand first, for those that stood nowhere before.
   *
   * From the last to the first: what is not held from some start on is in every window that begins before and ends after
   * it, so most windows that nobody holds cost no search.
   */
  fill(query: Uint32Array, { starts, ends, count }: WindowList, offset: number, places: Float64Array): void {
    let heldTo = query.length;
    for (let i = count - 1; i >= 0; i--) {
      const start = starts[i] ?? 0;
      const end = ends[i] ?? 0;
      if (end > heldTo) continue;
      const found = this.#interval(query, start, end);
      if (!found.held) heldTo = start + found.longest;
      else if (places[i] === NOWHERE) places[i] = offset + this.#lowest.of(found.from, found.to);
    }
  }

  #interval(query: Uint32Array, start: number, end: number): Interval {
    const ids = this.#ids;
    const id = query[start] ?? 0;
    const bucketEnd = this.#starts[id + 1] ?? 0;
    let low = this.#starts[id] ?? 0;
    let high = bucketEnd;
    if (id + 1 >= this.#starts.length || low >= high) return { held: false, longest: 0 };
    const length = end - start;
    // Tokens that the suffixes just outside of [low, high) share with the stretch: those between share the lesser.
    let sharedLow = 1;
    let sharedHigh = 1;
    let longest = 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const suffix = this.#suffixes[middle] ?? 0;
      let shared = Math.min(sharedLow, sharedHigh);
      while (shared < length && query[start + shared] === ids[suffix + shared]) shared += 1;
      if (shared > longest) longest = shared;
      // The text ends with an id that nobody asks for, so neither is a prefix of the other.
      if (shared < length && (ids[suffix + shared] ?? 0) < (query[start + shared] ?? 0)) {
        low = middle + 1;
        sharedLow = shared;
      } else {
        high = middle;
        sharedHigh = shared;
      }
    }
    if (longest < length) return { held: false, longest };
    // Only suffixes that hold it, then others, stand from here to the end of the bucket: doubling steps, then halving.
    const from = low;
    const holds = (at: number): boolean => {
      const suffix = this.#suffixes[at] ?? 0;
      for (let i = 1; i < length; i++) if (query[start + i] !== ids[suffix + i]) return false;
      return true;
    };
    let step = 1;
    while (from + step < bucketEnd && holds(from + step)) step *= 2;
    let last = from + (step >> 1);
    let beyond = Math.min(bucketEnd, from + step);
    while (beyond - last > 1) {
      const middle = (last + beyond) >>> 1;
      if (holds(middle)) last = middle;
      else beyond = middle;
    }
    return { held: true, from, to: beyond };
  }
}
