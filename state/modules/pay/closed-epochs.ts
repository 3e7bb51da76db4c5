/**
 * The totals of each closed epoch of a model. Together with the outcome of a receipt they determine, to the base
 * unit, what the receipt paid to whom. They are written once, when the epoch closes.
 *
 *     epochs/<model>/closed/<end>   by the last block of the epoch
 */

import type { Height } from '../../../src/lib/brands.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { container, uint64, uint128, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import { EpochSumsType } from '../../attribution/epoch.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { load, save } from '../kit/stored.ts';

export const ClosedEpochType = container({
  sums: EpochSumsType,
  /** Receipts settled. */
  settled: uint64,
  /** D of the receipts that nobody settled in time, base units. */
  unsettled: uint128,
  /** Negative excess that it had to make up for, base units times basis points. */
  debt: uint256,
  /** Σ A_c: what the span pool was shared by. */
  weight: uint256,
  /** The span pool, base units. */
  spans: uint128,
  /** Paid by relevance, base units. */
  relevance: uint128,
  /** The rest of the data money, which no track pays. */
  remainder: uint128,
  /** The part of `remainder` that does not go by novel tokens, or that no Datanet could take. */
  remainderToTreasury: uint128,
});
export type ClosedEpoch = ValueOf<typeof ClosedEpochType>;

const key = (model: ModelId, height: Height): Key => `epochs/${numberKey(model)}/closed/${numberKey(height)}`;

export const closedEpochOf = (view: ReadView, model: ModelId, height: Height): ClosedEpoch | undefined =>
  load(view, key(model, height), ClosedEpochType);

export const setClosedEpoch = (view: View, model: ModelId, height: Height, epoch: ClosedEpoch): void =>
  save(view, key(model, height), ClosedEpochType, epoch);
