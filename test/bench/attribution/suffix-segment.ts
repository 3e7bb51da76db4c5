/**
 * The baseline: a suffix array over token ids, with the least position of any interval of it, which is the first place
 * that holds a stretch, as positions ascend with contribution id, item and pos.
 */
import { type Interval, intervalOf } from '../../../src/attribution/engine/suffix-interval.ts';
import { suffixArray } from '../../../src/attribution/engine/suffix-sort.ts';
import { NOWHERE, type WindowList } from '../../../src/attribution/suffix-automaton.ts';
import { Lowest } from './lowest.ts';

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
    const id = query[start] ?? 0;
    const from = this.#starts[id] ?? 0;
    const to = this.#starts[id + 1] ?? 0;
    if (id + 1 >= this.#starts.length || from >= to) return { held: false, longest: 0 };
    const sorted = { text: this.#ids, suffixes: this.#suffixes };
    return intervalOf(sorted, query, start, end, { from, to, known: 1 });
  }
}
