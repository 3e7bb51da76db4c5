/**
 * Where the money of receipts goes when they are final, and when nobody has settled them in time (attribution.md §7):
 * compute to the provider, the model fee in floors, D, the residue, to the model's running epoch. The few who are paid
 * for every receipt are paid at once; all others are credited.
 */
import type { Address, Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import { splitFee } from '../attribution/fees.ts';
import { account, type Holder, payFromPot, pot } from './accounts.ts';
import { attestorOf } from './attestors.ts';
import { addDataMoney, type DataMoney } from './epochs.ts';
import type { Hook, HookContext } from './hook.ts';
import { knownModel } from './models.ts';
import {
  type Batch,
  type BatchReceipt,
  batchOf,
  batchStatusOf,
  expiringBatches,
  receiptsOf,
  setBatchStatus,
} from './receipts.ts';
import { creditModel, creditStakers } from './rewards.ts';
import {
  finalSettlements,
  lockedBondOf,
  outcomesOf,
  type ReceiptOutcome,
  setLockedBond,
  settlementOf,
} from './settlements.ts';
import { addTotals } from './totals.ts';

/** A receipt to pay out; without an outcome nobody has settled it. */
type Payout = { readonly receipt: BatchReceipt; readonly outcome: ReceiptOutcome | undefined };

type ModelPayout = { model: bigint; readonly receipts: DataMoney[] };

/** @param attestor - undefined if nobody settled: then the attestor's share goes to the treasury. */
const payOut = (
  context: HookContext,
  provider: Address,
  attestor: Address | undefined,
  payouts: readonly Payout[],
): void => {
  const { view, block } = context;
  let compute = 0n;
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
    compute += body.compute;
    fees += body.fee;
    burned += split.burned;
    treasury += split.treasury;
    attestors += split.attestor;
    stakers += split.stakers;
    data += split.data;
    const sums: ModelPayout = models.get(model) ?? { model: 0n, receipts: [] };
    sums.model += split.model;
    sums.receipts.push({ data: split.data, attribution: outcome });
    models.set(model, sums);
  }
  if (attestor === undefined) {
    treasury += attestors;
    attestors = 0n;
  } else pay(context, account(attestor), attestors);
  pay(context, account(provider), compute);
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
    addDataMoney(context, id, model, sums.receipts);
  }
  pay(context, pot('rewards'), modelParts);
  const count = BigInt(payouts.length);
  addTotals(view, {
    settled: attestor === undefined ? 0n : count,
    unsettled: attestor === undefined ? count : 0n,
    fees: compute + fees,
    burned,
    treasury,
    attestors,
    providers: compute,
    model: modelParts,
    stakers,
  });
};

const pay = ({ view }: HookContext, to: Holder, amount: bigint): void =>
  payFromPot(view, 'heldFees', to, amount);

const storedBatch = (context: HookContext, id: Root): Batch => {
  const batch = batchOf(context.view, id);
  invariant(batch !== undefined, 'a settlement and a deadline are of a batch');
  return batch;
};

/** The end of a challenge window: settlements are final, their bonds free, their receipts paid. */
export const finaliseSettlements: Hook = (context) => {
  const { view, block, emit } = context;
  for (const id of finalSettlements.take(view, block.height)) {
    const settlement = settlementOf(view, id);
    const attestor = attestorOf(view, settlement.attestor);
    invariant(attestor !== undefined, 'a settlement is of an attestor');
    setLockedBond(view, settlement.attestor, lockedBondOf(view, settlement.attestor) - settlement.bond);
    const batch = storedBatch(context, settlement.batch);
    const receipts = receiptsOf(view, settlement.batch, batch);
    const outcomes = outcomesOf(view, id);
    const payouts = outcomes.flatMap((outcome) => {
      const receipt = receipts[outcome.index];
      return receipt === undefined ? [] : [{ receipt, outcome }];
    });
    invariant(payouts.length === outcomes.length, 'a settlement is of receipts of its batch');
    payOut(context, batch.provider, attestor.payout, payouts);
    const status = batchStatusOf(view, settlement.batch);
    setBatchStatus(view, settlement.batch, {
      ...status,
      settlements: status.settlements.map((each) =>
        toHex(each.id) === toHex(id) ? { id, final: true } : each,
      ),
    });
    emit({
      type: 'settlementFinal',
      data: { settlement: toHex(id), batch: toHex(settlement.batch), receipts: payouts.length },
    });
  }
};

/** The end of the last block in which receipts could be settled: what is left is paid out without attribution. */
export const expireBatches: Hook = (context) => {
  const { view, block, emit } = context;
  for (const id of expiringBatches.take(view, block.height)) {
    const status = batchStatusOf(view, id);
    const batch = storedBatch(context, id);
    const payouts = receiptsOf(view, id, batch)
      .filter((_, index) => status.settledBy[index] === 0)
      .map((receipt) => ({ receipt, outcome: undefined }));
    if (payouts.length === 0) continue;
    setBatchStatus(view, id, { ...status, expired: true });
    payOut(context, batch.provider, undefined, payouts);
    emit({ type: 'receiptsUnsettled', data: { batch: toHex(id), receipts: payouts.length } });
  }
};
