/**
 * Until when receipts may be settled. The time to settle is `settleBlocks`. It runs from the receipt, or from the end of the
 * calibration of its version if that is later, because nobody can settle before. So a receipt of a version that is not
 * calibrated has no deadline yet. If a settlement is reverted, the time runs anew from that block.
 *
 *     due/batches/<deadline>                        batches with receipts of versions whose calibration had ended
 *     due/reopened/<deadline>                       receipts whose settlement was reverted
 *     uncalibrated/<model>/<version>/<index>        receipts of one batch, of a version that was not calibrated
 *     due/versions/<deadline>                       the versions of those, once their calibration has ended
 *     due/late/<index>                              versions whose deadline has passed, and whose batches are left to expire
 *
 * All receipts that have waited for one calibration have the same deadline, and they may be many. So a block looks through
 * so many of them, and the rest wait for the blocks that follow. None of them can be settled meanwhile.
 */
import { type Height, heightAfter, type Root } from '../../../src/lib/brands.ts';
import { container, list, root32, uint16, type ValueOf } from '../../../src/lib/ssz.ts';
import { type AttributionParams, settleBlocks } from '../../params.ts';
import { RECEIPTS_MAX } from '../../tx/receipt.ts';
import { numberKey, type ReadView, type View } from '../../view.ts';
import { fifo } from '../kit/fifo.ts';
import { queue } from '../kit/sequence.ts';
import type { Batch, BatchStatus } from '../receipts/receipts.ts';
import { calibrationOf, type ModelVersionId, ModelVersionIdType } from './calibrations.ts';

const ReceiptPlaceType = container({
  batch: root32,
  index: uint16,
});

/** Batches by the deadline of those of their receipts that had not to wait for a calibration. */
export const expiringBatches = queue('due/batches', root32);

/** Receipts whose settlement was reverted, by their new deadline. */
export const expiringReceipts = queue('due/reopened', ReceiptPlaceType);

const WaitingReceiptsType = container({
  batch: root32,
  indexes: list(uint16, RECEIPTS_MAX),
});
/** The receipts of a batch that wait for the calibration of one version. */
export type WaitingReceipts = ValueOf<typeof WaitingReceiptsType>;

const waiting = fifo('uncalibrated', WaitingReceiptsType);
const endedVersions = queue('due/versions', ModelVersionIdType);
const lateVersions = fifo('due', ModelVersionIdType);
const LATE = 'late';

const nameOf = ({ model, version }: ModelVersionId): string => `${numberKey(model)}/${numberKey(version)}`;

/** The last block in which a receipt may be settled for which the time begins with block `height`. */
export const settlementDeadline = (height: Height, params: AttributionParams): Height =>
  heightAfter(height, settleBlocks(params));

/** The block at whose end the calibration of a version came to its end; undefined if it has not. */
const calibrationEnd = (view: ReadView, { model, version }: ModelVersionId): Height | undefined => {
  const { type, value } = calibrationOf(view, model, version);
  return type === 'pending' ? undefined : value.height;
};

/**
 * Has the receipts of a new batch expire.
 *
 * @param deadline - of those that need not wait for a calibration
 * @param versions - that its receipts name, each once, with the receipts that name it
 */
export const scheduleBatch = (
  view: View,
  id: Root,
  deadline: Height,
  versions: readonly (ModelVersionId & Pick<WaitingReceipts, 'indexes'>)[],
): void => {
  const pending = versions.filter((each) => calibrationEnd(view, each) === undefined);
  for (const each of pending) waiting.add(view, nameOf(each), { batch: id, indexes: each.indexes });
  if (pending.length < versions.length) expiringBatches.add(view, deadline, id);
};

/** The calibration of a version has come to its end: the time to settle begins for the receipts that have waited for it. */
export const endWaiting = (
  view: View,
  id: ModelVersionId,
  height: Height,
  params: AttributionParams,
): void => {
  if (waiting.first(view, nameOf(id)) !== undefined)
    endedVersions.add(view, settlementDeadline(height, params), id);
};

/**
 * Takes the receipts that have waited for a calibration, and whose deadline this block is, or one before it, until that was
 * as much work as a block does.
 *
 * @param expire - expires those of them that are open, and returns how much work that was: at least 1
 */
export const takeLate = (
  view: View,
  height: Height,
  work: number,
  expire: (receipts: WaitingReceipts) => number,
): void => {
  for (const id of endedVersions.take(view, height)) lateVersions.add(view, LATE, id);
  let left = work;
  let version = lateVersions.first(view, LATE);
  while (version !== undefined && left > 0) {
    const name = nameOf(version);
    const receipts = waiting.first(view, name);
    if (receipts === undefined) {
      lateVersions.drop(view, LATE);
      version = lateVersions.first(view, LATE);
    } else {
      waiting.drop(view, name);
      left -= expire(receipts);
    }
  }
};

/**
 * Yields the receipts that wait for the calibration of a version, or have waited for it and may still be settled, from the
 * oldest batch on.
 */
export const waitingReceipts = (view: ReadView, id: ModelVersionId): Iterable<WaitingReceipts> =>
  waiting.all(view, nameOf(id));

/**
 * Returns a lookup of the last block in which a receipt of a batch may be settled: undefined while the calibration of its
 * version has not come to its end. It reads each version from the state once.
 */
export const deadlinesOf = (
  view: ReadView,
  { height, deadline }: Pick<Batch, 'height' | 'deadline'>,
  { reopened }: Pick<BatchStatus, 'reopened'>,
  params: AttributionParams,
): ((index: number, id: ModelVersionId) => Height | undefined) => {
  const anew = new Map(reopened.map((each) => [each.index, each.deadline]));
  const known = new Map<string, Height | undefined>();
  const readFirst = (id: ModelVersionId): Height | undefined => {
    const end = calibrationEnd(view, id);
    if (end === undefined) return undefined;
    return end > height ? settlementDeadline(end, params) : deadline;
  };
  const firstOf = (id: ModelVersionId): Height | undefined => {
    const name = nameOf(id);
    if (!known.has(name)) known.set(name, readFirst(id));
    return known.get(name);
  };
  return (index, id) => anew.get(index) ?? firstOf(id);
};
