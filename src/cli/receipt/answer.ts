/** A prompt and its answer, as the parties of a receipt count them: tokens, roots and prices. */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
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
import { CodedError, type Fault, failWith, invariant, type Result, unwrap } from '../../lib/errors.ts';
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
  /** The newest version of the model. */
  readonly newest: number;
};

/** Counts the texts of an answer. Faults: those of the texts, with the file. */
const measured = (texts: Inference, files: AnswerFiles): Result<MeasuredInference> => {
  const result = measureInference(infoTable(), texts);
  if (result.ok) return result;
  const { message, data } = result.fault;
  const file = data?.field === 'output' ? files.output : files.prompt;
  return failWith({ ...result.fault, message: `${file}: ${message}` });
};

/** The most versions of a model that are tried, one call of the node for each. */
export const VERSIONS_TRIED = 100;

/** A version of a model, as far as a receipt depends on it. */
type AnsweringVersion = Pick<ResultOf<'model_getVersion'>, 'version' | 'manifest' | 'rules'>;

/** Which versions of a model may have made an answer. */
export type VersionChoice = {
  /** The only version that counts, whatever else is given. */
  readonly only?: number | undefined;
  /** The version that most likely made it. If the model has none of this number, it does not count. */
  readonly first?: number | undefined;
};

/** Yields the only version, or the first one and then the newest version and those before it, the newest first. */
async function* versionsOf(
  client: RpcClient,
  current: ResultOf<'model_get'>,
  { only, first }: VersionChoice,
): AsyncGenerator<AnsweringVersion, void, undefined> {
  const read = (version: number) => client.call('model_getVersion', { id: current.id, version });
  if (only !== undefined) {
    yield await read(only);
    return;
  }
  if (first !== undefined && first > 0 && first < current.version) yield await read(first);
  yield current;
  const last = Math.max(1, current.version - VERSIONS_TRIED + 1);
  for (let version = current.version - 1; version >= last; version--)
    if (version !== first) yield await read(version);
}

/**
 * Reads an answer, the prices of the model, and where the vouchers of the parties continue. Yields the receipt for each
 * version of the model that may have made the answer: for the chosen one, or for the newest {@link VERSIONS_TRIED}, the newest
 * first.
 * @param salt - the secret of the receipt, which both parties know
 * @throws CodedError `MODEL_NOT_FOUND`, those of the files, of UTF-8 and of the lengths of the texts
 */
export async function* nextReceipts(
  client: RpcClient,
  chain: ChainIdentity,
  { payer, provider, lane, model }: Parties,
  files: AnswerFiles,
  salt: Uint8Array,
  choice: VersionChoice = {},
): AsyncGenerator<NextReceipt, void, undefined> {
  const current = await client.call('model_get', { id: model });
  const { prices } = current.terms;
  const prompt = unwrap(readText(files.prompt, 'keep'));
  const output = unwrap(readText(files.output, 'keep'));
  const use = await client.call('escrow_getVoucher', {
    payer: toHex(payer),
    provider: toHex(provider),
    lane,
  });
  const counts = new Map<RulesVersion, Result<MeasuredInference>>();
  let refused: Fault | undefined;
  let isMade = false;
  for await (const { version, manifest, rules } of versionsOf(client, current, choice)) {
    const texts: Inference = { prompt, output, salt, rules };
    const counted = counts.get(rules) ?? measured(texts, files);
    counts.set(rules, counted);
    if (!counted.ok) {
      // A version whose rules refuse the texts has not made them, but a version of other rules may have.
      refused ??= counted.fault;
      continue;
    }
    isMade = true;
    const bodyFor = (compute: bigint): ReceiptBody =>
      receiptBodyOf(counted.value, { model, manifest, prices }, compute);
    yield {
      texts,
      channel: openVoucherChannel(domainSeparator(chain), { payer, provider, lane }, use),
      use,
      bodyFor,
      fee: bodyFor(0n).fee,
      version,
      newest: current.version,
    };
  }
  if (!isMade && refused !== undefined) throw new CodedError(refused);
}

/**
 * Returns the receipt for an answer that one version of the model has made.
 * @param number - the version; the newest if left out
 * @throws CodedError those of {@link nextReceipts}
 */
export const openNextReceipt = async (
  client: RpcClient,
  chain: ChainIdentity,
  parties: Parties,
  files: AnswerFiles,
  salt: Uint8Array,
  number?: number,
): Promise<NextReceipt> => {
  const version = number ?? (await client.call('model_get', { id: parties.model })).version;
  const { value } = await nextReceipts(client, chain, parties, files, salt, { only: version }).next();
  invariant(value !== undefined, 'a receipt is made, or the texts are refused');
  return value;
};

/** Returns the texts as `content_put` takes them. */
export const uploadOf = ({ texts }: Pick<NextReceipt, 'texts'>) => {
  const { type, rules, salt } = inferenceObject(texts);
  return { type, rules, prompt: texts.prompt, output: texts.output, salt };
};
