/**
 * What signs for an account. A wallet computes the digest here, from what was asked for, and hands over the typed data
 * whose digest it is. What comes back is checked: a signature of another account never leaves the wallet.
 */
import type { Address, Root } from '../../lib/brands.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import { CodedError, type Fault } from '../../lib/errors.ts';
import { COMPACT_LENGTH, normalSignature, recoverAddress, SIGNATURE_LENGTH } from '../../lib/secp256k1.ts';
import type { Json } from '../../lib/ssz.ts';
import { fault } from '../errors.ts';

export type SignRequest = {
  /** The EIP-712 digest. */
  readonly digest: Root;
  /** The argument of eth_signTypedData_v4 that has this digest. */
  readonly typedData: { readonly [key: string]: Json };
};

/**
 * An account that signs. {@link privateKeySigner}, `mnemonicSigner` and `externalSigner` make one; a program may bring
 * its own.
 */
export type Signer = {
  readonly address: Address;
  /** Returns the signature of the digest: r‖s‖v, or r and s in the compact form of EIP-2098. */
  readonly sign: (request: SignRequest) => Promise<Uint8Array>;
};

const refused = (why: string): Fault =>
  fault('WALLET_SIGNATURE', `what the wallet returned is no signature of this account: ${why}`);

/** Returns the signature r‖s‖v of 65 bytes, with a low s. @throws CodedError `WALLET_SIGNATURE`, those of the signer */
export const signWith = async (signer: Signer, request: SignRequest): Promise<Uint8Array> => {
  const given: unknown = await signer.sign(request);
  if (!(given instanceof Uint8Array) || given.length < COMPACT_LENGTH || given.length > SIGNATURE_LENGTH)
    throw new CodedError(refused(`it must be ${SIGNATURE_LENGTH} bytes, r‖s‖v`));
  const signature = normalSignature(given);
  const recovered = recoverAddress(request.digest, signature);
  if (!recovered.ok) throw new CodedError(refused(recovered.fault.message));
  if (!equal(recovered.value, signer.address))
    throw new CodedError(
      refused(
        `it is of ${toHex(recovered.value)}, not of ${toHex(signer.address)}; another account or content was signed`,
      ),
    );
  return signature;
};
