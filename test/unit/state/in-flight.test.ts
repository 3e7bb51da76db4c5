import { expect, test } from 'vitest';
import { toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { openState, readRoot } from '../../../state/store/committed-state.ts';
import { memoryDatabase } from './memory-database.ts';

/** A database in memory, and the state over it after a first height. */
const opened = (before: ReadonlyMap<string, Uint8Array>) => {
  const database = memoryDatabase();
  return { database, grow: openState(database, toHeight(0n), undefined).prepare(toHeight(1n), before) };
};

test('while a height is on its way to the disk, the height before it is what is read', async () => {
  const { database, grow } = opened(
    new Map([
      ['a/kept', utf8('kept')],
      ['a/changed', utf8('before')],
      ['a/deleted', utf8('before')],
    ]),
  );
  await database.write(grow.puts);
  const state = openState(database, toHeight(1n), readRoot(database, toHeight(1n)));

  const next = state.prepare(
    toHeight(2n),
    new Map([
      ['a/changed', utf8('after')],
      ['a/deleted', undefined],
      ['a/new', utf8('after')],
    ]),
  );
  await database.write(next.puts);
  const read = (key: string): string | undefined => {
    const value = state.view.get(key);
    return value === undefined ? undefined : Buffer.from(value).toString();
  };
  const all = () => ['a/kept', 'a/changed', 'a/deleted', 'a/new'].map(read);
  expect(all()).toEqual(['kept', 'before', 'before', undefined]);
  next.applied();
  expect(all()).toEqual(['kept', 'after', undefined, 'after']);
});
