/**
 * What an attestor needs to settle the receipts of a model: the claim for each output. The caller gets the texts, and
 * sends the claims.
 */

import { rulesOf } from '../../state/attribution/rules.ts';
import { unwrap } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { Corpus } from './corpus.ts';
import { infoTable } from './info-table.ts';
import type { StruckRuns } from './phrase-holders.ts';
import { type ReceiptRules, type Trace, type TracedTexts, trace } from './tracer.ts';

/**
 * Returns what is claimed for one inference, and the attribution that follows from it.
 * @param struck - the novel runs that are struck, by contribution
 */
export const traceTexts = (
  { index, phrases, commons }: Corpus,
  texts: TracedTexts,
  rules: ReceiptRules,
  struck: ReadonlyMap<ContributionId, StruckRuns> = new Map(),
): Trace => trace(index, infoTable(), texts, rules, commons, phrases.without(struck));

/** Does the same as {@link traceTexts} for strings. @throws if a text is not well-formed */
export const traceInference = (
  corpus: Corpus,
  { prompt, output }: { readonly prompt: string; readonly output: string },
  rules: ReceiptRules,
): Trace => {
  const { tokenizeText } = rulesOf(rules.version);
  return traceTexts(
    corpus,
    { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) },
    rules,
  );
};
