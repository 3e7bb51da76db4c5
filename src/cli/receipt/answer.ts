/** A prompt and its answer, as the parties of a receipt count them: tokens, roots and prices. */

import { tokenize } from '../../../state/attribution/pt1.ts';
import { modelFee, type ReceiptBody } from '../../../state/tx/receipt.ts';
import { infoTable } from '../../attribution/info-table.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { openVoucherChannel, type VoucherChannel, type VoucherUse } from '../../client/voucher-channel.ts';
import { createRootOf } from '../../content/objects.ts';
import type { Address } from '../../lib/brands.ts';
import { toHex, utf8 } from '../../lib/bytes.ts';
import type { ChainIdentity } from '../../lib/chain.ts';
import { domainSeparator } from '../../lib/eip712.ts';
import { CodedError, type Result, unwrap } from '../../lib/errors.ts';
import { readText } from '../../lib/files.ts';
import type { ModelId } from '../../lib/ids.ts';

/** The texts of one inference, and what a receipt says about them. */
export type Answer = {
  readonly prompt: string;
  readonly output: string;
  readonly body: Pick<ReceiptBody, 'promptRoot' | 'outputRoot' | 'tokensIn' | 'tokensOut'>;
};

/** Adds the file to the message of a fault. */
const named = <T>(path: string, result: Result<T>): T => {
  if (result.ok) return result.value;
  throw new CodedError({ ...result.fault, message: `${path}: ${result.fault.message}` });
};

/** The text counts as it is, with the end of its last line. @throws CodedError those of the file, of UTF-8, of PT-1 and of its length */
const readTextFile = (path: string, type: 'prompt' | 'output') => {
  const text = unwrap(readText(path, 'keep'));
  const tokens = named(path, tokenize(utf8(text))).count;
  const root = named(path, createRootOf(infoTable())({ type, text: utf8(text) }));
  return { text, tokens, root };
};

export const readAnswer = (promptFile: string, outputFile: string): Answer => {
  const prompt = readTextFile(promptFile, 'prompt');
  const output = readTextFile(outputFile, 'output');
  return {
    prompt: prompt.text,
    output: output.text,
    body: {
      promptRoot: prompt.root,
      outputRoot: output.root,
      tokensIn: prompt.tokens,
      tokensOut: output.tokens,
    },
  };
};

/** What the chain says about the next receipt of a payer for a provider and a model. */
export type NextReceipt = {
  readonly channel: VoucherChannel;
  /** How far the vouchers are used. */
  readonly use: VoucherUse;
  /** The fee of the model for this answer, in base units. */
  readonly fee: bigint;
  /** The version of the model that made the answer. */
  readonly version: number;
};

/** Reads the prices of the model, and where the vouchers of the parties continue. @throws CodedError */
export const openNextReceipt = async (
  client: RpcClient,
  chain: ChainIdentity,
  parties: { readonly payer: Address; readonly provider: Address; readonly model: ModelId },
  { body }: Answer,
): Promise<NextReceipt> => {
  const { payer, provider, model } = parties;
  const { terms, version, manifest } = await client.call('model_get', { id: model });
  const use = await client.call('escrow_getVoucher', {
    payer: toHex(payer),
    provider: toHex(provider),
    model,
  });
  return {
    channel: openVoucherChannel(domainSeparator(chain), { ...parties, manifest }, use),
    use,
    fee: modelFee(body, terms.prices),
    version,
  };
};
