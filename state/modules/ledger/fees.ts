/**
 * The cost of a transaction: gas times the base fee, which is burned, and a tip, which the proposer gets. The base fee
 * follows the demand in the manner of EIP-1559.
 */
import { unwrap } from '../../../src/lib/errors.ts';
import { divFloor, maxBig, minBig } from '../../../src/lib/math.ts';
import { uint128 } from '../../../src/lib/ssz.ts';
import type { Params } from '../../params.ts';
import type { ReadView, View } from '../../view.ts';

const KEY = 'fees/base';

export const baseFeeOf = (view: ReadView): bigint => {
  const stored = view.get(KEY);
  return stored === undefined ? 0n : unwrap(uint128.decode(stored));
};

export const setBaseFee = (view: View, baseFee: bigint): void => {
  view.set(KEY, uint128.encode(baseFee));
};

export type Fee = {
  /** Gas times the base fee. */
  readonly burned: bigint;
  /** The tip that the proposer gets, limited by the room that `maxFee` leaves for it. */
  readonly tip: bigint;
};

/** Undefined if `maxFee` is below gas × base fee. Else burned + tip <= maxFee. */
export const feeOf = (gas: bigint, baseFee: bigint, maxFee: bigint, tip: bigint): Fee | undefined => {
  const burned = gas * baseFee;
  if (burned > maxFee) return undefined;
  return { burned, tip: minBig(tip, maxFee - burned) };
};

/**
 * The base fee after a block that used `gasUsed` (EIP-1559, "base fee per gas"): it stays at half of the block's gas,
 * and moves by up to 1/maxStep of itself towards a full or an empty block; by 1 at least, or it could neither leave its
 * floor nor come back to it. It stays far below 2^128: a block uses gas only while accounts can pay gas × base fee,
 * which is less than the supply.
 */
export const nextBaseFee = (baseFee: bigint, gasUsed: bigint, params: Params): bigint => {
  const { maxStep, minBaseFee } = params.fees;
  const target = maxBig(divFloor(params.blocks.maxGas, 2n), 1n);
  if (gasUsed === target) return baseFee;
  const distance = gasUsed > target ? minBig(gasUsed - target, target) : target - gasUsed;
  const step = maxBig(divFloor(baseFee * distance, target * BigInt(maxStep)), 1n);
  return gasUsed > target ? baseFee + step : maxBig(baseFee - step, minBaseFee);
};
