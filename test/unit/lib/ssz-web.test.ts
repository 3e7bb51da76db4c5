/** The SSZ of browsers against that of Node, over random types: every encoding, root, size and refusal is the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as node from '../../../src/lib/platform/node/ssz.ts';
import type { SszCodec, SszPlatform } from '../../../src/lib/platform/platform.ts';
import * as web from '../../../src/lib/platform/web/ssz.ts';

/** A random type: how either platform makes it, and its values, which each platform converts to its own. */
type Sample = {
  readonly make: (platform: SszPlatform) => SszCodec;
  readonly value: fc.Arbitrary<unknown>;
  readonly own: (platform: SszPlatform, value: unknown) => unknown;
};

const same = (_: SszPlatform, value: unknown): unknown => value;

const uint = fc.constantFrom(1, 2, 4).map(
  (bytes): Sample => ({
    make: (platform) => platform.uintNumber(bytes),
    value: fc.oneof(fc.integer({ min: 0, max: 2 ** (8 * bytes) - 1 }), fc.constant(2 ** (8 * bytes) - 1)),
    own: same,
  }),
);
const bigUint = fc.constantFrom(8, 16, 32).map(
  (bytes): Sample => ({
    make: (platform) => platform.uintBigint(bytes),
    value: fc.bigInt({ min: 0n, max: (1n << BigInt(8 * bytes)) - 1n }),
    own: same,
  }),
);
const bool = fc.constant<Sample>({ make: (platform) => platform.bool(), value: fc.boolean(), own: same });
const byteVector = fc.integer({ min: 1, max: 80 }).map(
  (length): Sample => ({
    make: (platform) => platform.byteVector(length),
    value: fc.uint8Array({ minLength: length, maxLength: length }),
    own: same,
  }),
);
const byteList = fc.integer({ min: 1, max: 150 }).map(
  (limit): Sample => ({
    make: (platform) => platform.byteList(limit),
    value: fc.uint8Array({ maxLength: limit }),
    own: same,
  }),
);
const bitList = fc.integer({ min: 1, max: 600 }).map(
  (limit): Sample => ({
    make: (platform) => platform.bitList(limit),
    value: fc.array(fc.boolean(), { maxLength: limit }),
    own: (platform, value) => platform.bitsOf(value as readonly boolean[]),
  }),
);

const listOf = (element: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc.tuple(element, fc.integer({ min: 1, max: 40 })).map(
    ([{ make, value, own }, limit]): Sample => ({
      make: (platform) => platform.list(make(platform), limit),
      value: fc.array(value, { maxLength: Math.min(limit, 9) }),
      own: (platform, values) => (values as readonly unknown[]).map((each) => own(platform, each)),
    }),
  );
const containerOf = (field: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc.array(field, { minLength: 1, maxLength: 5 }).map(
    (fields): Sample => ({
      make: (platform) => platform.container(fields.map(({ make }, i) => [`f${i}`, make(platform)])),
      value: fc.record(Object.fromEntries(fields.map(({ value }, i) => [`f${i}`, value]))),
      own: (platform, value) =>
        Object.fromEntries(
          fields.map(({ own }, i) => [
            `f${i}`,
            own(platform, (value as Readonly<Record<string, unknown>>)[`f${i}`]),
          ]),
        ),
    }),
  );
const optionalOf = (element: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  element.map(
    ({ make, value, own }): Sample => ({
      make: (platform) => platform.optional(make(platform)),
      value: fc.option(value),
      own: (platform, given) => (given === null ? null : own(platform, given)),
    }),
  );
const unionOf = (variant: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc.array(variant, { minLength: 1, maxLength: 4 }).map(
    (variants): Sample => ({
      make: (platform) => platform.union(variants.map(({ make }) => make(platform))),
      value: fc.oneof(
        ...variants.map(({ value }, selector) => value.map((each) => ({ selector, value: each }))),
      ),
      own: (platform, given) => {
        const { selector, value } = given as { readonly selector: number; readonly value: unknown };
        return { selector, value: variants[selector]?.own(platform, value) };
      },
    }),
  );

const leaf = fc.oneof(uint, bigUint, bool, byteVector, byteList, bitList);
const deeper = (below: fc.Arbitrary<Sample>) =>
  fc.oneof(below, listOf(below), containerOf(below), optionalOf(below), unionOf(below));
const sample = deeper(deeper(deeper(leaf)));
const sampleWithValue = sample.chain((type) => type.value.map((value) => ({ type, value })));

const attempt = (codec: SszCodec, bytes: Uint8Array): Uint8Array | 'refused' => {
  let value: unknown;
  try {
    value = codec.deserialize(bytes);
  } catch {
    return 'refused';
  }
  return codec.serialize(value);
};

describe('the SSZ of browsers', () => {
  test('encodes, decodes and hashes every value as that of Node', () => {
    fc.assert(
      fc.property(sampleWithValue, ({ type, value }) => {
        const [there, here] = [type.make(node), type.make(web)];
        const [nodeValue, webValue] = [type.own(node, value), type.own(web, value)];
        expect(here.maxSize).toBe(there.maxSize);
        const bytes = there.serialize(nodeValue);
        expect(here.serialize(webValue)).toEqual(bytes);
        expect(here.deserialize(bytes)).toEqual(webValue);
        expect(here.hashTreeRoot(webValue)).toEqual(new Uint8Array(there.hashTreeRoot(nodeValue)));
      }),
      { numRuns: 1000 },
    );
  });

  test('refuses the bytes that Node refuses, and no others', () => {
    const seen = { refused: 0, taken: 0 };
    fc.assert(
      fc.property(
        sampleWithValue,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.integer({ min: -3, max: 3 }),
        ({ type, value }, changes, more) => {
          const [there, here] = [type.make(node), type.make(web)];
          const valid = there.serialize(type.own(node, value));
          const bytes = new Uint8Array(Math.max(0, valid.length + more));
          bytes.set(valid.subarray(0, bytes.length));
          for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          const expected = attempt(there, bytes);
          expect(attempt(here, bytes)).toEqual(expected);
          seen[expected === 'refused' ? 'refused' : 'taken'] += 1;
        },
      ),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.refused, seen.taken)).toBeGreaterThan(200);
  });

  test('reads bytes that begin inside of a larger buffer', () => {
    const type = web.container([['n', web.uintBigint(8)]]);
    const buffer = Uint8Array.of(9, 9, 5, 0, 0, 0, 0, 0, 0, 0, 9);
    expect(type.deserialize(buffer.subarray(2, 10))).toEqual({ n: 5n });
  });
});
