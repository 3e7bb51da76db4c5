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
  type InferenceObject,
  listIn,
  OBJECT_BYTES_MAX,
  rootsOfInference,
} from '../../../src/content/objects.ts';
import { type ContentStore, openContentStore, PUT_OBJECTS_MAX } from '../../../src/content/store.ts';
import { type Address, type Root, toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  contributionRoot,
  inferenceRoot,
  itemRoot,
  outputRoot,
  partSalt,
  promptRoot,
} from '../../../state/attribution/commitment.ts';
import {
  ITEM_BYTES_MAX,
  ITEMS_MAX,
  OUTPUT_BYTES_MAX,
  PROMPT_BYTES_MAX,
} from '../../../state/attribution/parameters.ts';
import { RULES_VERSIONS, type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { openShownStore } from './shown-store.ts';

const rootOf = createRootOf(infoTable());
const salt = (n: number): Uint8Array => sha256(utf8(`salt ${n}`));
const item = (text: string, n = 0, promptTokens = 0, rules: RulesVersion = 2): ContentObject => ({
  type: 'item',
  rules,
  text: utf8(text),
  promptTokens,
  salt: salt(n),
});
const inference = (
  prompt: string | Uint8Array,
  output: string | Uint8Array,
  change: Partial<InferenceObject> = {},
): InferenceObject => ({
  type: 'inference',
  rules: 2,
  prompt: typeof prompt === 'string' ? utf8(prompt) : prompt,
  output: typeof output === 'string' ? utf8(output) : output,
  salt: salt(0),
  ids: undefined,
  ...change,
});

let directory: string;
let store: ContentStore;
const open = (maxBytes = 1 << 30, openStore = openShownStore): Promise<ContentStore> =>
  openStore({ directory: join(directory, 'content'), maxBytes, rootOf });

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
  const rules = fc.constantFrom(...RULES_VERSIONS);
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const ids = fc.array(fc.nat(2 ** 31), { maxLength: 20 });
  const object: fc.Arbitrary<ContentObject> = fc.oneof(
    fc.record({
      type: fc.constant('item' as const),
      rules,
      text,
      promptTokens: fc.nat(2 ** 31),
      salt: secret,
    }),
    fc.record({ type: fc.constant('contribution' as const), items: fc.array(root, { maxLength: 20 }) }),
    fc.record({
      type: fc.constant('inference' as const),
      rules,
      prompt: text,
      output: text,
      salt: secret,
      ids: fc.option(fc.record({ prompt: ids, output: ids }), { nil: undefined }),
    }),
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

  test.each(RULES_VERSIONS)('roots are those of the rules of attribution, version %i', (version) => {
    const text = 'Natalia sold clips to 48 of her friends in April.';
    const source = utf8(text);
    const { tokenize, informationOf } = rulesOf(version);
    const tokens = unwrap(tokenize(source));
    const info = informationOf(infoTable(), tokens);
    const salted = (n: number, part: 'item' | 'prompt' | 'output') => ({
      tokens,
      source,
      salt: partSalt(salt(n), version, part),
    });
    const itemValue = unwrap(itemRoot({ ...salted(1, 'item'), promptTokens: 3 }));
    expect(unwrap(rootOf(item(text, 1, 3, version)))).toEqual(itemValue);
    const texts = inference(text, text, { rules: version });
    const roots = unwrap(rootsOfInference(infoTable(), texts));
    expect(roots.promptRoot).toEqual(unwrap(promptRoot(salted(0, 'prompt'), info)));
    expect(roots.outputRoot).toEqual(unwrap(outputRoot(salted(0, 'output'), info)));
    expect(unwrap(rootOf(texts))).toEqual(inferenceRoot(roots));
    expect(unwrap(rootOf({ type: 'contribution', items: [itemValue] }))).toEqual(
      unwrap(contributionRoot([itemValue])),
    );
  });

  const TEXT = 'x = y + 1';
  const IDS = { prompt: [1, 2], output: [3] };
  /** Texts that differ in a mark, a capital or a space have the same tokens in version 2. */
  const OTHER_TEXTS: readonly (readonly [string, string])[] = [
    ['a mark', 'x = y - 1'],
    ['a capital', 'X = y + 1'],
    ['a space', 'x = y +  1'],
    ['a byte', 'x = z + 1'],
  ];

  test.each<[what: string, ContentObject, ContentObject]>([
    ...OTHER_TEXTS.flatMap(([what, other]): [string, ContentObject, ContentObject][] => [
      [`${what} of an item`, item(TEXT), item(other)],
      [`${what} of a prompt`, inference(TEXT, 'out'), inference(other, 'out')],
      [`${what} of an output`, inference('in', TEXT), inference('in', other)],
    ]),
    ['the salt of an item', item(TEXT), item(TEXT, 1)],
    ['the prompt part of an item', item(TEXT), item(TEXT, 0, 1)],
    ['the salt of a receipt', inference(TEXT, 'out'), inference(TEXT, 'out', { salt: salt(1) })],
    ['prompt and output', inference('a', 'b'), inference('b', 'a')],
    // Without marks and without a word twice, the tokens and their information are the same in both versions.
    ['the rules of an item', item('only plain words'), item('only plain words', 0, 0, 1)],
    [
      'the rules of a receipt',
      inference('only plain', 'words'),
      inference('only plain', 'words', { rules: 1 }),
    ],
    ['ids of the model, or none', inference('a', 'b'), inference('a', 'b', { ids: IDS })],
    [
      'one id of the model',
      inference('a', 'b', { ids: IDS }),
      inference('a', 'b', { ids: { ...IDS, output: [4] } }),
    ],
    [
      'where the ids of the prompt end',
      inference('a', 'b', { ids: IDS }),
      inference('a', 'b', { ids: { prompt: [1], output: [2, 3] } }),
    ],
  ])('that differ in %s have different roots', async (_, one, other) => {
    const root = unwrap(rootOf(one));
    expect(toHex(unwrap(rootOf(other)))).not.toBe(toHex(root));
    // So no peer can bring the one in place of the other.
    const [received] = await store.receive([{ root, encoded: encodeObject(other) }]);
    expect(received).toMatchObject({ ok: false, fault: { code: 'CONTENT_ROOT' } });
    expect(await store.has(root)).toBe(false);
  });

  test.each<[string, ContentObject]>([
    ['TEXT_UTF8_INVALID', inference('', Uint8Array.of(0xff))],
    ['TEXT_UTF8_INVALID', inference(Uint8Array.of(0xc3), '')],
    ['ITEM_PROMPT_PART', item('three small words', 0, 4)],
    ['CONTENT_PROMPT_PART', item('three small words', 0, 0.5)],
    ['CONTENT_SALT', { type: 'item', rules: 2, text: utf8('a'), promptTokens: 0, salt: new Uint8Array(31) }],
    ['CONTENT_SALT', inference('a', 'b', { salt: new Uint8Array(33) })],
    ['CONTENT_TOO_LONG', item(' '.repeat(ITEM_BYTES_MAX + 1))],
    ['CONTENT_TOO_LONG', inference(new Uint8Array(PROMPT_BYTES_MAX + 1), '')],
    ['CONTENT_TOO_LONG', inference('', new Uint8Array(OUTPUT_BYTES_MAX + 1))],
    ['ITEM_TOO_LONG', item('a '.repeat(65_537))],
    ['PROMPT_TOO_LONG', inference('a '.repeat(32_769), '')],
    ['OUTPUT_TOO_LONG', inference('', 'a '.repeat(4_097))],
  ])('%s: what is no content has no root', (code, bad) => {
    const root = rootOf(bad);
    expect(root.ok ? 'a root' : root.fault.code).toBe(code);
  });

  test('of an unknown version of the rules, or with more ids than there may be, do not decode', () => {
    for (const bytes of [encodeObject(item('a')), encodeObject(inference('a', 'b'))]) {
      for (const version of [0, 3, 255])
        expect(decodeObject(bytes.with(1, version))).toMatchObject({
          ok: false,
          fault: { code: 'SSZ_DECODE' },
        });
    }
    const most = inference('', '', {
      ids: { prompt: [], output: new Array<number>(OUTPUT_BYTES_MAX).fill(7) },
    });
    const encoded = encodeObject(most);
    expect(unwrap(decodeObject(encoded))).toEqual(most);
    expect(decodeObject(Buffer.concat([encoded, Uint8Array.of(7, 0, 0, 0)]))).toMatchObject({
      ok: false,
      fault: { code: 'SSZ_DECODE' },
    });
  });

  test('empty texts are content, and so are texts of marks alone', () => {
    for (const empty of [item(''), inference('', ''), item('--- ** ---'), inference('?', '!')])
      expect(rootOf(empty).ok).toBe(true);
  });
});

