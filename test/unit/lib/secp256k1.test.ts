import fc from 'fast-check';
import { checksumAddress, isAddress, serializeSignature, recoverAddress as viemRecover } from 'viem';
import { privateKeyToAccount, sign as viemSign } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  addressOfPrivateKey,
  addressToChecksum,
  addressToHex,
  isPrivateKey,
  normalSignature,
  parseAddress,
  randomPrivateKey,
  recoverAddress,
  recoverAddressWithNoble,
  secp256k1Backend,
  signDigest,
  signDigestWithNoble,
} from '../../../src/lib/secp256k1.ts';
import { SIGNATURE_FORMS } from './signature-forms.ts';

/** Order of the group, and the x of its generator (SEC 2, section 2.4.1). */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const GX = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n;
const FIELD = 2n ** 256n - 2n ** 32n - 977n;

const word = (value: bigint): Uint8Array => unwrap(fromHex(`0x${value.toString(16).padStart(64, '0')}`));
const signatureOf = (r: bigint, s: bigint, v: number): Uint8Array =>
  concat(word(r), word(s), Uint8Array.of(v));
const keys = fc.bigInt({ min: 1n, max: N - 1n }).map(word);
const digests = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('an account', () => {
  it('has the address that viem gives its key', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const address = addressOfPrivateKey(key);
        const viem = privateKeyToAccount(toHex(key)).address;
        expect(addressToChecksum(address)).toBe(viem);
        expect(addressToHex(address)).toBe(viem.toLowerCase());
      }),
      { numRuns: 30 },
    );
  });

  it('has a key from 1 to n - 1, and no other', () => {
    expect(isPrivateKey(word(1n)) && isPrivateKey(word(N - 1n)) && isPrivateKey(randomPrivateKey())).toBe(
      true,
    );
    for (const bad of [word(0n), word(N), word(2n ** 256n - 1n), new Uint8Array(31), new Uint8Array(33)]) {
      expect(isPrivateKey(bad)).toBe(false);
      expect(() => addressOfPrivateKey(bad)).toThrow(/out.* range|expected|invalid/i);
    }
  });
});

