/**
 * Batches of receipts. What a batch says is written once, in two values, so that one receipt is found without decoding
 * all; what becomes of its receipts is a third, small one: a thousand receipts cost the tree three keys.
 *
 *     batches/<transaction id>/terms      who sent it, and for whom and which models it is
 *     batches/<transaction id>/receipts   the bodies of its receipts
 *     batches/<transaction id>/status     which settlement each has, if any
 */
import type { Address, Root } from '../../src/lib/brands.ts';
import { divCeil } from '../../src/lib/math.ts';
import {
  address20,
  boolean,
  container,
  list,
  root32,
  type Ssz,
  uint16,
  uint32,
  uint64,
} from '../../src/lib/ssz.ts';
import type { AttributionParams } from '../params.ts';
import { type ReceiptBody, ReceiptBodyType } from '../tx/receipt.ts';
import { hexKey, type Key, type ReadView, type View } from '../view.ts';
import { queue } from './sequence.ts';
import { load, loadFixedElement, loadKnown, save } from './stored.ts';

/** Receipts in one batch; the chain's parameters may say less. */
export const RECEIPTS_MAX = 1000;

/** How many receipts in a row are of one payer and one model. */
export type BatchGroup = { readonly payer: Address; readonly model: number; readonly count: number };

export type Batch = {
  readonly provider: Address;
  /** Of its block. */
  readonly height: bigint;
  /** The last block in which its receipts may be settled: {@link settlementDeadline}. */
  readonly deadline: bigint;
  readonly groups: readonly BatchGroup[];
};

const BatchType: Ssz<Batch> = container<Batch>({
  provider: address20,
  height: uint64,
  deadline: uint64,
  groups: list(container<BatchGroup>({ payer: address20, model: uint32, count: uint16 }), RECEIPTS_MAX),
});

const BodiesType: Ssz<readonly ReceiptBody[]> = list(ReceiptBodyType, RECEIPTS_MAX);

export type BatchStatus = {
  /** The settlements of its receipts, by transaction, in order. */
  readonly settlements: readonly { readonly id: Root; readonly final: boolean }[];
  /** For each receipt 0, or 1 + the place of its settlement in `settlements`. */
  readonly settledBy: readonly number[];
  /** True if some were not settled by the deadline: those have been paid out without attribution. */
  readonly expired: boolean;
};

const BatchStatusType: Ssz<BatchStatus> = container<BatchStatus>({
  settlements: list(
    container<{ readonly id: Root; readonly final: boolean }>({ id: root32, final: boolean }),
    RECEIPTS_MAX,
  ),
  settledBy: list(uint16, RECEIPTS_MAX),
  expired: boolean,
});

const termsKey = (id: Root): Key => `batches/${hexKey(id)}/terms`;
const receiptsKey = (id: Root): Key => `batches/${hexKey(id)}/receipts`;
const statusKey = (id: Root): Key => `batches/${hexKey(id)}/status`;

/** Batches by their deadline. */
export const expiringBatches = queue('due/batches', root32);

/** The block at whose end the epoch of `height` closes. */
export const epochEnd = (height: bigint, { epochBlocks }: AttributionParams): bigint =>
  divCeil(height, BigInt(epochBlocks)) * BigInt(epochBlocks);

/**
 * Receipts may be settled for as many blocks as `settleEpochs` epochs have. Counted from their own block, and not from
 * the end of their epoch, so that no block has to pay out a whole epoch's receipts at once.
 */
export const settlementDeadline = (height: bigint, params: AttributionParams): bigint =>
  height + BigInt(params.settleEpochs) * BigInt(params.epochBlocks);

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
    settledBy: new Array<number>(bodies.length).fill(0),
    expired: false,
  });
  expiringBatches.add(view, batch.deadline, id);
};

export type BatchReceipt = { readonly payer: Address; readonly model: number; readonly body: ReceiptBody };

/** The receipts of all groups in order: a receipt's index is its place here. */
export const receiptsOf = (view: ReadView, id: Root, { groups }: Batch): readonly BatchReceipt[] => {
  const bodies = loadKnown(view, receiptsKey(id), BodiesType);
  let from = 0;
  return groups.flatMap(({ payer, model, count }) => {
    const first = from;
    from += count;
    return bodies.slice(first, from).map((body) => ({ payer, model, body }));
  });
};

/** One of {@link receiptsOf}. */
export const receiptAt = (
  view: ReadView,
  id: Root,
  { groups }: Batch,
  index: number,
): BatchReceipt | undefined => {
  const body = loadFixedElement(view, receiptsKey(id), ReceiptBodyType, ReceiptBodyType.maxBytes, index);
  let end = 0;
  const group = groups.find(({ count }) => {
    end += count;
    return index < end;
  });
  return body === undefined || group === undefined
    ? undefined
    : { payer: group.payer, model: group.model, body };
};
