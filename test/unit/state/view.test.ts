import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, fromByteString } from '../../../src/lib/bytes.ts';
import { accountKey } from '../../../state/modules/ledger/accounts.ts';
import { bytesKey, keyText, numberKey } from '../../../state/view.ts';
import { addressOf } from './fixture.ts';

const part = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 32 }) }),
  fc.record({ number: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ text: fc.stringMatching(/^[a-z]{1,8}$/) }),
);
type Part = typeof part extends fc.Arbitrary<infer T> ? T : never;

const written = (each: Part): string => {
  if ('bytes' in each) return bytesKey(each.bytes);
  return 'number' in each ? numberKey(each.number) : each.text;
};
const shown = (each: Part): string => {
  if ('bytes' in each) return `0x${Buffer.from(each.bytes).toString('hex')}`;
  return 'number' in each ? each.number.toString().padStart(20, '0') : each.text;
};
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

describe('a key of the state', () => {
  test('holds an address as its length and its bytes', () => {
    const address = addressOf('ada');
    expect(fromByteString(accountKey(address))).toEqual(
      Buffer.concat([Buffer.from('accounts/\x14'), Buffer.from(address)]),
    );
  });

  test('is shown to people with its bytes as hex, whatever bytes they are', () => {
    fc.assert(
      fc.property(parts, (key) => {
        expect(keyText(key.map(written).join('/'))).toBe(key.map(shown).join('/'));
      }),
    );
  });

  test('differs from every key with other parts, also where the bytes hold the separator', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 4, max: 0x30 });
    const keys = fc.array(
      fc.oneof(
        bytes.map((value) => ({ bytes: value })),
        part,
      ),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const same = a.map(shown).join('/') === b.map(shown).join('/');
        expect(a.map(written).join('/') === b.map(written).join('/')).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  test('sorts as its bytes do, in memory as in UTF-8', () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [x, y] = [bytesKey(a), bytesKey(b)];
        expect(x < y).toBe(compare(a, b) < 0);
        expect(Buffer.compare(Buffer.from(x), Buffer.from(y))).toBe(compare(a, b));
      }),
    );
  });

  test('sorts by number where a number stands in it', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(numberKey(a) < numberKey(b)).toBe(a < b);
      }),
    );
  });

  test('has no part of more than 32 bytes, nor of none', () => {
    expect(() => bytesKey(new Uint8Array(33))).toThrow('at most 32 bytes');
    expect(() => bytesKey(new Uint8Array())).toThrow('at most 32 bytes');
  });
});
