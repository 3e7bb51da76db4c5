import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proposerIndex, rotation } from '../../../consensus/proposer.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { party } from './support.ts';

const powers = (...values: readonly bigint[]) => party(values).validators;

describe('the rotation of proposers', () => {
  test('of equal powers is round robin, by height and by round', () => {
    const four = powers(5n, 5n, 5n, 5n);
    expect([0n, 1n, 2n, 3n, 4n].map((height) => proposerIndex(four, toHeight(height), toRound(0)))).toEqual([
      0, 1, 2, 3, 0,
    ]);
    expect([0, 1, 2, 3, 4].map((round) => proposerIndex(four, toHeight(7n), toRound(round)))).toEqual([
      3, 0, 1, 2, 3,
    ]);
  });

  test('gives each validator turns in proportion to its power, spread over the cycle', () => {
    expect(rotation(powers(1n, 2n, 1n))).toEqual([1, 0, 2, 1]);
    expect(rotation(powers(30n, 10n))).toEqual([0, 0, 1, 0]);
  });

  test('has exact shares, and everybody has a turn in every cycle, whatever the powers', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 40n }), { minLength: 1, maxLength: 12 }), (values) => {
        const cycle = rotation(powers(...values));
        const turns = values.map((_, i) => BigInt(cycle.filter((index) => index === i).length));
        const [first, firstPower] = [turns[0] ?? 0n, values[0] ?? 0n];
        for (const [i, power] of values.entries()) expect((turns[i] ?? 0n) * firstPower).toBe(first * power);
      }),
    );
  });

  // Priorities sum to zero and none falls below -total, so none rises above (n - 1) * total: who waits gains its power a
  // turn, from -total on, for n * total / power turns at most. A heavy validator can wait for all the light ones in a row.
  test('leaves nobody waiting longer than as many of its shares as there are validators', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 20n }), { minLength: 2, maxLength: 8 }), (values) => {
        const cycle = rotation(powers(...values));
        for (const i of values.keys()) {
          const turns = cycle.flatMap((index, at) => (index === i ? [at] : []));
          const gaps = turns.map((at, k) => (turns[k + 1] ?? (turns[0] ?? 0) + cycle.length) - at);
          expect(Math.max(...gaps)).toBeLessThanOrEqual(
            Math.ceil((values.length * cycle.length) / turns.length),
          );
        }
      }),
      { examples: [[[1n, 1n, 1n, 1n, 8n]]] },
    );
  });

  test('stays short for powers of any size', () => {
    const cycle = rotation(powers(1n, 2n ** 63n, 2n ** 64n - 1n, 12_345_678_901_234_567n));
    expect(cycle.length).toBeLessThanOrEqual(4096 + 4);
    expect(new Set(cycle)).toEqual(new Set([0, 1, 2, 3]));
  });
});
