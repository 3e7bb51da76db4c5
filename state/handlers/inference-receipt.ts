import type { Root } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { ok } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import type { TxContext } from '../modules/kit/context.ts';
import { payFromPot, pot } from '../modules/ledger/accounts.ts';
import { channelOf, setChannel, setVoucherUse, voucherUseOf } from '../modules/ledger/escrow.ts';
import { addTotals } from '../modules/ledger/totals.ts';
import { type Model, modelOf, versionOfManifest } from '../modules/models/models.ts';
import { addBatch, type BatchGroup, settlementDeadline } from '../modules/receipts/receipts.ts';
import { chargeOf, countOf, type InferenceReceipt, type ReceiptGroup } from '../tx/inference-receipt.ts';
import { extendAccumulator, modelFee } from '../tx/receipt.ts';
import { voucherDigest } from '../tx/voucher.ts';
import type { Handler } from './handler.ts';

/** Fault `RECEIPT_FEE`. */
const checkFees = (group: ReceiptGroup, model: Model): Fault | undefined => {
  for (const [index, receipt] of group.receipts.entries()) {
    const fee = modelFee(receipt, model.terms.prices);
    if (receipt.fee !== fee)
      return fault('RECEIPT_FEE', `the model fee of receipt ${index} of its group is ${fee}`, {
        index,
        fee: fee.toString(),
      });
  }
  return undefined;
};

/** Draws a group's charge on its voucher and its channel, and returns it. */
const draw = (context: TxContext, separator: Root, group: ReceiptGroup): Result<bigint> => {
  const { view, sender: provider, block } = context;
  const { payer, model, voucher, receipts } = group;
  const channelId = { payer, provider };
  const used = voucherUseOf(view, channelId, model);
  const count = used.count + BigInt(receipts.length);
  if (voucher.count !== count)
    return fail('VOUCHER_COUNT', `the voucher is for ${voucher.count} receipts, the batch ends at ${count}`, {
      voucher: voucher.count.toString(),
      batch: count.toString(),
    });
  const terms = { payer, provider, model, manifest: group.manifest };
  const accumulator = extendAccumulator(used.accumulator, terms, receipts);
  if (!equal(voucher.accumulator, accumulator))
    return fail('VOUCHER_ACCUMULATOR', 'the voucher is for other receipts than those of the batch', {
      accumulator: toHex(accumulator),
    });
  const { amount } = voucher;
  const digest = voucherDigest(separator, { payer, provider, model, amount, count, accumulator });
  const signer = block.recover(digest, voucher.signature);
  if (!signer.ok) return fail('VOUCHER_SIGNATURE', signer.fault.message, { reason: signer.fault.code });
  if (!equal(signer.value, payer))
    return fail('VOUCHER_SIGNATURE', 'the voucher is not signed by its payer', {
      reason: 'OTHER_SIGNER',
      signer: toHex(signer.value),
    });
  const charge = chargeOf(receipts);
  const left = maxBig(0n, amount - used.amount);
  if (charge > left)
    return fail('VOUCHER_OVERDRAWN', `the receipts charge ${charge}, the voucher has ${left} left`, {
      charge: charge.toString(),
      left: left.toString(),
    });
  const channel = channelOf(view, channelId);
  if (charge > channel.deposit)
    return fail('ESCROW_OVERDRAWN', `the receipts charge ${charge}, the deposit is ${channel.deposit}`, {
      charge: charge.toString(),
      deposit: channel.deposit.toString(),
    });
  setChannel(view, channelId, { ...channel, deposit: channel.deposit - charge });
  setVoucherUse(view, channelId, model, { amount: used.amount + charge, count, accumulator });
  return ok(charge);
};

export const applyInferenceReceipt: Handler<InferenceReceipt> = (context, payload) => {
  const { view, sender, block, id, emit } = context;
  const separator = domainSeparator(block.chain);
  let charged = 0n;
  const groups: (BatchGroup & { readonly charged: bigint })[] = [];
  for (const group of payload.groups) {
    const model = modelOf(view, group.model);
    if (model === undefined)
      return fault('MODEL_UNKNOWN', `there is no model ${group.model}`, { model: group.model });
    const version = versionOfManifest(view, group.model, group.manifest);
    if (version === undefined)
      return fault('RECEIPT_MANIFEST', `no version of model ${group.model} has this manifest`, {
        model: group.model,
        manifest: toHex(group.manifest),
      });
    const bad = checkFees(group, model);
    if (bad !== undefined) return bad;
    const charge = draw(context, separator, group);
    if (!charge.ok) return charge.fault;
    charged += charge.value;
    groups.push({
      payer: group.payer,
      model: group.model,
      version,
      count: group.receipts.length,
      charged: charge.value,
    });
  }
  payFromPot(view, 'escrow', pot('heldFees'), charged);
  const deadline = settlementDeadline(block.height, block.params.attribution);
  const bodies = payload.groups.flatMap((group) => group.receipts);
  addBatch(view, id, { provider: sender, height: block.height, deadline, groups }, bodies);
  addTotals(view, { receipts: BigInt(countOf(payload)) });
  emit({ type: 'receiptsRecorded', data: { batch: id, provider: sender, groups, deadline } });
  return undefined;
};
