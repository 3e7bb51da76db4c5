/** The least value of any stretch of an array: minima of 64 values, minima of 64 of those, and so on up to one. */

const FAN = 64;

export class Lowest {
  /** The values, then each level of minima above them. */
  readonly #levels: readonly Int32Array[];

  constructor(values: Int32Array) {
    const levels = [values];
    for (let below = values; below.length > 1; ) {
      const above = new Int32Array(Math.ceil(below.length / FAN));
      for (let i = 0; i < above.length; i++)
        above[i] = scan(below, i * FAN, Math.min(below.length, (i + 1) * FAN));
      levels.push(above);
      below = above;
    }
    this.#levels = levels;
  }

  /** Beside the values. */
  get bytes(): number {
    return this.#levels.slice(1).reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Of values[from .. to), which are not none. */
  of(from: number, to: number): number {
    let least = Number.POSITIVE_INFINITY;
    let [low, high] = [from, to];
    for (const values of this.#levels) {
      if (high - low <= 2 * FAN) return Math.min(least, scan(values, low, high));
      // What does not fill a block at either end here, the rest on the level above.
      const first = Math.ceil(low / FAN);
      const last = Math.floor(high / FAN);
      least = Math.min(least, scan(values, low, first * FAN), scan(values, last * FAN, high));
      [low, high] = [first, last];
    }
    return least;
  }
}

const scan = (values: Int32Array, from: number, to: number): number => {
  let least = 0x7fff_ffff;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? 0;
    if (value < least) least = value;
  }
  return least;
};
