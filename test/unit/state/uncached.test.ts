import { expect, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { createCache } from '../../../state/store/cache.ts';
import { openState, readRoot } from '../../../state/store/committed-state.ts';
import { memoryDatabase } from './memory-database.ts';

test('a read that is not cached gives the same, and leaves the disk to be asked by the next', async () => {
  const database = memoryDatabase();
  const keys = ['a/1', 'a/2', 'a/3'];
  const grow = openState(database, toHeight(0n), undefined).prepare(
    toHeight(1n),
    new Map(keys.map((key) => [key, utf8(key)])),
  );
  await database.write(grow.puts);
  let reads = 0;
  const counted = {
    ...database,
    get: (key: string) => {
      reads += 1;
      return database.get(key);
    },
  };
  const state = openState(counted, toHeight(1n), readRoot(database, toHeight(1n)));
  const readsOf = (read: () => unknown): number => {
    const before = reads;
    read();
    return reads - before;
  };
  const uncached = (key: string) => readsOf(() => expect(state.uncachedView.get(key)).toEqual(utf8(key)));
  const cold = uncached('a/1');
  expect(cold).toBeGreaterThan(0);
  expect(uncached('a/1')).toBe(cold);
  expect(readsOf(() => state.view.get('a/1'))).toBe(cold);
  expect(readsOf(() => state.view.get('a/1'))).toBe(0);
  expect(uncached('a/1')).toBe(0);
});

test('looking into a cache keeps no entry for longer', () => {
  const cache = createCache<string>(2, () => 1);
  cache.set('old', 'kept');
  cache.set('second', '');
  cache.set('third', '');
  expect(cache.peek('old')).toEqual({ value: 'kept' });
  cache.set('fourth', '');
  cache.set('fifth', '');
  expect(cache.peek('old')).toBeUndefined();
});
