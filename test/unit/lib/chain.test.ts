import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type Commit,
  commitRoot,
  EMPTY_COMMIT,
  evidenceRoot,
  type Header,
  HeaderType,
  headerHash,
  MAX_VALIDATORS,
  transactionsRoot,
  validatorsHash,
} from '../../../src/lib/chain.ts';

const bytesOf = <T extends Uint8Array>(length: number): fc.Arbitrary<T> =>
  fc.uint8Array({ minLength: length, maxLength: length }) as fc.Arbitrary<T>;
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const root = bytesOf<Root>(32);

const header: fc.Arbitrary<Header> = fc.record({
  chainId: uint64,
  height: uint64.map(toHeight),
  time: uint64,
  parent: root,
  proposer: bytesOf<Address>(20),
  transactionsRoot: root,
  lastCommitRoot: root,
  evidenceRoot: root,
  validatorsHash: root,
  nextValidatorsHash: root,
  parametersHash: root,
  stateRoot: root,
  resultsRoot: root,
});

const commit: fc.Arbitrary<Commit> = fc.record({
  height: uint64.map(toHeight),
  round: fc.nat(2 ** 32 - 1).map(toRound),
  blockHash: root,
  signers: fc.array(fc.boolean(), { maxLength: 9 }),
  signatures: fc.array(bytesOf(64), { maxLength: 4 }),
});

const block: fc.Arbitrary<Block> = fc.record({
  header,
  transactions: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
  lastCommit: commit,
  evidence: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 }),
});

describe('a block', () => {
  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(block, (value) => {
        expect(BlockType.decode(BlockType.encode(value))).toEqual({ ok: true, value });
      }),
    );
  });

  it('has one encoding: whatever decodes, encodes to the same bytes', () => {
    fc.assert(
      fc.property(block, fc.nat(2000), fc.nat(255), (value, at, byte) => {
        const bytes = BlockType.encode(value);
        bytes[at % bytes.length] = byte;
        const decoded = BlockType.decode(bytes);
        if (decoded.ok) expect(BlockType.encode(decoded.value)).toEqual(bytes);
        else expect(['SSZ_DECODE', 'SSZ_RANGE']).toContain(decoded.fault.code);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a header', () => {
  it('has a hash that every one of its fields changes', () => {
    fc.assert(
      fc.property(header, header, (a, b) => {
        const hash = toHex(headerHash(a));
        for (const name of Object.keys(a)) {
          const mixed = { ...a, [name]: Reflect.get(b, name) as unknown };
          const same = toHex(HeaderType.encode(mixed)) === toHex(HeaderType.encode(a));
          expect(toHex(headerHash(mixed)) === hash).toBe(same);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('has a hash that is not its bare root, which could be taken for another object’s', () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(headerHash(value)).not.toEqual(HeaderType.root(value));
      }),
      { numRuns: 20 },
    );
  });
});

describe('the roots in a header', () => {
  it('tell lists apart by order, by length, and from an empty one', () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    const lists = [[], [a], [a, b], [b, a], [a, b, new Uint8Array(0)]];
    for (const rootOf of [transactionsRoot, evidenceRoot])
      expect(new Set(lists.map((list) => toHex(rootOf(list)))).size).toBe(lists.length);
  });

  it('bind every signature and who gave it', () => {
    const signed: Commit = {
      ...EMPTY_COMMIT,
      signers: [true, false],
      signatures: [new Uint8Array(64)],
    };
    const variants: Commit[] = [
      EMPTY_COMMIT,
      signed,
      { ...signed, signers: [false, true] },
      { ...signed, signers: [true] },
      { ...signed, signatures: [new Uint8Array(64).fill(1)] },
      { ...signed, round: toRound(1) },
    ];
    expect(new Set(variants.map((each) => toHex(commitRoot(each)))).size).toBe(variants.length);
  });

  it('bind the power of every validator, of which there are only so many', () => {
    const validator = { publicKey: new Uint8Array(32), power: 1n };
    expect(validatorsHash([validator])).not.toEqual(validatorsHash([{ ...validator, power: 2n }]));
    const many = Array.from({ length: MAX_VALIDATORS + 1 }, () => validator);
    expect(() => validatorsHash(many)).toThrow(/at most/);
  });
});
