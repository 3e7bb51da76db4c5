import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { keccak256 as viemKeccak } from 'viem';
import { describe, expect, it } from 'vitest';
import { toBareHex, toHex, utf8 } from '../../../src/lib/bytes.ts';
import { keccak256, sha256, sha256Blocks, sha256Pair, taggedHash } from '../../../src/lib/hash.ts';

const data = fc.uint8Array({ maxLength: 300 });
const nodeSha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('sha256', () => {
  it('gives the digest of FIPS 180-4 for "abc"', () => {
    expect(toBareHex(sha256(utf8('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('of several parts is that of their concatenation', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(toBareHex(sha256(a, b))).toBe(nodeSha256(Buffer.concat([a, b])));
      }),
    );
    expect(toBareHex(sha256())).toBe(nodeSha256(new Uint8Array(0)));
  });

  it('is the same one by one, in pairs and in batches', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 192, maxLength: 192 }), (bytes) => {
        const batch = sha256Blocks(bytes);
        for (let i = 0; i < 3; i++) {
          const block = bytes.subarray(64 * i, 64 * i + 64);
          expect(toBareHex(batch.subarray(32 * i, 32 * i + 32))).toBe(nodeSha256(block));
          expect(toBareHex(sha256Pair(block.subarray(0, 32), block.subarray(32)))).toBe(nodeSha256(block));
        }
      }),
    );
  });

  it('has plain byte arrays for digests, with memory of their own', () => {
    const digest = sha256(utf8('abc'));
    expect(Buffer.isBuffer(digest)).toBe(false);
    expect(digest.buffer.byteLength).toBe(32);
  });
});

describe('a tagged hash', () => {
  it('prefixes the tag and its length, so that no tag and message run into another pair', () => {
    expect(toBareHex(taggedHash('ab', utf8('c')))).toBe(nodeSha256(utf8('\u0002abc')));
    expect(taggedHash('ab', utf8('c'))).not.toEqual(taggedHash('a', utf8('bc')));
  });

  it('refuses a tag whose length does not fit its byte', () => {
    expect(() => taggedHash('x'.repeat(256))).toThrow(/shorter than 256/);
  });
});

describe('keccak256', () => {
  it("is the EVM's, as viem computes it, and not SHA3-256", () => {
    expect(toBareHex(keccak256(new Uint8Array(0)))).toBe(
      'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    );
    fc.assert(
      fc.property(data, (bytes) => {
        expect(toHex(keccak256(bytes))).toBe(viemKeccak(bytes));
      }),
    );
  });
});
