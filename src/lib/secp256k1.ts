/**
 * The secp256k1 keys of accounts, with recoverable signatures as in the EVM. @noble/curves defines what is valid. Where the
 * prebuilt binding of libsecp256k1 loads, it does the same work about twenty times faster.
 */

import { secp256k1 as noble } from '@noble/curves/secp256k1.js';
import { native } from '#platform/secp256k1';
import { kindOf } from './arguments.ts';
import type { Address } from './brands.ts';
import { compare, fromHex, toHex } from './bytes.ts';
import { failWith, ok } from './errors.ts';
import { keccak256 } from './hash.ts';
import { type Fault, fail, fault, type Result } from './lib-errors.ts';

/** The implementation that is used on this machine. A node logs it when it starts. */
export const secp256k1Backend: 'native' | 'noble' = native === undefined ? 'noble' : 'native';

/** The order of the group (SEC 2, 2.4.1). The s of a signature is at most half of it (EIP-2, low s). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER_BYTES = (() => {
  const half = fromHex(`0x${(ORDER >> 1n).toString(16).padStart(64, '0')}`);
  return half.ok ? half.value : new Uint8Array(32);
})();

export const SIGNATURE_LENGTH = 65;
/** The length of a signature in the form of EIP-2098. */
export const COMPACT_LENGTH = 64;

export const addressOfPublicKey = (uncompressed: Uint8Array): Address =>
  keccak256(uncompressed.subarray(1)).slice(12) as Uint8Array as Address;

/** The account of a private key (32 bytes). @throws if the key is zero or not below the order of the group. */
export const addressOfPrivateKey = (privateKey: Uint8Array): Address =>
  addressOfPublicKey(native?.publicKeyCreate(privateKey, false) ?? noble.getPublicKey(privateKey, false));

export const isPrivateKey = (privateKey: Uint8Array): boolean => noble.utils.isValidSecretKey(privateKey);

export const randomPrivateKey = (): Uint8Array => noble.utils.randomSecretKey();

/** Signs a 32-byte digest, deterministically (RFC 6979). The signature is r‖s‖v, with v 27 or 28 and a low s. */
export const signDigest = (digest: Uint8Array, privateKey: Uint8Array): Uint8Array => {
  const out = new Uint8Array(SIGNATURE_LENGTH);
  if (native !== undefined) {
    const { signature, recid } = native.ecdsaSign(digest, privateKey);
    out.set(signature, 0);
    out[64] = 27 + recid;
    return out;
  }
  return signDigestWithNoble(digest, privateKey);
};

export const signDigestWithNoble = (digest: Uint8Array, privateKey: Uint8Array): Uint8Array => {
  const out = new Uint8Array(SIGNATURE_LENGTH);
  const recovered = noble.sign(digest, privateKey, { prehash: false, format: 'recovered', lowS: true });
  out.set(recovered.subarray(1), 0);
  out[64] = 27 + (recovered[0] ?? 0);
  return out;
};

/**
 * Recovers the address that signed `digest`. Faults: `SIGNATURE_LENGTH`, `SIGNATURE_V` (v is neither 27 nor 28),
 * `SIGNATURE_HIGH_S` (checked here, because both libraries also recover from a high s), `SIGNATURE_INVALID`.
 */
export const recoverAddress = (digest: Uint8Array, signature: Uint8Array): Result<Address> =>
  recoverWith(digest, signature, native === undefined ? recoverWithNoble : recoverWithNative);

/** The reference that defines validity. Exported for the test that compares the fast path with it. */
export const recoverAddressWithNoble = (digest: Uint8Array, signature: Uint8Array): Result<Address> =>
  recoverWith(digest, signature, recoverWithNoble);

type Recover = (digest: Uint8Array, compact: Uint8Array, recid: number) => Uint8Array;

/**
 * Returns what is wrong with the form of a signature, whatever it signs: `SIGNATURE_LENGTH`, `SIGNATURE_V`,
 * `SIGNATURE_HIGH_S`; undefined if nothing is.
 */
export const checkSignatureForm = (signature: Uint8Array): Fault | undefined => {
  if (signature.length !== SIGNATURE_LENGTH)
    return fault(
      'SIGNATURE_LENGTH',
      `a signature is ${SIGNATURE_LENGTH} bytes, r‖s‖v; got ${signature.length}`,
    );
  const v = signature[64];
  if (v !== 27 && v !== 28)
    return fault(
      'SIGNATURE_V',
      v === 0 || v === 1
        ? `v is 27 or 28, got ${v}; add 27`
        : `v is 27 or 28, for which wallets also write 0 or 1; got ${v}`,
    );
  if (compare(signature.subarray(32, 64), HALF_ORDER_BYTES) > 0)
    return fault('SIGNATURE_HIGH_S', 's is above half of the group order');
  return undefined;
};

