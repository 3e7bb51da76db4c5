/**
 * The span track and the relevance track of one model over one epoch (docs/attribution.md#the-close-of-an-epoch). The first
 * pays the coverage in excess of what coincidence explains, out of the data money D of the receipts whose settlement became
 * final in the epoch, and the second divides the rest by the phrases that answers share with the data. Both are kept as
 * sums, so that the state machine adds one receipt at a time, and closes an epoch without reading the receipts again.
 */
import type { ContributionId } from '../../src/lib/ids.ts';
import { divFloor, maxBig, minBig, mulDivFloor, sumBig } from '../../src/lib/math.ts';
import { container, uint128, uint256, type ValueOf } from '../../src/lib/ssz.ts';
import { apportion } from './apportion.ts';
import { BPS } from './parameters.ts';
import { type RelevanceShare, SHARE_BITS } from './relevance.ts';
import type { Attribution } from './scores.ts';

const WEIGHT_SCALE = 1n << SHARE_BITS;
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
): readonly Weight[] =>
  attribution.scores.map(({ contribution, score }) => ({
    contribution,
    weight: mulDivFloor(data * BigInt(score), WEIGHT_SCALE, BigInt(attribution.total)),
  }));

/** What a contribution weighs in a pool. */
export type Weight = { readonly contribution: ContributionId; readonly weight: bigint };

/** The amount that a contribution is paid of a pool. */
export type TrackShare = { readonly contribution: ContributionId; readonly amount: bigint };

export type EpochClose = {
  /** The amount that the span track pays: the sum of the shares. */
  readonly spanPool: bigint;
  /** The shares, ascending by contribution id, one for each given weight. */
  readonly shares: readonly TrackShare[];
  /** The amount that the relevance track pays: the sum of its shares. */
  readonly relevancePaid: bigint;
  /** Its shares, likewise. */
  readonly relevance: readonly TrackShare[];
  /** The rest of ΣD without what is shared, which no track pays. */
  readonly remainder: bigint;
  /** The debt, −carry: negative excess that later epochs have to make up for, in base units times basis points. */
  readonly debt: bigint;
};

/** Returns the amount that one receipt adds to W_c of each contribution it shares phrases with: D times its share, times 2^32. */
export const relevanceWeights = (data: bigint, shares: readonly RelevanceShare[]): readonly Weight[] =>
  shares.map(({ contribution, share }) => ({ contribution, weight: data * share }));

const sharesOf = (weights: readonly Weight[], amounts: readonly bigint[]): readonly TrackShare[] =>
  weights.map(({ contribution }, index) => ({ contribution, amount: amounts[index] ?? 0n }));

/**
 * Divides a pool by relevance: each contribution gets the part W_c / (ΣD · 2^32) of it, and the treasury, which comes last, what
 * no chunk was found for. It is rounded once, over all of them.
 */
const payRelevance = (pool: bigint, data: bigint, weights: readonly Weight[]): readonly TrackShare[] => {
  const unfound = (data << SHARE_BITS) - sumBig(weights.map(({ weight }) => weight));
  return sharesOf(weights, apportion(pool, [...weights.map(({ weight }) => weight), unfound]));
};

/**
 * Closes an epoch. E = carry + Σ D·(a − κ); the pool is ⌊σ·max(0, E)/10^8⌋, at most ⌊σ·(ΣD − Σ⌊D·N/T⌋)/10^4⌋, shared by
 * A_c with one rounding. If nobody has a weight in the pool, relevance divides it. As S + N is at most T, the pool
 * never takes anything of what is shared. The rest is divided by relevance, and what no chunk was found for is the remainder.
 *
 * @param debt - the debt of the epoch before
 * @param weights - A_c by contribution id, ascending
 * @param relevanceBy - W_c by contribution id, ascending
 */
export const closeEpoch = (
  sums: EpochSums,
  debt: bigint,
  weights: readonly Weight[],
  relevanceBy: readonly Weight[],
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
  const rest = sums.data - sums.shared - spanPool;
  const relevance = payRelevance(rest, sums.data, relevanceBy);
  const relevancePaid = sumBig(relevance.map(({ amount }) => amount));
  return {
    spanPool,
    shares: sharesOf(weights, amounts),
    relevancePaid,
    relevance,
    remainder: rest - relevancePaid,
    debt: maxBig(0n, -excess),
  };
};
