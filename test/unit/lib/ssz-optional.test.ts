import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../../src/lib/errors.ts';
import {
  byteList,
  container,
  list,
  optional,
  text,
  uint16,
  uint32,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { chunksOf, littleEndian, merkleize, mixInLength } from './merkle.ts';

const Price = optional(uint32);
const Note = container({ price: Price, text: optional(text(4)), tags: list(optional(uint16), 3) });
type Note = ValueOf<typeof Note>;

const note: fc.Arbitrary<Note> = fc.record({
  price: fc.option(fc.nat(2 ** 32 - 1), { nil: undefined }),
  text: fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 4 }), { nil: undefined }),
  tags: fc.array(fc.option(fc.nat(65535), { nil: undefined }), { maxLength: 3 }),
});

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

describe('an optional value', () => {
  it('is no bytes when absent, else the byte 1 and the value', () => {
    expect([...Price.encode(undefined)]).toEqual([]);
    expect([...Price.encode(7)]).toEqual([1, 7, 0, 0, 0]);
    expect(Price.decode(Uint8Array.of())).toEqual({ ok: true, value: undefined });
    expect(Price.decode(Uint8Array.of(1, 7, 0, 0, 0))).toEqual({ ok: true, value: 7 });
    expect(Price.maxBytes).toBe(5);
  });

  it('that is present and empty is not absent', () => {
    const type = optional(byteList(4));
    expect([...type.encode(new Uint8Array())]).toEqual([1]);
    expect(type.decode(Uint8Array.of(1))).toEqual({ ok: true, value: new Uint8Array() });
    expect(type.root(new Uint8Array())).not.toEqual(type.root(undefined));
  });

  it('has the root of a list of zero or one values', () => {
    const root = merkleize(chunksOf(littleEndian(7n, 4)), 1);
    expect(Price.root(7)).toEqual(mixInLength(root, 1));
    expect(Price.root(undefined)).toEqual(mixInLength(new Uint8Array(32), 0));
    expect(Price.root(0)).not.toEqual(Price.root(undefined));
    expect(Note.root({ price: 7, text: undefined, tags: [] })).toEqual(
      merkleize([
        Price.root(7),
        optional(text(4)).root(undefined),
        list(optional(uint16), 3).root([]),
        new Uint8Array(32),
      ]),
    );
  });

  it('is the value or null in JSON, and its field may not be missing', () => {
    expect(Note.toJson({ price: undefined, text: 'a', tags: [undefined, 1] })).toEqual({
      price: null,
      text: 'a',
      tags: [null, 1],
    });
    expect(Note.fromJson({ text: null, tags: [] })).toMatchObject({
      fault: { code: 'JSON_INVALID', data: { path: 'price' } },
    });
    expect(Price.fromJson(undefined)).toEqual({ ok: true, value: undefined });
    expect(codeOf(Price.fromJson(-1))).toBe('JSON_INVALID');
    expect(Price.schema).toEqual({ anyOf: [uint32.schema, { type: 'null' }] });
  });

  it('comes back from its encoding and from its JSON', () => {
    fc.assert(
      fc.property(note, (value) => {
        expect(Note.decode(Note.encode(value))).toEqual({ ok: true, value });
        expect(Note.fromJson(Note.toJson(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('is refused out of range, with the path of its field', () => {
    expect(Note.check({ price: 2 ** 32, text: undefined, tags: [] })?.data).toEqual({ path: 'price' });
    expect(Note.check({ price: undefined, text: undefined, tags: [1, -1] })?.data).toEqual({
      path: 'tags[1]',
    });
    expect(() => Price.encode(-1)).toThrow('expected an integer');
  });

  it.each([
    ['another first byte than 1', [0, 7, 0, 0, 0]],
    ['the first byte alone', [1]],
    ['a value cut short', [1, 7, 0, 0]],
    ['a byte too many', [1, 7, 0, 0, 0, 0]],
  ])('is refused when its bytes are %s', (_, bytes) => {
    expect(codeOf(Price.decode(Uint8Array.from(bytes)))).toBe('SSZ_DECODE');
  });

  it('has one encoding only: what decodes, encodes to the same bytes', () => {
    const edited = fc
      .tuple(
        note,
        fc.array(fc.tuple(fc.nat(40), fc.nat(20)), { maxLength: 3 }),
        fc.integer({ min: -2, max: 2 }),
      )
      .map(([value, edits, grow]) => {
        const bytes = Note.encode(value);
        const out = new Uint8Array(Math.max(0, bytes.length + grow));
        out.set(bytes.subarray(0, out.length));
        for (const [at, byte] of edits) if (at < out.length) out[at] = byte;
        return out;
      });
    let decoded = 0;
    let refused = 0;
    fc.assert(
      fc.property(edited, (bytes) => {
        const value = Note.decode(bytes);
        if (value.ok) {
          decoded++;
          expect(Note.encode(value.value)).toEqual(bytes);
        } else refused++;
      }),
      { numRuns: 5000 },
    );
    expect(decoded).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  it('cannot be optional itself: undefined could not say which of the two is absent', () => {
    // @ts-expect-error An optional of an optional does not compile.
    const twice = optional(Price);
    expect(twice.decode(Uint8Array.of(1))).toEqual(twice.decode(Uint8Array.of()));
  });
});