/** Returns r‖s‖v with v 27 or 28 where v is 0 or 1, or the first bit of s in 64 bytes (EIP-2098). */
const withV = (signature: Uint8Array): Uint8Array => {
  const v = signature[64] ?? 0;
  if (signature.length === SIGNATURE_LENGTH) return v > 1 ? signature : signature.with(64, 27 + v);
  if (signature.length !== COMPACT_LENGTH) return signature;
  const out = new Uint8Array(SIGNATURE_LENGTH);
  out.set(signature);
  const first = signature[32] ?? 0;
  out[32] = first & 0x7f;
  out[64] = 27 + (first >> 7);
  return out;
};

/** Returns the signature with the lower s (EIP-2): with n - s for s, and the other v. */
const withLowS = (signature: Uint8Array): Uint8Array => {
  const v = signature[64];
  const sBytes = signature.subarray(32, 64);
  if (signature.length !== SIGNATURE_LENGTH || (v !== 27 && v !== 28)) return signature;
  if (compare(sBytes, HALF_ORDER_BYTES) <= 0) return signature;
  const s = BigInt(toHex(sBytes));
  if (s >= ORDER) return signature;
  const out = signature.slice();
  for (let rest = ORDER - s, i = 63; i >= 32; i--, rest >>= 8n) out[i] = Number(rest & 0xffn);
  out[64] = v === 27 ? 28 : 27;
  return out;
};

/**
 * Returns a signature in the one form that the chain takes: r‖s‖v of 65 bytes, with v 27 or 28 and a low s. Wallets and
 * libraries also give v as 0 or 1, 64 bytes (EIP-2098), or a high s: whatever takes a signature from outside brings it to
 * this form. What has none of these forms is returned as it is, for {@link recoverAddress} to refuse.
 */
export const normalSignature = (signature: Uint8Array): Uint8Array => withLowS(withV(signature));

const recoverWith = (digest: Uint8Array, signature: Uint8Array, recover: Recover): Result<Address> => {
  const malformed = checkSignatureForm(signature);
  if (malformed !== undefined) return failWith(malformed);
  try {
    return ok(addressOfPublicKey(recover(digest, signature.subarray(0, 64), (signature[64] ?? 0) - 27)));
  } catch {
    return fail('SIGNATURE_INVALID', 'no public key can be recovered from the signature');
  }
};

const recoverWithNoble: Recover = (digest, compact, recid) => {
  const withRecovery = new Uint8Array(SIGNATURE_LENGTH);
  withRecovery[0] = recid;
  withRecovery.set(compact, 1);
  return noble.Point.fromBytes(noble.recoverPublicKey(withRecovery, digest, { prehash: false })).toBytes(
    false,
  );
};

const recoverWithNative: Recover = (digest, compact, recid) => {
  if (native === undefined) return recoverWithNoble(digest, compact, recid);
  return native.ecdsaRecover(compact, recid, digest, false);
};

/** Lower-case 0x-hex: the form of addresses in every JSON. */
export const addressToHex = (address: Uint8Array): string => toHex(address);

/** 0x-hex whose capital letters are a checksum (EIP-55). For people to read, never for comparison. */
export const addressToChecksum = (address: Uint8Array): string => {
  const hex = toHex(address).slice(2);
  const digest = toHex(keccak256(new TextEncoder().encode(hex))).slice(2);
  return `0x${[...hex].map((c, i) => (Number.parseInt(digest[i] ?? '0', 16) >= 8 ? c.toUpperCase() : c)).join('')}`;
};

/** Faults: `ADDRESS_INVALID`; `ADDRESS_CHECKSUM` for mixed case with a wrong EIP-55 checksum, which is likely a typo. */
export const parseAddress = (text: string): Result<Address> => {
  if (typeof text !== 'string')
    return fail('ADDRESS_INVALID', `not an address (0x and 40 hex digits): it is ${kindOf(text)}`);
  const bytes = fromHex(text, 20);
  if (!bytes.ok) {
    const hint = /^[0-9a-fA-F]{40}$/.test(text) ? '; write 0x before the digits' : '';
    return fail('ADDRESS_INVALID', `not an address (0x and 40 hex digits): ${text.slice(0, 80)}${hint}`);
  }
  const digits = text.slice(2);
  const mixed = /[a-f]/.test(digits) && /[A-F]/.test(digits);
  const checksum = mixed ? addressToChecksum(bytes.value) : text;
  if (checksum !== text)
    return fail(
      'ADDRESS_CHECKSUM',
      `the EIP-55 checksum of ${text} is wrong; check for a typo: these digits are written ${checksum}`,
      { checksum },
    );
  return ok(bytes.value as Address);
};
