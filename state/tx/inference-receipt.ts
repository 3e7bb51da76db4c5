/** A batch of receipts, sent and so signed by their provider, with one voucher for each payer and model. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { equal, toBareHex, toHex } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { type Fault, fail, fault, ok, type Result } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import {
  address20,
  bytes,
  container,
  list,
  root32,
  type Ssz,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../attribution/parameters.ts';
import { payFromPot, pot } from '../modules/ledger/accounts.ts';
import { channelOf, setChannel, setVoucherUse, voucherUseOf } from '../modules/ledger/escrow.ts';
import { addTotals } from '../modules/ledger/totals.ts';
import { type Model, modelOf, versionOfManifest } from '../modules/models/models.ts';
import { addBatch, type BatchGroup, RECEIPTS_MAX, settlementDeadline } from '../modules/receipts/receipts.ts';
import type { Params } from '../params.ts';
import { formatOpen } from './action.ts';
import type { Kind, TxContext } from './kind.ts';
import { extendAccumulator, modelFee, type ReceiptBody, ReceiptBodyType } from './receipt.ts';
import { voucherDigest } from './voucher.ts';

/** A voucher without what its group says already. */
export type SignedVoucher = {
  readonly amount: bigint;
  readonly count: bigint;
  readonly accumulator: Root;
  /** The payer's, 65 bytes. */
  readonly signature: Uint8Array;
};

/** The receipts of one payer and one model. */
export type ReceiptGroup = {
  readonly payer: Address;
  readonly model: number;
  /** `manifestRoot` of the version of the model that made the outputs. */
  readonly manifest: Root;
  readonly voucher: SignedVoucher;
  /** In the order the accumulator takes them up. */
  readonly receipts: readonly ReceiptBody[];
};

export type InferenceReceipt = { readonly groups: readonly ReceiptGroup[] };

const InferenceReceiptType: Ssz<InferenceReceipt> = container<InferenceReceipt>({
  groups: list(
    container<ReceiptGroup>({
      payer: address20,
      model: uint32,
      manifest: root32,
      voucher: container<SignedVoucher>({
        amount: uint128,
        count: uint64,
        accumulator: root32,
        signature: bytes(65),
      }),
      receipts: list(ReceiptBodyType, RECEIPTS_MAX),
    }),
    RECEIPTS_MAX,
  ),
});

const countOf = ({ groups }: InferenceReceipt): number =>
  groups.reduce((sum, { receipts }) => sum + receipts.length, 0);

/** What a payer owes for these receipts. */
const chargeOf = (receipts: readonly ReceiptBody[]): bigint => {
  let total = 0n;
  for (const { compute, fee } of receipts) total += compute + fee;
  return total;
};

const check = (payload: InferenceReceipt, params: Params): Fault | undefined => {
  const { groups } = payload;
  if (groups.length === 0 || groups.some(({ receipts }) => receipts.length === 0))
    return fault('RECEIPT_NONE', 'a batch holds at least one group, a group at least one receipt');
  const count = countOf(payload);
  if (count > params.receipts.maxBatch)
    return fault('RECEIPT_BATCH', `a batch of ${count} receipts; at most ${params.receipts.maxBatch}`, {
      count,
    });
  if (new Set(groups.map(({ payer, model }) => `${toBareHex(payer)} ${model}`)).size < groups.length)
    return fault('RECEIPT_GROUP', 'the receipts of one payer and model stand in one group');
  const long = groups
    .flatMap(({ receipts }) => receipts)
    .find(({ tokensIn, tokensOut }) => tokensIn > PROMPT_TOKENS_MAX || tokensOut > OUTPUT_TOKENS_MAX);
  if (long !== undefined)
    return fault(
      'RECEIPT_TOKENS',
      `a prompt has at most ${PROMPT_TOKENS_MAX} tokens, an output at most ${OUTPUT_TOKENS_MAX}`,
      { tokensIn: long.tokensIn, tokensOut: long.tokensOut },
    );
  return undefined;
};

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

const apply = (context: TxContext, payload: InferenceReceipt): Fault | undefined => {
  const { view, sender, block, id, emit } = context;
  const separator = domainSeparator(block.domain);
  let charged = 0n;
  const groups: BatchGroup[] = [];
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
    groups.push({ payer: group.payer, model: group.model, version, count: group.receipts.length });
  }
  payFromPot(view, 'escrow', pot('heldFees'), charged);
  const deadline = settlementDeadline(block.height, block.params.attribution);
  const bodies = payload.groups.flatMap((group) => group.receipts);
  addBatch(view, id, { provider: sender, height: block.height, deadline, groups }, bodies);
  const receipts = countOf(payload);
  addTotals(view, { receipts: BigInt(receipts) });
  emit({
    type: 'receiptsRecorded',
    data: {
      batch: toHex(id),
      provider: toHex(sender),
      receipts,
      charged: charged.toString(),
      deadline: deadline.toString(),
    },
  });
  return undefined;
};

export const inferenceReceipt: Kind<InferenceReceipt> = {
  id: 12,
  version: 1,
  name: 'inferenceReceipt',
  payload: InferenceReceiptType,
  action: (payload) => {
    const charged = payload.groups.reduce((sum, { receipts }) => sum + chargeOf(receipts), 0n);
    return `record ${countOf(payload)} receipts, ${formatOpen(charged)} OPEN, on ${payload.groups.length} vouchers`;
  },
  check,
  gas: (payload, params) =>
    5_000n +
    200n * BigInt(countOf(payload)) +
    (2_000n + BigInt(params.fees.gasPerSignature)) * BigInt(payload.groups.length),
  apply,
};
