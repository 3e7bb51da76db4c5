/**
 * The payout of receipts whose result can no longer change (docs/economy.md#where-the-money-goes): compute
 * to the provider, the price of the app to the app,
 * the model fee in floors, D, the residue, to the model's running epoch. The few who are paid for every receipt are paid
 * at once; what attestors earn vests, and all others are credited.
 */
import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { type FeeSplit, splitFee } from '../../attribution/fees.ts';
import type { Event } from '../../events.ts';
import type { ReadView } from '../../view.ts';
import type { HookContext } from '../kit/context.ts';
import { account, type Holder, payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import { knownModel, partiesOf } from '../models/models.ts';
import { type Backer, shareAmongBackers } from '../receipts/backing.ts';
import type { BatchReceipt } from '../receipts/receipts.ts';
import type { ReceiptOutcome } from '../receipts/settlements.ts';
import { addDataMoney, type DataMoney } from './epochs.ts';
import {
  creditModel,
  creditStakers,
  type Lineage,
  type ModelCredit,
  shareOfEarned,
  splitByLineage,
} from './rewards.ts';
import { creditVesting } from './vesting.ts';

/** A receipt to pay out; without an outcome all of its data money is remainder. */
export type Payout = {
  /** Its place in its batch. */
  readonly index: number;
  readonly receipt: BatchReceipt;
  readonly outcome: ReceiptOutcome | undefined;
};

/** The batch and the provider of the receipts. */
export type PayoutBatch = { readonly batch: Root; readonly provider: Address };

/** The way in which a receipt ends. It decides who gets the compute and the attestor's part of the fee. */
export type Ending =
  /** Compute to the provider; the part, which vests, to those who backed the claims, by what they have locked. */
  | {
      readonly type: 'settled';
      readonly settlement: Root;
      readonly attestor: Address;
      /** The last block of the epoch of the settlement. */
      readonly epoch: Height;
      readonly backers: readonly Backer[];
    }
  /** Nobody settled in time. The compute goes to the provider, the part to the treasury. */
  | { readonly type: 'unsettled' }
  /**
   * What it commits to is malformed. The compute and the price of the app go back to the payer, the part to the
   * challenger who showed it.
   */
  | {
      readonly type: 'voided';
      readonly challenger: Address;
      /** The settlement that it had, if it had one. */
      readonly settlement: Root | undefined;
    };

type ModelPayout = { model: bigint; readonly receipts: DataMoney[]; readonly indexes: number[] };

const pay = ({ view }: HookContext, to: Holder, amount: bigint): void =>
  payFromPot(view, 'heldFees', to, amount);

/** Pays what the parties of the answers asked beside the model fee: compute to the provider, its price to each app. */
const payAnswers = (
  context: HookContext,
  provider: Address,
  ending: Ending,
  payouts: readonly Payout[],
): void => {
  const compute = payouts.reduce((sum, { receipt }) => sum + receipt.body.compute, 0n);
  const apps = payouts.reduce((sum, { receipt }) => sum + receipt.body.appFee, 0n);
  if (ending.type === 'voided') {
    for (const { receipt } of payouts)
      pay(context, account(receipt.payer), receipt.body.compute + receipt.body.appFee);
    addTotals(context.view, { refunded: compute + apps });
    return;
  }
  pay(context, account(provider), compute);
  for (const { receipt } of payouts)
    if (receipt.body.appFee > 0n) pay(context, account(receipt.body.app), receipt.body.appFee);
  addTotals(context.view, { fees: compute + apps, providers: compute, apps });
};

const payAttestorPart = (context: HookContext, ending: Ending, claims: number, amount: bigint): void => {
  switch (ending.type) {
    case 'settled':
      pay(context, pot('vesting'), amount);
      for (const { attestor, amount: part } of shareAmongBackers(amount, ending.backers))
        creditVesting(context, { attestor, epoch: ending.epoch }, claims, part);
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

/** The event of the end of one receipt. */
const ended = (
  { batch, provider }: PayoutBatch,
  ending: Ending,
  { index, receipt, outcome }: Payout,
  split: FeeSplit,
): Event => {
  const { payer, model, version, body } = receipt;
  const paid = { compute: body.compute, appFee: body.appFee, fee: body.fee, ...split };
  const named = { receipt: { batch, index }, model, version, payer, provider };
  switch (ending.type) {
    case 'settled': {
      const { settlement, attestor } = ending;
      const coverageBps = outcome?.coverageBps ?? 0;
      return {
        type: 'receiptFinalized',
        data: { ...named, settlement, attestor, coverageBps, paid },
      };
    }
    case 'unsettled':
      return { type: 'receiptExpired', data: { ...named, paid } };
    case 'voided': {
      const { settlement, challenger } = ending;
      return { type: 'receiptVoided', data: { ...named, settlement, challenger, paid } };
    }
  }
};

/** Returns the amount that a credit adds to the part of each party. */
const partiesPaid = (view: ReadView, { model, amount, earned }: ModelCredit) =>
  partiesOf(knownModel(view, model)).map(({ account: party, bps }) => ({
    account: party,
    amount: shareOfEarned(earned, bps) - shareOfEarned(earned - amount, bps),
  }));

/** What an ancestor is paid for the use of models that were made from it. */
type AncestorPayout = { amount: bigint; readonly descendants: ModelId[]; readonly indexes: number[] };

/** What the ancestors of these models are paid, in the order in which the models name them first. */
const ancestorPayouts = (
  models: ReadonlyMap<ModelId, ModelPayout & { readonly lineage: Lineage }>,
): ReadonlyMap<ModelId, AncestorPayout> => {
  const ancestors = new Map<ModelId, AncestorPayout>();
  for (const [descendant, { lineage, indexes }] of models)
    for (const { model, amount } of lineage.ancestors) {
      if (amount === 0n) continue;
      const sums = ancestors.get(model) ?? { amount: 0n, descendants: [], indexes: [] };
      ancestors.set(model, sums);
      sums.amount += amount;
      sums.descendants.push(descendant);
      sums.indexes.push(...indexes);
    }
  return ancestors;
};

/**
 * Pays models, and their ancestors, and their running epochs. Returns what all models were paid. An ancestor is credited once
 * for all its descendants: a batch may be of hundreds of models with the same eight ancestors, each of them with 17 parties.
 */
const payModels = (context: HookContext, batch: Root, payouts: ReadonlyMap<ModelId, ModelPayout>): bigint => {
  const { view, emit } = context;
  const credit = (
    model: ModelId,
    amount: bigint,
    descendants: readonly ModelId[],
    indexes: readonly number[],
  ): void => {
    if (amount === 0n) return;
    const credited = creditModel(view, model, amount);
    const parties = partiesPaid(view, credited);
    emit({ type: 'modelPaid', data: { ...credited, descendants, receipts: { batch, indexes }, parties } });
  };
  const models = new Map(
    [...payouts].map(([id, payout]) => [
      id,
      { ...payout, lineage: splitByLineage(knownModel(view, id), payout.model) },
    ]),
  );
  for (const [id, { amount, descendants, indexes }] of ancestorPayouts(models))
    credit(
      id,
      amount,
      descendants,
      indexes.toSorted((a, b) => a - b),
    );
  let paid = 0n;
  for (const [id, { model: amount, lineage, receipts, indexes }] of models) {
    paid += amount;
    credit(id, lineage.own, [], indexes);
    addDataMoney(context, id, receipts);
  }
  return paid;
};

/** Pays out receipts of one batch that end alike. */
export const payOut = (
  context: HookContext,
  from: PayoutBatch,
  ending: Ending,
  payouts: readonly Payout[],
): void => {
  const { view, block, emit } = context;
  let fees = 0n;
  let burned = 0n;
  let treasury = 0n;
  let attestors = 0n;
  let stakers = 0n;
  let data = 0n;
  const models = new Map<ModelId, ModelPayout>();
  for (const payout of payouts) {
    const { index, receipt, outcome } = payout;
    const { body, model } = receipt;
    const split = splitFee(body.fee, block.params.shares);
    fees += body.fee;
    burned += split.burned;
    treasury += split.treasury;
    attestors += split.attestor;
    stakers += split.stakers;
    data += split.data;
    const sums: ModelPayout = models.get(model) ?? { model: 0n, receipts: [], indexes: [] };
    sums.model += split.model;
    sums.receipts.push({ version: receipt.version, data: split.data, attribution: outcome });
    sums.indexes.push(index);
    models.set(model, sums);
    emit(ended(from, ending, payout, split));
  }
  payAnswers(context, from.provider, ending, payouts);
  payAttestorPart(context, ending, payouts.length, attestors);
  pay(context, pot('burnedFees'), burned);
  pay(context, pot('treasury'), treasury);
  pay(context, pot('rewards'), stakers);
  const earned = creditStakers(view, stakers);
  const receipts = { batch: from.batch, indexes: payouts.map(({ index }) => index) };
  if (stakers > 0n) emit({ type: 'stakersPaid', data: { receipts, amount: stakers, earned } });
  pay(context, pot('dataPools'), data);
  const modelParts = payModels(context, from.batch, models);
  pay(context, pot('rewards'), modelParts);
  addTotals(view, {
    [ending.type]: BigInt(payouts.length),
    fees,
    burned,
    treasury,
    model: modelParts,
    stakers,
  });
};