describe('an encoded list', () => {
  const roots = Array.from({ length: 5 }, (_, i) => sha256(utf8(`item ${i}`)));
  const encoded = encodeObject({ type: 'contribution', items: roots });

  test('is read in parts, whatever memory its bytes are in', () => {
    const inBuffer = Buffer.concat([Buffer.alloc(3), encoded]).subarray(3);
    for (const bytes of [encoded, inBuffer]) {
      const items = listIn(bytes);
      expect(items?.length).toBe(5);
      expect(items?.part(1, 3)).toEqual(roots.slice(1, 3));
      expect(items?.part(4, 9)).toEqual(roots.slice(4));
      expect(items?.part(7, 9)).toEqual([]);
      expect(decodeObject(bytes)).toEqual({ ok: true, value: { type: 'contribution', items: roots } });
    }
  });

  test('is none if its bytes are not whole roots, are too many, or are of another type', () => {
    const long = new Uint8Array(1 + 32 * (ITEMS_MAX + 1)).fill(2, 0, 1);
    for (const bytes of [encoded.subarray(0, 40), long, new Uint8Array(0)]) {
      expect(listIn(bytes)).toBeUndefined();
      expect(decodeObject(bytes).ok).toBe(false);
    }
    expect(listIn(encodeObject(item('text')))).toBeUndefined();
    expect(listIn(long.subarray(0, -32))?.length).toBe(ITEMS_MAX);
  });
});

