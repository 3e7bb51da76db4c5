/**
 * A sketch of a contribution that shows near-duplicates to reviewers: one-permutation MinHash (P. Li, A. Owen, C.-H.
 * Zhang, "One Permutation Hashing", NIPS 2012) over the set of its shingles. A shingle is eight folded tokens of
 * one item; an item of fewer tokens is one shingle. The sketch is declared, and no payment depends on it.
 *
 * The word of a token is the FNV-1a-32 of its folded bytes. The hash of a shingle is MurmurHash3_x86_32 (A. Appleby,
 * public domain) of the words of its tokens, little-endian, one after the other. Seed 0 gives the bin (hash mod 128),
 * seed 1 the value. A bin keeps the least value of its shingles, at most 2^32 − 2; it is 2^32 − 1 if it has none. Empty
 * bins are not filled from others: the estimate leaves out bins that are empty on both sides, which keeps it unbiased
 * (section 3 of the paper).
 */

import { divFloorNumber, MAX_UINT32 } from '../../src/lib/math.ts';
import { list, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { fnv1a32 } from './info1.ts';
import { BPS } from './parameters.ts';
import type { Tokens } from './tokens.ts';

export const SKETCH_BINS = 128;
export const SHINGLE_TOKENS = 8;
export const EMPTY_BIN = MAX_UINT32;

export const SketchType = list(uint32, SKETCH_BINS);
/** Exactly {@link SKETCH_BINS} values. A bin without a shingle has {@link EMPTY_BIN}. */
export type Sketch = ValueOf<typeof SketchType>;

const rotl = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Returns MurmurHash3_x86_32 of words[from .. to), each four little-endian bytes. */
export const murmur3 = (words: ArrayLike<number>, from: number, to: number, seed: number): number => {
  let h = seed;
  for (let i = from; i < to; i++) {
    h ^= Math.imul(rotl(Math.imul(words[i] ?? 0, 0xcc9e2d51), 15), 0x1b873593);
    h = (Math.imul(rotl(h, 13), 5) + 0xe6546b64) | 0;
  }
  h ^= 4 * (to - from);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

const wordsOf = ({ bytes, offsets, count }: Tokens): Uint32Array =>
  Uint32Array.from({ length: count }, (_, i) => fnv1a32(bytes, offsets[i] ?? 0, offsets[i + 1] ?? 0));

export const sketchOf = (items: readonly Tokens[]): Sketch => {
  const bins = new Uint32Array(SKETCH_BINS).fill(EMPTY_BIN);
  const take = (words: Uint32Array, from: number, to: number): void => {
    const bin = murmur3(words, from, to, 0) & (SKETCH_BINS - 1);
    const value = Math.min(murmur3(words, from, to, 1), EMPTY_BIN - 1);
    if (value < (bins[bin] ?? EMPTY_BIN)) bins[bin] = value;
  };
  for (const item of items) {
    const words = wordsOf(item);
    if (words.length > 0 && words.length < SHINGLE_TOKENS) take(words, 0, words.length);
    for (let from = 0; from + SHINGLE_TOKENS <= words.length; from++)
      take(words, from, from + SHINGLE_TOKENS);
  }
  return [...bins];
};

/** Returns the estimated Jaccard similarity of the sets of shingles, in basis points; 0 if both are empty. */
export const similarityBps = (a: Sketch, b: Sketch): number => {
  let equal = 0;
  let used = 0;
  for (let bin = 0; bin < SKETCH_BINS; bin++) {
    if (a[bin] === EMPTY_BIN && b[bin] === EMPTY_BIN) continue;
    used += 1;
    if (a[bin] === b[bin]) equal += 1;
  }
  return used === 0 ? 0 : divFloorNumber(equal * BPS, used);
};
