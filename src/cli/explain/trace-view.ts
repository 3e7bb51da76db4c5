/** Turns what a search has found into the part of an explanation that says what the texts say. */
import type { Coverage } from './explanation.ts';
import { ownersAgree } from './grounds.ts';
import type { Around, Judgement } from './judgement.ts';
import { excerptOf, type LocatedText } from './sources.ts';
import type { Tracing } from './tracing.ts';

/** @param reason - why the answer is not available, if it is not */
export const tracingOf = (
  { judged, picked, search: { found } }: Judgement,
  { coverage, reason }: { readonly coverage: Coverage | undefined; readonly reason: string },
  output: LocatedText | undefined,
  around: Around,
): Tracing => {
  if (judged === undefined || picked === undefined || found === undefined)
    return { available: false, reason };
  const { rules, free, tokens, areSumsFalse } = judged.grounds;
  const agreement = ownersAgree(judged.grounds);
  const { read, missing, unread } = found;
  const unexplained = coverage?.unexplained ?? free[tokens] ?? 0;
  return {
    available: true,
    matchBits: rules.matchBitsMin,
    matchTokensMin: rules.matchTokensMin,
    runTokensMin: found.runTokensMin,
    matchTokensMax: rules.matchTokensMax,
    read,
    missing,
    unread,
    agrees: areSumsFalse ? false : agreement,
    disagreements: [
      ...(agreement === false ? (['owners'] as const) : []),
      ...(areSumsFalse ? (['information'] as const) : []),
    ],
    held: Math.min(picked.held, unexplained),
    nowhere: Math.max(0, unexplained - picked.held),
    uncredited: picked.shown.map(({ source, ...each }) => {
      const { start, end, holder } = each;
      const part = { start, end, pos: holder.pos, match: { start, end } };
      return { ...each, excerpt: excerptOf(around(source.contribution, holder.item), output, part) };
    }),
    more: picked.more,
  };
};
