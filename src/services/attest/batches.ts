/** The batches with receipts that are not final, and when to look at each of them again. */

import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { EventType } from '../../../state/events.ts';
import { heightOf } from '../../client/event-follower.ts';
import type { Height } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { divFloor, minBig } from '../../lib/math.ts';

/** The types of the events that {@link LiveBatches.see} acts on. */
export const BATCH_EVENTS: readonly EventType[] = [
  'receiptsRecorded',
  'receiptsSettled',
  'receiptReopened',
  'modelCalibrated',
];

/** The number of blocks after which every batch is looked at again: it may be final by then, or a round may have failed. */
const SWEEP_BLOCKS = 8n;
/** The same for a batch that waits for calibrations, at most: these may take long, and an event tells of their end. */
const CALIBRATION_BLOCKS = 64n;

export class LiveBatches {
  /** The height from which on a batch is looked at, by the id of the batch. */
  readonly #due = new Map<string, bigint>();
  /** The batches that wait for calibrations, and for nothing else. */
  readonly #uncalibrated = new Set<string>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.#due.set(id, 0n);
  }

  get ids(): readonly string[] {
    return [...this.#due.keys()];
  }

  see(events: readonly ChainEvent[]): void {
    for (const { cursor, type, data } of events)
      if (type === 'receiptsRecorded') this.#due.set(toHex(data.batch), heightOf(cursor));
      else if (type === 'receiptsSettled') this.wake(toHex(data.receipts.batch));
      // A batch that was done, or never seen, is open again.
      else if (type === 'receiptReopened') this.#due.set(toHex(data.receipt.batch), 0n);
      else if (type === 'modelCalibrated') {
        for (const id of this.#uncalibrated) this.wake(id);
        this.#uncalibrated.clear();
      }
  }

  /**
   * Does not look at a batch before the next calibration of a version has come to its end, or before long: a quarter of the
   * time to settle is the most, as the event may have come before the node that was asked had it.
   */
  awaitCalibration(id: string, height: Height, settleBlocks: bigint): void {
    if (!this.#due.has(id)) return;
    this.#uncalibrated.add(id);
    this.#due.set(id, height + minBig(CALIBRATION_BLOCKS, divFloor(settleBlocks, 4n)));
  }

  /** Makes a batch due at once: something has happened to it, or may have. */
  wake(id: string): void {
    if (this.#due.has(id)) this.#due.set(id, 0n);
  }

  /** Does not look at a batch before that height, unless something happens to it. */
  postpone(id: string, until: bigint): void {
    if (this.#due.has(id)) this.#due.set(id, until);
  }

  /** Removes a batch to which nothing more can happen. */
  forget(id: string): void {
    this.#due.delete(id);
    this.#uncalibrated.delete(id);
  }

  /** Returns the batches to look at now. Each then rests until something happens to it, or until the next sweep. */
  due(height: Height): readonly string[] {
    const ids = [...this.#due].flatMap(([id, due]) => (due <= height ? [id] : []));
    for (const id of ids) this.#due.set(id, height + SWEEP_BLOCKS);
    return ids;
  }
}
