/** Splits the model fee of one receipt (docs/attribution.md#who-is-paid). */
import { mulDivFloor } from '../../src/lib/math.ts';
import { container, uint16, type ValueOf } from '../../src/lib/ssz.ts';
import { BPS } from './parameters.ts';

export const FeeSharesType = container({
  burnBps: uint16,
  treasuryBps: uint16,
  attestorBps: uint16,
  modelBps: uint16,
  stakersBps: uint16,
});
/** Shares of the model fee in basis points, which are genesis parameters. The rest is data money. */
export type FeeShares = ValueOf<typeof FeeSharesType>;

/** The parts of a fee in base units. They add up to the fee. */
export type FeeSplit = {
  readonly burned: bigint;
  readonly treasury: bigint;
  readonly attestor: bigint;
  readonly model: bigint;
  readonly stakers: bigint;
  /** D, the residue: at least its basis points of the fee, and every unit that rounding down left over. */
  readonly data: bigint;
};

/**
 * Splits a fee.
 * @param shares - at most 10,000 basis points together
 */
export const splitFee = (fee: bigint, shares: FeeShares): FeeSplit => {
  const part = (bps: number): bigint => mulDivFloor(fee, BigInt(bps), BigInt(BPS));
  const burned = part(shares.burnBps);
  const treasury = part(shares.treasuryBps);
  const attestor = part(shares.attestorBps);
  const model = part(shares.modelBps);
  const stakers = part(shares.stakersBps);
  return {
    burned,
    treasury,
    attestor,
    model,
    stakers,
    data: fee - burned - treasury - attestor - model - stakers,
  };
};
