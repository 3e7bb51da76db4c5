/**
 * Serves inferences: a provider answers, the payer signs a voucher for each answer, and the receipts go to the chain in
 * batches.
 */

import type { ParamsOf } from '../../rpc/schemas/registry.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { measureInference, randomSalt, receiptBodyOf } from '../../src/client/inference.ts';
import { openVoucherChannel } from '../../src/client/voucher-channel.ts';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { inferenceRoot } from '../../state/attribution/commitment.ts';
import { escrowDeposit } from '../../state/tx/escrow-deposit.ts';
import { inferenceReceipt, type ReceiptGroup } from '../../state/tx/inference-receipt.ts';
import { type ReceiptBody, ReceiptBodyType } from '../../state/tx/receipt.ts';
import type { Actor } from './actors.ts';
import { intent, type Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';

export type Inference = {
  readonly prompt: string;
  readonly output: string;
  /** The salt of the receipt; a random one if left out. */
  readonly salt?: Uint8Array;
};

/** The price of the provider for compute, in base units per token of an answer. */
const COMPUTE_PER_TOKEN = 500_000_000_000_000n;
/** The deposit in base units: more than all answers to one payer cost. */
const DEPOSIT = 1_000n * 10n ** 18n;
/** The receipts of one payer and lane that a transaction has room for, beside one kilobyte for all else. */
const TRANSACTION_RECEIPTS = Math.floor((MAX_TRANSACTION_BYTES - 1024) / ReceiptBodyType.maxBytes);
/** The number of objects per upload. */
const OBJECTS = 400;

/** The texts of a receipt, what they come to, and the root under which they are stored. */
export type Measured = { readonly object: ContentObject; readonly root: Root; readonly body: ReceiptBody };

type ContentObject = ParamsOf<'content_put'>['objects'][number];

/** Measures an answer, with a salt of its own. */
export const measure = (inference: Inference, model: RegisteredModel): Measured => {
  const texts = { ...inference, salt: inference.salt ?? randomSalt() };
  const measured = unwrap(measureInference(infoTable(), texts));
  const body = receiptBodyOf(
    measured,
    { ...model, model: model.id },
    BigInt(measured.tokensOut) * COMPUTE_PER_TOKEN,
  );
  return {
    object: { type: 'inference', rules: measured.rules, ...texts },
    root: inferenceRoot(body),
    body,
  };
};

export const deposit = (ledger: Ledger, payers: readonly Actor[], provider: Actor) =>
  ledger.submit(
    payers.map((payer) => intent(payer, escrowDeposit, { provider: provider.address, amount: DEPOSIT })),
  );

/** Uploads the texts of all receipts to one node, which shares them, and checks the roots that the node computes. */
const uploadTexts = async (ledger: Ledger, texts: readonly Pick<Measured, 'object' | 'root'>[]) => {
  const roots: Root[] = [];
  for (let at = 0; at < texts.length; at += OBJECTS) {
    const objects = texts.slice(at, at + OBJECTS).map(({ object }) => object);
    roots.push(...(await ledger.writer.call('content_put', { objects })).roots);
  }
  const wrong = texts.findIndex(({ root }, i) => !equal(roots[i] ?? ZERO_ROOT, root));
  if (wrong >= 0)
    throw new CodedError(fault('DEMO_CONTENT', `the node computed another root for text ${wrong}`));
};

export type ServedBatch = {
  /** The id of the transaction, which is also the id of the batch. */
  readonly id: string;
  readonly model: ModelId;
  readonly receipts: number;
};

/**
 * Serves all questions of one payer.
 * @param isGiven - whether the texts of an answer are uploaded to a node; otherwise nobody has them
 */
export const serve = async (
  ledger: Ledger,
  who: { readonly provider: Actor; readonly payer: Actor },
  model: RegisteredModel,
  inferences: readonly Inference[],
  isGiven: (inference: Inference) => boolean = () => true,
): Promise<readonly ServedBatch[]> => {
  const { provider, payer } = who;
  const measured = inferences.map((each) => measure(each, model));
  const wallet = await ledger.wallet(payer);
  // Each payer uses one lane, whatever the model.
  const terms = { payer: payer.address, provider: provider.address, lane: 0 };
  // It continues after the receipts that the chain has of these parties already.
  const use = await ledger.writer.call('escrow_getVoucher', {
    payer: toHex(terms.payer),
    provider: toHex(terms.provider),
    lane: terms.lane,
  });
  const channel = openVoucherChannel(domainSeparator(wallet.chain), terms, use);
  for (const { body } of measured) unwrap(channel.accept(await wallet.signVoucher(channel.add(body))));
  const groups: ReceiptGroup[] = [];
  const limit = Math.min(ledger.params.receipts.maxBatch, TRANSACTION_RECEIPTS);
  const take = (): ReceiptGroup | undefined => channel.take(limit);
  for (let group = take(); group !== undefined; group = take()) groups.push(group);
  const executed = await ledger.submit(
    groups.map((group) => intent(provider, inferenceReceipt, { groups: [group] })),
  );
  // Nodes show a text once its receipt is recorded.
  await uploadTexts(
    ledger,
    measured.filter((_, i) => isGiven(inferences[i] ?? { prompt: '', output: '' })),
  );
  return executed.map(({ id }, i) => ({
    id: toHex(id),
    model: model.id,
    receipts: groups[i]?.receipts.length ?? 0,
  }));
};
