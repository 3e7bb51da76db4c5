import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Ed25519Platform } from '../platform.ts';

// The fixed DER heads of an ed25519 key in PKCS #8 and SubjectPublicKeyInfo (RFC 8410, sections 4 and 7).
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Key objects are costly to make and the set of validators is small; the bound keeps hostile keys from filling memory. */
const publicKeys = new LRUCache<string, KeyObject>({ max: 1024 });

const keyObject = (publicKey: Uint8Array): KeyObject => {
  const id = Buffer.from(publicKey).toString('hex');
  const known = publicKeys.get(id);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' });
  publicKeys.set(id, made);
  return made;
};

/** By OpenSSL. What it rejects differs between versions of Node. */
export const quickAccepts: Ed25519Platform['quickAccepts'] = (signature, message, publicKey) =>
  nodeVerify(null, message, keyObject(publicKey), signature);

export const signWith: Ed25519Platform['signWith'] = (seed) => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  return (message) => {
    const out = new Uint8Array(64);
    out.set(nodeSign(null, message, key));
    return out;
  };
};
