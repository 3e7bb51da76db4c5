import { expect, it } from 'vitest';
import { uint128, uint256 } from '../../../../src/lib/ssz.ts';
import { amountPages, gatheredAmounts } from '../../../../state/modules/kit/amount-pages.ts';
import { overlay, type View } from '../../../../state/view.ts';

type Pair = readonly [id: number, amount: bigint];
const amounts = (pairs: readonly Pair[]) => pairs.map(([id, amount]) => ({ id, amount }));

it('keeps amounts by number in pages of 256, and tells each page once', () => {
  const pages = amountPages(uint256, 8);
  const view = overlay({ get: () => undefined });
  const add = (...pairs: readonly Pair[]) => pages.add(view, 'amounts', amounts(pairs));
  expect(add([300, 5n], [255, 1n], [256, 2n])).toEqual([1, 0]);
  expect(add([256, 40n], [4_294_967_295, 7n], [257, 3n])).toEqual([16_777_215]);
  expect(add()).toEqual([]);
  expect(pages.page(view, 'amounts', 1)).toEqual([
    { id: 256, amount: 42n },
    { id: 257, amount: 3n },
    { id: 300, amount: 5n },
  ]);
  expect([255, 256, 299, 4_294_967_295].map((id) => pages.amountOf(view, 'amounts', id))).toEqual([
    1n,
    42n,
    0n,
    7n,
  ]);
  expect(view.writes.size).toBe(3);
});

it('gathers amounts by name, and gives them back once, also those of 0, ascending', () => {
  const gathered = gatheredAmounts('opened', amountPages(uint128, 4));
  const state = new Map<string, Uint8Array>();
  const view = overlay(state, state);
  const add = (name: string, ...pairs: readonly Pair[]) =>
    gathered.add(view, name, `sums/${name}`, amounts(pairs));
  const take = (name: string) => gathered.take(view, name, `sums/${name}`);
  add('a', [1024, 7n], [15, 1n]);
  add('a', [1, 0n], [16, 2n]);
  add('a', [16, 40n]);
  add('a');
  add('b', [16, 5n]);
  expect(take('a')).toEqual(
    amounts([
      [1, 0n],
      [15, 1n],
      [16, 42n],
      [1024, 7n],
    ]),
  );
  expect(take('a')).toEqual([]);
  expect(take('b')).toEqual(amounts([[16, 5n]]));
  view.commit();
  expect(state.size).toBe(0);
});

it('of one amount of a thousand reads and writes only the page that it is in', () => {
  const gathered = gatheredAmounts('opened', amountPages(uint128, 4));
  const state = new Map<string, Uint8Array>();
  const add = (view: View, pairs: readonly Pair[]) => gathered.add(view, 'a', 'sums/a', amounts(pairs));
  add(
    state,
    Array.from({ length: 1024 }, (_, i) => [i + 1, 1n] as const),
  );
  const view = overlay(state);
  add(view, [[700, 5n]]);
  expect([...view.writes.values()].map((value) => value?.length)).toEqual([16 * 20]);
});
