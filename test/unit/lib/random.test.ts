import { expect, test } from 'vitest';
import { pick, randomFrom, times } from '../../../tools/lib/random.ts';

test('a seed always gives the same integers below a bound', () => {
  const of = (seed: number): readonly number[] => {
    const random = randomFrom(seed);
    return times(50, () => random(7));
  };
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
  for (const each of of(3)) expect([0, 1, 2, 3, 4, 5, 6]).toContain(each);
  expect(randomFrom(4)(1)).toBe(0);
});

test('below 0 it is 0, the place after the end of an empty list', () => {
  expect(randomFrom(5)(0)).toBe(0);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'there is no integer from 0 to below %s',
  (below) => {
    expect(() => randomFrom(5)(below)).toThrow(RangeError);
  },
);

test('nothing can be picked from nothing', () => {
  expect(() => pick(randomFrom(6), [])).toThrow(RangeError);
  expect(pick(randomFrom(6), ['only'])).toBe('only');
});
