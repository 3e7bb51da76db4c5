import { expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import { addVersionData, takeVersionData } from '../../../../state/modules/pay/version-data.ts';
import { overlay } from '../../../../state/view.ts';

const add = (
  view: Parameters<typeof addVersionData>[0],
  model: number,
  ...data: readonly (readonly [number, bigint])[]
): void => addVersionData(view, { model, end: toHeight(20n) }, new Map(data));

it('keeps data money by version in pages of 16, and gives it back once, ascending by version', () => {
  const state = new Map<string, Uint8Array>();
  const view = overlay(state, state);
  add(view, 1, [1024, 7n], [15, 1n]);
  add(view, 1, [1, 0n], [16, 2n]);
  add(view, 1, [16, 40n]);
  add(view, 1);
  add(view, 2, [16, 5n]);
  expect([...view.writes.keys()].filter((key) => key.includes('/versions/')).length).toBe(10);
  expect(takeVersionData(view, { model: 1, end: toHeight(20n) })).toEqual([
    { version: 1, data: 0n },
    { version: 15, data: 1n },
    { version: 16, data: 42n },
    { version: 1024, data: 7n },
  ]);
  expect(takeVersionData(view, { model: 1, end: toHeight(20n) })).toEqual([]);
  expect(takeVersionData(view, { model: 2, end: toHeight(20n) })).toEqual([{ version: 16, data: 5n }]);
  view.commit();
  expect(state.size).toBe(0);
});

it('of one version of a thousand reads and writes only the page that it is in', () => {
  const state = new Map<string, Uint8Array>();
  add(state, 1, ...Array.from({ length: 1024 }, (_, i) => [i + 1, 1n] as const));
  const view = overlay(state);
  add(view, 1, [700, 5n]);
  expect(view.writes.size).toBe(1);
  expect([...view.writes.values()].map((value) => value?.length)).toEqual([16 * 20]);
});
