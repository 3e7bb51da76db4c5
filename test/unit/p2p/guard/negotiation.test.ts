import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LengthPrefixed, type Negotiated, Negotiation } from '../../../../p2p/guard/negotiation.ts';
import { concat, utf8 } from '../../../../src/lib/bytes.ts';

const HEADER = utf8('\x13/multistream/1.0.0\n');
const line = (text: string): Uint8Array => utf8(`${String.fromCharCode(text.length + 1)}${text}\n`);

const negotiation = (): Negotiation => new Negotiation({ ends: (name) => name === '/noise', lines: 3 });

/** The outcome of bytes that arrive in pieces of these sizes, and how many were taken by then. */
const outcome = (bytes: Uint8Array, size: number): { readonly step: Negotiated; readonly seen: number } => {
  const followed = negotiation();
  let step: Negotiated = { type: 'more' };
  let seen = 0;
  while (seen < bytes.length && step.type === 'more') {
    step = followed.feed(bytes.subarray(seen, seen + size));
    seen += size;
  }
  return { step, seen };
};

describe('a negotiation', () => {
  test('is done at the last byte of the line that ends it, in whatever pieces it arrives', () => {
    const bytes = concat(HEADER, line('/other'), line('/noise'));
    for (let size = 1; size <= bytes.length; size++) {
      const { step } = outcome(bytes, size);
      expect(step).toMatchObject({ type: 'done', line: '/noise' });
    }
    expect(negotiation().feed(concat(bytes, utf8('and more')))).toMatchObject({ rest: bytes.length });
  });

  test.each([
    ['an endless length instead of the header', new Uint8Array(100).fill(0xff), 1],
    ['another first byte', utf8('GET /'), 1],
    ['another header', utf8('\x13/multistream/2.0.0\n'), 15],
    ['a length of two bytes', concat(HEADER, Uint8Array.of(0x80, 0x01)), 21],
    ['an empty line', concat(HEADER, Uint8Array.of(0)), 21],
    ['a line without a newline', concat(HEADER, utf8('\x02ab')), 23],
    ['more lines than allowed', concat(HEADER, line('a'), line('b'), line('c'), line('/noise')), 29],
  ])('is refused at the first wrong byte: %s', (_, bytes, at) => {
    const { step, seen } = outcome(bytes, 1);
    expect(step.type).toBe('refused');
    expect(seen).toBe(at);
  });

  test('never takes more than its lines can have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 600, maxLength: 800 }), (bytes) => {
        expect(outcome(concat(HEADER, bytes), 7).step.type).not.toBe('more');
      }),
    );
  });
});

describe('length-prefixed messages', () => {
  test('are read in whatever pieces they arrive, and one that is too long is refused by its length', () => {
    const bytes = concat(Uint8Array.of(0xac, 0x02), new Uint8Array(300).fill(7), Uint8Array.of(1, 9));
    for (const size of [1, 2, 3, 299, 1_000]) {
      const reader = new LengthPrefixed(300);
      const found: number[] = [];
      for (let from = 0; from < bytes.length; from += size) {
        const piece = bytes.subarray(from, from + size);
        for (let at = 0; at < piece.length; ) {
          const taken = reader.take(piece, at);
          if (taken === undefined) throw new Error('it is short enough');
          at = taken.next;
          if (taken.message !== undefined) found.push(taken.message.length);
        }
      }
      expect(found).toEqual([300, 1]);
    }
    expect(new LengthPrefixed(299).take(bytes, 0)).toBeUndefined();
    expect(new LengthPrefixed(8_192).take(new Uint8Array(9).fill(0x80), 0)).toBeUndefined();
  });
});
