import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainProblems } from '../../../tools/demo/dataset.ts';
import { itemText, partition } from '../../../tools/demo/partition.ts';

describe('the training data', () => {
  it('is shared out whole: 7,473 rows, 50 contributions of 149 or 150 rows, five each of ten people', () => {
    const shares = partition(trainProblems().length);
    expect(shares).toHaveLength(50);
    expect(shares[0]?.from).toBe(0);
    expect(shares.at(-1)?.to).toBe(7473);
    for (const [i, share] of shares.entries()) expect(share.from).toBe(shares[i - 1]?.to ?? 0);
    expect(new Set(shares.map(({ from, to }) => to - from))).toEqual(new Set([149, 150]));
    const perPerson = Map.groupBy(shares, ({ contributor }) => contributor);
    expect([...perPerson.values()].map((each) => each.length)).toEqual(Array.from({ length: 10 }, () => 5));
  });

  it('is cut so for any number of rows: nothing left out, sizes a row apart at most', () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 20 }),
        (rows, cuts, people) => {
          const shares = partition(rows, cuts, people);
          const sizes = shares.map(({ from, to }) => to - from);
          expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(shares.every((share, i) => share.from === (shares[i - 1]?.to ?? 0))).toBe(true);
        },
      ),
    );
  });

  it('has items that are the question, a newline, the answer', () => {
    expect(itemText({ question: 'What?', answer: 'That.\n#### 1' })).toBe('What?\nThat.\n#### 1');
  });
});
