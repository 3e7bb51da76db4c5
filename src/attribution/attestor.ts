/**
 * What an attestor needs to settle the receipts of a model: an index of everything that its outputs may be traced to,
 * and the claim for each output. The caller gets the texts, and sends the claims.
 */

import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import { unwrap } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { CorpusIndex } from './corpus-index.ts';
import { infoTable } from './info-table.ts';
import { type Trace, type TraceRules, trace } from './tracer.ts';

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
  rules: TraceRules,
): Corpus => {
  const tokens = contributions.flatMap(({ items }) => items).reduce((sum, { count }) => sum + count + 1, 0);
  const index = new CorpusIndex(rules.matchTokensMin, tokens);
  for (const { contribution, items } of contributions)
    for (const [item, each] of items.entries()) index.append(contribution, item, each);
  return { index, commons };
};

/** Returns the claim for one inference, and the attribution that follows from it. */
export const traceTexts = (
  { index, commons }: Corpus,
  texts: { readonly output: Tokens; readonly prompt: Tokens },
  rules: TraceRules,
): Trace => trace(index, infoTable(), texts, rules, commons);

/** Does the same as {@link traceTexts} for strings. @throws if a text is not one that PT-1 accepts */
export const traceInference = (
  corpus: Corpus,
  { prompt, output }: { readonly prompt: string; readonly output: string },
  rules: TraceRules,
): Trace =>
  traceTexts(corpus, { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) }, rules);
