import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, unwrap } from '../../../src/lib/errors.ts';
import * as ssz from '../../../src/lib/ssz.ts';
import { chunksOf, littleEndian, merkleize, mixInLength } from './merkle.ts';

type Person = {
  readonly name: string;
  readonly age: number;
  readonly balance: bigint;
  readonly alive: boolean;
  readonly key: Uint8Array;
  readonly votes: readonly boolean[];
  readonly scores: readonly number[];
  readonly notes: readonly string[];
};

const Person = ssz.container<Person>({
  name: ssz.text(12),
  age: ssz.uint8,
  balance: ssz.uint128,
  alive: ssz.boolean,
  key: ssz.bytes(4),
  votes: ssz.bitlist(9),
  scores: ssz.list(ssz.uint16, 3),
  notes: ssz.list(ssz.text(8), 3),
});

const textOf = (limit: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'grapheme', maxLength: limit })
    .filter((s) => s.isWellFormed() && utf8(s).length <= limit);

const person: fc.Arbitrary<Person> = fc.record({
  name: textOf(12),
  age: fc.integer({ min: 0, max: 255 }),
  balance: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  alive: fc.boolean(),
  key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  votes: fc.array(fc.boolean(), { maxLength: 9 }),
  scores: fc.array(fc.integer({ min: 0, max: 65535 }), { maxLength: 3 }),
  notes: fc.array(textOf(8), { maxLength: 3 }),
});

const ada: Person = {
  name: 'Ada',
  age: 36,
  balance: 7n,
  alive: true,
  key: Uint8Array.of(1, 2, 3, 4),
  votes: [true, false],
  scores: [1, 2],
  notes: ['é'],
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
  return 'nothing was thrown';
};

describe('an integer out of range', () => {
  const cases: readonly [string, () => unknown][] = [
    ['256 as a uint8', () => ssz.uint8.encode(256)],
    ['-1 as a uint8', () => ssz.uint8.encode(-1)],
    ['1.5 as a uint16', () => ssz.uint16.encode(1.5)],
    ['NaN as a uint16', () => ssz.uint16.encode(Number.NaN)],
    ['infinity as a uint32', () => ssz.uint32.encode(Number.POSITIVE_INFINITY)],
    ['2^32 as a uint32', () => ssz.uint32.encode(2 ** 32)],
    ['2^53 as a uint32', () => ssz.uint32.encode(2 ** 53)],
    ['2^64 as a uint64', () => ssz.uint64.encode(2n ** 64n)],
    ['-1 as a uint64', () => ssz.uint64.encode(-1n)],
    ['2^128 as a uint128', () => ssz.uint128.encode(2n ** 128n)],
    ['-1 as a uint128', () => ssz.uint128.encode(-1n)],
    ['2^256 as a uint256', () => ssz.uint256.encode(2n ** 256n)],
    ['2^128, when only its root is asked for', () => ssz.uint128.root(2n ** 128n)],
    ['2^128 in a field', () => Person.encode({ ...ada, balance: 2n ** 128n })],
    ['65536 in a list in a field', () => Person.encode({ ...ada, scores: [0, 65536] })],
  ];
  it.each(cases)('is refused with SSZ_RANGE: %s', (_, run) => {
    expect(codeOf(run)).toBe('SSZ_RANGE');
  });

  it('is refused when a number stands where a bigint must, or the other way round', () => {
    const lax: { encode(value: unknown): Uint8Array } = ssz.uint64;
    expect(codeOf(() => lax.encode(5))).toBe('SSZ_RANGE');
    const small: { encode(value: unknown): Uint8Array } = ssz.uint8;
    expect(codeOf(() => small.encode(5n))).toBe('SSZ_RANGE');
  });

  it('is named with the path of its field', () => {
    expect(Person.check({ ...ada, scores: [1, -1] })?.data).toEqual({ path: 'scores[1]' });
    expect(Person.check({ ...ada, notes: ['ok', 'far too long'] })?.data).toEqual({ path: 'notes[1]' });
    expect(Person.check(ada)).toBeUndefined();
  });
});

