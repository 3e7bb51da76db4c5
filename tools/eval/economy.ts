/**
 * Computes the payments of one epoch with the functions of the chain: it splits the fees, sums the weights, closes and
 * rounds the pool once, and pays the remainder by novel tokens through the F1 accumulators.
 */
import { readFileSync } from 'node:fs';
import { tokensIn } from '../../src/attribution/novelty.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { Json } from '../../src/lib/ssz.ts';
import {
  addReceipt,
  closeEpoch,
  type EpochSums,
  NO_SUMS,
  receiptWeights,
  sharedData,
} from '../../state/attribution/epoch.ts';
import { splitFee } from '../../state/attribution/fees.ts';
import type { Attribution } from '../../state/attribution/scores.ts';
import { parseGenesis } from '../../state/genesis.ts';
import { paidByNovelty, payVersion } from '../../state/modules/data/novelty-shares.ts';
import { modelFee } from '../../state/tx/receipt.ts';
import type { Key } from '../../state/view.ts';
import { PRICES } from '../demo/models.ts';
import { type Contribution, type Inference, type Provenance, provenanceOf } from './collections.ts';
import type { Tracer } from './tracer.ts';

const genesis = unwrap(
  parseGenesis(JSON.parse(readFileSync(new URL('../../genesis.json', import.meta.url), 'utf8')) as Json),
);
export const FEE_SHARES = genesis.params.shares;
export const SPAN_BPS = genesis.params.attribution.spanShareBps;

export type ModelRules = { readonly matchBits: number; readonly controlBps: number };

export type Settled = { readonly data: bigint; readonly attribution: Attribution };

/** Returns D of an inference at the prices of the demo. */
export const dataMoneyOf = ({ prompt, output }: Inference): bigint => {
  // Text of words has more tokens than an eighth of its bytes, so what stands between them does not matter.
  const bytes = { bytesIn: prompt.bytes.length, bytesOut: output.bytes.length };
  const fee = modelFee({ tokensIn: prompt.count, tokensOut: output.count, ...bytes }, PRICES);
  return splitFee(fee, FEE_SHARES).data;
};

export const settle = (
  tracer: Tracer,
  inferences: readonly Inference[],
  matchBits: number,
): readonly Settled[] =>
  inferences.map((inference) => ({
    data: dataMoneyOf(inference),
    attribution: tracer.trace(inference, matchBits),
  }));

export type ClosedEpoch = ReturnType<typeof closeEpoch> & { readonly sums: EpochSums };

export const close = (settled: readonly Settled[], controlBps: number, debt = 0n): ClosedEpoch => {
  let sums = NO_SUMS;
  const weights = new Map<number, bigint>();
  for (const { data, attribution } of settled) {
    sums = addReceipt(sums, data, attribution.coverageBps, controlBps, sharedData(data, attribution));
    for (const { contribution, weight } of receiptWeights(data, attribution))
      weights.set(contribution, (weights.get(contribution) ?? 0n) + weight);
  }
  const ordered = [...weights]
    .sort(([a], [b]) => a - b)
    .map(([contribution, weight]) => ({ contribution, weight }));
  return { ...closeEpoch(sums, debt, ordered, [], SPAN_BPS), sums };
};

/** Pays `amount` for novel tokens: returns the payment per contribution, through the accumulators of the chain. */
const payRemainder = (
  contributions: readonly Contribution[],
  novelTokens: readonly bigint[],
  amount: bigint,
): ReadonlyMap<number, bigint> => {
  const state = new Map<Key, Uint8Array>();
  const view = {
    get: (key: Key) => state.get(key),
    set: (key: Key, value: Uint8Array) => {
      state.set(key, value);
    },
    delete: (key: Key) => {
      state.delete(key);
    },
  };
  const total = novelTokens.reduce((sum, each) => sum + each, 0n);
  const DATANET = 1;
  payVersion(view, DATANET, { count: contributions.length, novelTokens: total }, amount);
  return new Map(
    contributions.map(({ contribution }, acceptance) => [
      contribution,
      paidByNovelty(view, DATANET, { acceptance, novelTokens: novelTokens[acceptance] ?? 0n }),
    ]),
  );
};

/** Returns the number of novel tokens that each contribution declares; a commons has none. */
export const novelTokensOf = (
  contributions: readonly Contribution[],
  { novel }: Pick<Provenance, 'novel'> = provenanceOf(contributions),
): readonly bigint[] => {
  let at = 0;
  return contributions.map(({ items, commons }) => {
    const own = novel.slice(at, at + items.length).reduce((sum, runs) => sum + tokensIn(runs), 0);
    at += items.length;
    return commons ? 0n : BigInt(own);
  });
};

export type Income = { readonly spans: bigint; readonly remainder: bigint };

export type EpochIncome = {
  readonly byOwner: ReadonlyMap<string, Income>;
  /** The sum of D over all inferences. */
  readonly data: bigint;
  readonly spans: bigint;
  readonly remainder: bigint;
};

/**
 * Returns everyone's income from one epoch of these inferences.
 * @param novelTokens - computed from the contributions if it is left out
 */
export const incomeOf = (
  contributions: readonly Contribution[],
  settled: readonly Settled[],
  controlBps: number,
  novelTokens: readonly bigint[] = novelTokensOf(contributions),
): EpochIncome => {
  const closed = close(settled, controlBps);
  const remainder = payRemainder(contributions, novelTokens, closed.remainder);
  const spans = new Map(closed.shares.map(({ contribution, amount }) => [contribution, amount]));
  const byOwner = new Map<string, Income>();
  for (const { contribution, owner } of contributions) {
    const before = byOwner.get(owner) ?? { spans: 0n, remainder: 0n };
    byOwner.set(owner, {
      spans: before.spans + (spans.get(contribution) ?? 0n),
      remainder: before.remainder + (remainder.get(contribution) ?? 0n),
    });
  }
  return { byOwner, data: closed.sums.data, spans: closed.spanPool, remainder: closed.remainder };
};

const NOTHING: Income = { spans: 0n, remainder: 0n };

export const ofOwner = ({ byOwner }: EpochIncome, owner: string): Income => byOwner.get(owner) ?? NOTHING;