describe('a signature', () => {
  it('is the same from both implementations and from viem, with v of 27 or 28 and a low s', async () => {
    expect(secp256k1Backend).toBe('native');
    await fc.assert(
      fc.asyncProperty(keys, digests, async (key, digest) => {
        const signature = signDigest(digest, key);
        expect(signDigestWithNoble(digest, key)).toEqual(signature);
        const viem = serializeSignature(await viemSign({ hash: toHex(digest), privateKey: toHex(key) }));
        expect(toHex(signature)).toBe(viem);
        expect([27, 28]).toContain(signature[64]);
        expect(BigInt(toHex(signature.subarray(32, 64))) <= N / 2n).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('gives back its signer, by both implementations and by viem', async () => {
    await fc.assert(
      fc.asyncProperty(keys, digests, async (key, digest) => {
        const signature = signDigest(digest, key);
        const signer = addressOfPrivateKey(key);
        expect(recoverAddress(digest, signature)).toEqual({ ok: true, value: signer });
        expect(recoverAddressWithNoble(digest, signature)).toEqual({ ok: true, value: signer });
        expect(await viemRecover({ hash: toHex(digest), signature: toHex(signature) })).toBe(
          addressToChecksum(signer),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('has one form only: its twin with n - s and the other v recovers the same signer, and is refused', () => {
    fc.assert(
      fc.property(keys, digests, (key, digest) => {
        const signature = signDigest(digest, key);
        const s = BigInt(toHex(signature.subarray(32, 64)));
        const twin = concat(signature.subarray(0, 32), word(N - s), Uint8Array.of(55 - (signature[64] ?? 0)));
        expect(recoverAddress(digest, twin)).toMatchObject({
          ok: false,
          fault: { code: 'SIGNATURE_HIGH_S' },
        });
      }),
      { numRuns: 20 },
    );
  });

  it('is refused with half the order plus one for s, and not for its size with half the order', () => {
    const digest = word(5n);
    expect(recoverAddress(digest, signatureOf(GX, N / 2n + 1n, 27))).toMatchObject({
      fault: { code: 'SIGNATURE_HIGH_S' },
    });
    expect(recoverAddress(digest, signatureOf(GX, N / 2n, 27)).ok).toBe(true);
  });

  it.each([0, 1, 2, 3, 26, 29, 30, 31, 35, 36, 255])('is refused with %i for v', (v) => {
    const signature = signDigest(word(1n), word(7n));
    signature[64] = v;
    expect(recoverAddress(word(1n), signature)).toMatchObject({ ok: false, fault: { code: 'SIGNATURE_V' } });
  });

  it.each(SIGNATURE_FORMS)('is brought from each form to the one that is taken: %s', (_, change) => {
    fc.assert(
      fc.property(keys, digests, (key, digest) => {
        const signature = signDigest(digest, key);
        expect(normalSignature(change(signature))).toEqual(signature);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    signatureOf(GX, N, 27),
    signatureOf(GX, N / 2n + 1n, 29),
    signatureOf(GX, 1n, 26),
    new Uint8Array(63),
    new Uint8Array(66),
    new Uint8Array(0),
  ])('of no form that there is stays as it is', (signature) => {
    expect(normalSignature(signature)).toEqual(signature);
    expect(recoverAddress(word(1n), normalSignature(signature)).ok).toBe(false);
  });

  it.each([0, 64, 66])('is refused with %i bytes', (length) => {
    expect(recoverAddress(word(1n), new Uint8Array(length))).toMatchObject({
      fault: { code: 'SIGNATURE_LENGTH' },
    });
  });

  it.each<[string, bigint, bigint, bigint]>([
    ['r is zero', 5n, 0n, 7n],
    ['s is zero', 5n, GX, 0n],
    ['both are zero', 5n, 0n, 0n],
    ['r is the order', 5n, N, 7n],
    ['r is past the order', 5n, N + 1n, 7n],
    ['r is past the field', 5n, FIELD + 1n, 7n],
    ['r is all ones', 5n, 2n ** 256n - 1n, 7n],
    ['r is the x of no point', 5n, 5n, 7n],
    ['the key would be the point at infinity', 5n, GX, 5n],
  ])('is refused by both implementations when %s', (_, digest, r, s) => {
    const codes = [27, 28].flatMap((v) =>
      [recoverAddress, recoverAddressWithNoble].map((recover) => {
        const result = recover(word(digest), signatureOf(r, s, v));
        return result.ok ? 'recovered' : result.fault.code;
      }),
    );
    // The generator has one y for each v: the point at infinity comes up with one of them only.
    if (r === GX && s === digest)
      expect(codes.toSorted()).toEqual(['SIGNATURE_INVALID', 'SIGNATURE_INVALID', 'recovered', 'recovered']);
    else expect(new Set(codes)).toEqual(new Set(['SIGNATURE_INVALID']));
  });

  it('is judged alike by both implementations, whatever its bytes', () => {
    const scalar = fc.oneof(
      fc.constantFrom(0n, 1n, GX, N - 1n, N, N / 2n, N / 2n + 1n, FIELD, 2n ** 256n - 1n),
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    );
    let recovered = 0;
    fc.assert(
      fc.property(scalar, scalar, fc.constantFrom(27, 28, 29), digests, (r, s, v, digest) => {
        const signature = signatureOf(r, s, v);
        const fast = recoverAddress(digest, signature);
        if (fast.ok) recovered++;
        expect(fast).toEqual(recoverAddressWithNoble(digest, signature));
      }),
      { numRuns: 600 },
    );
    expect(recovered).toBeGreaterThan(30);
  });

  it('of digests at the ends of their range is judged alike too', () => {
    for (const digest of [0n, 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n].map(word)) {
      // RFC 6979 reduces a digest past the order before it derives the nonce, libsecp256k1 does not: both signatures
      // are valid there, and differ.
      for (const signature of [signDigest(digest, word(9n)), signDigestWithNoble(digest, word(9n))]) {
        const signer = { ok: true, value: addressOfPrivateKey(word(9n)) };
        expect(recoverAddress(digest, signature)).toEqual(signer);
        expect(recoverAddressWithNoble(digest, signature)).toEqual(signer);
      }
    }
  });
});

describe('an address in text', () => {
  it('has the checksum that viem gives it, and is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const text = addressToChecksum(bytes);
        expect(text).toBe(checksumAddress(toHex(bytes)));
        expect(parseAddress(text)).toEqual({ ok: true, value: bytes });
        expect(parseAddress(text.toLowerCase())).toEqual({ ok: true, value: bytes });
        expect(parseAddress(`0x${text.slice(2).toUpperCase()}`)).toEqual({ ok: true, value: bytes });
      }),
    );
  });

  it('with one capital wrong is refused as a likely typo, as viem refuses it', () => {
    const good = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    const bad = '0x5aAeb6053f3E94C9b9A09f33669435E7Ef1BeAed';
    expect(isAddress(good) && parseAddress(good).ok).toBe(true);
    expect(isAddress(bad)).toBe(false);
    expect(parseAddress(bad)).toMatchObject({
      ok: false,
      fault: { code: 'ADDRESS_CHECKSUM', data: { checksum: good } },
    });
  });

  it('without 0x is refused with what is missing, and what is no text with what it is', () => {
    const bare = parseAddress('5aaeb6053f3e94c9b9a09f33669435e7ef1beaed');
    expect(bare.ok ? '' : bare.fault.message).toMatch(/; write 0x before the digits$/);
    for (const value of [undefined, null, 5, 0x5an, new Uint8Array(20)]) {
      const parsed = parseAddress(value as never);
      expect(parsed).toMatchObject({ ok: false, fault: { code: 'ADDRESS_INVALID' } });
    }
  });

  it.each([
    '',
    '0x',
    'Ada',
    `0x${'0'.repeat(39)}`,
    `0x${'0'.repeat(41)}`,
    '0'.repeat(40),
    `0x${'g'.repeat(40)}`,
  ])('is refused when it is none: %j', (text) => {
    expect(parseAddress(text)).toMatchObject({ ok: false, fault: { code: 'ADDRESS_INVALID' } });
  });
});
