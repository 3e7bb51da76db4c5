import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import {
  ed25519Signer,
  kindOfSignature,
  nativeAccepts,
  nobleAccepts,
  publicKeyProblem,
  randomSeed,
  validatorAddress,
  verifyEd25519,
} from '../../../src/lib/ed25519.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { unusualSigner } from '../consensus/support.ts';
import { smallOrderEncodings } from './edwards25519.ts';

type Vector = {
  readonly name: string;
  readonly seed: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
};
const hex = (text: string): Uint8Array => unwrap(fromHex(text));
const rfc8032 = (
  JSON.parse(readFileSync(new URL('../../vectors/rfc8032/ed25519.json', import.meta.url), 'utf8')) as Vector[]
).map((v) => ({
  name: v.name,
  seed: hex(v.seed),
  publicKey: hex(v.publicKey),
  message: hex(v.message),
  signature: hex(v.signature),
}));

/**
 * The cases published with ZIP-215 (github.com/hdevalence/ed25519consensus, zip215_test.go at 15731de): A and R each
 * one of the 14 encodings of points of small order, s = 0, message "Zcash". Made here from the curve's equation; the
 * digest of their sorted list holds them against the published ones.
 */
const encodings = smallOrderEncodings();
const zip215 = encodings.flatMap((publicKey) =>
  encodings.map((r) => ({ publicKey, signature: concat(r, new Uint8Array(32)) })),
);
const PUBLISHED = 'ba87c82ce7d8cbe4e99311ad07b32fd2682a0d8edb1ec496b7f048cbcad21444';
const zcash = utf8('Zcash');

/** s + L, little-endian: the same scalar modulo the order, but not reduced. */
const unreduced = (signature: Uint8Array): Uint8Array => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = BigInt(`0x${toBareHex(signature.slice(32).reverse())}`) + L;
  const out = signature.slice();
  for (let i = 32; i < 64; i++, s >>= 8n) out[i] = Number(s & 0xffn);
  return out;
};

describe('an ed25519 signature', () => {
  it('is the one of RFC 8032 for its five vectors, and verifies', () => {
    expect(rfc8032).toHaveLength(5);
    for (const { name, seed, publicKey, message, signature } of rfc8032) {
      const signer = ed25519Signer(seed);
      expect(signer.publicKey, name).toEqual(publicKey);
      expect(signer.sign(message), name).toEqual(signature);
      expect(verifyEd25519(signature, message, publicKey), name).toBe(true);
    }
  });

  it('is refused after a flip of any single bit of it, of the message or of the key', () => {
    const [vector] = rfc8032.filter((v) => v.message.length === 64);
    if (vector === undefined) throw new Error('there is a vector with a 64-byte message');
    const { publicKey, message, signature } = vector;
    const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
      const out = bytes.slice();
      out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return out;
    };
    for (let bit = 0; bit < 512; bit += 7) {
      expect(verifyEd25519(flipped(signature, bit), message, publicKey)).toBe(false);
      expect(verifyEd25519(signature, flipped(message, bit), publicKey)).toBe(false);
      expect(verifyEd25519(signature, message, flipped(publicKey, bit & 255))).toBe(false);
    }
  });

  it('is refused with s not below the order, though the equation holds', () => {
    for (const { publicKey, message, signature } of rfc8032) {
      expect(verifyEd25519(unreduced(signature), message, publicKey)).toBe(false);
    }
    for (const { publicKey, signature } of zip215.slice(0, 14)) {
      expect(verifyEd25519(unreduced(signature), zcash, publicKey)).toBe(false);
    }
  });

  it('is refused, not thrown at, when a length is wrong', () => {
    const { publicKey, message, signature } = rfc8032[0] ?? {
      publicKey: zcash,
      message: zcash,
      signature: zcash,
    };
    expect(verifyEd25519(signature.subarray(0, 63), message, publicKey)).toBe(false);
    expect(verifyEd25519(concat(signature, Uint8Array.of(0)), message, publicKey)).toBe(false);
    expect(verifyEd25519(signature, message, publicKey.subarray(0, 31))).toBe(false);
    expect(verifyEd25519(signature, message, new Uint8Array(0))).toBe(false);
  });
});