describe('store', () => {
  test('what was put is there under its root, and again after a restart', async () => {
    const objects: ContentObject[] = [item('one'), item('two', 2), inference('in', 'out')];
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
      { root: unwrap(rootOf(other)), encoded: encodeObject(other).with(0, 9) },
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

const named = (root: Root, items = 2): { readonly root: Root; readonly items: number } => ({ root, items });

describe('what no block names', () => {
  const items = [item('first', 1), item('second', 2)];
  const roots = items.map((each) => unwrap(rootOf(each)));
  const list: ContentObject = { type: 'contribution', items: roots };
  const root = unwrap(rootOf(list));
  const all = [root, ...roots];
  const reopen = async (): Promise<void> => {
    await store.close();
    store = await open(1 << 30, openContentStore);
  };
  beforeEach(reopen);

  /** Which of the list and its items can be seen, by every way out of the store. */
  const seen = async (): Promise<readonly boolean[]> => {
    const here = await store.hasMany(all);
    for (const [i, each] of all.entries()) {
      expect(await store.has(each)).toBe(here[i]);
      expect((await store.get(each)) !== undefined).toBe(here[i]);
      expect((await store.encoded(each)) !== undefined).toBe(here[i]);
      expect((await store.missing(each)).some((missing) => toHex(missing) === toHex(each))).toBe(!here[i]);
    }
    return here;
  };
  const NOTHING = [false, false, false];
  const EVERYTHING = [true, true, true];

  test('is kept, and looks like what is not there, also after a restart', async () => {
    unwrap(await store.put([...items, list]));
    expect(store.usage().objects).toBe(3);
    expect(await seen()).toEqual(NOTHING);
    await reopen();
    expect(await seen()).toEqual(NOTHING);
    expect(store.usage().objects).toBe(3);
  });

  test('is shown with its items as soon as a block names the list, and stays so', async () => {
    unwrap(await store.put([...items, list]));
    // Nobody waits for it: what is read from here on sees it.
    const shown = store.show([named(root)], toHeight(7n));
    expect(await seen()).toEqual(EVERYTHING);
    await shown;
    await reopen();
    expect(await seen()).toEqual(EVERYTHING);
    expect(store.shownHeight()).toBe(7n);
  });

  test('is shown as it comes if a block has named its list, and items only once the list has come', async () => {
    await store.show([named(root)], toHeight(1n));
    unwrap(await store.put(items.slice(0, 1)));
    expect(await Promise.all(all.map(store.isShown))).toEqual([true, false, false]);
    expect(await seen()).toEqual(NOTHING);
    await reopen();
    const [received] = await store.receive([{ root, encoded: encodeObject(list) }]);
    expect(received?.ok).toBe(true);
    expect(await Promise.all(all.map(store.isShown))).toEqual(EVERYTHING);
    expect(await seen()).toEqual([true, true, false]);
    expect(await store.areLacking([...all, unwrap(rootOf(item('third', 3)))])).toEqual([
      false,
      false,
      true,
      false,
    ]);
    unwrap(await store.put(items.slice(1)));
    expect(await seen()).toEqual(EVERYTHING);
  });

  test('stays unseen when another list is named', async () => {
    const other: ContentObject = { type: 'contribution', items: roots.slice(1) };
    unwrap(await store.put([...items, list, other]));
    await store.show([named(unwrap(rootOf(other)))], toHeight(1n));
    expect(await seen()).toEqual([false, false, true]);
  });

  test('is shown whole if the list has more items than one write has', async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => sha256(utf8(`item ${i}`)));
    const long: ContentObject = { type: 'contribution', items: [...many, ...roots] };
    unwrap(await store.put([...items, long]));
    await store.show([named(unwrap(rootOf(long)), ITEMS_MAX)], toHeight(1n));
    await expect.poll(seen, { timeout: 30_000 }).toEqual([false, true, true]);
  });

  const LONG = Array.from({ length: 20_000 }, (_, i) => sha256(utf8(`item ${i}`)));
  /** A list of many items that nobody has, and two that are here. */
  const longList = (n: number): ContentObject => ({
    type: 'contribution',
    items: [sha256(utf8(`${n}`)), ...LONG, ...roots],
  });

  test('holds up no reader and no writer while long lists are marked, however many a block names', async () => {
    const lists = Array.from({ length: 8 }, (_, n) => longList(n));
    unwrap(await store.put([...items, ...lists]));
    await store.show(
      lists.map((each) => named(unwrap(rootOf(each)), ITEMS_MAX)),
      toHeight(1n),
    );
    // What is asked for now is answered although the marks are far from done.
    expect(await store.has(unwrap(rootOf(lists[7] ?? list)))).toBe(true);
    unwrap(await store.put([item('another', 9)]));
    expect(await store.isShown(roots[1] ?? root)).toBe(false);
    await reopen();
    // What a stop has cut short goes on after the next start.
    await expect.poll(seen, { timeout: 60_000 }).toEqual([false, true, true]);
  });

  describe('whose lists are queued', () => {
    const attacker = new Uint8Array(20).fill(1) as Address;
    const owner = new Uint8Array(20).fill(2) as Address;
    let lists = 0;
    /** A list of so many items that nobody has, and then one that is here, under an account. */
    const queued = (count: number, by = attacker) => {
      lists += 1;
      const last = item(`the last one of list ${lists}`, 1);
      const fillers = Array.from({ length: count - 1 }, (_, i) => sha256(utf8(`list ${lists} item ${i}`)));
      const object: ContentObject = { type: 'contribution', items: [...fillers, unwrap(rootOf(last))] };
      const root = unwrap(rootOf(object));
      return { last, object, root, name: { ...named(root, count), by }, lastRoot: unwrap(rootOf(last)) };
    };
    type List = ReturnType<typeof queued>;
    const put = async (all: readonly List[]): Promise<void> => {
      unwrap(await store.put(all.flatMap(({ last, object }) => [last, object])));
    };
    const isShown = ({ lastRoot }: List): Promise<boolean> => store.isShown(lastRoot);
    const shown = (list: List): Promise<void> =>
      expect.poll(() => isShown(list), { timeout: 60_000, interval: 5 }).toBe(true);

    test.each(['before', 'after'])(
      'has turns of its own account, which come %s a restart, whatever others name and whoever else names it',
      async (when) => {
        const long = queued(ITEMS_MAX);
        const early = [long, queued(1_100), queued(1_200), queued(1_100)];
        const honest = queued(1_500, owner);
        // Somebody has seen its root before, and wants it to wait among their lists.
        await store.show([...early.map(({ name }) => name), { ...honest.name, by: attacker }], toHeight(1n));
        await store.show([honest.name], toHeight(2n));
        await put([...early, honest]);
        if (when === 'after') await reopen();
        await shown(honest);
        expect(await isShown(long)).toBe(false);
      },
    );

    test('does not wait until a longer list of the same account is done', async () => {
      const long = queued(ITEMS_MAX);
      const all = [long, ...[1_100, 1_100, 1_500].map((count) => queued(count))];
      await put(all);
      await store.show(
        all.map(({ name }) => name),
        toHeight(1n),
      );
      for (const list of all.slice(1)) await shown(list);
      expect(await isShown(long)).toBe(false);
    });
  });

  test('of a named list that comes later and is long its items are shown soon', async () => {
    await store.show([named(unwrap(rootOf(longList(0))), ITEMS_MAX)], toHeight(1n));
    expect(store.listsToShow()).toBe(0);
    unwrap(await store.put([...items, longList(0)]));
    expect(store.listsToShow()).toBe(1);
    await expect.poll(seen, { timeout: 60_000 }).toEqual([false, true, true]);
    await expect.poll(store.listsToShow, { timeout: 60_000 }).toBe(0);
  });

  test.each(['before', 'after'])(
    'stays unseen if the list came %s a block named it, with more items than the block says',
    async (when) => {
      if (when === 'before') unwrap(await store.put([...items, list]));
      await store.show([named(root, 1)], toHeight(1n));
      if (when === 'after') unwrap(await store.put([...items, list]));
      expect(await store.hasMany(all)).toEqual([true, false, false]);
      // Nobody has to fetch anything for it.
      expect(await store.missing(root)).toEqual([]);
      await store.show([named(root, 2), named(root, 1)], toHeight(2n));
      expect(await seen()).toEqual(EVERYTHING);
      await store.show([named(root, 1)], toHeight(3n));
      expect(await store.missing(root)).toEqual([]);
    },
  );

  test('lacks no more items than were asked for', async () => {
    const long = longList(0);
    await store.show([named(unwrap(rootOf(long)), ITEMS_MAX)], toHeight(1n));
    unwrap(await store.put([long]));
    expect(await store.missing(unwrap(rootOf(long)), 3)).toEqual([sha256(utf8('0')), ...LONG.slice(0, 2)]);
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
  // What is damaged is not taken for whole.
  await expect(store.missing(root)).rejects.toMatchObject({ code: 'CONTENT_CORRUPT' });
});
