/** Whether a claim proves its result: the chain takes it, and every match, echo and shared run that it names is there. */
import { isDeepStrictEqual } from 'node:util';
import type { SpanTrace } from '../../../src/attribution/tracer.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import type { Prepared } from './prepared.ts';

const standsIn = (
  output: readonly string[],
  start: number,
  end: number,
  source: readonly string[],
  from: number,
): boolean => {
  if (end > output.length || from + end - start > source.length) return false;
  for (let i = start; i < end; i++) if (output[i] !== source[from + i - start]) return false;
  return true;
};

/** Why the claim does not prove the result; undefined if it does. */
export const claimFault = (
  { rules, output, prompt, corpus, commons, origins }: Prepared,
  traced: SpanTrace,
): string | undefined => {
  const { claim, attribution } = traced;
  const settled = settleClaim(claim, {
    outputTokens: output.length,
    promptTokens: prompt.length,
    matchBitsMin: rules.matchBitsMin,
    parameters: rules,
    commons,
    rules: rulesOf(rules.version),
  });
  if (!settled.ok) return `the chain refuses the claim: ${settled.fault.code}`;
  if (!isDeepStrictEqual(settled.value, attribution)) return 'the chain makes something else of the claim';
  for (const { start, end, place } of claim.x)
    if (!standsIn(output, start, end, prompt, place)) return `the echo at ${start} is none`;
  for (const { start, end, contribution, item, pos } of claim.matches)
    if (!standsIn(output, start, end, corpus[contribution]?.[item] ?? [], pos))
      return `the match at ${start} is none`;
  for (const { match, start, end, contribution, item, pos } of claim.shared) {
    if (!standsIn(output, start, end, corpus[contribution]?.[item] ?? [], pos))
      return `the shared run at ${start} is none`;
    const [own, other] = [origins[claim.matches[match]?.contribution ?? -1], origins[contribution]];
    if (own === undefined || other === undefined || own.owner === other.owner || other.commit > own.reveal)
      return `the shared run at ${start} is not of two independent owners`;
  }
  const sharedPositions = attribution.sharedSpans.reduce((sum, { start, end }) => sum + end - start, 0);
  return claim.shared.length > sharedPositions ? 'the claim has more shared runs than positions' : undefined;
};
