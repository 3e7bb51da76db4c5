/** Rule 1: X, the positions of the output in a run that also stands in the prompt, earns nothing. */
import { ok } from '../../src/lib/errors.ts';
import type { Echo } from './claim.ts';
import { fail, type Result } from './errors.ts';

/**
 * Checks the order, length and bounds of claimed echoes, which needs no texts. No run may lie within another, so that a
 * claim cannot grow without proving more. Faults: `CLAIM_ECHO_SHORT`, `CLAIM_ECHO_RANGE`, `CLAIM_ECHO_ORDER`.
 */
export const checkEchoes = (
  x: readonly Echo[],
  limits: { readonly promptMin: number; readonly outputTokens: number; readonly promptTokens: number },
): Result<void> => {
  let previous: Echo | undefined;
  for (const [index, echo] of x.entries()) {
    const tokens = echo.end - echo.start;
    if (tokens < limits.promptMin)
      return fail('CLAIM_ECHO_SHORT', `echo ${index} has ${tokens} tokens, fewer than ${limits.promptMin}`, {
        index,
        tokens,
      });
    if (echo.end > limits.outputTokens)
      return fail('CLAIM_ECHO_RANGE', `echo ${index} runs past the end of the output`, { index });
    if (echo.place + tokens > limits.promptTokens)
      return fail('CLAIM_ECHO_RANGE', `echo ${index} runs past the end of the prompt`, { index });
    if (previous !== undefined && (echo.start <= previous.start || echo.end <= previous.end))
      return fail('CLAIM_ECHO_ORDER', `echo ${index} does not start and end after the one before`, { index });
    previous = echo;
  }
  return ok(undefined);
};
