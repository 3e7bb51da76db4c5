/**
 * Where the money of receipts goes when nothing more can happen to them (docs/economy.md#where-the-money-goes): compute
 * to the provider,
 * the model fee in floors, D, the residue, to the model's running epoch. The few who are paid for every receipt are paid
 * at once; all others are credited.
 */
import type { Address } from '../../../src/lib/brands.ts';
import { splitFee } from '../../attribution/fees.ts';
import type { HookContext } from '../kit/context.ts';
import { account, type Holder, payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import { knownModel } from '../models/models.ts';
import type { BatchReceipt } from '../receipts/receipts.ts';
import type { ReceiptOutcome } from '../receipts/settlements.ts';
import { addDataMoney, type DataMoney } from './epochs.ts';
import { creditModel, creditStakers } from './rewards.ts';

/** A receipt to pay out; without an outcome all of its data money is remainder. */
export type Payout = { readonly receipt: BatchReceipt; readonly outcome: ReceiptOutcome | undefined };

/** How receipts end: it decides who gets the compute and the attestor's part of the fee. */
export type Ending =
  /** Compute to the provider; the part to the attestor's payout account. */
  | { readonly tag: 'settled'; readonly attestor: Address }
  /** Nobody settled in time. Compute to the provider; the part to the treasury. */
  | { readonly tag: 'unsettled' }
  /** What they commit to is malformed. Compute back to the payer; the part to who showed it. */
  | { readonly tag: 'voided'; readonly challenger: Address };

type ModelPayout = { model: bigint; readonly receipts: DataMoney[] };

const pay = ({ view }: HookContext, to: Holder, amount: bigint): void =>
  payFromPot(view, 'heldFees', to, amount);

const payCompute = (
  context: HookContext,
  provider: Address,
  ending: Ending,
  payouts: readonly Payout[],
): void => {
  if (ending.tag === 'voided')
    for (const { receipt } of payouts) pay(context, account(receipt.payer), receipt.body.compute);
  const compute = payouts.reduce((sum, { receipt }) => sum + receipt.body.compute, 0n);
  if (ending.tag !== 'voided') pay(context, account(provider), compute);
  addTotals(
    context.view,
    ending.tag === 'voided' ? { refunded: compute } : { fees: compute, providers: compute },
  );
};

const payAttestorPart = (context: HookContext, ending: Ending, amount: bigint): void => {
  switch (ending.tag) {
    case 'settled':
      pay(context, account(ending.attestor), amount);
      addTotals(context.view, { attestors: amount });
      return;
    case 'unsettled':
      pay(context, pot('treasury'), amount);
      addTotals(context.view, { treasury: amount });
      return;
    case 'voided':
      pay(context, account(ending.challenger), amount);
      addTotals(context.view, { challengers: amount });
      return;
  }
};

/** Pays out receipts of one batch that end alike. */
export const payOut = (
  context: HookContext,
  provider: Address,
  ending: Ending,
  payouts: readonly Payout[],
): void => {
  const { view, block } = context;
  let fees = 0n;
  let burned = 0n;
  let treasury = 0n;
  let attestors = 0n;
  let stakers = 0n;
  let data = 0n;
  const models = new Map<number, ModelPayout>();
  for (const { receipt, outcome } of payouts) {
    const { body, model } = receipt;
    const split = splitFee(body.fee, block.params.shares);
    fees += body.fee;
    burned += split.burned;
    treasury += split.treasury;
    attestors += split.attestor;
    stakers += split.stakers;
    data += split.data;
    const sums: ModelPayout = models.get(model) ?? { model: 0n, receipts: [] };
    sums.model += split.model;
    sums.receipts.push({ version: receipt.version, data: split.data, attribution: outcome });
    models.set(model, sums);
  }
  payCompute(context, provider, ending, payouts);
  payAttestorPart(context, ending, attestors);
  pay(context, pot('burnedFees'), burned);
  pay(context, pot('treasury'), treasury);
  pay(context, pot('rewards'), stakers);
  creditStakers(view, stakers);
  pay(context, pot('dataPools'), data);
  let modelParts = 0n;
  for (const [id, sums] of models) {
    const model = knownModel(view, id);
    modelParts += sums.model;
    creditModel(view, id, model, sums.model);
    addDataMoney(context, id, sums.receipts);
  }
  pay(context, pot('rewards'), modelParts);
  addTotals(view, {
    [ending.tag]: BigInt(payouts.length),
    fees,
    burned,
    treasury,
    model: modelParts,
    stakers,
  });
};
