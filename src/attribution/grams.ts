/** Rolling hashes of every run of a fixed number of ids. Equal runs have equal hashes, and nothing else is assumed. */

const BASE = 0x9e3779b1;

/** Spreads ids, which are small and dense, over 32 bits (the finaliser of MurmurHash3). */
const spread = (id: number): number => {
  let x = id;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
};

/**
 * Returns the hashes of ids[i .. i + length) for every i at which such a run fits.
 * @param seed - other seeds give other hashes
 */
export const gramHashes = (ids: Uint32Array, length: number, seed = 0): Uint32Array => {
  const count = Math.max(0, ids.length - length + 1);
  const out = new Uint32Array(count);
  if (count === 0) return out;
  let leading = 1;
  for (let i = 1; i < length; i++) leading = Math.imul(leading, BASE);
  let hash = 0;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, BASE) + spread((ids[i] ?? 0) ^ seed)) | 0;
  out[0] = spread(hash);
  for (let i = 1; i < count; i++) {
    hash = (hash - Math.imul(spread((ids[i - 1] ?? 0) ^ seed), leading)) | 0;
    hash = (Math.imul(hash, BASE) + spread((ids[i + length - 1] ?? 0) ^ seed)) | 0;
    out[i] = spread(hash);
  }
  return out;
};
