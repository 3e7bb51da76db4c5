/** The texts that an output may be traced to, indexed in memory. */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import { CorpusIndex } from './corpus-index.ts';
import type { TraceRules } from './tracer.ts';

export type Corpus = {
  readonly index: CorpusIndex;
  /** The contribution ids of contributions without an owner. */
  readonly commons: ReadonlySet<number>;
};

/**
 * Indexes the sources.
 * @param contributions - in the order of contribution id
 */
export const corpusOf = (
  contributions: readonly { readonly contribution: ContributionId; readonly items: readonly Tokens[] }[],
  commons: ReadonlySet<number>,
  rules: Pick<TraceRules, 'matchTokensMin'>,
): Corpus => {
  const tokens = contributions.flatMap(({ items }) => items).reduce((sum, { count }) => sum + count + 1, 0);
  const index = new CorpusIndex(rules.matchTokensMin, tokens);
  for (const { contribution, items } of contributions)
    for (const [item, each] of items.entries()) index.append(contribution, item, each);
  return { index, commons };
};
