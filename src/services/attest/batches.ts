/** Batches of receipts that a service still has to do with, and which of them something has happened to. */

import { attributionChallenge } from '../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../state/tx/attribution-settlement.ts';
import type { FollowedBlock } from '../../client/chain-follower.ts';
import { toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';

/** What moves batches: the kinds of transactions that {@link LiveBatches.see} has to be shown. */
export const BATCH_KINDS: readonly string[] = [
  'inferenceReceipt',
  'attributionSettlement',
  'attributionChallenge',
  'attributionAnswer',
];

/** Blocks after which every batch is looked at again: what happens without a transaction has happened by then. */
const SWEEP_BLOCKS = 8n;

export class LiveBatches {
  /** Ids, with the height from which on each is to be looked at. */
  readonly #due = new Map<string, bigint>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.#due.set(id, 0n);
  }

  get ids(): readonly string[] {
    return [...this.#due.keys()];
  }

  see({ height, transactions }: FollowedBlock): void {
    for (const { id, kind, payload } of transactions) {
      if (kind === 'inferenceReceipt') this.#due.set(id, height);
      else if (kind === 'attributionSettlement')
        this.stir(toHex(unwrap(attributionSettlement.payload.decode(payload)).batch));
      else if (kind === 'attributionChallenge') {
        const { target } = unwrap(attributionChallenge.payload.decode(payload));
        if (target.type === 'receipt') this.stir(toHex(target.value.batch));
      }
    }
  }

  /** Something has happened to it, or may have: it is looked at with the next block. */
  stir(id: string): void {
    if (this.#due.has(id)) this.#due.set(id, 0n);
  }

  /** It is not looked at before that height, unless something happens to it. */
  putOff(id: string, until: bigint): void {
    if (this.#due.has(id)) this.#due.set(id, until);
  }

  /** Nothing more can happen to it. */
  forget(id: string): void {
    this.#due.delete(id);
  }

  /** Those to look at now. Each then rests until something happens to it, or the next sweep. */
  take(height: bigint): readonly string[] {
    const ids = [...this.#due].flatMap(([id, due]) => (due <= height ? [id] : []));
    for (const id of ids) this.#due.set(id, height + SWEEP_BLOCKS);
    return ids;
  }
}
