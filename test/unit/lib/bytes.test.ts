import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compare,
  concat,
  equal,
  fromByteString,
  fromHex,
  fromUtf8,
  toBareHex,
  toByteString,
  toHex,
  uint64Bytes,
  utf8,
} from '../../../src/lib/bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 40 });

describe('hex', () => {
  it('reads what it writes, of either case', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual({ ok: true, value: bytes });
        expect(fromHex(`0x${toBareHex(bytes).toUpperCase()}`)).toEqual({ ok: true, value: bytes });
      }),
    );
  });

  it('writes only the bytes of a view, not those of the buffer behind it', () => {
    expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0x0203');
  });

  it.each(['', '0', 'ab', '0X00', '0x0', '0x0g', '0x 0', '0x00\n', ' 0x00', '0x００'])(
    'refuses %j',
    (text) => {
      expect(fromHex(text)).toMatchObject({ ok: false, fault: { code: 'HEX_INVALID' } });
    },
  );

  it('without 0x is refused with what is missing, and what is no text with what it is', () => {
    const messageOf = (value: unknown): string => {
      const bytes = fromHex(value as string);
      return bytes.ok ? '' : bytes.fault.message;
    };
    expect(messageOf('0a0b')).toMatch(/; write 0x before the digits$/);
    expect(messageOf('0a0')).toMatch(/digits$/);
    expect(messageOf(12)).toBe('expected 0x-hex as a string, not number');
    expect(messageOf(undefined)).toBe('expected 0x-hex as a string, not undefined');
  });

  it('refuses another length than the one asked for, naming both', () => {
    expect(fromHex('0x0102', 3)).toMatchObject({
      ok: false,
      fault: { code: 'HEX_LENGTH', data: { expected: 3, got: 2 } },
    });
    expect(fromHex('0x', 0)).toEqual({ ok: true, value: new Uint8Array(0) });
  });
});

describe('UTF-8', () => {
  it('is strict: what decodes, encodes to the same bytes', () => {
    let decoded = 0;
    fc.assert(
      fc.property(fc.oneof(anyBytes, fc.string({ unit: 'binary' }).map(utf8)), (bytes) => {
        const text = fromUtf8(bytes);
        if (text.ok) {
          decoded++;
          expect(utf8(text.value)).toEqual(bytes);
        } else expect(text.fault.code).toBe('UTF8_INVALID');
      }),
      { numRuns: 500 },
    );
    expect(decoded).toBeGreaterThan(100);
  });

  it('keeps a byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toEqual({ ok: true, value: '\ufeff' });
  });
});

describe('bytes', () => {
  it('compare as unsigned numbers, a prefix before what it begins', () => {
    expect(compare(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0);
    expect(compare(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
    expect(compare(Uint8Array.of(2), Uint8Array.of(1, 255))).toBeGreaterThan(0);
  });

  it('are equal exactly if their hex is', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(equal(a, b)).toBe(toHex(a) === toHex(b));
        expect(equal(a, a.slice())).toBe(true);
      }),
    );
  });

  it('concatenate in order', () => {
    expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(concat()).toEqual(new Uint8Array(0));
  });

  it('order 64-bit numbers as keys in the order of the numbers', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(Math.sign(compare(uint64Bytes(a), uint64Bytes(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('a byte string', () => {
  it('has one character for each byte and comes back as the same bytes, at every length', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 20, maxLength: 20 })),
        (bytes) => {
          const text = toByteString(bytes);
          expect([...text].map((character) => character.charCodeAt(0))).toEqual([...bytes]);
          expect(equal(fromByteString(text), bytes)).toBe(true);
        },
      ),
    );
  });
});
