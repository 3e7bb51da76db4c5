/** What is counted in JSON before it is parsed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countJson, DEPTH_MAX, JsonCounter, NAMES_MAX, parsedBytes, VALUES_MAX } from '../../../rpc/json.ts';
import { utf8 } from '../../../src/lib/bytes.ts';

type Tally = { readonly values: number; readonly names: ReadonlySet<string>; readonly depth: number };

/** Counts a parsed value by walking it. */
const walked = (value: unknown): Tally => {
  if (typeof value !== 'object' || value === null) return { values: 1, names: new Set(), depth: 0 };
  const names = Array.isArray(value) ? [] : Object.keys(value);
  const inner = Object.values(value).map(walked);
  return {
    values: 1 + names.length + inner.reduce((sum, { values }) => sum + values, 0),
    names: new Set([...names, ...inner.flatMap((each) => [...each.names])]),
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
  };
};

const counted = (bytes: Uint8Array, slice: number) => {
  const counter = new JsonCounter(bytes);
  for (let at = 0; at < bytes.length; at += slice) counter.countTo(at + slice);
  return counter;
};

test('values, names and depth are counted as a walk over the parsed value counts them, however it is sliced', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat({ max: 4 }),
      (value, slice, indent) => {
        const { values, names, depth } = walked(value);
        const text = JSON.stringify(value, null, indent);
        const { counts, twice } = counted(utf8(text), slice);
        expect(counts).toMatchObject({ values, names: names.size, depth });
        if (/[^\0-\xff]/u.test(text)) expect(counts.isWide).toBe(true);
        expect(twice).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  );
});

describe('a name that an object has twice', () => {
  test('is shown without what would drive a terminal or reorder its text', () => {
    const name = JSON.stringify('a\u202eb');
    expect(counted(utf8(`{${name}:1,${name}:2}`), 1_000).twice).toBe('a\ufffdb');
  });

  test.each([
    ['at the top', '{"id":1,"method":"m","id":2}', 'id'],
    ['within', '{"params":{"payload":{"to":"a","amount":"1","to":"b"}}}', 'to'],
    ['behind an object that has it too', '{"a":{"b":1},"b":{"a":1},"a":2}', 'a'],
    ['in the second of a list', '[{"a":1},{"a":1,"a":1}]', 'a'],
    ['written in two ways', String.raw`{"a\u0062":1,"ab":2}`, 'ab'],
    ['that is empty', '{"":1,"":2}', ''],
    ['of other letters', '{"日本":1,"日本":2}', '日本'],
    ['with escapes', String.raw`{"a\"b\\":1,"a\"b\\":2}`, 'a"b\\'],
  ])('is found %s', async (_, text, name) => {
    for (const slice of [1, 3, 1_000]) expect(counted(utf8(text), slice).twice).toBe(name);
    expect(await countJson(utf8(text), () => undefined)).toMatchObject({
      code: 'PARSE_ERROR',
      data: { name },
    });
  });

  test.each([
    '{"a":{"a":{"a":[{"a":1},{"a":2}]}}}',
    '[{"a":1,"b":2},{"a":1,"b":2}]',
    '{"a":"b","b":"a"}',
    String.raw`{"a":"\"a\":1,\"a\":2"}`,
    '{"a":1,"A":2,"a ":3}',
  ])('is not found in %s', (text) => {
    expect(counted(utf8(text), 2).twice).toBeUndefined();
  });
});

test.each([
  ['a"', false],
  ['\u00fc', false],
  ['\u0001', true],
  ['\\u0101', false],
  ['\u0101', true],
  ['😀', true],
])('the characters of %j are told to take one byte each or two', (text, isWide) => {
  const bytes = utf8(JSON.stringify({ text }));
  const { counts } = counted(bytes, 3);
  expect(counts.isWide).toBe(isWide);
  // The object, its name and the text.
  expect(parsedBytes(counts, 100)).toBe(3 * 64 + (isWide ? 200 : 100));
});

describe('a body past a limit', () => {
  const long = 8 << 20;
  test.each([
    ['values', `[${'0,'.repeat(long / 2)}0]`, 'VALUES_TOO_MANY', VALUES_MAX],
    ['objects', `[${'{},'.repeat(long / 3)}{}]`, 'VALUES_TOO_MANY', VALUES_MAX],
    [
      'names that differ',
      `{${Array.from({ length: 650_000 }, (_, i) => `"k${i}":0`).join(',')}}`,
      'VALUES_TOO_MANY',
      NAMES_MAX,
    ],
    ['brackets', '['.repeat(long), 'PARSE_ERROR', DEPTH_MAX],
  ])('of %s is refused after a small part of it', async (_, text, code, limit) => {
    let slices = 0;
    const pace = () => {
      slices += 1;
      return undefined;
    };
    expect(await countJson(utf8(text), pace)).toMatchObject({ code, data: { limit } });
    expect(slices).toBeLessThan(4);
  });

  test('gives way to the node after every slice, also if it is one text', async () => {
    let slices = 0;
    const pace = () => {
      slices += 1;
      return undefined;
    };
    expect(await countJson(utf8(`"${'a'.repeat(long)}"`), pace)).toEqual({
      values: 1,
      names: 0,
      depth: 0,
      isWide: false,
    });
    expect(slices).toBeGreaterThanOrEqual(32);
  });
});

test('the payload of the longest transaction and the roots of the largest contribution are within the limits', async () => {
  const shapes = Array.from({ length: 32_768 }, () => ({ tokens: 1, promptTokens: 0 }));
  const roots = Array.from({ length: 65_536 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`);
  for (const value of [{ params: { payload: { shapes } } }, { params: { objects: [{ items: roots }] } }])
    expect(await countJson(utf8(JSON.stringify(value)), () => undefined)).not.toHaveProperty('code');
});
