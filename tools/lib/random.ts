/**
 * Generates numbers that look random and are the same on every machine, for test cases and texts that follow from a
 * seed.
 */

/**
 * Returns an integer from 0 to `below` − 1; 0 for 0, the place after the end of an empty list.
 * @throws RangeError if `below` is no integer, or negative
 */
export type Random = (below: number) => number;

/** The generator mulberry32: small, fast, and the same everywhere. */
export const randomFrom = (seed: number): Random => {
  let state = seed;
  return (below) => {
    // The remainder by 0 is NaN, which would get into what is made of it without a sound.
    if (!Number.isSafeInteger(below) || below < 0) throw new RangeError(`no integer lies in [0, ${below})`);
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % Math.max(1, below);
  };
};

/** Returns one element. @throws RangeError if there is none */
export const pick = <T>(random: Random, from: readonly T[]): T => {
  const found = from[random(from.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
};

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Returns the same elements in a random order. */
export const shuffled = <T>(list: readonly T[], random: Random): readonly T[] => {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
};
