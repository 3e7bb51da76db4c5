import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import {
  type ContentObject,
  createRootOf,
  decodeObject,
  encodeObject,
  OBJECT_BYTES_MAX,
  TEXT_BYTES_MAX,
} from '../../../src/content/objects.ts';
import { type ContentStore, openContentStore, PUT_OBJECTS_MAX } from '../../../src/content/store.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { contributionRoot, itemRoot, outputRoot, promptRoot } from '../../../state/attribution/commitment.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import { tokenizeText } from '../../../state/attribution/pt1.ts';

const rootOf = createRootOf(infoTable());
const salt = (n: number): Uint8Array => sha256(utf8(`salt ${n}`));
const item = (text: string, n = 0, promptTokens = 0): ContentObject => ({
  type: 'item',
  text: utf8(text),
  promptTokens,
  salt: salt(n),
});

let directory: string;
let store: ContentStore;
const open = (maxBytes = 1 << 30): Promise<ContentStore> =>
  openContentStore({ directory: join(directory, 'content'), maxBytes, rootOf });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openledger-content-'));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

describe('objects', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 }).map(utf8);
  const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes as Root);
  const object: fc.Arbitrary<ContentObject> = fc.oneof(
    fc.record({
      type: fc.constant('item' as const),
      text,
      promptTokens: fc.nat(2 ** 31),
      salt: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
    fc.record({ type: fc.constant('contribution' as const), items: fc.array(root, { maxLength: 20 }) }),
    fc.record({ type: fc.constant('prompt' as const), text }),
    fc.record({ type: fc.constant('output' as const), text }),
  );

  test('an encoded object decodes to itself', () => {
    fc.assert(
      fc.property(object, (value) => {
        expect(unwrap(decodeObject(encodeObject(value)))).toEqual(value);
      }),
    );
  });

  test('bytes either do not decode, or are the one encoding of what they decode to', () => {
    const mutated = fc
      .tuple(object, fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([value, at, change]) => {
        const bytes = encodeObject(value);
        const i = at % bytes.length;
        bytes[i] = (bytes[i] ?? 0) ^ change;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
        const decoded = decodeObject(bytes);
        if (decoded.ok) expect(encodeObject(decoded.value)).toEqual(bytes);
        else expect(['CONTENT_TYPE', 'SSZ_DECODE']).toContain(decoded.fault.code);
      }),
    );
  });

  test('roots are those of the rules of attribution', () => {
    const text = 'Natalia sold clips to 48 of her friends in April.';
    const tokens = unwrap(tokenizeText(text));
    const info = informationOf(infoTable(), tokens);
    const itemValue = unwrap(itemRoot(tokens, 3, salt(1)));
    expect(unwrap(rootOf(item(text, 1, 3)))).toEqual(itemValue);
    expect(unwrap(rootOf({ type: 'prompt', text: utf8(text) }))).toEqual(unwrap(promptRoot(tokens, info)));
    expect(unwrap(rootOf({ type: 'output', text: utf8(text) }))).toEqual(unwrap(outputRoot(tokens, info)));
    expect(unwrap(rootOf({ type: 'contribution', items: [itemValue] }))).toEqual(
      unwrap(contributionRoot([itemValue])),
    );
  });

  test.each<[string, ContentObject]>([
    ['PT1_UTF8_INVALID', { type: 'output', text: Uint8Array.of(0xff) }],
    ['ITEM_PROMPT_PART', item('three small words', 0, 4)],
    ['CONTENT_PROMPT_PART', item('three small words', 0, 0.5)],
    ['CONTENT_SALT', { type: 'item', text: utf8('a'), promptTokens: 0, salt: new Uint8Array(31) }],
    ['CONTENT_TOO_LONG', { type: 'prompt', text: new Uint8Array(TEXT_BYTES_MAX + 1) }],
    ['ITEM_TOO_LONG', item('a '.repeat(65_537))],
    ['OUTPUT_TOO_LONG', { type: 'output', text: utf8('a '.repeat(4_097)) }],
  ])('%s: what is no content has no root', (code, bad) => {
    const root = rootOf(bad);
    expect(root.ok ? 'a root' : root.fault.code).toBe(code);
  });

  test('empty texts are content', () => {
    for (const empty of [item(''), { type: 'prompt', text: utf8('') }, { type: 'output', text: utf8('') }])
      expect(rootOf(empty as ContentObject).ok).toBe(true);
  });
});

