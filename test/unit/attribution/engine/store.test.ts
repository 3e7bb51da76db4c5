import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MANIFEST } from '../../../../src/attribution/engine/manifest.ts';
import { COMMONS } from '../../../../src/attribution/engine/segment.ts';
import { mergeSegments, type Texts } from '../../../../src/attribution/engine/segment-builder.ts';
import { readSegment, writeSegment } from '../../../../src/attribution/engine/segment-file.ts';
import { IndexStore } from '../../../../src/attribution/engine/store.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { freshFolder, KEY, segmentOf, textsOf, wordsOf } from './support.ts';

const LIMIT = 1 << 28;

const SMALL: readonly Texts[] = [
  textsOf(4, 1, [wordsOf(12, 1), '', 'a b']),
  textsOf(9, 0, [wordsOf(20, 2)]),
  textsOf(11, COMMONS, []),
];

const openStore = (folder: string): { store: IndexStore; codes: readonly string[] } => {
  const { store, faults } = unwrap(IndexStore.open(folder, LIMIT));
  return { store, codes: faults.map(({ code }) => code) };
};

/** The contribution ids that are held, ascending. */
const heldIn = (store: IndexStore): number[] =>
  store.held.flatMap(({ segment }) => [...segment.contributions]).toSorted((a, b) => a - b);

const CODES = new Set([
  'INDEX_FILE_FOREIGN',
  'INDEX_FILE_VERSION',
  'INDEX_FILE_TRUNCATED',
  'INDEX_FILE_CORRUPT',
]);

describe('a segment on disk', () => {
  test('is read as it was written, of two bytes a token and of three', () => {
    const folder = freshFolder();
    for (const [name, segment] of [
      ['small', segmentOf(7, SMALL)],
      ['empty', segmentOf(7, [])],
      ['large', segmentOf(7, [textsOf(0, 0, [wordsOf(70_000, 1)])])],
    ] as const) {
      const written = writeSegment(join(folder, name), segment);
      const read = unwrap(readSegment(join(folder, name)));
      expect(read).toEqual(written);
      expect(read.bytes).toBe(readFileSync(join(folder, name)).length);
      expect(read.segment.high.length).toBe(name === 'large' ? read.segment.low.length : 0);
    }
  });

  test('is refused, by a stable code, if cut at any byte', () => {
    const path = join(freshFolder(), 'segment');
    writeSegment(path, segmentOf(7, SMALL));
    const bytes = readFileSync(path);
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const read = readSegment(path);
      expect(read.ok ? 'read' : read.fault.code).toBe('INDEX_FILE_TRUNCATED');
    }
    writeFileSync(path, Buffer.concat([bytes, Buffer.of(0)]));
    expect(readSegment(path)).toMatchObject({ ok: false, fault: { code: 'INDEX_FILE_TRUNCATED' } });
  });

  test('is refused, by a stable code, if any bit is turned', () => {
    const path = join(freshFolder(), 'segment');
    writeSegment(path, segmentOf(7, SMALL));
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at & 7));
      writeFileSync(path, damaged);
      const read = readSegment(path);
      expect(CODES.has(read.ok ? 'read' : read.fault.code)).toBe(true);
    }
  });

  test('is refused, without memory taken for it, whatever else stands in the file', () => {
    const path = join(freshFolder(), 'segment');
    expect(readSegment(path)).toMatchObject({ ok: false, fault: { code: 'INDEX_FILE_MISSING' } });
    writeFileSync(
      path,
      'a text of somebody else, which is longer than any header and no segment at all'.repeat(9),
    );
    expect(readSegment(path)).toMatchObject({ ok: false, fault: { code: 'INDEX_FILE_FOREIGN' } });
    writeSegment(path, segmentOf(7, SMALL));
    const bytes = readFileSync(path);
    // A section of 2^50 bytes.
    bytes.writeBigUInt64LE(1n << 50n, 40);
    writeFileSync(path, bytes);
    expect(readSegment(path)).toMatchObject({ ok: false, fault: { code: 'INDEX_FILE_TRUNCATED' } });
    bytes.writeUInt32LE(1, 8);
    writeFileSync(path, bytes);
    expect(readSegment(path)).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_FILE_VERSION', data: { version: 1 } },
    });
  });
});

