/**
 * What an attestor needs to settle the receipts of a model: the claim for each output. The caller gets the texts, and
 * sends the claims.
 */

import { rulesOf } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { unwrap } from '../lib/errors.ts';
import type { Corpus } from './corpus.ts';
import { infoTable } from './info-table.ts';
import { type ReceiptRules, type Trace, trace } from './tracer.ts';

/** Returns the claim for one inference, and the attribution that follows from it. */
export const traceTexts = (
  { index, phrases, commons }: Corpus,
  texts: { readonly output: Tokens; readonly prompt: Tokens },
  rules: ReceiptRules,
): Trace => trace(index, infoTable(), texts, rules, commons, phrases);

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
