/**
 * The lists of an index in memory: by the hash of a run of tokens, every place where such a run begins, ascending. Runs
 * whose hashes fall into one bucket share its list.
 */

/** Marks the end of a list. */
export const NONE = 0xffff_ffff;

export const grownTo = (array: Uint32Array, length: number): Uint32Array => {
  if (length <= array.length) return array;
  const out = new Uint32Array(Math.max(length, 2 * array.length));
  out.set(array);
  return out;
};

export class GramLists {
  /** The next place in the list of each place. */
  #next: Uint32Array;
  /** The first and the last place of each bucket, and their number. The number of buckets is a power of two. */
  #heads: Uint32Array;
  #tails: Uint32Array;
  #counts: Uint32Array;

  /** @param expected - the number of tokens to reserve memory for */
  constructor(expected: number) {
    this.#next = new Uint32Array(expected);
    const buckets = 1 << Math.max(4, 32 - Math.clz32(expected));
    this.#heads = new Uint32Array(buckets).fill(NONE);
    this.#tails = new Uint32Array(buckets);
    this.#counts = new Uint32Array(buckets);
  }

  /** The number of places that the lists are made for: with more of them they become long. */
  get room(): number {
    return this.#heads.length;
  }

  /** Returns the number of places in the list of a hash. */
  count(hash: number): number {
    return this.#counts[hash & (this.#heads.length - 1)] ?? 0;
  }

  /** Returns the first place in the list of a hash, or NONE. */
  first(hash: number): number {
    return this.#heads[hash & (this.#heads.length - 1)] ?? NONE;
  }

  /** Returns the next place in the list of a place, or NONE. */
  next(place: number): number {
    return this.#next[place] ?? NONE;
  }

  /** Posts the runs that begin at `start` and after it. Places come in ascending order. */
  post(start: number, hashes: Uint32Array): void {
    for (let i = 0; i < hashes.length; i++) this.postAt(start + i, hashes[i] ?? 0);
  }

  /** Posts the run that begins at a place. Places come in ascending order. */
  postAt(place: number, hash: number): void {
    if (place >= this.#next.length) this.#next = grownTo(this.#next, place + 1);
    const bucket = hash & (this.#heads.length - 1);
    if (this.#heads[bucket] === NONE) this.#heads[bucket] = place;
    else this.#next[this.#tails[bucket] ?? 0] = place;
    this.#tails[bucket] = place;
    this.#next[place] = NONE;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Empties the lists, and makes room for at least so many places. */
  clear(places: number): void {
    let buckets = this.#heads.length;
    while (buckets < places) buckets *= 2;
    this.#heads = new Uint32Array(buckets).fill(NONE);
    this.#tails = new Uint32Array(buckets);
    this.#counts = new Uint32Array(buckets);
  }

  /**
   * Returns, for each place, the next one in its list with another owner, or NONE.
   * @param owners - by place
   */
  nextOthers(owners: Int32Array): Uint32Array {
    const others = new Uint32Array(owners.length);
    // The places of a list ascend, so each follows from a later one.
    for (let at = owners.length - 1; at >= 0; at--) {
      const next = this.#next[at] ?? NONE;
      others[at] = next === NONE || owners[next] !== owners[at] ? next : (others[next] ?? NONE);
    }
    return others;
  }
}
