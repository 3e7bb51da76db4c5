import { expect, it } from 'vitest';
import { addAmounts, amountOf, pageAmounts } from '../../../../state/modules/kit/amount-pages.ts';
import { overlay } from '../../../../state/view.ts';

it('keeps amounts by contribution in pages of 256, and tells each page once', () => {
  const view = overlay({ get: () => undefined });
  const add = (...amounts: readonly (readonly [number, bigint])[]) =>
    addAmounts(
      view,
      'amounts',
      amounts.map(([contribution, amount]) => ({ contribution, amount })),
    );
  expect(add([300, 5n], [255, 1n], [256, 2n])).toEqual([1, 0]);
  expect(add([256, 40n], [4_294_967_295, 7n], [257, 3n])).toEqual([16_777_215]);
  expect(add()).toEqual([]);
  expect(pageAmounts(view, 'amounts', 1)).toEqual([
    { contribution: 256, amount: 42n },
    { contribution: 257, amount: 3n },
    { contribution: 300, amount: 5n },
  ]);
  expect(
    [255, 256, 299, 4_294_967_295].map((contribution) => amountOf(view, 'amounts', contribution)),
  ).toEqual([1n, 42n, 0n, 7n]);
  expect(view.writes.size).toBe(3);
});
