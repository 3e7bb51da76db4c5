/** The windows of a search that are still looked for, each on its way along a list. */
export class Walk {
  readonly window: Int32Array;
  readonly ahead: Int32Array;
  readonly mask: Int32Array;
  readonly wanted: Int32Array;
  /** Only places below this are of interest. */
  readonly before: Float64Array;
  /** The next posting of the list, the end of the current stretch of it, and the end of the list. */
  readonly at: Uint32Array;
  readonly end: Uint32Array;
  readonly last: Uint32Array;
  /** The number of candidates that the current round has found, for each entry. */
  readonly found: Uint8Array;
  count = 0;
  /** A value without meaning: it keeps reads whose only purpose is to fill the caches. */
  touched = 0;

  constructor(windows: number) {
    this.window = new Int32Array(windows);
    this.ahead = new Int32Array(windows);
    this.mask = new Int32Array(windows);
    this.wanted = new Int32Array(windows);
    this.before = new Float64Array(windows);
    this.at = new Uint32Array(windows);
    this.end = new Uint32Array(windows);
    this.last = new Uint32Array(windows);
    this.found = new Uint8Array(windows);
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
