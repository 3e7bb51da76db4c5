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

/** How much of a block its transactions take. */
export type BlockUse = {
  readonly gas: bigint;
  /** Of their encodings. */
  readonly bytes: bigint;
};

/** Returns what is used and what there is of the gas of a block, or of its bytes, whichever is the larger share. */
const scarcest = ({ gas, bytes }: BlockUse, { blocks }: Params): readonly [used: bigint, most: bigint] => {
  const maxBytes = BigInt(blocks.maxBytes);
  return gas * maxBytes >= bytes * blocks.maxGas ? [gas, blocks.maxGas] : [bytes, maxBytes];
};

/**
 * The base fee after a block (EIP-1559, "base fee per gas"): it stays where half of the block's gas was used, and moves by up
 * to 1/maxStep of itself towards a full or an empty block; by 1 at least, or it could neither leave its floor nor come back to
 * it. A block is also full when it has no room for more bytes, however little gas those need, so the larger of both shares
 * counts. It stays far below 2^128: a block uses gas only while accounts can pay gas × base fee, which is less than the supply.
 */
export const nextBaseFee = (baseFee: bigint, use: BlockUse, params: Params): bigint => {
  const { maxStep, minBaseFee } = params.fees;
  const [used, most] = scarcest(use, params);
  const target = maxBig(divFloor(most, 2n), 1n);
  if (used === target) return baseFee;
  const distance = used > target ? minBig(used - target, target) : target - used;
  const step = maxBig(divFloor(baseFee * distance, target * BigInt(maxStep)), 1n);
  return used > target ? baseFee + step : maxBig(baseFee - step, minBaseFee);
};
