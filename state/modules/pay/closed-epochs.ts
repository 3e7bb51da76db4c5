/**
 * What each epoch of a model came to: with the outcome of a receipt it tells, to the base unit, what the receipt brought
 * whom. Written when the epoch closes, and never again.
 *
 *     epochs/<model>/closed/<height>   by the height at whose end it closed
 */
import { container, type Ssz, uint64, uint128, uint256 } from '../../../src/lib/ssz.ts';
import type { EpochSums } from '../../attribution/epoch.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { load, save } from '../kit/stored.ts';

export type ClosedEpoch = {
  readonly sums: EpochSums;
  /** Receipts settled. */
  readonly settled: bigint;
  /** D of the receipts that nobody settled in time, base units. */
  readonly unsettled: bigint;
  /** Negative excess that it had to make up for, base units times basis points. */
  readonly debt: bigint;
  /** Σ A_c: what the span pool was shared by. */
  readonly weight: bigint;
  /** The span pool, base units. */
  readonly spans: bigint;
  readonly remainder: bigint;
  /** The part of `remainder` that no Datanet could take. */
  readonly remainderToTreasury: bigint;
};

const ClosedEpochType: Ssz<ClosedEpoch> = container<ClosedEpoch>({
  sums: container<EpochSums>({ data: uint128, gain: uint256, expected: uint256 }),
  settled: uint64,
  unsettled: uint128,
  debt: uint256,
  weight: uint256,
  spans: uint128,
  remainder: uint128,
  remainderToTreasury: uint128,
});

const key = (model: number, height: bigint): Key => `epochs/${numberKey(model)}/closed/${numberKey(height)}`;

export const closedEpochOf = (view: ReadView, model: number, height: bigint): ClosedEpoch | undefined =>
  load(view, key(model, height), ClosedEpochType);

export const setClosedEpoch = (view: View, model: number, height: bigint, epoch: ClosedEpoch): void =>
  save(view, key(model, height), ClosedEpochType, epoch);
