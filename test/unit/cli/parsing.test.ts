import { describe, expect, test } from 'vitest';
import { addressBook } from '../../../src/cli/names.ts';
import { readPayload } from '../../../src/cli/payload-file.ts';
import { parseParams } from '../../../src/cli/query.ts';
import { describeSchema, exampleOf } from '../../../src/cli/schema-text.ts';
import { container, optional, text, uint16 } from '../../../src/lib/ssz.ts';
import { KINDS } from '../../../state/tx/registry.ts';
import { actor } from '../rpc/small-chain.ts';

describe('parameters of a query', () => {
  test.each([
    [[], {}],
    [['height=5', 'raw=true'], { height: 5, raw: true }],
    [['address=0x12'], { address: '0x12' }],
    [['text=a=b'], { text: 'a=b' }],
    [['amount=12345678901234567890'], { amount: '12345678901234567890' }],
    [['id='], { id: '' }],
    [['{"height":5}'], { height: 5 }],
    [['[5]'], [5]],
    [['payload={"to":"0x12"}'], { payload: { to: '0x12' } }],
  ])('%j are %j', (words, params) => {
    expect(parseParams(words)).toEqual(params);
  });

  test.each([
    [['{"height":5,"height":6}'], 'height: the key stands there twice'],
    [['payload={"to":"a","amount":"1","to":"b"}'], 'payload: to: the key stands there twice'],
    [['payload={"a":{"b":1,"\\u0062":2}}'], 'payload: a.b: the key stands there twice'],
    [['height=5', 'raw=true', 'height=6'], 'height is given twice'],
    [['payload={"amount":12345678901234567890}'], 'payload: amount: 12345678901234567890 has more digits'],
  ])('%j are refused: the node would get one of two values', (words, message) => {
    expect(() => parseParams(words)).toThrow(
      expect.objectContaining({
        code: 'QUERY_PARAMS',
        message: expect.stringContaining(message) as string,
      }) as Error,
    );
  });

  test.each(['', 'id='])('are refused if %j stands before what is nested too deep', (before) => {
    const deep = `${before}${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => parseParams([deep])).toThrow(expect.objectContaining({ code: 'QUERY_PARAMS' }) as Error);
  });
});

describe.each(KINDS.map((kind) => [kind.name, kind] as const))('the payload of %s', (_, kind) => {
  test('is explained field by field', () => {
    const lines = describeSchema(kind.schema);
    for (const field of Object.keys(kind.schema.properties ?? {}))
      expect(lines.some((line) => line.startsWith(field))).toBe(true);
    expect(lines.join('\n')).not.toMatch(/undefined|\[object/);
  });

  test('has every variant of its unions explained', () => {
    const text = describeSchema(kind.schema).join('\n');
    for (const [, name] of JSON.stringify(kind.schema).matchAll(/"const":("[a-zA-Z]+")/g))
      expect(text).toContain(name);
  });

  test('has an example that is a payload, with names and units as in a file', () => {
    const book = addressBook([{ name: 'alice', address: actor('alice').address }]);
    const around = { book, folder: '.' };
    expect(readPayload(exampleOf(kind.schema), kind, around, 'it').name).toBe(kind.name);
  });
});

describe('a field that may be null', () => {
  const schema = container({ id: optional(uint16), terms: optional(container({ name: text(4) })) }).schema;

  test('is explained as what it is otherwise, or null', () => {
    expect(describeSchema(schema)).toEqual([
      'id     null or integer, 0 to 65535',
      'terms  null or object',
      '  name  text, at most 4 bytes',
    ]);
  });

  test('is there in an example', () => {
    expect(exampleOf(schema)).toEqual({ id: 0, terms: { name: '' } });
  });
});
