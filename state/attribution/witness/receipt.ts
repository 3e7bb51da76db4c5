/**
 * Judging a witness against a receipt itself: its output or prompt is committed as no text is. The provider signed the
 * root, so it falls whoever settled it, or nobody.
 */
import { ok } from '../../../src/lib/errors.ts';
import { fail, type Result } from '../errors.ts';
import { malformedText } from '../malformed.ts';
import { provenText } from './reading.ts';
import type { ReceiptSubject, Upheld } from './subject.ts';
import type { Witness } from './types.ts';

/** Faults: `WITNESS_KIND`, `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_HOLDS`. */
export const judgeReceipt = (subject: ReceiptSubject, witness: Witness): Result<Upheld> => {
  if (witness.type !== 'malformed' || witness.value.text === 'contribution')
    return fail('WITNESS_KIND', 'a receipt falls by a malformed output or prompt only', {
      type: witness.type,
    });
  const { text, opening } = witness.value;
  const source = subject[text];
  const opened = provenText(source, opening);
  if (!opened.ok) return opened;
  const malformation = malformedText(opened.value, source.tokensMax, source.tokens, subject.table);
  return malformation === undefined
    ? fail('WITNESS_HOLDS', `what is opened of the ${text} is well-formed`, { text })
    : ok({ type: 'receipt', reason: malformation.code });
};
