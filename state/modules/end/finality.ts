/**
 * When receipts end: their settlement becomes final, or time runs out. A claim of a settlement becomes final at the end
 * of the first block in which all of these hold:
 *
 *     the window of the settlement has passed, and also the claim's own if an answered DEMAND restarted it
 *     no DEMAND on it is open
 *     another DEMAND on the settlement could be opened
 *
 * The third keeps an attestor from taking all places itself, so that nobody else can ask for what is withheld: after
 * the last time that all places were taken there is a whole challenge window.
 */
import type { Root } from '../../../src/lib/brands.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { divFloorNumber } from '../../../src/lib/math.ts';
import { bytesKey } from '../../view.ts';
import { demandsAreFull, forgetDemands, openDemandsOf } from '../disputes/demands.ts';
import { spendPrices } from '../disputes/excused.ts';
import type { Hook, HookContext } from '../kit/context.ts';
import { attestorOf } from '../ledger/attestors.ts';
import { deadlinesOf, expiringBatches, expiringReceipts, takeLate } from '../models/deadlines.ts';
import { knownModel } from '../models/models.ts';
import { type Payout, payOut } from '../pay/payouts.ts';
import {
  type Batch,
  batchOf,
  batchStatusOf,
  closeReceipts,
  finaliseReceipts,
  receiptsBy,
  setBatchStatus,
  settledWith,
} from '../receipts/receipts.ts';
import {
  finalSettlements,
  freeBond,
  heldClaimsOf,
  keepFinalHeight,
  outcomesOf,
  type Settlement,
  settlementOf,
} from '../receipts/settlements.ts';

const storedBatch = ({ view }: HookContext, id: Root): Batch => {
  const batch = batchOf(view, id);
  invariant(batch !== undefined, 'a settlement and a deadline are of a batch');
  return batch;
};

/** Receipts, by index, whose claim in this settlement becomes final now. */
const ripeClaims = ({ view, block }: HookContext, id: Root, settlement: Settlement): ReadonlySet<number> => {
  const params = block.params.attribution;
  if (settlement.heldUntil > block.height || demandsAreFull(view, id, params)) return new Set();
  const held = heldClaimsOf(view, id);
  const demanded = new Set(
    openDemandsOf(view, id).map(({ target }) => {
      invariant(target.type === 'receipt', 'a demand on a settlement is on a receipt of it');
      return target.value.index;
    }),
  );
  const settled = settledWith(batchStatusOf(view, settlement.batch), id);
  return new Set(settled.filter((index) => (held.get(index) ?? 0n) <= block.height && !demanded.has(index)));
};

const finaliseClaims = (context: HookContext, id: Root): void => {
  const { view, block } = context;
  const settlement = settlementOf(view, id);
  const ripe = ripeClaims(context, id, settlement);
  if (ripe.size === 0) return;
  const attestor = attestorOf(view, settlement.attestor);
  invariant(attestor !== undefined, 'a settlement is of an attestor');
  freeBond(view, settlement.attestor, settlement.bondPerReceipt * BigInt(ripe.size));
  const batch = storedBatch(context, settlement.batch);
  const receiptAt = receiptsBy(view, settlement.batch, batch);
  const payouts: Payout[] = outcomesOf(view, id).flatMap((outcome) => {
    const receipt = ripe.has(outcome.index) ? receiptAt(outcome.index) : undefined;
    return receipt === undefined ? [] : [{ index: outcome.index, receipt, outcome }];
  });
  invariant(payouts.length === ripe.size, 'a settlement has an outcome for each of its receipts');
  payOut(
    context,
    { batch: settlement.batch, provider: batch.provider },
    { type: 'settled', settlement: id, attestor: settlement.attestor, payout: attestor.payout },
    payouts,
  );
  const status = finaliseReceipts(batchStatusOf(view, settlement.batch), [...ripe]);
  setBatchStatus(view, settlement.batch, status);
  keepFinalHeight(view, id, ripe, block.height);
  for (const index of ripe) spendPrices(context, { batch: settlement.batch, index, settlement: id });
  if (settledWith(status, id).length === 0) forgetDemands(view, id);
};

/** Each once: a settlement or batch that is due more than once at a height is read and written once. */
const distinct = (ids: readonly Root[]): readonly Root[] => [
  ...new Map(ids.map((id) => [bytesKey(id), id])).values(),
];

/** The end of a challenge window: claims are final, their bonds free, their receipts paid. */
export const finaliseSettlements: Hook = (context) => {
  const { view, block } = context;
  for (const id of distinct(finalSettlements.take(view, block.height))) finaliseClaims(context, id);
};

const NO_MODELS: ReadonlySet<ModelId> = new Set();

/**
 * Pays out, without attribution, receipts of a batch that are open and whose last block this is, or one before it. Returns the
 * models that they are of.
 *
 * @param among - the receipts to look at, by index; all of the batch if left out
 */
const expire = (context: HookContext, id: Root, among?: readonly number[]): ReadonlySet<ModelId> => {
  const { view, block } = context;
  const status = batchStatusOf(view, id);
  const open = (among ?? [...status.receipts.keys()]).filter(
    (index) => status.receipts[index]?.status === 'open',
  );
  if (open.length === 0) return NO_MODELS;
  const batch = storedBatch(context, id);
  const receiptAt = receiptsBy(view, id, batch);
  const deadlineOf = deadlinesOf(view, batch, status, block.params.attribution);
  const expired = open.flatMap((index) => {
    const receipt = receiptAt(index);
    invariant(receipt !== undefined, 'each receipt with a status is one of the batch');
    const deadline = deadlineOf(index, receipt);
    return deadline !== undefined && deadline <= block.height ? [{ index, receipt }] : [];
  });
  if (expired.length === 0) return NO_MODELS;
  const indexes = expired.map(({ index }) => index);
  const payouts: Payout[] = expired.map((each) => ({ ...each, outcome: undefined }));
  setBatchStatus(view, id, closeReceipts(status, indexes, 'expired'));
  payOut(context, { batch: id, provider: batch.provider }, { type: 'unsettled' }, payouts);
  return new Set(expired.map(({ receipt }) => receipt.model));
};

/**
 * The work that a block does on receipts that have waited for a calibration: each counts as 1, and the batch that they are of
 * as 1 and another one for each 64 receipts that it has, because it is decoded. Their models, and those before them, count as 2
 * each: they are read, credited and told of. Somewhat less than to expire what a full block records.
 */
export const LATE_WORK = 2048;
const DECODED_PER_WORK = 64;
const CREDIT_WORK = 2;

const creditWork = ({ view }: HookContext, models: ReadonlySet<ModelId>): number =>
  [...models].reduce((sum, model) => sum + CREDIT_WORK * (1 + knownModel(view, model).ancestors.length), 0);

/** The end of the last block in which receipts could be settled, or settled again. */
export const expireReceipts: Hook = (context) => {
  const { view, block } = context;
  const due = [
    ...expiringBatches.take(view, block.height),
    ...expiringReceipts.take(view, block.height).map(({ batch }) => batch),
  ];
  for (const id of distinct(due)) expire(context, id);
  takeLate(view, block.height, LATE_WORK, ({ batch, indexes }) => {
    const models = expire(context, batch, indexes);
    const decoded = divFloorNumber(batchStatusOf(view, batch).receipts.length, DECODED_PER_WORK);
    return 1 + indexes.length + decoded + creditWork(context, models);
  });
};