describe('store', () => {
  test('what was put is there under its root, and again after a restart', async () => {
    const objects: ContentObject[] = [item('one'), item('two', 2), { type: 'output', text: utf8('out') }];
    const roots = unwrap(await store.put(objects));
    expect(roots).toEqual(objects.map((object) => unwrap(rootOf(object))));
    await store.close();
    store = await open();
    for (const [i, root] of roots.entries()) expect(await store.get(root)).toEqual(objects[i]);
    expect(store.usage()).toEqual({
      objects: 3,
      bytes: objects.reduce((sum, object) => sum + encodeObject(object).length, 0),
    });
  });

  test('the same object twice is kept once', async () => {
    const [first] = unwrap(await store.put([item('same'), item('same')]));
    const [again] = unwrap(await store.put([item('same')]));
    expect(again).toEqual(first);
    expect(store.usage().objects).toBe(1);
  });

  test('of several objects one of which is none, nothing is kept', async () => {
    const result = await store.put([item('good'), item('bad', 0, 2)]);
    expect(result.ok ? '' : result.fault.code).toBe('ITEM_PROMPT_PART');
    expect(await store.has(unwrap(rootOf(item('good'))))).toBe(false);
    expect(store.usage()).toEqual({ objects: 0, bytes: 0 });
  });

  test('past its quota it takes nothing more, and keeps what it has', async () => {
    await store.close();
    store = await open(300);
    const [root] = unwrap(await store.put([item('x'.repeat(100))]));
    const full = await store.put([item('y'.repeat(200))]);
    expect(full.ok ? '' : full.fault.code).toBe('CONTENT_FULL');
    expect(root !== undefined && (await store.has(root))).toBe(true);
    const many = await store.put(Array.from({ length: PUT_OBJECTS_MAX + 1 }, () => item('')));
    expect(many.ok ? '' : many.fault.code).toBe('CONTENT_BATCH');
  });

  test('puts at the same time all count', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.put([item(`item ${n}`, n)])));
    expect(store.usage().objects).toBe(20);
  });

  test('content from a peer is kept only under its own root', async () => {
    const good = item('as promised', 1);
    const root = unwrap(rootOf(good));
    const other = item('something else', 2);
    const results = await store.receive([
      { root, encoded: encodeObject(other) },
      { root: unwrap(rootOf(other)), encoded: encodeObject(other).subarray(1) },
    ]);
    expect(results.map((result) => (result.ok ? '' : result.fault.code))).toEqual([
      'CONTENT_ROOT',
      'CONTENT_TYPE',
    ]);
    expect(store.usage().objects).toBe(0);
    const [kept] = await store.receive([{ root, encoded: encodeObject(good) }]);
    expect(kept).toEqual({ ok: true, value: good });
    expect(await store.get(root)).toEqual(good);
  });

  test('a contribution is whole when its last item has come', async () => {
    const items = [item('first', 1), item('second', 2), item('third', 3)];
    const roots = items.map((each) => unwrap(rootOf(each)));
    const list: ContentObject = { type: 'contribution', items: roots };
    const root = unwrap(rootOf(list));
    expect((await store.missing(root)).map(toHex)).toEqual([toHex(root)]);
    unwrap(await store.put(items.slice(0, 1)));
    unwrap(await store.put([list]));
    expect((await store.missing(root)).map(toHex)).toEqual(roots.slice(1).map(toHex));
    unwrap(await store.put(items.slice(1)));
    expect(await store.missing(root)).toEqual([]);
  });

  test('a second opening of the same directory is refused by name', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'CONTENT_LOCKED' });
  });

  test('the largest object fits what peers exchange', () => {
    expect(OBJECT_BYTES_MAX).toBeLessThanOrEqual((2 << 20) + 1024);
  });
});

test('content that was damaged on the disk is a fault that names its root', async () => {
  const [root] = unwrap(await store.put([item('one two')]));
  if (root === undefined) throw new Error('one object has one root');
  await store.close();
  const level = new Level<Uint8Array, Uint8Array>(join(directory, 'content'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  for await (const [key] of level.iterator()) if (key.length > 32) await level.put(key, Uint8Array.of(255));
  await level.close();
  store = await open();
  await expect(store.get(root)).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' });
});
