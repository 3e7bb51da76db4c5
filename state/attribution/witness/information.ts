/** The information of opened tokens, as the rules of their text give it. */
import { ok } from '../../../src/lib/errors.ts';
import type { Result } from '../errors.ts';
import type { Weighing } from '../rules.ts';
import { listTokens } from '../tokens.ts';
import { openedToken, type Reading } from './reading.ts';

/**
 * Returns the information of each token of [start, end), in Q8 bits. What a token bears may depend on those before it, so
 * they have to be opened too, as far as the text has them. Fault `WITNESS_NOT_OPENED`.
 */
export const informationIn = (
  reading: Reading,
  { start, end }: { readonly start: number; readonly end: number },
  { rules, table }: Weighing,
): Result<Uint16Array> => {
  if (start >= end) return ok(new Uint16Array());
  const from = Math.max(0, start - rules.context);
  const tokens: Uint8Array[] = [];
  for (let i = from; i < end; i++) {
    const token = openedToken(reading, i, 'text');
    if (!token.ok) return token;
    tokens.push(token.value);
  }
  return ok(rules.informationOf(table, listTokens(tokens)).subarray(start - from));
};
