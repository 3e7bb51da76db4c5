/** Mulberry32: a test's chance, the same for the same seed. */
export type Chance = {
  /** 0 to below `limit`. */
  readonly below: (limit: number) => number;
  readonly happens: (probability: number) => boolean;
};

export const chance = (seed: number): Chance => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit) => Math.floor(next() * limit), happens: (probability) => next() < probability };
};
