/**
 * Batches of receipts. What a batch says is written once, in two values, so that one receipt is found without decoding
 * all; what becomes of its receipts is a third, small one: a thousand receipts cost the tree three keys.
 *
 *     batches/<transaction id>/terms      who sent it, for whom it is, and by which versions of models
 *     batches/<transaction id>/receipts   the bodies of its receipts
 *     batches/<transaction id>/status     how far each has come, and which settlement it has
 */

import { type Address, type Height, type Root, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { choice } from '../../../src/lib/choice.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { divCeil } from '../../../src/lib/math.ts';
import {
  address20,
  container,
  list,
  root32,
  type Ssz,
  uint16,
  uint32,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import type { AttributionParams } from '../../params.ts';
import { RECEIPTS_MAX, type ReceiptBody, ReceiptBodyType } from '../../tx/receipt.ts';
import { bytesKey, type Key, type ReadView, type View } from '../../view.ts';
import { fixedElements, load, loadKnown, save } from '../kit/stored.ts';

const BatchGroupType = container({
  payer: address20,
  lane: uint32,
  count: uint16,
});
/** Consecutive receipts of one payer and lane, with their number. */
export type BatchGroup = ValueOf<typeof BatchGroupType>;

const BatchType = container({
  provider: address20,
  /** The height of the batch's block. */
  height: height64,
  /** The last block in which its receipts may be settled whose version was calibrated by then (state/modules/models/deadlines.ts). */
  deadline: height64,
  groups: list(BatchGroupType, RECEIPTS_MAX),
  /** The version of its model for each receipt. */
  versions: list(uint32, RECEIPTS_MAX),
});
export type Batch = ValueOf<typeof BatchType>;

const BodiesType: Ssz<readonly ReceiptBody[]> = list(ReceiptBodyType, RECEIPTS_MAX);

/**
 * The status of a receipt:
 *
 *     open ──► settled ──► final        paid out by its settlement
 *      │  ◄───    │                     a challenge reverted the settlement: open to the next attestor, with a new deadline
 *      ├────────────────► expired      nobody settled it in time: paid out without attribution
 *      └──────────┴─────► void         what it commits to is malformed: the compute goes back to the payer
 */
const ReceiptStatusType = container({
  /** 0, or, of one that is settled or final, 1 + the place of its settlement in `settlements`. */
  by: uint16,
  status: choice(['open', 'settled', 'final', 'expired', 'void']),
});
export type ReceiptStatus = ValueOf<typeof ReceiptStatusType>;

const ReopenedReceiptType = container({
  index: uint16,
  /** The last block in which it may be settled. */
  deadline: height64,
});

const BatchStatusType = container({
  /** Settlements, by transaction. One that no receipt has any more is replaced by the next. */
  settlements: list(root32, RECEIPTS_MAX),
  /** The status of each receipt. */
  receipts: list(ReceiptStatusType, RECEIPTS_MAX),
  /**
   * The receipts whose settlement was reverted, ascending by index. Each has its own deadline, in place of
   * the batch's.
   */
  reopened: list(ReopenedReceiptType, RECEIPTS_MAX),
});
export type BatchStatus = ValueOf<typeof BatchStatusType>;

const termsKey = (id: Root): Key => `batches/${bytesKey(id)}/terms`;
const receiptsKey = (id: Root): Key => `batches/${bytesKey(id)}/receipts`;
const statusKey = (id: Root): Key => `batches/${bytesKey(id)}/status`;

/** The last block of the epoch of `height`. */
export const epochEnd = (height: Height, { epochBlocks }: AttributionParams): Height =>
  toHeight(divCeil(height, BigInt(epochBlocks)) * BigInt(epochBlocks));

export const batchOf = (view: ReadView, id: Root): Batch | undefined => load(view, termsKey(id), BatchType);

export const batchStatusOf = (view: ReadView, id: Root): BatchStatus =>
  loadKnown(view, statusKey(id), BatchStatusType);

export const setBatchStatus = (view: View, id: Root, status: BatchStatus): void =>
  save(view, statusKey(id), BatchStatusType, status);

export const addBatch = (view: View, id: Root, batch: Batch, bodies: readonly ReceiptBody[]): void => {
  save(view, termsKey(id), BatchType, batch);
  save(view, receiptsKey(id), BodiesType, bodies);
  setBatchStatus(view, id, {
    settlements: [],
    receipts: bodies.map(() => ({ by: 0, status: 'open' })),
    reopened: [],
  });
};

/** The settlement that a receipt has, if it has one. */
export const settlementIdOf = (status: BatchStatus, index: number): Root | undefined =>
  status.settlements[(status.receipts[index]?.by ?? 0) - 1];

/** The receipts, by index, that stand as this settlement left them. */
export const settledWith = (status: BatchStatus, settlement: Root): readonly number[] => {
  const by = 1 + status.settlements.findIndex((id) => equal(id, settlement));
  return by === 0
    ? []
    : status.receipts.flatMap((each, index) => (each.status === 'settled' && each.by === by ? [index] : []));
};

const withReceipts = (
  status: BatchStatus,
  indexes: readonly number[],
  change: (before: ReceiptStatus) => ReceiptStatus,
): BatchStatus => {
  const changed = new Set(indexes);
  return {
    ...status,
    receipts: status.receipts.map((before, index) => (changed.has(index) ? change(before) : before)),
  };
};

/** These receipts, open until now, have this settlement. */
export const settleReceipts = (
  status: BatchStatus,
  settlement: Root,
  indexes: readonly number[],
): BatchStatus => {
  const used = new Set(status.receipts.map(({ by }) => by));
  // A place for each receipt is enough: as many settlements can have one.
  const free = status.settlements.findIndex((_, place) => !used.has(place + 1));
  const place = free < 0 ? status.settlements.length : free;
  const settlements = [...status.settlements];
  settlements[place] = settlement;
  return withReceipts({ ...status, settlements }, indexes, ({ status: before }) => {
    invariant(before === 'open', 'an open receipt is settled');
    return { by: place + 1, status: 'settled' };
  });
};

export const finaliseReceipts = (status: BatchStatus, indexes: readonly number[]): BatchStatus =>
  withReceipts(status, indexes, ({ by, status: before }) => {
    invariant(before === 'settled', 'a settled receipt becomes final');
    return { by, status: 'final' };
  });

/** These receipts are paid out without a settlement, or not at all. */
export const closeReceipts = (
  status: BatchStatus,
  indexes: readonly number[],
  closed: 'expired' | 'void',
): BatchStatus => withReceipts(status, indexes, () => ({ by: 0, status: closed }));

/** What was missing behind the claim of a receipt was not added: the receipt is as it was before. */
export const dropSettlement = (status: BatchStatus, index: number): BatchStatus =>
  withReceipts(status, [index], () => ({ by: 0, status: 'open' }));

/** The settlement of a receipt has fallen: it may be settled again until `deadline`. */
export const reopenReceipt = (status: BatchStatus, index: number, deadline: Height): BatchStatus => ({
  ...withReceipts(status, [index], () => ({ by: 0, status: 'open' })),
  reopened: [...status.reopened.filter((each) => each.index !== index), { index, deadline }].sort(
    (a, b) => a.index - b.index,
  ),
});

export type BatchReceipt = {
  readonly payer: Address;
  readonly lane: number;
  readonly model: ModelId;
  readonly version: number;
  readonly body: ReceiptBody;
};

/**
 * Returns a lookup of the receipts of a batch: of the one at an index, over all groups in order. It decodes no other, because
 * a batch may be of a thousand, and who settles one of them pays for one.
 */
export const receiptsBy = (
  view: ReadView,
  id: Root,
  { groups, versions }: Batch,
): ((index: number) => BatchReceipt | undefined) => {
  const groupOf = groups.flatMap((group) => Array.from({ length: group.count }, () => group));
  const bodyOf = fixedElements(view, receiptsKey(id), ReceiptBodyType, ReceiptBodyType.maxBytes);
  return (index) => {
    const body = bodyOf(index);
    const group = groupOf[index];
    const version = versions[index];
    return body === undefined || group === undefined || version === undefined
      ? undefined
      : { payer: group.payer, lane: group.lane, model: body.model, version, body };
  };
};

/** One of {@link receiptsBy}. */
export const receiptAt = (view: ReadView, id: Root, batch: Batch, index: number): BatchReceipt | undefined =>
  receiptsBy(view, id, batch)(index);

/** All receipts of a batch, in order. */
export const receiptsOf = (view: ReadView, id: Root, batch: Batch): readonly BatchReceipt[] => {
  const receipt = receiptsBy(view, id, batch);
  return batch.versions.map((_, index) => {
    const known = receipt(index);
    invariant(known !== undefined, 'a batch names the version of the model of each receipt');
    return known;
  });
};
