import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ssz from '../../../src/lib/ssz.ts';

type Payment = {
  readonly to: Uint8Array;
  readonly amount: bigint;
  readonly nonce: bigint;
  readonly kind: number;
  readonly memo: string;
  readonly data: Uint8Array;
  readonly flags: readonly boolean[];
  readonly parts: readonly bigint[];
};

const Payment = ssz.container<Payment>({
  to: ssz.bytes(3),
  amount: ssz.uint128,
  nonce: ssz.uint64,
  kind: ssz.uint16,
  memo: ssz.text(8),
  data: ssz.byteList(4),
  flags: ssz.bitlist(3),
  parts: ssz.list(ssz.uint64, 2),
});

const value: Payment = {
  to: Uint8Array.of(0xab, 0, 1),
  amount: 2n ** 128n - 1n,
  nonce: 2n ** 53n + 1n,
  kind: 9,
  memo: 'hé',
  data: Uint8Array.of(0xff),
  flags: [true, false],
  parts: [0n],
};

const json = {
  to: '0xab0001',
  amount: '340282366920938463463374607431768211455',
  nonce: '9007199254740993',
  kind: 9,
  memo: 'hé',
  data: '0xff',
  flags: [true, false],
  parts: ['0'],
} as const;

describe('JSON', () => {
  it('writes uint64 and wider as decimal strings, narrower as numbers, bytes as 0x-hex', () => {
    expect(Payment.toJson(value)).toEqual(json);
  });

  it('reads what it writes, after a trip through text', () => {
    fc.assert(
      fc.property(
        fc.record({
          to: fc.uint8Array({ minLength: 3, maxLength: 3 }),
          amount: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
          nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          kind: fc.nat(65535),
          memo: fc.string({ unit: 'grapheme-ascii', maxLength: 8 }),
          data: fc.uint8Array({ maxLength: 4 }),
          flags: fc.array(fc.boolean(), { maxLength: 3 }),
          parts: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 2 }),
        }),
        (payment) => {
          const text = JSON.stringify(Payment.toJson(payment));
          expect(Payment.fromJson(JSON.parse(text) as ssz.Json)).toEqual({ ok: true, value: payment });
        },
      ),
    );
  });

  it('reads safe numbers where it writes strings, and hex of either case', () => {
    expect(Payment.fromJson({ ...json, nonce: 5, to: '0xAB0001' })).toEqual({
      ok: true,
      value: { ...value, nonce: 5n },
    });
  });

  it.each<[string, ssz.Json, string]>([
    ['2^53 as a number, which may have been rounded', { ...json, nonce: 2 ** 53 }, 'nonce'],
    ['a negative number', { ...json, nonce: -1 }, 'nonce'],
    ['a fraction', { ...json, amount: 0.5 }, 'amount'],
    ['an exponent', { ...json, amount: '1e3' }, 'amount'],
    ['a leading zero', { ...json, amount: '007' }, 'amount'],
    ['a sign', { ...json, amount: '+7' }, 'amount'],
    ['hex for a number', { ...json, amount: '0x7' }, 'amount'],
    ['an empty string for a number', { ...json, amount: '' }, 'amount'],
    ['white space around a number', { ...json, amount: ' 7' }, 'amount'],
    ['other digits', { ...json, amount: '٧' }, 'amount'],
    ['2^128', { ...json, amount: (2n ** 128n).toString() }, 'amount'],
    ['2^64', { ...json, nonce: (2n ** 64n).toString() }, 'nonce'],
    ['ten thousand digits', { ...json, amount: '9'.repeat(10_000) }, 'amount'],
    ['a string for a small number', { ...json, kind: '9' }, 'kind'],
    ['65536', { ...json, kind: 65536 }, 'kind'],
    ['null', { ...json, kind: null }, 'kind'],
    ['odd hex', { ...json, data: '0xf' }, 'data'],
    ['hex without its prefix', { ...json, data: 'ff' }, 'data'],
    ['bytes past the limit', { ...json, data: '0x0102030405' }, 'data'],
    ['bytes of another length', { ...json, to: '0xab00' }, 'to'],
    ['a lone surrogate', { ...json, memo: '\udc00' }, 'memo'],
    ['text past its limit in bytes', { ...json, memo: 'ééééé' }, 'memo'],
    ['bits that are numbers', { ...json, flags: [1, 0] }, 'flags'],
    ['too many bits', { ...json, flags: [true, true, true, true] }, 'flags'],
    ['too many elements', { ...json, parts: ['1', '2', '3'] }, 'parts'],
    ['a bad element', { ...json, parts: ['1', '-2'] }, 'parts[1]'],
    ['an unknown field', { ...json, mem0: '' }, 'mem0'],
    [
      'a field named like an inherited one',
      JSON.parse('{"__proto__":{},"constructor":1}') as ssz.Json,
      '__proto__',
    ],
  ])('refuses, naming the field: %s', (_, bad, path) => {
    expect(Payment.fromJson(bad)).toMatchObject({
      ok: false,
      fault: { code: 'JSON_INVALID', data: { path } },
    });
  });

  it.each(Object.keys(json))('refuses an object without its field %s', (missing) => {
    const rest = Object.fromEntries(Object.entries(json).filter(([name]) => name !== missing));
    expect(Payment.fromJson(rest)).toMatchObject({
      ok: false,
      fault: { code: 'JSON_INVALID', data: { path: missing } },
    });
  });

  it.each<[string, ssz.Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a string', '{}'],
  ])('refuses %s where an object must be', (_, bad) => {
    expect(Payment.fromJson(bad).ok).toBe(false);
  });

  it('prefixes the path it is given, so that a caller can name its own parameter', () => {
    expect(Payment.fromJson({ ...json, kind: -1 }, 'body')).toMatchObject({
      fault: { data: { path: 'body.kind' } },
    });
  });

  it('has a schema that lists every field as required and allows no other', () => {
    expect(Payment.schema).toMatchObject({
      type: 'object',
      required: Object.keys(json),
      additionalProperties: false,
    });
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        expect(typeof Payment.fromJson(any as ssz.Json).ok).toBe('boolean');
      }),
    );
  });
});
