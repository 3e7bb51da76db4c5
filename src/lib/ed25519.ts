/**
 * The ed25519 keys of validators. A signature is valid if and only if @noble/curves accepts it under ZIP-215. OpenSSL is
 * asked first, because it is faster and accepts only signatures that noble accepts. If it rejects, noble decides, because
 * what OpenSSL rejects differs between versions of Node.
 */

import { ed25519 as noble } from '@noble/curves/ed25519.js';
import { quickAccepts, signWith } from '#platform/ed25519';
import type { Address } from './brands.ts';
import { sha256 } from './hash.ts';

export const PUBLIC_KEY_LENGTH = 32;
export const ED25519_SIGNATURE_LENGTH = 64;

/** Whether OpenSSL accepts a signature. A rejection is not final. Exported for the test that compares it with noble. */
export const nativeAccepts = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== ED25519_SIGNATURE_LENGTH) return false;
  try {
    return quickAccepts(signature, message, publicKey);
  } catch {
    return false;
  }
};

/** Whether a signature is valid under ZIP-215, by noble. */
export const nobleAccepts = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== ED25519_SIGNATURE_LENGTH) return false;
  try {
    return noble.verify(signature, message, publicKey, { zip215: true });
  } catch {
    return false;
  }
};

/**
 * - `usual`: OpenSSL accepts it. So it does every signature that was made by RFC 8032.
 * - `unusual`: valid, but only noble accepts it, because it has a part of small order. Nobody can make one without the key,
 *   nor from another signature of the key, since the message is hashed with R. It takes some twenty times as long to verify.
 * - `wrong`: not valid. It takes as long as an unusual one.
 */
export type SignatureKind = 'usual' | 'unusual' | 'wrong';

export const kindOfSignature = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): SignatureKind => {
  if (nativeAccepts(signature, message, publicKey)) return 'usual';
  return nobleAccepts(signature, message, publicKey) ? 'unusual' : 'wrong';
};

export const verifyEd25519 = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean =>
  kindOfSignature(signature, message, publicKey) !== 'wrong';

/**
 * Returns why a public key must not be given any power, or undefined if nothing speaks against it.
 * - `invalid`: its bytes are not the canonical encoding of a point (RFC 8032, 5.1.3), so nobody can sign for it, or it
 *   is a second way to write another key.
 * - `small-order`: it is one of the eight points whose multiple by the cofactor is zero. One and the same signature
 *   then holds for every message under ZIP-215, so anybody can sign for it.
 */
export const publicKeyProblem = (publicKey: Uint8Array): 'invalid' | 'small-order' | undefined => {
  try {
    return noble.Point.fromBytes(publicKey).isSmallOrder() ? 'small-order' : undefined;
  } catch {
    return 'invalid';
  }
};

export type Ed25519Signer = {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/** Makes a signer from its 32-byte seed (RFC 8032, 5.1.5). */
export const ed25519Signer = (seed: Uint8Array): Ed25519Signer => ({
  publicKey: noble.getPublicKey(seed),
  sign: signWith(seed),
});

export const randomSeed = (): Uint8Array => noble.utils.randomSecretKey();

/** The address of a validator: the first 20 bytes of the sha256 of its public key. */
export const validatorAddress = (publicKey: Uint8Array): Address =>
  sha256(publicKey).slice(0, 20) as Uint8Array as Address;
