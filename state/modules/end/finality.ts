/**
 * When receipts end: their settlement becomes final, or time runs out. A claim of a settlement becomes final at the end
 * of the first block in which all of these hold:
 *
 *     the window of the settlement has passed, and also the claim's own if an answered DEMAND restarted it
 *     no DEMAND on it is open
 *     another DEMAND on the settlement could be opened
 *     nothing is missing behind it (backing.ts)
 *
 * The third keeps an attestor from taking all places itself, so that nobody else can ask for what is withheld: after
 * the last time that all places were taken there is a whole challenge window.
 */
import { type Height, type Root, toHeight } from '../../../src/lib/brands.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { divFloorNumber, maxBig, sumBig } from '../../../src/lib/math.ts';
import { bytesKey } from '../../view.ts';
import { demandsAreFull, forgetDemands, openDemandsOf } from '../disputes/demands.ts';
import { returnPrices, spendPrices } from '../disputes/excused.ts';
import type { Hook, HookContext } from '../kit/context.ts';
import { deadlinesOf, expiringBatches, expiringReceipts, takeLate } from '../models/deadlines.ts';
import { knownModel } from '../models/models.ts';
import { type Payout, payOut } from '../pay/payouts.ts';
import { endPending } from '../pay/vesting.ts';
import { backingOf, dueBackings, freeBackers, isShort } from '../receipts/backing.ts';
import {
  type Batch,
  batchOf,
  batchStatusOf,
  closeReceipts,
  dropSettlement,
  epochEnd,
  finaliseReceipts,
  receiptsBy,
  setBatchStatus,
  settledWith,
} from '../receipts/receipts.ts';
import {
  finalSettlements,
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
  if (settlement.heldUntil > block.height || demandsAreFull(view, id, params) || isShort(view, id))
    return new Set();
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

/** The epoch of a settlement. */
const epochOf = ({ block }: HookContext, { height }: Settlement): Height =>
  epochEnd(height, block.params.attribution);

const finaliseClaims = (context: HookContext, id: Root): void => {
  const { view, block } = context;
  const settlement = settlementOf(view, id);
  const ripe = ripeClaims(context, id, settlement);
  if (ripe.size === 0) return;
  const batch = storedBatch(context, settlement.batch);
  const receiptAt = receiptsBy(view, settlement.batch, batch);
  const payouts: Payout[] = outcomesOf(view, id).flatMap((outcome) => {
    const receipt = ripe.has(outcome.index) ? receiptAt(outcome.index) : undefined;
    return receipt === undefined ? [] : [{ index: outcome.index, receipt, outcome }];
  });
  invariant(payouts.length === ripe.size, 'a settlement has an outcome for each of its receipts');
  const bond = sumBig(payouts.map(({ outcome }) => outcome?.bond ?? 0n));
  const backers = backingOf(view, id)?.backers ?? [{ attestor: settlement.attestor, amount: bond }];
  freeBackers(view, backers);
  payOut(
    context,
    { batch: settlement.batch, provider: batch.provider },
    {
      type: 'settled',
      settlement: id,
      attestor: settlement.attestor,
      epoch: epochOf(context, settlement),
      backers,
    },
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

/** A short claim is dropped: nobody has added what is missing behind it. Its receipt is open, and expires. */
const drop = (context: HookContext, id: Root): void => {
  const { view, emit } = context;
  const backing = backingOf(view, id);
  const settlement = settlementOf(view, id);
  const { batch, attestor } = settlement;
  const status = batchStatusOf(view, batch);
  const [index] = settledWith(status, id);
  if (backing === undefined || backing.missing === 0n || index === undefined) return;
  // Somebody was promised an answer: if none comes, the claim is reverted, and its bonds are lost.
  const waits = openDemandsOf(view, id).map(({ demand, outdone }) => (demand ?? outdone)?.answerBy ?? 0n);
  if (waits.length > 0) {
    dueBackings.add(view, toHeight(waits.reduce(maxBig, 0n)), id);
    return;
  }
  freeBackers(view, backing.backers);
  for (const backer of backing.backers)
    endPending(context, { attestor: backer.attestor, epoch: epochOf(context, settlement) });
  setBatchStatus(view, batch, dropSettlement(status, index));
  returnPrices(context, { batch, index, settlement: id });
  forgetDemands(view, id);
  emit({
    type: 'claimDropped',
    data: { settlement: id, receipt: { batch, index }, attestor, missing: backing.missing },
  });
  expire(context, batch, [index]);
};

/** The end of the last block in which what is missing behind claims could be added. */
export const dropShortClaims: Hook = (context) => {
  const { view, block } = context;
  for (const id of distinct(dueBackings.take(view, block.height))) drop(context, id);
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
