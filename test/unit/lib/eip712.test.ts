import fc from 'fast-check';
import { hashTypedData, type TypedDataDomain, domainSeparator as viemSeparator } from 'viem';
import { describe, expect, it } from 'vitest';
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { ChainIdentity } from '../../../src/lib/chain.ts';
import {
  domainSeparator,
  EIP712_DOMAIN_TYPE,
  type Eip712Struct,
  encodeType,
  typedDataDigest,
  typedDataPayload,
} from '../../../src/lib/eip712.ts';

const Transfer: Eip712Struct = {
  name: 'Transfer',
  fields: [
    { name: 'from', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'amount', type: 'uint128' },
    { name: 'memo', type: 'string' },
    { name: 'body', type: 'bytes32' },
  ],
};

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

const chains: fc.Arbitrary<ChainIdentity> = fc.record({
  chainId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  genesisHash: bytesOf(32).map((bytes) => bytes as Root),
});

const oddStrings = fc.constantFrom(
  '',
  ' ',
  '\u0000',
  'a\nb\ttab',
  '"quotes" and \\ backslashes',
  '\ufeffmarked',
  'e\u0301 is not \u00e9',
  '👩‍👩‍👧 \u{10ffff}',
  '\u202eright to left',
  '0x00',
  'x'.repeat(5000),
);

const transfers = fc.record({
  from: bytesOf(20),
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  amount: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  memo: fc.oneof(oddStrings, fc.string({ unit: 'binary' })),
  body: bytesOf(32),
});

const viemTypes = { Transfer: Transfer.fields.map(({ name, type }) => ({ name, type })) };

const viemDomain = (chain: ChainIdentity): TypedDataDomain => ({
  name: 'OpenLedger',
  version: '1',
  chainId: chain.chainId,
  salt: toHex(chain.genesisHash),
});

describe('a typed-data digest', () => {
  it('is the one viem computes, whatever the strings', () => {
    fc.assert(
      fc.property(chains, transfers, (chain, values) => {
        expect(toHex(typedDataDigest(domainSeparator(chain), Transfer, values))).toBe(
          hashTypedData({
            domain: viemDomain(chain),
            types: viemTypes,
            primaryType: 'Transfer',
            message: { ...values, from: toHex(values.from), body: toHex(values.body) },
          }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is the one a wallet computes from the payload, after its trip through JSON', () => {
    fc.assert(
      fc.property(chains, transfers, (chain, values) => {
        const payload = JSON.parse(JSON.stringify(typedDataPayload(chain, Transfer, values))) as Parameters<
          typeof hashTypedData
        >[0];
        expect(toHex(typedDataDigest(domainSeparator(chain), Transfer, values))).toBe(hashTypedData(payload));
      }),
    );
  });

  it('binds every field, the chain id and the genesis hash', () => {
    const chain = { chainId: 7n, genesisHash: ZERO_ROOT };
    const values = { from: new Uint8Array(20), nonce: 1n, amount: 2n, memo: 'm', body: new Uint8Array(32) };
    const digest = (d: ChainIdentity, v: typeof values): string =>
      toHex(typedDataDigest(domainSeparator(d), Transfer, v));
    const variants = [
      digest(chain, values),
      digest({ ...chain, chainId: 8n }, values),
      digest({ ...chain, genesisHash: new Uint8Array(32).fill(1) as Root }, values),
      digest(chain, { ...values, from: new Uint8Array(20).fill(1) }),
      digest(chain, { ...values, nonce: 2n }),
      digest(chain, { ...values, amount: 1n }),
      digest(chain, { ...values, memo: 'n' }),
      digest(chain, { ...values, body: new Uint8Array(32).fill(1) }),
    ];
    expect(new Set(variants).size).toBe(variants.length);
  });

  it.each<[string, object]>([
    ['a uint64 of 2^64', { nonce: 2n ** 64n }],
    ['a negative uint128', { amount: -1n }],
    ['a number for a bigint', { nonce: 1 }],
    ['an address of 19 bytes', { from: new Uint8Array(19) }],
    ['a body of 33 bytes', { body: new Uint8Array(33) }],
    ['a lone surrogate, whose bytes another text has too', { memo: '\ud800' }],
  ])('is not made of %s', (_, bad) => {
    const values = {
      from: new Uint8Array(20),
      nonce: 1n,
      amount: 2n,
      memo: 'm',
      body: new Uint8Array(32),
      ...bad,
    };
    const separator = domainSeparator({ chainId: 1n, genesisHash: ZERO_ROOT });
    expect(() => typedDataDigest(separator, Transfer, values)).toThrow(
      expect.objectContaining({ code: 'INTERNAL_INVARIANT' }),
    );
  });
});

describe('the domain', () => {
  it('has the separator that viem computes', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        expect(toHex(domainSeparator(chain))).toBe(viemSeparator({ domain: viemDomain(chain) }));
      }),
    );
  });

  it('and the struct have the type strings of the EIP', () => {
    expect(EIP712_DOMAIN_TYPE).toBe('EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)');
    expect(encodeType(Transfer)).toBe(
      'Transfer(address from,uint64 nonce,uint128 amount,string memo,bytes32 body)',
    );
  });
});
