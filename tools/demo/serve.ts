/**
 * Serves inferences: a provider answers, the payer signs a voucher for each answer, and the receipts go to the chain in
 * batches.
 */

import type { ParamsOf } from '../../rpc/schemas/registry.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { openVoucherChannel } from '../../src/client/voucher-channel.ts';
import { createRootOf } from '../../src/content/objects.ts';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, toHex, utf8 } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { tokenizeText } from '../../state/attribution/pt1.ts';
import { escrowDeposit } from '../../state/tx/escrow-deposit.ts';
import { inferenceReceipt, type ReceiptGroup } from '../../state/tx/inference-receipt.ts';
import { modelFee, type ReceiptBody } from '../../state/tx/receipt.ts';
import type { Actor } from './actors.ts';
import { intent, type Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';

export type Inference = { readonly prompt: string; readonly output: string };

/** The price of the provider for compute, in base units per token of an answer. */
const COMPUTE_PER_TOKEN = 500_000_000_000_000n;
/** The deposit in base units: more than all answers to one payer cost. */
const DEPOSIT = 1_000n * 10n ** 18n;
/** The number of objects per upload. */
const OBJECTS = 400;

const rootOf = createRootOf(infoTable());
const tokensOf = (text: string): number => unwrap(tokenizeText(text)).count;

/** Returns the root of a text of a receipt. */
export const textRoot = (type: 'prompt' | 'output', text: string): Root =>
  unwrap(rootOf({ type, text: utf8(text) }));

const bodyOf = ({ prompt, output }: Inference, { prices }: RegisteredModel): ReceiptBody => {
  const tokens = { tokensIn: tokensOf(prompt), tokensOut: tokensOf(output) };
  return {
    promptRoot: textRoot('prompt', prompt),
    outputRoot: textRoot('output', output),
    ...tokens,
    compute: BigInt(tokens.tokensOut) * COMPUTE_PER_TOKEN,
    fee: modelFee(tokens, prices),
  };
};

export const deposit = (ledger: Ledger, payers: readonly Actor[], provider: Actor) =>
  ledger.submit(
    payers.map((payer) => intent(payer, escrowDeposit, { provider: provider.address, amount: DEPOSIT })),
  );

type ContentObject = ParamsOf<'content_put'>['objects'][number];

/** Uploads the texts of all receipts to one node, which shares them, and checks the roots that the node computes. */
const uploadTexts = async (ledger: Ledger, texts: readonly { object: ContentObject; root: Root }[]) => {
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
 * @param isGiven - whether a text is uploaded to a node; otherwise nobody has it
 */
export const serve = async (
  ledger: Ledger,
  who: { readonly provider: Actor; readonly payer: Actor },
  model: RegisteredModel,
  inferences: readonly Inference[],
  isGiven: (text: string) => boolean = () => true,
): Promise<readonly ServedBatch[]> => {
  const { provider, payer } = who;
  const bodies = inferences.map((each) => bodyOf(each, model));
  const texts = inferences.flatMap(({ prompt, output }, i) => {
    const body = bodies[i];
    return body === undefined
      ? []
      : [
          { object: { type: 'prompt' as const, text: prompt }, root: body.promptRoot },
          { object: { type: 'output' as const, text: output }, root: body.outputRoot },
        ];
  });
  await uploadTexts(
    ledger,
    texts.filter(({ object }) => isGiven(object.text)),
  );
  const wallet = await ledger.wallet(payer);
  const parties = { payer: payer.address, provider: provider.address, model: model.id };
  // It continues after the receipts that the chain has of these parties already.
  const use = await ledger.writer.call('escrow_getVoucher', {
    payer: toHex(parties.payer),
    provider: toHex(parties.provider),
    model: model.id,
  });
  const channel = openVoucherChannel(
    domainSeparator(wallet.chain),
    { ...parties, manifest: model.manifest },
    use,
  );
  for (const body of bodies) unwrap(channel.accept(await wallet.signVoucher(channel.add(body))));
  const groups: ReceiptGroup[] = [];
  const take = (): ReceiptGroup | undefined => channel.take(ledger.params.receipts.maxBatch);
  for (let group = take(); group !== undefined; group = take()) groups.push(group);
  const executed = await ledger.submit(
    groups.map((group) => intent(provider, inferenceReceipt, { groups: [group] })),
  );
  return executed.map(({ id }, i) => ({
    id: toHex(id),
    model: model.id,
    receipts: groups[i]?.receipts.length ?? 0,
  }));
};
