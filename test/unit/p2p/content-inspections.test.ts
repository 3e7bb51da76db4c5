import { expect, test } from 'vitest';
import { INSPECTIONS_MAX, Inspections, type Purpose, SHORT_LIST } from '../../../p2p/content/inspections.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';

const rootOf = (name: string): Root => sha256(utf8(name));
const GET: Purpose = { announce: false, get: true };

/** Inspections that each end when the test says so, under the names of their lists. */
const underWay = () => {
  const names = new Map<string, string>();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const inspections = new Inspections((root, { announce, get }) => {
    begun.push(`${names.get(toHex(root)) ?? ''}${announce ? ' announce' : ''}${get ? ' get' : ''}`);
    return new Promise((resolve) => ends.push(resolve));
  });
  const add = (name: string, size: number, purpose = GET): Promise<void> | undefined => {
    names.set(toHex(rootOf(name)), name);
    return inspections.add(rootOf(name), size, purpose);
  };
  const next = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { inspections, begun, add, next };
};

test('one long list is looked through at a time, the shortest and the oldest in turns', async () => {
  const { begun, add, next } = underWay();
  for (const size of [60_000, 50_000, 40_000, 2_000, 3_000]) void add(`list of ${size}`, size);
  expect(begun).toEqual(['list of 60000 get']);
  for (let i = 0; i < 4; i++) await next();
  expect(begun.slice(1)).toEqual([
    'list of 50000 get',
    'list of 2000 get',
    'list of 40000 get',
    'list of 3000 get',
  ]);
});

test('a short list does not wait for a long one', async () => {
  const { begun, add } = underWay();
  void add('long', SHORT_LIST + 1);
  void add('short', SHORT_LIST);
  expect(begun).toEqual(['long get', 'short get']);
});

test('whoever wants a list that waits shares its look, and one that is looked through is looked through once more', async () => {
  const { begun, add, next } = underWay();
  const first = add('list', 10);
  const others = Array.from({ length: 100 }, (_, i) =>
    add('list', 10, { announce: i % 2 === 0, get: false }),
  );
  expect(begun).toEqual(['list get']);
  await next();
  await first;
  expect(begun).toEqual(['list get', 'list announce']);
  await next();
  for (const each of others) await each;
  void add('list', 10);
  expect(begun).toHaveLength(3);
});

test('what waits is bounded, and forgotten at the end', async () => {
  const { inspections, begun, add, next } = underWay();
  const ended = add('list', 10);
  const waiting = Array.from({ length: INSPECTIONS_MAX }, (_, i) => add(`list ${i}`, 10));
  expect(add('one more', 10)).toBeUndefined();
  expect(add('list 7', 10)).toBe(waiting[7]);
  const stopped = inspections.stop();
  await next();
  await Promise.all([stopped, ended, ...waiting, add('too late', 10)]);
  expect(begun).toHaveLength(1);
});

test('whoever wants a list hears of the fault that kept it from being looked through, and the next one has its turn', async () => {
  const inspections = new Inspections(async (root) => {
    if (toHex(root) === toHex(rootOf('damaged'))) throw new Error('damaged');
  });
  const damaged = inspections.add(rootOf('damaged'), 10, GET);
  const whole = inspections.add(rootOf('whole'), 10, GET);
  await expect(damaged).rejects.toThrow('damaged');
  await whole;
});
