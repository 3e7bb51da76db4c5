/**
 * The span track of one model over one epoch (docs/attribution.md#the-close-of-an-epoch). It pays the coverage in
 * excess of what coincidence explains, out of the data money D of the receipts whose settlement became final in the
 * epoch. It is kept as sums, so that the state machine adds one receipt at a time and closes an epoch without reading
 * them again.
 */
import type { ContributionId } from '../../src/lib/ids.ts';
import { divFloor, maxBig, minBig, mulDivFloor, sumBig } from '../../src/lib/math.ts';
import { container, uint128, uint256, type ValueOf } from '../../src/lib/ssz.ts';
import { apportion } from './apportion.ts';
import { BPS } from './parameters.ts';
import type { Attribution } from './scores.ts';

const WEIGHT_SCALE = 1n << 32n;
const BPS_BIG = BigInt(BPS);

export const EpochSumsType = container({
  /** ΣD, in base units. */
  data: uint128,
  /** The sum of D·a, base units times basis points. */
  gain: uint256,
  /** The sum of D·κ, base units times basis points. */
  expected: uint256,
  /** The sum of {@link sharedData}, in base units: part of ΣD, and due to the treasury. */
  shared: uint128,
});
/** Sums over the receipts of a model and an epoch. */
export type EpochSums = ValueOf<typeof EpochSumsType>;

export const NO_SUMS: EpochSums = { data: 0n, gain: 0n, expected: 0n, shared: 0n };

/** Returns the part of a receipt's data money for what several owners brought: ⌊D·N/T⌋. It goes to the treasury. */
export const sharedData = (data: bigint, { shared, total }: Pick<Attribution, 'shared' | 'total'>): bigint =>
  mulDivFloor(data, BigInt(shared), BigInt(total));

/**
 * Returns the sums with one more final receipt of data money `data`. `controlBps` is κ of its model, and `shared` the
 * {@link sharedData} of the receipt.
 */
export const addReceipt = (
  sums: EpochSums,
  data: bigint,
  coverageBps: number,
  controlBps: number,
  shared: bigint,
): EpochSums => ({
  data: sums.data + data,
  gain: sums.gain + data * BigInt(coverageBps),
  expected: sums.expected + data * BigInt(controlBps),
  shared: sums.shared + shared,
});

/** Returns the amount that one receipt adds to A_c of each contribution it pays: ⌊D·s_c·2^32/T⌋. */
export const receiptWeights = (
  data: bigint,
  attribution: Pick<Attribution, 'scores' | 'total'>,
): readonly { readonly contribution: ContributionId; readonly weight: bigint }[] =>
  attribution.scores.map(({ contribution, score }) => ({
    contribution,
    weight: mulDivFloor(data * BigInt(score), WEIGHT_SCALE, BigInt(attribution.total)),
  }));

export type EpochClose = {
  /** The amount that the span track pays: the sum of the shares. */
  readonly spanPool: bigint;
  /** The shares, ascending by contribution id, one for each given weight. */
  readonly shares: readonly { readonly contribution: ContributionId; readonly amount: bigint }[];
  /** The rest of ΣD without what is shared, for the unattributed remainder. */
  readonly remainder: bigint;
  /** The debt, −carry: negative excess that later epochs have to make up for, in base units times basis points. */
  readonly debt: bigint;
};

/**
 * Closes an epoch. E = carry + Σ D·(a − κ); the pool is ⌊σ·max(0, E)/10^8⌋, at most ⌊σ·(ΣD − Σ⌊D·N/T⌋)/10^4⌋, shared by
 * A_c with one rounding. If nobody has a weight in the pool, it goes to the remainder. As S + N is at most T, the pool
 * never takes anything of what is shared.
 *
 * @param debt - the debt of the epoch before
 * @param weights - A_c by contribution id, ascending
 */
export const closeEpoch = (
  sums: EpochSums,
  debt: bigint,
  weights: readonly { readonly contribution: ContributionId; readonly weight: bigint }[],
  spanBps: number,
): EpochClose => {
  const excess = sums.gain - sums.expected - debt;
  const sigma = BigInt(spanBps);
  const pool = minBig(
    divFloor(sigma * maxBig(0n, excess), BPS_BIG * BPS_BIG),
    divFloor(sigma * (sums.data - sums.shared), BPS_BIG),
  );
  const amounts = apportion(
    pool,
    weights.map(({ weight }) => weight),
  );
  const spanPool = sumBig(amounts);
  return {
    spanPool,
    shares: weights.map(({ contribution }, index) => ({ contribution, amount: amounts[index] ?? 0n })),
    remainder: sums.data - sums.shared - spanPool,
    debt: maxBig(0n, -excess),
  };
};