describe('under ZIP-215', () => {
  it('there are 196 edge cases, and they are the published ones', () => {
    const list = zip215.map((v) => toBareHex(v.publicKey) + toBareHex(v.signature)).toSorted();
    expect(new Set(list).size).toBe(196);
    expect(createHash('sha256').update(list.join('\n')).digest('hex')).toBe(PUBLISHED);
  });

  it('each of them is valid', () => {
    for (const { publicKey, signature } of zip215)
      expect(verifyEd25519(signature, zcash, publicKey)).toBe(true);
  });

  it('some of them are valid by the reference alone, so that the fast path decides nothing by refusing', () => {
    const refused = zip215.filter((v) => !nativeAccepts(v.signature, zcash, v.publicKey));
    expect(refused.length).toBeGreaterThan(0);
    for (const { publicKey, signature } of refused)
      expect(nobleAccepts(signature, zcash, publicKey)).toBe(true);
  });

  it('a signature whose R has a part of small order is valid and unusual, and one of RFC 8032 is usual', () => {
    for (const { seed, publicKey, message, signature } of rfc8032) {
      const unusual = unusualSigner(seed).sign(message);
      expect(kindOfSignature(signature, message, publicKey)).toBe('usual');
      expect(kindOfSignature(unusual, message, publicKey)).toBe('unusual');
      expect(kindOfSignature(unusual, zcash, publicKey)).toBe('wrong');
    }
  });

  it('a point of small order does not make a stranger’s signature valid', () => {
    for (const { publicKey, signature } of zip215) {
      const other = signature.slice();
      other[32] = 1;
      expect(verifyEd25519(other, zcash, publicKey)).toBe(false);
    }
  });
});

describe('the fast path', () => {
  it('accepts nothing that the reference refuses: on vectors, small-order mixes and mutations of them', () => {
    const keys = fc.constantFrom(...encodings, ...rfc8032.map((v) => v.publicKey));
    const base = fc.oneof(
      fc.constantFrom(...rfc8032),
      fc.constantFrom(...zip215.map((v) => ({ ...v, message: zcash }))),
    );
    const wraps = fc.integer({ min: 0, max: 4 }).map((n) => n === 0);
    const otherKey = fc.option(keys, { freq: 1 });
    const edit = fc.record({ at: fc.nat(95), to: fc.nat(255) });
    let accepted = 0;
    fc.assert(
      fc.property(base, fc.array(edit, { maxLength: 2 }), otherKey, wraps, (v, edits, key, wrap) => {
        const bytes = concat(wrap ? unreduced(v.signature) : v.signature, key ?? v.publicKey);
        for (const { at, to } of edits) bytes[at] = to;
        const signature = bytes.slice(0, 64);
        const publicKey = bytes.slice(64);
        if (nativeAccepts(signature, v.message, publicKey)) {
          accepted++;
          expect(nobleAccepts(signature, v.message, publicKey)).toBe(true);
        }
        expect(verifyEd25519(signature, v.message, publicKey)).toBe(
          nobleAccepts(signature, v.message, publicKey),
        );
      }),
      { numRuns: 600 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it('keeps working after more keys than it remembers', () => {
    const signers = Array.from({ length: 1100 }, () => ed25519Signer(randomSeed()));
    const message = utf8('vote');
    for (const signer of signers) nativeAccepts(new Uint8Array(64), message, signer.publicKey);
    const first = signers[0];
    expect(first !== undefined && nativeAccepts(first.sign(message), message, first.publicKey)).toBe(true);
  });
});

describe('a public key', () => {
  it('has no problem if it was made from a seed', () => {
    const keys = [...rfc8032.map((v) => v.publicKey), ed25519Signer(randomSeed()).publicKey];
    expect(keys.map(publicKeyProblem)).toEqual(keys.map(() => undefined));
  });

  it('must not have small order, and one that is not written as RFC 8032 says is none', () => {
    const canonical = encodings.filter((key) => publicKeyProblem(key) === 'small-order');
    expect(canonical).toHaveLength(8);
    expect(encodings.filter((key) => publicKeyProblem(key) === 'invalid')).toHaveLength(encodings.length - 8);
  });

  it('must be a point, in 32 bytes', () => {
    const noPoint = Uint8Array.of(2, ...new Uint8Array(31));
    const generator = Uint8Array.of(0x58, ...new Uint8Array(31).fill(0x66));
    expect(publicKeyProblem(generator)).toBeUndefined();
    for (const bytes of [noPoint, new Uint8Array(), generator.subarray(1), Uint8Array.of(...generator, 0)])
      expect(publicKeyProblem(bytes)).toBe('invalid');
  });
});

describe("a validator's address", () => {
  it('is the first 20 bytes of the sha256 of its key', () => {
    const publicKey = rfc8032[0]?.publicKey ?? zcash;
    expect(toBareHex(validatorAddress(publicKey))).toBe(
      createHash('sha256').update(publicKey).digest('hex').slice(0, 40),
    );
  });
});
