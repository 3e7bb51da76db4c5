import type { Root } from '../../src/lib/brands.ts';
import { equal, toBareHex, toHex } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { RulesVersion } from '../attribution/rules.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import type { TxContext } from '../modules/kit/context.ts';
import { payFromPot, pot } from '../modules/ledger/accounts.ts';
import { channelOf, setChannel, setVoucherUse, voucherUseOf } from '../modules/ledger/escrow.ts';
import { addTotals } from '../modules/ledger/totals.ts';
import { scheduleBatch, settlementDeadline } from '../modules/models/deadlines.ts';
import { knownVersion, modelOf, versionOfManifest } from '../modules/models/models.ts';
import { addBatch, type BatchGroup } from '../modules/receipts/receipts.ts';
import { chargeOf, countOf, type InferenceReceipt, type ReceiptGroup } from '../tx/inference-receipt.ts';
import type { ModelPrices } from '../tx/model-registration.ts';
import { extendAccumulator, modelFee, type ReceiptBody } from '../tx/receipt.ts';
import { voucherDigest } from '../tx/voucher.ts';
import type { ReadView } from '../view.ts';
import type { Handler } from './handler.ts';

/** The version of a model that receipts name by its manifest. */
type NamedVersion = { readonly version: number; readonly rules: RulesVersion; readonly prices: ModelPrices };

/**
 * Returns a lookup of the versions that the receipts of a batch name. It reads each from the state once. Faults:
 * `MODEL_UNKNOWN`, `RECEIPT_MANIFEST`.
 */
const versionsNamed = (view: ReadView): ((body: ReceiptBody) => Result<NamedVersion>) => {
  const known = new Map<string, Result<NamedVersion>>();
  const read = ({ model: id, manifest }: ReceiptBody): Result<NamedVersion> => {
    const model = modelOf(view, id);
    if (model === undefined) return fail('MODEL_UNKNOWN', `there is no model ${id}`, { model: id });
    const version = versionOfManifest(view, id, manifest);
    if (version === undefined)
      return fail('RECEIPT_MANIFEST', `no version of model ${id} has this manifest`, {
        model: id,
        manifest: toHex(manifest),
      });
    return ok({ version, rules: knownVersion(view, id, version).rules, prices: model.terms.prices });
  };
  return (body) => {
    const key = `${body.model} ${toBareHex(body.manifest)}`;
    const found = known.get(key) ?? read(body);
    known.set(key, found);
    return found;
  };
};

/** Checks a receipt against the version of its model. Faults: `RECEIPT_RULES`, `RECEIPT_FEE`. */
const checkReceipt = (
  body: ReceiptBody,
  index: number,
  { version, rules, prices }: NamedVersion,
): Fault | undefined => {
  if (body.rules !== rules)
    return fault(
      'RECEIPT_RULES',
      `version ${version} of model ${body.model} has version ${rules} of the rules of attribution, receipt ${index} of its group names ${body.rules}`,
      { index, rules },
    );
  const fee = modelFee(body, prices);
  return body.fee === fee
    ? undefined
    : fault('RECEIPT_FEE', `the model fee of receipt ${index} of its group is ${fee}`, {
        index,
        fee: fee.toString(),
      });
};

/** Draws a group's charge on its voucher and its channel, and returns it. */
const draw = (context: TxContext, separator: Root, group: ReceiptGroup): Result<bigint> => {
  const { view, sender: provider, block } = context;
  const { payer, lane, voucher, receipts } = group;
  const channelId = { payer, provider };
  const used = voucherUseOf(view, channelId, lane);
  const count = used.count + BigInt(receipts.length);
  if (voucher.count !== count)
    return fail('VOUCHER_COUNT', `the voucher is for ${voucher.count} receipts, the batch ends at ${count}`, {
      voucher: voucher.count.toString(),
      batch: count.toString(),
    });
  const accumulator = extendAccumulator(used.accumulator, { payer, provider, lane }, receipts);
  if (!equal(voucher.accumulator, accumulator))
    return fail('VOUCHER_ACCUMULATOR', 'the voucher is for other receipts than those of the batch', {
      accumulator: toHex(accumulator),
    });
  const { amount } = voucher;
  const digest = voucherDigest(separator, { payer, provider, lane, amount, count, accumulator });
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
  setVoucherUse(view, channelId, lane, { amount: used.amount + charge, count, accumulator });
  return ok(charge);
};

export const applyInferenceReceipt: Handler<InferenceReceipt> = (context, payload) => {
  const { view, sender, block, id, emit } = context;
  const separator = domainSeparator(block.chain);
  let charged = 0n;
  const groups: (BatchGroup & { readonly charged: bigint })[] = [];
  const versions: number[] = [];
  /** The receipts by the version of the model that they name. */
  const named = new Map<string, { model: ModelId; version: number; indexes: number[] }>();
  const versionNamed = versionsNamed(view);
  for (const group of payload.groups) {
    const { payer, lane, receipts } = group;
    for (const [index, body] of receipts.entries()) {
      const found = versionNamed(body);
      if (!found.ok) return found.fault;
      const bad = checkReceipt(body, index, found.value);
      if (bad !== undefined) return bad;
      const { model } = body;
      const { version } = found.value;
      const key = `${model} ${version}`;
      const known = named.get(key);
      if (known === undefined) named.set(key, { model, version, indexes: [versions.length] });
      else known.indexes.push(versions.length);
      versions.push(version);
    }
    const charge = draw(context, separator, group);
    if (!charge.ok) return charge.fault;
    charged += charge.value;
    groups.push({ payer, lane, count: receipts.length, charged: charge.value });
  }
  payFromPot(view, 'escrow', pot('heldFees'), charged);
  const deadline = settlementDeadline(block.height, block.params.attribution);
  const bodies = payload.groups.flatMap((group) => group.receipts);
  addBatch(view, id, { provider: sender, height: block.height, deadline, groups, versions }, bodies);
  scheduleBatch(view, id, deadline, [...named.values()]);
  addTotals(view, { receipts: BigInt(countOf(payload)) });
  const models = [...named.values()].map(({ model, version, indexes }) => ({
    model,
    version,
    count: indexes.length,
  }));
  emit({ type: 'receiptsRecorded', data: { batch: id, provider: sender, groups, models, deadline } });
  return undefined;
};
