/** A database in memory. Walks see what was there when they began, as those of LevelDB do. */
import type { Database, Entry } from '../../../state/store/database.ts';

export const memoryDatabase = (values: Map<string, Uint8Array> = new Map()): Database => {
  const between = (from: string, to: string): readonly Entry[] =>
    [...values].filter(([key]) => key >= from && key < to).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    get: (key) => values.get(key),
    write: async (puts) => {
      for (const { key, value } of puts)
        if (value === undefined) values.delete(key);
        else values.set(key, value);
    },
    pages: async function* (from, to) {
      yield between(from, to);
    },
    walk: (from, to) => {
      const entries = between(from, to);
      return {
        seek: async (key) => entries.find(([each]) => each >= key),
        close: async () => undefined,
      };
    },
    last: async (from, to) => between(from, to).at(-1),
    close: async () => undefined,
  };
};
