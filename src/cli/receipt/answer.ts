/** A prompt and its answer, as the parties of a receipt count them: tokens, roots and prices. */

import type { ReceiptBody } from '../../../state/tx/receipt.ts';
import { infoTable } from '../../attribution/info-table.ts';
import {
  type Inference,
  inferenceObject,
  type MeasuredInference,
  measureInference,
  receiptBodyOf,
} from '../../client/inference.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { openVoucherChannel, type VoucherChannel, type VoucherUse } from '../../client/voucher-channel.ts';
import type { Address } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import type { ChainIdentity } from '../../lib/chain.ts';
import { domainSeparator } from '../../lib/eip712.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { readText } from '../../lib/files.ts';
import type { ModelId } from '../../lib/ids.ts';

/** The files of one inference. The texts count as they are, with the end of the last line. */
export type AnswerFiles = { readonly prompt: string; readonly output: string };

/** The parties of a receipt, the lane of the payer, and the model that gave the answer. */
export type Parties = {
  readonly payer: Address;
  readonly provider: Address;
  readonly lane: number;
  readonly model: ModelId;
};

/** An answer, and what the chain says about the receipt for it. */
export type NextReceipt = {
  readonly texts: Inference;
  readonly channel: VoucherChannel;
  /** How far the vouchers are used. */
  readonly use: VoucherUse;
  /** Returns the receipt for the answer. @param compute - the price of the provider, in base units */
  readonly bodyFor: (compute: bigint) => ReceiptBody;
  /** The fee of the model for this answer, in base units. */
  readonly fee: bigint;
  /** The version of the model that made the answer. */
  readonly version: number;
};

/** @throws CodedError the faults of the texts, with the file */
const measured = (texts: Inference, files: AnswerFiles): MeasuredInference => {
  const result = measureInference(infoTable(), texts);
  if (result.ok) return result.value;
  const { message, data } = result.fault;
  const file = data?.field === 'output' ? files.output : files.prompt;
  throw new CodedError({ ...result.fault, message: `${file}: ${message}` });
};

/**
 * Reads an answer, the prices of the model, and where the vouchers of the parties continue.
 * @param salt - the secret of the receipt, which both parties know
 * @throws CodedError those of the files, of UTF-8 and of the lengths of the texts
 */
export const openNextReceipt = async (
  client: RpcClient,
  chain: ChainIdentity,
  { payer, provider, lane, model }: Parties,
  files: AnswerFiles,
  salt: Uint8Array,
): Promise<NextReceipt> => {
  const { terms, version, manifest, rules } = await client.call('model_get', { id: model });
  const texts: Inference = {
    prompt: unwrap(readText(files.prompt, 'keep')),
    output: unwrap(readText(files.output, 'keep')),
    salt,
    rules,
  };
  const counted = measured(texts, files);
  const use = await client.call('escrow_getVoucher', {
    payer: toHex(payer),
    provider: toHex(provider),
    lane,
  });
  const bodyFor = (compute: bigint): ReceiptBody =>
    receiptBodyOf(counted, { model, manifest, prices: terms.prices }, compute);
  return {
    texts,
    channel: openVoucherChannel(domainSeparator(chain), { payer, provider, lane }, use),
    use,
    bodyFor,
    fee: bodyFor(0n).fee,
    version,
  };
};

/** Returns the texts as `content_put` takes them. */
export const uploadOf = ({ texts }: Pick<NextReceipt, 'texts'>) => {
  const { type, rules, salt } = inferenceObject(texts);
  return { type, rules, prompt: texts.prompt, output: texts.output, salt };
};