describe('a limit', () => {
  it.each<[string, Person]>([
    ['a list', { ...ada, scores: [1, 2, 3, 4] }],
    ['a bit list', { ...ada, votes: Array.from({ length: 10 }, () => true) }],
    ['fixed bytes too short', { ...ada, key: Uint8Array.of(1, 2, 3) }],
    ['fixed bytes too long', { ...ada, key: new Uint8Array(5) }],
    ['text whose characters fit but whose bytes do not', { ...ada, name: 'éééééééé' }],
    ['text with a lone surrogate', { ...ada, name: 'a\ud800' }],
  ])('holds when encoding, not only when decoding: %s', (_, value) => {
    expect(codeOf(() => Person.encode(value))).toBe('SSZ_RANGE');
    expect(codeOf(() => Person.root(value))).toBe('SSZ_RANGE');
  });

  it('holds for byte lists, at the limit and one past it', () => {
    const type = ssz.byteList(3);
    expect(type.encode(Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(codeOf(() => type.encode(new Uint8Array(4)))).toBe('SSZ_RANGE');
    expect(type.decode(new Uint8Array(4)).ok).toBe(false);
  });

  it('bounds the bytes: the longest value fits, and anything past maxBytes is refused unread', () => {
    const longest: Person = {
      name: 'abcdefghijkl',
      age: 255,
      balance: 2n ** 128n - 1n,
      alive: true,
      key: new Uint8Array(4),
      votes: Array.from({ length: 9 }, () => true),
      scores: [1, 2, 3],
      notes: ['12345678', '12345678', '12345678'],
    };
    expect(Person.decode(Person.encode(longest))).toEqual({ ok: true, value: longest });
    // The library counts a byte more than a bit list of 9 can have.
    expect(Person.encode(longest)).toHaveLength(Person.maxBytes - 1);
    const past = Person.decode(new Uint8Array(Person.maxBytes + 1));
    expect(past).toMatchObject({
      ok: false,
      fault: { code: 'SSZ_DECODE', message: 'too long: 96 bytes, at most 95' },
    });
  });
});

describe('an encoding', () => {
  it('decodes to the value it was made from', () => {
    fc.assert(
      fc.property(person, (value) => {
        expect(Person.decode(Person.encode(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('is the only one of its value: whatever decodes, encodes to the same bytes', () => {
    const mutated = fc
      .tuple(
        person,
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
        fc.integer({ min: -3, max: 3 }),
      )
      .map(([value, edits, grow]) => {
        const bytes = Person.encode(value);
        const out = new Uint8Array(Math.max(0, bytes.length + grow));
        out.set(bytes.subarray(0, out.length));
        for (const [at, byte] of edits) if (at < out.length) out[at] = byte;
        return out;
      });
    let decoded = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const value = Person.decode(bytes);
        if (value.ok) {
          decoded++;
          expect(Person.encode(value.value)).toEqual(bytes);
        } else {
          refused++;
          expect(value.fault.code).toBe('SSZ_DECODE');
        }
      }),
      { numRuns: 5000 },
    );
    expect(decoded).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  it.each<[string, ssz.Ssz<unknown>, number[]]>([
    ['a boolean that is neither 0 nor 1', ssz.boolean, [2]],
    ['no boolean at all', ssz.boolean, []],
    ['a bit list without its end mark', ssz.bitlist(9), [1, 0]],
    ['an empty bit list', ssz.bitlist(9), []],
    ['a bit list past its limit', ssz.bitlist(9), [255, 4]],
    ['a list that ends in half an element', ssz.list(ssz.uint32, 4), [1, 0, 1]],
    ['a list past its limit', ssz.list(ssz.uint8, 2), [1, 2, 3]],
    ['text that is not UTF-8', ssz.text(4), [0xff]],
    ['text with an encoded surrogate', ssz.text(4), [0xed, 0xa0, 0x80]],
    ['text in an overlong form', ssz.text(4), [0xc0, 0x80]],
    ['a trailing byte', ssz.uint16, [1, 2, 3]],
    ['a first offset past the end', ssz.list(ssz.text(4), 4), [9, 0, 0, 0]],
    ['a first offset that leaves a gap', ssz.list(ssz.text(4), 4), [5, 0, 0, 0, 0]],
    ['offsets that run backwards', ssz.list(ssz.text(4), 4), [8, 0, 0, 0, 7, 0, 0, 0]],
  ])('is refused as a value, never thrown: %s', (_, type, bytes) => {
    expect(type.decode(Uint8Array.from(bytes)).ok).toBe(false);
  });

  it('keeps a byte order mark as text, since it is part of what was signed', () => {
    expect(ssz.text(8).decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toEqual({ ok: true, value: '\ufeffA' });
  });

  it('gives plain byte arrays with memory of their own, also from a Buffer', () => {
    const bytes = Buffer.from(Person.encode(ada));
    const { key } = unwrap(Person.decode(bytes));
    expect(Buffer.isBuffer(key)).toBe(false);
    bytes.fill(0);
    expect(key).toEqual(ada.key);
  });
});

describe('a root', () => {
  it('of an integer is its little-endian bytes, padded', () => {
    expect(ssz.uint64.root(258n)).toEqual(merkleize([...chunksOf(littleEndian(258n, 8))]));
    expect(ssz.uint256.root(2n ** 255n)).toEqual(littleEndian(2n ** 255n, 32));
  });

  it('of text and byte lists mixes in the length, under the depth of the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(ssz.byteList(100).root(bytes)).toEqual(
          mixInLength(merkleize(chunksOf(bytes), 4), bytes.length),
        );
      }),
      { numRuns: 50 },
    );
    expect(ssz.text(100).root('né')).toEqual(mixInLength(merkleize(chunksOf(utf8('né')), 4), 3));
  });

  it('of a container is the Merkle root of the roots of its fields', () => {
    fc.assert(
      fc.property(person, (value) => {
        const bits = new Uint8Array(2);
        value.votes.forEach((bit, i) => {
          if (bit) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
        });
        const pad = (bytes: Uint8Array): Uint8Array => merkleize(chunksOf(bytes), 1);
        const text = (s: string): Uint8Array => mixInLength(pad(utf8(s)), utf8(s).length);
        const scores = new Uint8Array(2 * value.scores.length);
        for (const [i, score] of value.scores.entries()) scores.set(littleEndian(BigInt(score), 2), 2 * i);
        expect(Person.root(value)).toEqual(
          merkleize([
            text(value.name),
            pad(littleEndian(BigInt(value.age), 1)),
            pad(littleEndian(value.balance, 16)),
            pad(Uint8Array.of(value.alive ? 1 : 0)),
            pad(value.key),
            mixInLength(pad(bits.subarray(0, Math.ceil(value.votes.length / 8))), value.votes.length),
            mixInLength(pad(scores), value.scores.length),
            mixInLength(merkleize(value.notes.map(text), 4), value.notes.length),
          ]),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('of a list of structs is that of the roots of the structs, however many there are', () => {
    const Run = ssz.container({ item: ssz.uint32, owner: ssz.address20, amount: ssz.uint128 });
    const runs = Array.from({ length: 4_099 }, (_, i) => ({
      item: i,
      owner: new Uint8Array(20).fill(i),
      amount: BigInt(i) << 90n,
    }));
    const rootOfRun = ({ item, owner, amount }: (typeof runs)[number]): Uint8Array =>
      merkleize([littleEndian(BigInt(item), 4), owner, littleEndian(amount, 16)].flatMap(chunksOf), 4);
    for (const count of [0, 1, 2, 3, 4_095, 4_099]) {
      const some = runs.slice(0, count);
      const expected = mixInLength(merkleize(some.map(rootOfRun), 8_192), count);
      expect(ssz.list(Run, 8_192).root(some as never)).toEqual(expected);
    }
  });

  it('of a list of roots is over the roots themselves, and leaves them as they were', () => {
    const roots = Array.from(
      { length: 513 },
      (_, i) => chunksOf(littleEndian(BigInt(i) << 200n, 32))[0] as Root,
    );
    const before = roots.map(toHex);
    // Limits that are no power of two, and of one element.
    for (const limit of [513, 1_000])
      for (const count of [0, 1, 2, 3, 512, 513])
        expect(ssz.list(ssz.root32, limit).root(roots.slice(0, count))).toEqual(
          mixInLength(merkleize(roots.slice(0, count), limit), count),
        );
    const [only] = roots.slice(7);
    expect(ssz.list(ssz.root32, 1).root([only as Root])).toEqual(mixInLength(only as Root, 1));
    const held = ssz.container({ roots: ssz.list(ssz.root32, 1_000) });
    expect(held.root({ roots })).toEqual(ssz.list(ssz.root32, 1_000).root(roots));
    expect(roots.map(toHex)).toEqual(before);
  });

  it('differs between a list and the same list with a zero at its end', () => {
    expect(ssz.list(ssz.uint8, 8).root([1])).not.toEqual(ssz.list(ssz.uint8, 8).root([1, 0]));
  });
});
