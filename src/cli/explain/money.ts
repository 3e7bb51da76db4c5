/** Computes what a receipt's data money becomes, by the chain's own arithmetic. */

import { closeEpoch, type EpochSums, receiptWeights, sharedData } from '../../../state/attribution/epoch.ts';
import { BPS } from '../../../state/attribution/parameters.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { divFloor, maxBig, mulDivFloor, sumBig } from '../../lib/math.ts';
import type { Contributor, EpochFacts, Money } from './explanation.ts';
import type { Facts, SettlementFacts } from './facts.ts';
import type { NothingPaid, Payment } from './parts.ts';

const BPS_BIG = BigInt(BPS);

const epochOf = ({ settlement, status, asOf }: Facts): EpochFacts => {
  if (settlement === undefined) return { type: 'none' };
  const { end, closed } = settlement.epoch;
  if (closed !== undefined)
    return {
      type: 'closed',
      end: end.toString(),
      settled: closed.settled.toString(),
      data: closed.sums.data,
      pool: closed.spans,
      weight: closed.weight,
      relevance: closed.relevance,
      remainder: closed.remainder,
      toTreasury: closed.remainderToTreasury,
      shared: closed.sums.shared,
    };
  const type = asOf.height >= end ? 'waiting' : status.type === 'final' ? 'running' : 'ahead';
  return { type, end: end.toString() };
};

/** Returns what D·bps adds to the pool: signed, rounded towards zero. */
const poolPart = (data: bigint, bps: number, spanBps: number): bigint => {
  const part = divFloor(BigInt(spanBps) * data * BigInt(Math.abs(bps)), BPS_BIG * BPS_BIG);
  return bps < 0 ? -part : part;
};

/** κ; there is no settlement before it is known. */
export const controlOf = ({ standing }: Facts['calibration']): number =>
  standing.type === 'final' ? standing.controlBps : 0;

type Weighted = {
  readonly contributor: number;
  readonly contribution: ContributionId;
  readonly weight: bigint;
};

/** What the weights of a receipt share in: the span pool that follows from these sums, and the sum of all weights. */
type Pool = {
  readonly amount: bigint;
  readonly sums: EpochSums;
  readonly whole: bigint;
  readonly basis: Payment['basis'];
};

/** Why a receipt pays nothing, if a part of the pool is 0. */
const nothingOf = ({ receipt, spanBps }: Facts, { amount, sums }: Pool): NothingPaid => {
  if (receipt.split.data === 0n) return 'data';
  if (spanBps === 0) return 'share';
  const excess = sums.gain - sums.expected;
  if (amount === 0n && excess <= 0n) return 'habit';
  const withoutDebt = divFloor(BigInt(spanBps) * excess, BPS_BIG * BPS_BIG);
  return amount === 0n && withoutDebt > 0n ? 'debt' : 'rounding';
};

const sharesOf = (facts: Facts, weights: readonly Weighted[], pool: Pool): Payment[] =>
  weights.map(({ contributor, weight }) => {
    const amount = pool.whole === 0n ? 0n : mulDivFloor(pool.amount, weight, pool.whole);
    const nothing = amount === 0n ? nothingOf(facts, pool) : null;
    return { contributor, weight, amount, basis: pool.basis, nothing };
  });

/** What relevance divides of the data money of an epoch: `rest` of `data`. */
export type Rest = { readonly rest: bigint; readonly data: bigint; readonly basis: Payment['basis'] };

const restAfter = ({ data, shared }: EpochSums, spanPool: bigint, basis: Rest['basis']): Rest => ({
  rest: data - shared - spanPool,
  data,
  basis,
});

/** Returns what relevance divides in the epoch of a receipt that is settled. */
export const restOf = (facts: Facts, { outcome, epoch }: SettlementFacts): Rest => {
  const { receipt, model, spanBps } = facts;
  if (epoch.closed !== undefined) return restAfter(epoch.closed.sums, epoch.closed.spans, 'exact');
  if (epochOf(facts).type === 'running' && model.running !== undefined)
    return restAfter(model.running, poolNow(model.running, facts), 'now');
  const weights = receiptWeights(receipt.split.data, outcome);
  const sums = sumsAlone(facts, outcome);
  return restAfter(sums, closeEpoch(sums, 0n, weights, [], spanBps).spanPool, 'alone');
};

/** The span pool if the epoch closed with what is final in it by now. */
const poolNow = (running: EpochSums, { model, spanBps }: Facts): bigint =>
  closeEpoch(running, model.debt, [{ contribution: 0, weight: 1n }], [], spanBps).spanPool;

/** The sums of an epoch that has only this receipt. */
const sumsAlone = ({ receipt, calibration }: Facts, outcome: SettlementFacts['outcome']): EpochSums => {
  const { data } = receipt.split;
  return {
    data,
    gain: data * BigInt(outcome.coverageBps),
    expected: data * BigInt(controlOf(calibration)),
    shared: sharedData(data, outcome),
  };
};

/** If the epoch closed with what is final in it by now; Σ A_c is Σ D·a · 2^32/10^4 but for what a rounds down. */
const ifClosedNow = (facts: Facts, weights: readonly Weighted[]): Payment[] | undefined => {
  const { model } = facts;
  if (model.running === undefined) return undefined;
  const spanPool = poolNow(model.running, facts);
  const own = sumBig(weights.map(({ weight }) => weight));
  const whole = maxBig(own, divFloor(model.running.gain << 32n, BPS_BIG));
  return sharesOf(facts, weights, { amount: spanPool, sums: model.running, whole, basis: 'now' });
};

const ifAlone = (
  facts: Facts,
  outcome: SettlementFacts['outcome'],
  weights: readonly Weighted[],
): Payment[] => {
  const sums = sumsAlone(facts, outcome);
  const { spanPool } = closeEpoch(sums, 0n, weights, [], facts.spanBps);
  const whole = sumBig(weights.map(({ weight }) => weight));
  return sharesOf(facts, weights, { amount: spanPool, sums, whole, basis: 'alone' });
};

export const moneyOf = (facts: Facts, contributors: readonly Contributor[]): Money => {
  const { receipt, settlement, spanBps, noveltyBps, calibration } = facts;
  const { fee, compute, split } = receipt;
  const epoch = epochOf(facts);
  const base = { fee, compute, split, spanBps, noveltyBps, epoch };
  if (settlement === undefined) return { ...base, shared: 0n, pool: undefined, payments: [] };
  const { coverageBps } = settlement.outcome;
  const weights = receiptWeights(split.data, settlement.outcome).map(({ contribution, weight }) => ({
    contributor: contributors.findIndex((each) => each.contribution === contribution),
    contribution,
    weight,
  }));
  const { closed } = settlement.epoch;
  const payments =
    closed !== undefined
      ? sharesOf(facts, weights, {
          amount: closed.spans,
          sums: closed.sums,
          whole: closed.weight,
          basis: 'exact',
        })
      : ((epoch.type === 'running' ? ifClosedNow(facts, weights) : undefined) ??
        ifAlone(facts, settlement.outcome, weights));
  return {
    ...base,
    payments,
    shared: sharedData(split.data, settlement.outcome),
    pool: {
      raw: poolPart(split.data, coverageBps, spanBps),
      control: poolPart(split.data, controlOf(calibration), spanBps),
      net: poolPart(split.data, coverageBps - controlOf(calibration), spanBps),
    },
  };
};
