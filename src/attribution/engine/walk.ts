/** Candidates that are read together, if there are no more windows than that. */
export const TOGETHER = 2048;

/**
 * The windows of a search that are still looked for, each on its way along a list. One serves all searches of a thread, one
 * after the other. It has twice the room that the largest output so far needed, 41 bytes for each window.
 */
export class Walk {
  window = new Int32Array(0);
  ahead = new Int32Array(0);
  mask = new Int32Array(0);
  wanted = new Int32Array(0);
  /** Only places below this are of interest. */
  before = new Float64Array(0);
  /** The next posting of the list, the end of the current stretch of it, and the end of the list. */
  at = new Uint32Array(0);
  end = new Uint32Array(0);
  last = new Uint32Array(0);
  /** The number of candidates that the current round has found, for each entry. */
  found = new Uint8Array(0);
  /** The candidates of the current round: postings, then their places. */
  candidates = new Uint32Array(0);
  count = 0;
  /** A value without meaning: it keeps reads whose only purpose is to fill the caches. */
  touched = 0;

  /** Makes room for the windows of a search. */
  reserve(windows: number): void {
    if (windows <= this.window.length) return;
    const room = Math.max(TOGETHER, 2 * windows);
    this.window = new Int32Array(room);
    this.ahead = new Int32Array(room);
    this.mask = new Int32Array(room);
    this.wanted = new Int32Array(room);
    this.before = new Float64Array(room);
    this.at = new Uint32Array(room);
    this.end = new Uint32Array(room);
    this.last = new Uint32Array(room);
    this.found = new Uint8Array(room);
    this.candidates = new Uint32Array(room);
  }

  /** Puts walk k in the place of walk `to`, which comes before it. */
  move(k: number, to: number): void {
    this.window[to] = this.window[k] ?? 0;
    this.ahead[to] = this.ahead[k] ?? 0;
    this.mask[to] = this.mask[k] ?? 0;
    this.wanted[to] = this.wanted[k] ?? 0;
    this.before[to] = this.before[k] ?? 0;
    this.at[to] = this.at[k] ?? 0;
    this.end[to] = this.end[k] ?? 0;
    this.last[to] = this.last[k] ?? 0;
  }
}

/** The least memory of a slab, in numbers. */
const SLAB = 1 << 14;

/** Arrays that are valid until it is cleared, in memory that is kept for the next ones. */
export class Slab {
  #memory = new Int32Array(0);
  #used = 0;

  clear(): void {
    this.#used = 0;
  }

  /** Returns an array of any content. */
  take(length: number): Int32Array {
    // The arrays that were taken keep what they are in.
    if (this.#used + length > this.#memory.length) {
      this.#memory = new Int32Array(Math.max(SLAB, 2 * (this.#used + length)));
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    return this.#memory.subarray(from, this.#used);
  }
}

/** The first posting from `from` on whose place is at least `place`, or `to`: near ones are found faster. */
export const firstFrom = (places: Uint32Array, from: number, to: number, place: number): number => {
  let step = 1;
  let low = from;
  while (low + step < to && (places[low + step] ?? 0) < place) {
    low += step;
    step *= 2;
  }
  let high = Math.min(to, low + step);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
};
