/** Signs with a private key in memory. */
import { CodedError } from '../../lib/errors.ts';
import { addressOfPrivateKey, isPrivateKey, signDigest } from '../../lib/secp256k1.ts';
import { fault } from '../errors.ts';
import type { Signer } from './signer.ts';

/** @throws CodedError `KEY_INVALID` */
export const checkPrivateKey = (privateKey: unknown): void => {
  if (privateKey instanceof Uint8Array && isPrivateKey(privateKey)) return;
  const hint = typeof privateKey === 'string' ? '; fromHex makes bytes of 0x-hex' : '';
  throw new CodedError(
    fault(
      'KEY_INVALID',
      `privateKey: must be a Uint8Array of 32 bytes, above zero and below the order of secp256k1${hint}`,
      { field: 'privateKey' },
    ),
  );
};

/**
 * @param privateKey - 32 bytes of secp256k1
 * @throws CodedError `KEY_INVALID`
 */
export const privateKeySigner = (privateKey: Uint8Array): Signer => {
  checkPrivateKey(privateKey);
  // A copy: a caller who wipes or changes the array afterwards does not change the account.
  const key = Uint8Array.from(privateKey);
  return {
    address: addressOfPrivateKey(key),
    sign: async ({ digest }) => signDigest(digest, key),
  };
};
