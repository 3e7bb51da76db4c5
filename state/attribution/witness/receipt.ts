/**
 * Judges a witness against a receipt itself: its output or prompt has a commitment that no text has. The provider
 * signed the root, so the receipt is void whoever settled it, and also if nobody did.
 */
import { ok } from '../../../src/lib/errors.ts';
import { fail, type Result } from '../errors.ts';
import { malformedText } from '../malformed.ts';
import { provenText } from './reading.ts';
import type { ReceiptSubject, Upheld } from './subject.ts';
import type { Witness } from './types.ts';

/** Returns what the witness refutes. Faults: `WITNESS_KIND`, `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_HOLDS`. */
export const judgeReceipt = (subject: ReceiptSubject, witness: Witness): Result<Upheld> => {
  if (witness.type !== 'malformed' || witness.value.text === 'contribution')
    return fail('WITNESS_KIND', 'only a malformed output or prompt refutes a receipt', {
      type: witness.type,
    });
  const { text, opening } = witness.value;
  const source = subject[text];
  const opened = provenText(source, opening);
  if (!opened.ok) return opened;
  const malformation = malformedText(opened.value, source, subject);
  return malformation === undefined
    ? fail('WITNESS_HOLDS', `the opened part of the ${text} is well-formed`, { text })
    : ok({ type: 'receipt', reason: malformation.code });
};
