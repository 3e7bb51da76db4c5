import { expect, test } from 'vitest';
import { pauseAfter } from '../../../src/lib/back-off.ts';

const pauses = (count: number, first: number, longest: number, growth?: number): readonly number[] =>
  Array.from({ length: count }, (_, i) =>
    pauseAfter(i + 1, growth === undefined ? { first, longest } : { first, longest, growth }),
  );

test('a pause doubles with every failure, up to the longest', () => {
  expect(pauses(6, 250, 3_000)).toEqual([250, 500, 1_000, 2_000, 3_000, 3_000]);
});

test('a pause grows by another factor where one is given', () => {
  expect(pauses(3, 100, 1_000, 1.5)).toEqual([100, 150, 225]);
});

test('a pause after any number of failures is the longest', () => {
  expect(pauseAfter(1_000_000, { first: 1, longest: 60 })).toBe(60);
});
