/** Signed vouchers as files: what `openledger voucher` prints, and `openledger receipt send` reads. */
import type { ReceiptGroup } from '../../../state/tx/inference-receipt.ts';
import type { ReceiptBody } from '../../../state/tx/receipt.ts';
import { type Voucher, VoucherType, voucherDigest } from '../../../state/tx/voucher.ts';
import type { VoucherUse } from '../../client/voucher-channel.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { ChainIdentity } from '../../lib/chain.ts';
import { domainSeparator } from '../../lib/eip712.ts';
import { CodedError, type Fault, invariant, ok, type Result, unwrap } from '../../lib/errors.ts';
import { signDigest } from '../../lib/secp256k1.ts';
import {
  container,
  type Json,
  optional,
  root32,
  signature65,
  uint32,
  type ValueOf,
  withDefault,
} from '../../lib/ssz.ts';
import { fail, fault } from '../errors.ts';
import { readJsonFile } from '../input.ts';
import type { AddressBook } from '../names.ts';
import { openText } from '../output.ts';
import { aroundFile, readPayload } from '../payload-file.ts';
import type { NextReceipt } from './answer.ts';

const SignedVoucherFileType = container({
  voucher: VoucherType,
  /** The salt of the receipt that it pays for, if it was made for one. */
  salt: withDefault(optional(root32), undefined),
  /** The version of the model that made the answer, if it was made for one. */
  version: withDefault(optional(uint32), undefined),
  /** The digest that was signed. */
  digest: root32,
  /** In any form that wallets give. */
  signature: signature65,
});
export type SignedVoucherFile = ValueOf<typeof SignedVoucherFileType>;

export const signedVoucherToJson = (signed: SignedVoucherFile): Json => SignedVoucherFileType.toJson(signed);

/** Signs a voucher with the key of its payer. */
export const signVoucher = (
  chain: ChainIdentity,
  privateKey: Uint8Array,
  voucher: Voucher,
  { salt, version }: Pick<SignedVoucherFile, 'salt' | 'version'>,
): SignedVoucherFile => {
  const digest = voucherDigest(domainSeparator(chain), voucher);
  return { voucher, salt, version, digest, signature: signDigest(digest, privateKey) };
};

/** Reads what the payer has signed. @throws CodedError `PAYLOAD_INVALID`, those of reading */
export const readSignedVoucher = async (file: string, book: AddressBook): Promise<SignedVoucherFile> =>
  readPayload(
    await readJsonFile(file),
    SignedVoucherFileType,
    // The provider gives nothing to whom the voucher names.
    aroundFile(file, { ...book, recipient: book.find }),
    `${file === '-' ? 'stdin' : file} is not a signed voucher, as "openledger voucher new" prints it`,
  );

/** A receipt that a signed voucher pays for. */
export type PaidReceipt = {
  readonly group: ReceiptGroup;
  readonly body: ReceiptBody;
  readonly next: NextReceipt;
};

/**
 * Returns the receipt for the answer of one version of the model, as the one group of a batch, if the voucher pays for it.
 * The price for compute is what the voucher pays beyond the fee of the model. Faults: `VOUCHER_MISMATCH` if it pays for
 * something else, `VOUCHER_SIGNER`, those of the signature.
 */
const paidBy = ({ voucher, signature }: SignedVoucherFile, next: NextReceipt): Result<PaidReceipt> => {
  const { channel, use, bodyFor, fee } = next;
  const compute = voucher.amount - use.amount - fee;
  if (compute < 0n)
    return fail(
      'VOUCHER_MISMATCH',
      `the voucher pays ${openText(voucher.amount > use.amount ? voucher.amount - use.amount : 0n)} for this answer, less than the fee of the model, ${openText(fee)}`,
    );
  const body = bodyFor(compute);
  const { accumulator } = channel.add(body);
  if (!equal(accumulator, voucher.accumulator))
    return fail(
      'VOUCHER_MISMATCH',
      `the voucher is for another prompt, output, model or version: its accumulator is ${toHex(voucher.accumulator)}, but these texts lead to ${toHex(accumulator)}`,
    );
  const accepted = channel.accept(signature);
  if (!accepted.ok) return accepted;
  const group = channel.take(1);
  invariant(group !== undefined, 'an accepted voucher ends a group');
  return ok({ group, body, next });
};

/** Whether the chain has come exactly as far as a voucher: it has executed the batch that the voucher pays for. */
const isUsed = (voucher: Voucher, use: VoucherUse): boolean =>
  voucher.count === use.count && voucher.amount === use.amount && equal(voucher.accumulator, use.accumulator);

/** Says which versions were tried, such as "versions 9 to 7, 4 of the model were tried". */
const triedText = (tried: readonly number[]): string => {
  const runs: { readonly newest: number; oldest: number }[] = [];
  for (const version of [...tried].sort((a, b) => b - a)) {
    const run = runs.at(-1);
    if (run?.oldest === version + 1) run.oldest = version;
    else runs.push({ newest: version, oldest: version });
  }
  const text = runs.map(({ newest, oldest }) => (newest === oldest ? newest : `${newest} to ${oldest}`));
  return tried.length === 1
    ? `version ${text.join()} of the model was tried`
    : `versions ${text.join(', ')} of the model were tried`;
};

/**
 * Returns the receipt that a signed voucher pays for. A model may have been revised since the voucher was signed, so the
 * receipt is looked for among several versions.
 * @param versions - the receipts for the answer, one for each version of the model that may have made it. The first that the
 *   voucher pays for counts.
 * @param only - the version that the provider named, if no other one counts
 * @throws CodedError `VOUCHER_USED` if the chain has the receipt; `VOUCHER_MISMATCH` if the voucher pays for none of them;
 *   `VOUCHER_SIGNER`, those of the signature
 */
export const findPaidReceipt = async (
  signed: SignedVoucherFile,
  versions: AsyncIterable<NextReceipt>,
  only?: number,
): Promise<PaidReceipt> => {
  const { count } = signed.voucher;
  const tried: number[] = [];
  let why: { readonly newest: number; readonly fault: Fault } | undefined;
  for await (const next of versions) {
    if (isUsed(signed.voucher, next.use))
      throw new CodedError(
        fault(
          'VOUCHER_USED',
          `the chain has taken this voucher already: it is the last one of this payer and lane, and receipt ${count} is paid; send nothing again, and find the receipt with "openledger query events_query" in the last receiptsRecorded event that names ${toHex(signed.voucher.payer)}`,
          { payer: toHex(signed.voucher.payer), lane: signed.voucher.lane, count: count.toString() },
        ),
      );
    const awaited = next.use.count + 1n;
    if (count !== awaited)
      throw new CodedError(
        fault(
          'VOUCHER_MISMATCH',
          `the voucher is for receipt ${count} of this payer and lane, but the chain has ${next.use.count}; ask the payer for a voucher for receipt ${awaited}`,
        ),
      );
    const paid = paidBy(signed, next);
    if (paid.ok || paid.fault.code !== 'VOUCHER_MISMATCH') return unwrap(paid);
    tried.push(next.version);
    why ??= { newest: next.newest, fault: paid.fault };
  }
  invariant(why !== undefined, 'a receipt is made, or the texts are refused');
  const { newest } = why;
  const older = Math.min(...tried) > 1 ? '; name an older one with --version' : '';
  const another = newest > 1 ? `; name another one with --version, of which ${newest} is the newest` : '';
  const hint = only === undefined ? older : another;
  throw new CodedError({ ...why.fault, message: `${why.fault.message} (${triedText(tried)}${hint})` });
};
