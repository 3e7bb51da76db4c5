/**
 * The first place of every run of a fixed number of tokens that an index holds. A table finds it in a look or two, however
 * often the texts repeat themselves: the lists of the index (`gram-lists.ts`) would have to be walked.
 */
import { NONE } from './gram-lists.ts';
import { gramHashes } from './grams.ts';

/** A random number per process, so that nobody can write runs that all get the same place in the table. */
const [SEED = 0] = crypto.getRandomValues(new Uint32Array(1));

export class FirstRuns {
  /** The number of tokens of a run. */
  readonly length: number;
  /** Open addressing, at most half full: the place of a run, or NONE. */
  #table = new Uint32Array(0);
  #looks = 0;

  constructor(length: number) {
    this.length = length;
  }

  /** About how many tokens it has looked at in all. */
  get looks(): number {
    return this.#looks;
  }

  /** Empties the table, and makes room for so many places. */
  clear(places: number): void {
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * Math.max(1, places)))).fill(NONE);
  }

  /** Posts the runs of ids[start .. end). Places come in ascending order, so the first of equal runs stays. */
  post(ids: Uint32Array, start: number, end: number): void {
    const hashes = gramHashes(ids.subarray(start, end), this.length, SEED);
    for (let i = 0; i < hashes.length; i++) {
      const slot = this.#slot(hashes[i] ?? 0, ids, start + i, ids);
      if (this.#table[slot] === NONE) this.#table[slot] = start + i;
    }
  }

  /**
   * Returns the first place of each run of a text, or NONE.
   * @param ids - those of the index
   * @param isKnown - whether a run may be held, by its position in the text; others are not looked up
   */
  find(text: Uint32Array, ids: Uint32Array, isKnown: (at: number) => boolean): Uint32Array {
    const places = gramHashes(text, this.length, SEED);
    for (let at = 0; at < places.length; at++)
      places[at] = isKnown(at) ? (this.#table[this.#slot(places[at] ?? 0, text, at, ids)] ?? NONE) : NONE;
    return places;
  }

  /** Returns the slot that holds a run, or the empty slot where it would be inserted. */
  #slot(hash: number, text: Uint32Array, at: number, ids: Uint32Array): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = table[slot] ?? NONE;
      this.#looks += 1;
      if (place === NONE) return slot;
      let same = 0;
      while (same < this.length && ids[place + same] === text[at + same]) same += 1;
      this.#looks += same;
      if (same === this.length) return slot;
    }
  }
}
