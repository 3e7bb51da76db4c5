import { describe, expect, test } from 'vitest';
import { createCache } from '../../../state/store/cache.ts';

const held = (cache: ReturnType<typeof createCache<string>>, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => cache.get(key) !== undefined);

describe('a cache of two generations', () => {
  test('is bounded by the sizes of its values, not by their number', () => {
    const cache = createCache<string>(100, (value) => value.length);
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
    for (const key of keys) cache.set(key, 'x'.repeat(50));
    // Two values fill a generation; the last of each of the two generations are left.
    expect(held(cache, keys).length).toBeLessThanOrEqual(4);
    expect(cache.get('key 49')).toEqual({ value: 'x'.repeat(50) });
  });

  test('counts a value that is written again once', () => {
    const cache = createCache<string>(100, (value) => value.length);
    cache.set('kept', 'y');
    for (let i = 0; i < 1000; i++) cache.set('again', 'x'.repeat(50));
    expect(cache.get('kept')).toEqual({ value: 'y' });
  });
});
