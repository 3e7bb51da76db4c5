import { expect, expectTypeOf, test } from 'vitest';
import { type Height, heightAfter, nextHeight, type Round, toHeight } from '../../../src/lib/brands.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../src/lib/ids.ts';

// The compiler checks these when the types of the tests are checked; they do nothing at run time.
test('the id of one kind does not stand for the id of another', () => {
  expectTypeOf<ModelId>().not.toExtend<DatanetId>();
  expectTypeOf<DatanetId>().not.toExtend<ContributionId>();
  expectTypeOf<ContributionId>().not.toExtend<ModelId>();
  expectTypeOf<number>().toExtend<ModelId>();
});

test('a bare number is no height and no round, and no sum of heights is a height', () => {
  expectTypeOf<bigint>().not.toExtend<Height>();
  expectTypeOf<number>().not.toExtend<Round>();
  const height = toHeight(4n);
  expectTypeOf(height + 1n).toEqualTypeOf<bigint>();
  expect(heightAfter(height, 3n)).toBe(7n);
  expect(nextHeight(height)).toBe(5n);
});