describe('the folder of the index', () => {
  test('holds after a restart what was added, and nothing else', () => {
    const folder = freshFolder();
    const { store } = openStore(folder);
    unwrap(store.add(7, SMALL));
    unwrap(store.add(8, [textsOf(5, 0, ['x'])]));
    writeFileSync(join(folder, 'segment-9'), 'left over');
    writeFileSync(join(folder, 'segment-10.unfinished'), 'left over');
    const again = openStore(folder);
    expect(again.codes).toEqual([]);
    expect(again.store.key).toEqual(store.key);
    expect(again.store.held).toEqual(store.held);
    expect(readdirSync(folder).toSorted()).toEqual(['manifest', 'segment-0', 'segment-1']);
    expect(again.store.nextPath()).not.toBe(store.nextPath());
  });

  test('loses nothing acknowledged, wherever it is stopped while it adds or merges', () => {
    // A stop leaves: a part of a new segment under its unfinished name; the whole segment, or the part of a new
    // manifest, beside the old manifest; or all of it, and files that a merge has not taken away yet.
    const folder = freshFolder();
    const { store } = openStore(folder);
    unwrap(store.add(7, SMALL.slice(0, 1)));
    unwrap(store.add(7, SMALL.slice(1, 2)));
    const before = freshFolder();
    cpSync(folder, before, { recursive: true });
    const old = store.held;
    const path = store.nextPath();
    const merged = unwrap(
      mergeSegments(
        store.key,
        old.map(({ segment }) => segment),
      ),
    );
    store.replace(old, writeSegment(path, merged));
    expect(heldIn(store)).toEqual([4, 9]);
    const segment = readFileSync(path);
    const manifest = readFileSync(join(folder, MANIFEST));
    const expectWhole = (prepare: (stopped: string) => void): void => {
      const stopped = freshFolder();
      cpSync(before, stopped, { recursive: true });
      prepare(stopped);
      const opened = openStore(stopped);
      expect(opened.codes).toEqual([]);
      expect(heldIn(opened.store)).toEqual([4, 9]);
      expect(readdirSync(stopped)).toHaveLength(1 + opened.store.held.length);
      rmSync(stopped, { recursive: true });
    };
    for (let length = 0; length <= segment.length; length += 97)
      expectWhole((stopped) =>
        writeFileSync(join(stopped, 'segment-2.unfinished'), segment.subarray(0, length)),
      );
    for (let length = 0; length <= manifest.length; length += 37)
      expectWhole((stopped) => {
        writeFileSync(join(stopped, 'segment-2'), segment);
        writeFileSync(join(stopped, `${MANIFEST}.unfinished`), manifest.subarray(0, length));
      });
    expectWhole((stopped) => {
      writeFileSync(join(stopped, 'segment-2'), segment);
      writeFileSync(join(stopped, MANIFEST), manifest);
    });
  });

  test('finds every damage to a segment, says what is lost, and goes on saying so until it is restored', () => {
    const folder = freshFolder();
    const { store } = openStore(folder);
    unwrap(store.add(7, SMALL));
    unwrap(store.add(7, [textsOf(5, 2, ['x'])]));
    const path = join(folder, 'segment-0');
    const bytes = readFileSync(path);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, value, cut) => {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = (damaged[at] ?? 0) ^ value;
          writeFileSync(path, cut ? damaged.subarray(0, at) : damaged);
          const opened = openStore(folder);
          expect(opened.codes).toHaveLength(1);
          expect(heldIn(opened.store)).toEqual([5]);
          expect(opened.store.lost).toMatchObject([{ accepted: [[0, 2]], commons: [11], datanet: 7 }]);
        },
      ),
      { numRuns: 100 },
    );
    rmSync(path);
    const { store: opened, codes } = openStore(folder);
    expect(codes).toEqual(['INDEX_FILE_MISSING']);
    const [lost] = opened.lost;
    expect(lost).toBeDefined();
    if (lost === undefined) return;
    expect(opened.add(7, SMALL.slice(0, 1))).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_CONTRIBUTION_HELD' },
    });
    expect(opened.restore(lost, SMALL.slice(0, 2))).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_RESTORE' },
    });
    unwrap(opened.restore(lost, SMALL));
    const again = openStore(folder);
    expect([again.codes, heldIn(again.store), again.store.lost]).toEqual([[], [4, 5, 9, 11], []]);
  });

  test('knows a segment that is whole, but another than its manifest means', () => {
    const [folder, other] = [freshFolder(), freshFolder()];
    unwrap(openStore(folder).store.add(7, SMALL));
    unwrap(openStore(other).store.add(7, SMALL));
    cpSync(join(other, 'segment-0'), join(folder, 'segment-0'));
    const opened = openStore(folder);
    expect(opened.codes).toEqual(['INDEX_FILE_FOREIGN']);
    expect(heldIn(opened.store)).toEqual([]);
  });

  test('takes what is whole if the manifest is lost or damaged, and nothing twice', () => {
    const folder = freshFolder();
    const { store } = openStore(folder);
    unwrap(store.add(7, SMALL.slice(0, 1)));
    unwrap(store.add(7, SMALL.slice(1)));
    unwrap(store.add(8, [textsOf(50, 0, ['x'])]));
    const manifest = readFileSync(join(folder, MANIFEST));
    const merged = segmentOf(7, SMALL, store.key);
    const damage: ((path: string) => void)[] = [
      (path) => rmSync(path),
      (path) => writeFileSync(path, ''),
      (path) => writeFileSync(path, manifest.subarray(0, -1)),
      (path) => writeFileSync(path, Buffer.concat([manifest, manifest])),
      (path) => {
        const bytes = Buffer.from(manifest);
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        writeFileSync(path, bytes);
      },
    ];
    for (const each of damage) {
      const damaged = freshFolder();
      cpSync(folder, damaged, { recursive: true });
      // Merged, but stopped before the parts were taken away.
      writeSegment(join(damaged, 'segment-8'), merged);
      writeSegment(join(damaged, 'segment-9'), segmentOf(9, [textsOf(60, 0, ['y'])], KEY));
      each(join(damaged, MANIFEST));
      const opened = openStore(damaged);
      expect(opened.codes).toHaveLength(1);
      expect(opened.codes[0]).toMatch(/^INDEX_MANIFEST_(MISSING|CORRUPT)$/);
      // Of another key: of another folder.
      expect(heldIn(opened.store)).toEqual([4, 9, 11, 50]);
      expect(opened.store.held.map(({ entry }) => entry.file).toSorted()).toEqual(['segment-2', 'segment-8']);
      expect(openStore(damaged).codes).toEqual([]);
    }
  });

  test('adds all of a batch or nothing', () => {
    const folder = freshFolder();
    const { store } = openStore(folder);
    const bad = { ...textsOf(12, 3, []), items: [Uint8Array.of(0xc0)] };
    expect(store.add(7, [...SMALL, bad])).toMatchObject({ ok: false, fault: { code: 'TEXT_UTF8_INVALID' } });
    expect(heldIn(store)).toEqual([]);
    expect(readdirSync(folder)).toEqual([MANIFEST]);
    // A disk that fails: nothing may stand under the name of the new segment.
    renameSync(folder, `${folder}-away`);
    expect(() => store.add(7, SMALL)).toThrow(/ENOENT/);
    renameSync(`${folder}-away`, folder);
    expect(heldIn(store)).toEqual([]);
    expect(heldIn(openStore(folder).store)).toEqual([]);
    unwrap(store.add(7, SMALL));
    expect(heldIn(openStore(folder).store)).toEqual([4, 9, 11]);
  });

  test('is within its memory, when it is opened as well', () => {
    const folder = freshFolder();
    unwrap(openStore(folder).store.add(7, [textsOf(0, 0, [wordsOf(5000, 1)])]));
    expect(IndexStore.open(folder, 50_000)).toMatchObject({
      ok: false,
      fault: { code: 'INDEX_MEMORY_LIMIT', data: { limit: 50_000 } },
    });
    expect(existsSync(join(folder, 'segment-0'))).toBe(true);
  });

  test('merges segments of one Datanet and one size when there are four, not across Datanets', () => {
    const { store } = openStore(freshFolder());
    for (let i = 0; i < 3; i++) unwrap(store.add(7, [textsOf(10 - i, i, [wordsOf(10, i)])]));
    unwrap(store.add(8, [textsOf(20, 0, [wordsOf(10, 9)])]));
    expect(store.mergeable()).toBeUndefined();
    unwrap(store.add(7, [textsOf(1, 3, [wordsOf(70_000, 9)])]));
    expect(store.mergeable()).toBeUndefined();
    unwrap(store.add(7, [textsOf(2, 4, [wordsOf(10, 8)])]));
    const merge = store.mergeable() ?? [];
    expect(merge.map(({ entry }) => [entry.datanet, entry.accepted])).toEqual([
      [7, [[0, 1]]],
      [7, [[1, 2]]],
      [7, [[2, 3]]],
      [7, [[4, 5]]],
    ]);
    const merged = unwrap(
      mergeSegments(
        store.key,
        merge.map(({ segment }) => segment),
      ),
    );
    // As if all had been added at once, by contribution id.
    const at = (i: number): Texts => textsOf(i === 4 ? 2 : 10 - i, i, [wordsOf(10, i === 4 ? 8 : i)]);
    const { low, words, table, ...lists } = segmentOf(7, [0, 1, 2, 4].map(at), store.key);
    expect(merged).toMatchObject(lists);
    expect([low.length, words.length, table.length]).toEqual([
      merged.low.length,
      merged.words.length,
      merged.table.length,
    ]);
  });
});
