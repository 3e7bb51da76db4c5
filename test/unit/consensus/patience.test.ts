import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTimely, lapOf, nextPatience, timeoutMs } from '../../../consensus/patience.ts';
import { MAX_UINT32 } from '../../../src/lib/math.ts';

const GROWTH = { baseMs: 600, stepMs: 300 };

describe('a timeout', () => {
  test('grows by steps within a lap, and doubles with each lap', () => {
    expect([0, 1, 2, 3, 4, 5].map((rounds) => timeoutMs(GROWTH, rounds, 2))).toEqual([
      600,
      900,
      2 * 1_200,
      2 * 1_500,
      4 * 1_800,
      4 * 2_100,
    ]);
    expect(timeoutMs(GROWTH, 33, lapOf(100))).toBe(600 + 33 * 300);
  });

  test('is a whole number that a timer takes, and never falls, whatever the genesis says', () => {
    const uint32 = fc.nat({ max: MAX_UINT32 });
    fc.assert(
      fc.property(uint32, uint32, uint32, fc.integer({ min: 1, max: 86 }), (baseMs, stepMs, rounds, lap) => {
        const now = timeoutMs({ baseMs, stepMs }, rounds, lap);
        expect(Number.isSafeInteger(now)).toBe(true);
        expect(now).toBeLessThanOrEqual(2 ** 31 - 1);
        expect(timeoutMs({ baseMs, stepMs }, rounds + 1, lap)).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  test('has no end below a day, so any delay is overcome', () => {
    expect(timeoutMs(GROWTH, 5_000, 2)).toBeGreaterThan(86_400_000);
  });
});

describe('patience', () => {
  test('is what a height needed beyond the rounds that silent proposers may take', () => {
    expect(nextPatience(0, 1, lapOf(4))).toBe(0);
    expect(nextPatience(0, 4, lapOf(4))).toBe(3);
    expect(nextPatience(3, 1, lapOf(4))).toBe(3);
    expect(nextPatience(0, 33, lapOf(100))).toBe(0);
  });

  test('is gone after a few heights that are decided at once, however long the outage was', () => {
    for (const validators of [1, 2, 3, 4, 7, 100]) {
      const lap = lapOf(validators);
      let patience = nextPatience(0, 1_000_000, lap);
      let heights = 0;
      while (patience > 0) {
        patience = nextPatience(patience, 0, lap);
        heights++;
      }
      expect(heights).toBeLessThanOrEqual(8);
    }
  });

  test('laps are f + 1 rounds', () => {
    expect([1, 2, 3, 4, 6, 7, 100].map(lapOf)).toEqual([1, 1, 1, 2, 2, 3, 34]);
  });
});

test('a time is timely from the precision ahead to the precision and the delay behind, and the delay moves one side only', () => {
  const bounds = { precisionMs: 2_000, delayMs: 600 };
  const at = 1_000_000n;
  const timely = (offMs: bigint, delayMs = bounds.delayMs): boolean =>
    isTimely(at + offMs, at, { ...bounds, delayMs });
  expect(timely(2_000n)).toBe(true);
  expect(timely(2_001n)).toBe(false);
  expect(timely(-2_600n)).toBe(true);
  expect(timely(-2_601n)).toBe(false);
  expect(timely(-2_601n, 601)).toBe(true);
  expect(timely(2_001n, 2 ** 31 - 1)).toBe(false);
});
