import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../../src/lib/bytes.ts';
import {
  EMPTY_BIN,
  murmur3,
  SHINGLE_TOKENS,
  SKETCH_BINS,
  similarityBps,
  sketchOf,
} from '../../../state/attribution/sketch.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { tokensOf } from './support.ts';

/** MurmurHash3_x86_32 of bytes whose number is a multiple of four. */
const ofBytes = (bytes: Uint8Array, seed: number): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
  return murmur3(words, 0, words.length, seed);
};

describe('murmur3', () => {
  test('gives the values that its published test vectors give', () => {
    // Those in circulation for MurmurHash3_x86_32 whose input is whole words.
    expect(ofBytes(Uint8Array.of(), 0)).toBe(0);
    expect(ofBytes(Uint8Array.of(), 1)).toBe(0x514e28b7);
    expect(ofBytes(Uint8Array.of(), 0xffff_ffff)).toBe(0x81f16f39);
    expect(ofBytes(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0)).toBe(0x76293b50);
    expect(ofBytes(Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0)).toBe(0xf55b516b);
    expect(ofBytes(Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0x5082edee)).toBe(0x2362f9de);
    expect(ofBytes(Uint8Array.of(0, 0, 0, 0), 0)).toBe(0x2362f9de);
    expect(ofBytes(utf8('aaaa'), 0x9747b28c)).toBe(0x5a97808a);
    expect(ofBytes(utf8('abcd'), 0x9747b28c)).toBe(0xf0478627);
  });
});

const words = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, i) => `w${(from + i).toString(36)}`);

/** Items of eight words each: shingles that share nothing but what items share. */
const itemsOf = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    tokensOf(words(SHINGLE_TOKENS, (from + i) * SHINGLE_TOKENS).join(' ')),
  );

describe('a sketch', () => {
  test('is the same for texts that differ in spaces, capitals and the order of items', () => {
    const texts = ['One two three four five six seven eight nine.', 'Ten eleven twelve'];
    const other = ['ten  ELEVEN twelve', 'one two three\nfour five six seven eight nine .'];
    const sketch = (of: readonly string[]) => sketchOf(of.map((text) => tokensOf(text)));
    expect(sketch(texts)).toEqual(sketch(other));
  });

  test('has an empty bin for each that no shingle fell into, and takes a short item as one shingle', () => {
    expect(sketchOf([])).toEqual(Array.from({ length: SKETCH_BINS }, () => EMPTY_BIN));
    expect(sketchOf([tokensOf('')])).toEqual(sketchOf([]));
    const filled = sketchOf([tokensOf('one two')]).filter((value) => value !== EMPTY_BIN);
    expect(filled).toHaveLength(1);
    const nine = sketchOf([tokensOf(words(9, 0).join(' '))]).filter((value) => value !== EMPTY_BIN);
    expect(nine).toHaveLength(2);
  });

  test('is least over the shingles of each bin, whatever they come with', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), (starts) => {
        const all = sketchOf(starts.flatMap((from) => itemsOf(from, 1)));
        const least = starts
          .map((from) => sketchOf(itemsOf(from, 1)))
          .reduce((sum, each) => sum.map((value, bin) => Math.min(value, each[bin] ?? value)), sketchOf([]));
        expect(all).toEqual(least);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the estimate of similarity', () => {
  test('is all for the same text, nothing for another, and nothing for two empty ones', () => {
    const a = sketchOf(itemsOf(0, 300));
    expect(similarityBps(a, a)).toBe(10_000);
    expect(similarityBps(a, sketchOf(itemsOf(1_000_000, 300)))).toBe(0);
    expect(similarityBps(sketchOf([]), sketchOf([]))).toBe(0);
    expect(similarityBps(a, sketchOf([]))).toBe(0);
  });

  test('has the true resemblance as its mean, and spreads no wider than 128 samples do', () => {
    const random = randomFrom(20_261_121);
    for (const [shared, each] of [
      [0, 40],
      [20, 20],
      [100, 100],
      [300, 50],
      [900, 50],
      [1_500, 2],
    ] as const) {
      const truth = shared / (shared + 2 * each);
      const runs = 120;
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < runs; i++) {
        const from = 10_000 * (1 + random(1_000_000));
        const common = itemsOf(from, shared);
        const a = sketchOf([...common, ...itemsOf(from + 3_000, each)]);
        const b = sketchOf([...itemsOf(from + 6_000, each), ...common]);
        const error = similarityBps(a, b) / 10_000 - truth;
        sum += error;
        squares += error * error;
      }
      // Sets of n shingles fill at most n bins; with fewer than 128 the estimate has fewer samples.
      const samples = Math.min(SKETCH_BINS, (shared + 2 * each) / 2);
      const sigma = Math.sqrt((truth * (1 - truth)) / samples);
      expect(Math.abs(sum / runs)).toBeLessThan(0.0002 + (4 * sigma) / Math.sqrt(runs));
      expect(Math.sqrt(squares / runs)).toBeLessThan(0.0002 + 1.3 * sigma);
    }
  });
});
