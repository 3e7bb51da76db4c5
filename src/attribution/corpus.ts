/** The texts that an output may be traced to, indexed in memory. */
import type { NovelRun } from '../../state/attribution/novel-runs.ts';
import { type Precedence, precedenceOf, rankOf } from '../../state/attribution/owners.ts';
import { rulesOf } from '../../state/attribution/rules.ts';
import type { Brought } from '../../state/attribution/shared.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import { CorpusIndex } from './corpus-index.ts';
import { PhraseIndex } from './phrase-index.ts';
import type { ReceiptRules } from './tracer.ts';

/** A contribution with its items. */
export type CorpusContribution = {
  readonly contribution: ContributionId;
  readonly items: readonly Tokens[];
  /** Left out for a commons, or if nobody asks what is shared. */
  readonly brought?: Brought | undefined;
  /** What it declared to be novel. If it is left out, nobody asks for its phrases. */
  readonly novelRuns?: readonly NovelRun[] | undefined;
};

export type Corpus = {
  readonly index: CorpusIndex;
  /** By what they declared to be novel. */
  readonly phrases: PhraseIndex;
  /** The contribution ids of contributions without an owner. */
  readonly commons: ReadonlySet<number>;
};

/** Returns contributions in the order in which they own positions. */
export const inOrderOfRank = <T extends { readonly contribution: ContributionId }>(
  contributions: readonly T[],
  precedence: Precedence,
): readonly T[] =>
  contributions.toSorted((a, b) => rankOf(a.contribution, precedence) - rankOf(b.contribution, precedence));

/**
 * Indexes the sources.
 * @param contributions - in any order
 */
export const corpusOf = (
  contributions: readonly CorpusContribution[],
  commons: ReadonlySet<number>,
  rules: Pick<ReceiptRules, 'matchTokensMin' | 'version'>,
): Corpus => {
  const tokens = contributions.flatMap(({ items }) => items).reduce((sum, { count }) => sum + count + 1, 0);
  const index = new CorpusIndex(rules.matchTokensMin, tokens);
  const precedence = precedenceOf(rulesOf(rules.version), commons);
  const phrases = new PhraseIndex(rulesOf(rules.version));
  for (const { contribution, items, brought, novelRuns } of inOrderOfRank(contributions, precedence)) {
    for (const [item, each] of items.entries()) index.append(contribution, item, each, brought);
    if (!commons.has(contribution) && novelRuns !== undefined) phrases.append(contribution, items, novelRuns);
  }
  return { index, phrases, commons };
};
