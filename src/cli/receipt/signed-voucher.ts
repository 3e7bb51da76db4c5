/** Signed vouchers as files: what `openledger voucher` prints, and `openledger receipt send` reads. */
import type { ReceiptGroup } from '../../../state/tx/inference-receipt.ts';
import type { ReceiptBody } from '../../../state/tx/receipt.ts';
import { type Voucher, VoucherType, voucherDigest } from '../../../state/tx/voucher.ts';
import type { Root } from '../../lib/brands.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { ChainIdentity } from '../../lib/chain.ts';
import { domainSeparator } from '../../lib/eip712.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { signDigest } from '../../lib/secp256k1.ts';
import { bytes, container, type Json, optional, root32, type ValueOf, withDefault } from '../../lib/ssz.ts';
import { fault } from '../errors.ts';
import { readJsonFile } from '../input.ts';
import type { AddressBook } from '../names.ts';
import { openText } from '../output.ts';
import { aroundFile, readPayload } from '../payload-file.ts';
import type { NextReceipt } from './answer.ts';

const SignedVoucherFileType = container({
  voucher: VoucherType,
  /** The salt of the receipt that it pays for, if it was made for one. */
  salt: withDefault(optional(root32), undefined),
  /** The digest that was signed. */
  digest: root32,
  signature: bytes(65),
});
export type SignedVoucherFile = ValueOf<typeof SignedVoucherFileType>;

export const signedVoucherToJson = (signed: SignedVoucherFile): Json => SignedVoucherFileType.toJson(signed);

/** Signs a voucher with the key of its payer. */
export const signVoucher = (
  chain: ChainIdentity,
  privateKey: Uint8Array,
  voucher: Voucher,
  salt: Root | undefined,
): SignedVoucherFile => {
  const digest = voucherDigest(domainSeparator(chain), voucher);
  return { voucher, salt, digest, signature: signDigest(digest, privateKey) };
};

/** Reads what the payer has signed. @throws CodedError `PAYLOAD_INVALID`, those of reading */
export const readSignedVoucher = async (file: string, book: AddressBook): Promise<SignedVoucherFile> =>
  readPayload(
    await readJsonFile(file),
    SignedVoucherFileType,
    aroundFile(file, book),
    `${file === '-' ? 'stdin' : file} is not a signed voucher, as "openledger voucher new" prints it`,
  );

/** @throws CodedError `VOUCHER_MISMATCH` */
const checkFits = (isFit: boolean, message: string): void => {
  if (!isFit) throw new CodedError(fault('VOUCHER_MISMATCH', message));
};

/**
 * Returns the receipt that a signed voucher pays for, as the one group of a batch. The price for compute is what the
 * voucher pays beyond the fee of the model.
 * @throws CodedError `VOUCHER_MISMATCH` if it pays for something else, `VOUCHER_SIGNER`, those of the signature
 */
export const groupOf = (
  { voucher, signature }: SignedVoucherFile,
  { channel, use, bodyFor, fee, version }: NextReceipt,
): { readonly group: ReceiptGroup; readonly body: ReceiptBody } => {
  checkFits(
    voucher.count === use.count + 1n,
    `the voucher is for receipt ${voucher.count} of this payer and lane, but the chain has ${use.count}; ask the payer for a voucher for receipt ${use.count + 1n}`,
  );
  const compute = voucher.amount - use.amount - fee;
  checkFits(
    compute >= 0n,
    `the voucher pays ${openText(voucher.amount > use.amount ? voucher.amount - use.amount : 0n)} for this answer, less than the fee of the model, ${openText(fee)}`,
  );
  const body = bodyFor(compute);
  const next = channel.add(body);
  checkFits(
    equal(next.accumulator, voucher.accumulator),
    `the voucher is for another prompt, output, model or version (now ${version}): its accumulator is ${toHex(voucher.accumulator)}, but these texts lead to ${toHex(next.accumulator)}`,
  );
  unwrap(channel.accept(signature));
  const group = channel.take(1);
  if (group === undefined)
    throw new CodedError(fault('INTERNAL_INVARIANT', 'an accepted voucher ends a group'));
  return { group, body };
};
