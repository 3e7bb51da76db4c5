/** The baseline that the engine is measured against is right itself. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suffixArray } from '../../../src/attribution/engine/suffix-sort.ts';
import { Lowest } from '../../bench/attribution/lowest.ts';
import { openSuffixArray } from '../../bench/attribution/suffix-index.ts';
import { fuzz } from '../../fuzz/attribution/run.ts';

/** By comparing every suffix with every other. */
const sortedNaively = (text: readonly number[]): number[] =>
  [...text.keys()].sort((a, b) => {
    let i = 0;
    while (text[a + i] !== undefined && text[a + i] === text[b + i]) i += 1;
    // Where one has ended it is the lesser.
    return (text[a + i] ?? -1) - (text[b + i] ?? -1);
  });

const symbolsOf = (text: readonly number[]): number => 1 + Math.max(0, ...text);
const sorted = (text: readonly number[]): number[] => [
  ...suffixArray(Int32Array.from(text), symbolsOf(text)),
];

const repeated = (symbols: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(fc.array(fc.nat(symbols), { maxLength: 12 }), fc.integer({ min: 1, max: 9 }))
    .map(([period, times]) => Array.from({ length: times }, () => period).flat());

describe('a suffix array', () => {
  test('is what sorting by comparing gives', () => {
    for (const symbols of [0, 1, 2, 6, 300]) {
      const text = fc
        .array(fc.oneof(fc.array(fc.nat(symbols), { maxLength: 60 }), repeated(symbols)), { maxLength: 4 })
        .map((parts) => parts.flat());
      fc.assert(
        fc.property(text, (each) => {
          expect(sorted(each)).toEqual(sortedNaively(each));
        }),
        { numRuns: 500 },
      );
    }
  });

  test('of a text that is sorted over and over within itself is right too', () => {
    // Fibonacci words: every level of the recursion finds equal stretches.
    let [last, before] = [[1], [0]];
    while (last.length < 2000) [last, before] = [[...last, ...before], last];
    expect(sorted(last)).toEqual(sortedNaively(last));
    const one = new Array<number>(3000).fill(7);
    expect(sorted(one)).toEqual([...one.keys()].reverse());
    expect(sorted([])).toEqual([]);
  });
});

test('the least of a stretch is that of looking at all of it', () => {
  const values = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), {
    minLength: 1,
    maxLength: 30_000,
  });
  fc.assert(
    fc.property(fc.noShrink(values), fc.nat(), fc.nat(), (each, a, b) => {
      const from = a % each.length;
      const to = from + 1 + (b % (each.length - from));
      expect(new Lowest(Int32Array.from(each)).of(from, to)).toBe(
        each.slice(from, to).reduce((least, value) => Math.min(least, value)),
      );
    }),
    { numRuns: 200 },
  );
});

test('the baseline is the oracle, as the engine is', async () => {
  const report = await fuzz({
    seed: randomInt(2 ** 32),
    cases: 1000,
    open: openSuffixArray,
    // It knows no owners, and no rank but the order of ids: the rules of version 1.
    adapt: (given) => ({ ...given, rules: { ...given.rules, version: 1 } }),
  });
  expect(report.failure, `seed ${report.failure?.seed}`).toBeUndefined();
});
