/** Rule 2: what a match is, as far as it can be checked without the texts. */
import { ok } from '../../src/lib/errors.ts';
import type { Match } from './claim.ts';
import { fail, type Result } from './errors.ts';
import { ITEM_TOKENS_MAX } from './parameters.ts';

/** The order of matches in a claim. */
export const compareMatches = (a: Match, b: Match): number =>
  a.start - b.start || a.end - b.end || a.contribution - b.contribution || a.item - b.item || a.pos - b.pos;

/**
 * Checks the order, length and bounds of claimed matches. Faults: `CLAIM_MATCH_SHORT`, `CLAIM_MATCH_LONG`,
 * `CLAIM_MATCH_RANGE`, `CLAIM_MATCH_ORDER`.
 */
export const checkMatches = (
  matches: readonly Match[],
  limits: {
    readonly matchTokensMin: number;
    readonly matchTokensMax: number;
    readonly outputTokens: number;
  },
): Result<void> => {
  let previous: Match | undefined;
  for (const [index, match] of matches.entries()) {
    const tokens = match.end - match.start;
    if (tokens < limits.matchTokensMin)
      return fail(
        'CLAIM_MATCH_SHORT',
        `match ${index} has ${tokens} tokens, fewer than ${limits.matchTokensMin}`,
        {
          index,
          tokens,
        },
      );
    if (tokens > limits.matchTokensMax)
      return fail(
        'CLAIM_MATCH_LONG',
        `match ${index} has ${tokens} tokens, more than ${limits.matchTokensMax}`,
        {
          index,
          tokens,
        },
      );
    if (match.end > limits.outputTokens)
      return fail('CLAIM_MATCH_RANGE', `match ${index} runs past the end of the output`, { index });
    if (match.pos + tokens > ITEM_TOKENS_MAX)
      return fail('CLAIM_MATCH_RANGE', `match ${index} runs past the end of any item`, { index });
    if (previous !== undefined && compareMatches(previous, match) >= 0)
      return fail('CLAIM_MATCH_ORDER', `match ${index} does not come after the one before`, { index });
    previous = match;
  }
  return ok(undefined);
};
