import { describe, expect, test } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import { container, list, optional, text, uint8, uint64, withDefault } from '../../../src/lib/ssz.ts';

const Plain = container({ name: text(8), count: uint64, inner: container({ a: uint8 }) });
const Defaulted = container({
  name: text(8),
  count: withDefault(uint64, 7n),
  inner: withDefault(container({ a: uint8 }), { a: 3 }),
});
const given = { name: 'x', count: 9n, inner: { a: 1 } };
const left = { name: 'x', count: 7n, inner: { a: 3 } };

describe('a field with a default', () => {
  test('has it if the JSON leaves it out, and no other field may be left out', () => {
    expect(Defaulted.fromJson({ name: 'x' })).toEqual({ ok: true, value: left });
    expect(Defaulted.fromJson({ name: 'x', count: '9', inner: { a: 1 } })).toEqual({
      ok: true,
      value: given,
    });
    expect(Defaulted.fromJson({ count: '9' })).toMatchObject({
      ok: false,
      fault: { code: 'JSON_INVALID', data: { problems: ['name: missing field'] } },
    });
  });

  test('is checked if it is there, null included', () => {
    for (const count of [null, -1, '1.5'])
      expect(Defaulted.fromJson({ name: 'x', count })).toMatchObject({
        ok: false,
        fault: { code: 'JSON_INVALID', message: expect.stringContaining('count') },
      });
  });

  test('is always there in the encoding, in the root and in the JSON that is written', () => {
    for (const value of [given, left]) {
      expect(Defaulted.encode(value)).toEqual(Plain.encode(value));
      expect(Defaulted.root(value)).toEqual(Plain.root(value));
      expect(Defaulted.toJson(value)).toEqual(Plain.toJson(value));
      expect(unwrap(Defaulted.decode(Defaulted.encode(value)))).toEqual(value);
    }
    expect(Defaulted.check({ ...left, count: -1n })).toMatchObject({ code: 'SSZ_RANGE' });
  });

  test('has its default in the schema, and is not required there', () => {
    expect(Defaulted.schema.required).toEqual(['name']);
    expect(Plain.schema.required).toEqual(['name', 'count', 'inner']);
    expect(Defaulted.schema.properties).toMatchObject({
      count: { ...uint64.schema, default: '7' },
      inner: { default: { a: 3 } },
    });
    expect(Plain.schema.properties).not.toHaveProperty('count.default');
  });

  test('may have nothing as its default, and stand in a list of structs', () => {
    const rows = list(container({ note: withDefault(optional(uint8), undefined) }), 4);
    expect(rows.fromJson([{}, { note: 5 }, { note: null }])).toEqual({
      ok: true,
      value: [{ note: undefined }, { note: 5 }, { note: undefined }],
    });
  });
});
