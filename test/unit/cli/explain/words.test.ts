import { expect, test } from 'vitest';
import { percentOf, percentOfBps } from '../../../../src/cli/explain/figures.ts';
import { statusLabel, statusSentence } from '../../../../src/cli/explain/words.ts';
import { divFloorNumber } from '../../../../src/lib/math.ts';

test('a share reads the same whether it comes from the chain or is computed here', () => {
  for (const [part, whole] of [
    [86_637, 100_000],
    [2, 3],
    [0, 7],
    [7, 7],
  ] as const)
    expect(percentOf(part, whole)).toBe(percentOfBps(divFloorNumber(10_000 * part, whole)));
  expect(percentOf(86_637, 100_000)).toBe('86.63 %');
});

test('a receipt whose claim was refuted is open again, not one that nobody has settled', () => {
  const status = { type: 'open', deadline: '90', reverted: { height: '40', unanswered: false } } as const;
  expect(statusLabel(status)).toBe('open again');
  expect(statusSentence(status)).toMatch(/^A claim was refuted at block 40; open again until block 90/);
  expect(statusLabel({ type: 'open', deadline: '90' })).toBe('not settled yet');
});
