/**
 * The ed25519 keys of validators. A signature is valid if and only if @noble/curves accepts it under ZIP-215. OpenSSL is
 * asked first, because it is faster and accepts only signatures that noble accepts. If it rejects, noble decides, because
 * what OpenSSL rejects differs between versions of Node.
 */
import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { ed25519 as noble } from '@noble/curves/ed25519.js';
import { LRUCache } from 'lru-cache';
import type { Address } from './brands.ts';
import { concat, fromHex, toBareHex } from './bytes.ts';
import { unwrap } from './errors.ts';
import { sha256 } from './hash.ts';

export const PUBLIC_KEY_LENGTH = 32;
export const ED25519_SIGNATURE_LENGTH = 64;

// The fixed DER heads of an ed25519 key in PKCS #8 and SubjectPublicKeyInfo (RFC 8410, sections 4 and 7).
const PKCS8_HEAD = unwrap(fromHex('0x302e020100300506032b657004220420'));
const SPKI_HEAD = unwrap(fromHex('0x302a300506032b6570032100'));

/** Key objects are costly to make and the set of validators is small; the bound keeps hostile keys from filling memory. */
const publicKeys = new LRUCache<string, KeyObject>({ max: 1024 });

const keyObject = (publicKey: Uint8Array): KeyObject => {
  const id = toBareHex(publicKey);
  const known = publicKeys.get(id);
  if (known !== undefined) return known;
  const made = createPublicKey({
    key: Buffer.from(concat(SPKI_HEAD, publicKey)),
    format: 'der',
    type: 'spki',
  });
  publicKeys.set(id, made);
  return made;
};

/** Whether OpenSSL accepts a signature. A rejection is not final. Exported for the test that compares it with noble. */
export const nativeAccepts = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
  if (publicKey.length !== PUBLIC_KEY_LENGTH || signature.length !== ED25519_SIGNATURE_LENGTH) return false;
  try {
    return nodeVerify(null, message, keyObject(publicKey), signature);
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

export const verifyEd25519 = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean =>
  nativeAccepts(signature, message, publicKey) || nobleAccepts(signature, message, publicKey);

export type Ed25519Signer = {
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
};

/** Makes a signer from its 32-byte seed (RFC 8032, 5.1.5). */
export const ed25519Signer = (seed: Uint8Array): Ed25519Signer => {
  const key = createPrivateKey({ key: Buffer.from(concat(PKCS8_HEAD, seed)), format: 'der', type: 'pkcs8' });
  return {
    publicKey: noble.getPublicKey(seed),
    sign: (message) => {
      const out = new Uint8Array(ED25519_SIGNATURE_LENGTH);
      out.set(nodeSign(null, message, key));
      return out;
    },
  };
};

export const randomSeed = (): Uint8Array => noble.utils.randomSecretKey();

/** The address of a validator: the first 20 bytes of the sha256 of its public key. */
export const validatorAddress = (publicKey: Uint8Array): Address =>
  sha256(publicKey).slice(0, 20) as Uint8Array as Address;
