/**
 * What one epoch of answers pays, by the tracks of before and of now. Spans are the same in both. Before, the
 * remainder went by novel tokens. Now it goes to the chunks that share most with the answers, and what finds no
 * chunk goes to the treasury.
 */
import type { ContributionId } from '../../../src/lib/ids.ts';
import { apportion } from '../../../state/attribution/apportion.ts';
import { nobodysOf, SHARE_BITS } from '../../../state/attribution/relevance.ts';
import { type Contribution, type Inference, type Provenance, provenanceOf } from '../collections.ts';
import {
  close,
  dataMoneyOf,
  incomeOf,
  type ModelRules,
  novelTokensOf,
  ofOwner,
  type Settled,
  settle,
} from '../economy.ts';
import { ratio } from '../section.ts';
import { createTracer, informationEach } from '../tracer.ts';
import { PhraseIndex } from './phrase-index.ts';
import { type Section, sectionsOf, weightsOf } from './picks.ts';
import type { Words } from './words.ts';

export type Income = {
  readonly spans: bigint;
  /** What the owner got by novel tokens before. */
  readonly novelty: bigint;
  readonly relevance: bigint;
};

export type Paid = {
  /** ΣD. */
  readonly data: bigint;
  readonly spans: bigint;
  readonly relevance: bigint;
  /** What goes to the treasury now, with what several brought. Before, it got only the latter. */
  readonly treasury: bigint;
  readonly byOwner: ReadonlyMap<string, Income>;
};

export const shareBefore = ({ spans, novelty }: Income, { data }: Pick<Paid, 'data'>): number =>
  ratio(spans + novelty, data);
export const shareNow = ({ spans, relevance }: Income, { data }: Pick<Paid, 'data'>): number =>
  ratio(spans + relevance, data);

/** Returns what all got by novel tokens before. */
export const noveltyOf = ({ byOwner }: Pick<Paid, 'byOwner'>): bigint =>
  [...byOwner.values()].reduce((sum, { novelty }) => sum + novelty, 0n);

/** Where receipts are looked for: what is indexed, and which contributions are nobody's. */
export type Holders = {
  readonly index: PhraseIndex;
  readonly words: Words;
  readonly commons: ReadonlySet<ContributionId>;
};

export const commonsOf = (contributions: readonly Contribution[]): ReadonlySet<ContributionId> =>
  new Set(contributions.filter((each) => each.commons).map(({ contribution }) => contribution));

/** Returns the sections of an answer, whose claim says which positions are nobody's. */
export const relevanceOf = (
  { prompt, output }: Inference,
  attribution: Settled['attribution'],
  { index, words, commons }: Holders,
): readonly Section[] =>
  sectionsOf(
    {
      output: words.numbered(output),
      prompt: words.numbered(prompt),
      info: informationEach(output),
      nobodys: nobodysOf(attribution, commons, output.count),
    },
    index,
  );

/** Returns what the contributions that are picked for an answer weigh. */
export const answerWeights = (
  inference: Inference,
  { data, attribution }: Settled,
  holders: Holders,
): ReadonlyMap<ContributionId, bigint> =>
  weightsOf(relevanceOf(inference, attribution, holders), holders.index, { data, total: attribution.total });

/** Returns W_c of every contribution that is picked. */
const epochWeights = (
  inferences: readonly Inference[],
  settled: readonly Settled[],
  holders: Holders,
): ReadonlyMap<ContributionId, bigint> => {
  const sums = new Map<ContributionId, bigint>();
  for (const [i, receipt] of settled.entries()) {
    const inference = inferences[i];
    if (inference === undefined) throw new RangeError('a settlement without an answer');
    for (const [contribution, weight] of answerWeights(inference, receipt, holders))
      sums.set(contribution, (sums.get(contribution) ?? 0n) + weight);
  }
  return sums;
};

export type Play = {
  /** In the order of contribution id. */
  readonly contributions: readonly Contribution[];
  readonly inferences: readonly Inference[];
  readonly rules: ModelRules;
  readonly words: Words;
  /** Computed from the contributions if they are left out. */
  readonly provenance?: Pick<Provenance, 'novel'>;
  readonly index?: PhraseIndex;
  /** Whether attestors settle the answers; they do if it is left out. */
  readonly isSettled?: boolean;
};

/** What no claim says anything of: nobody settles it, so all of its data money is remainder. */
const UNSETTLED: Settled['attribution'] = {
  excluded: [],
  spans: [],
  sharedSpans: [],
  scores: [],
  total: 1,
  covered: 0,
  shared: 0,
  coverageBps: 0,
};

/** Plays one epoch. */
export const play = ({
  contributions,
  inferences,
  rules,
  words,
  provenance = provenanceOf(contributions),
  index = new PhraseIndex(words).addAll(contributions, provenance.novel),
  isSettled = true,
}: Play): Paid => {
  const settled = isSettled
    ? settle(createTracer(contributions), inferences, rules.matchBits)
    : inferences.map((each) => ({ data: dataMoneyOf(each), attribution: UNSETTLED }));
  const before = incomeOf(contributions, settled, rules.controlBps, novelTokensOf(contributions, provenance));
  const { sums, remainder } = close(settled, rules.controlBps);
  const weights = isSettled
    ? epochWeights(inferences, settled, { index, words, commons: commonsOf(contributions) })
    : new Map<ContributionId, bigint>();
  const ordered = contributions.map(({ contribution }) => weights.get(contribution) ?? 0n);
  const rest = (sums.data << SHARE_BITS) - ordered.reduce((sum, each) => sum + each, 0n);
  // The treasury is the last party.
  const amounts = apportion(remainder, [...ordered, rest]);
  const toTreasury = amounts.at(-1) ?? 0n;
  const byOwner = new Map<string, Income>();
  for (const [i, { owner, commons }] of contributions.entries()) {
    if (commons === true) continue;
    const { spans, remainder: novelty } = ofOwner(before, owner);
    const earlier = byOwner.get(owner)?.relevance ?? 0n;
    byOwner.set(owner, { spans, novelty, relevance: earlier + (amounts[i] ?? 0n) });
  }
  return {
    data: sums.data,
    spans: before.spans,
    relevance: remainder - toTreasury,
    treasury: toTreasury + sums.shared,
    byOwner,
  };
};
