/** The words of an answer that several owners brought independently, by its claim: who they are, and where the words stand. */
import { sumsByBorder } from '../../../state/attribution/borders.ts';
import type { Claim, Match, Shared } from '../../../state/attribution/claim.ts';
import type { Attribution, Span } from '../../../state/attribution/scores.ts';
import { citedBringer } from './bringers.ts';
import type { SharedWords } from './explanation.ts';
import type { Facts } from './facts.ts';
import { type LocatedText, sourcesOf } from './sources.ts';
import type { Names } from './tracing.ts';

type OwnedRun = Pick<Span, 'start' | 'end' | 'contribution'>;

const isOfOwner = ({ matches }: Pick<Claim, 'matches'>, { match }: Shared, owner: number): boolean =>
  matches[match]?.contribution === owner;

/**
 * Returns the shared run that says of a stretch, which lies in one or none, that its owner is not the only one who brought
 * it: of several that of the least contribution id.
 */
export const secondOver = (
  claim: Pick<Claim, 'matches' | 'shared'>,
  { start, end, contribution }: OwnedRun,
): Shared | undefined => {
  let found: Shared | undefined;
  for (const run of claim.shared)
    if (run.start <= start && run.end >= end && isOfOwner(claim, run, contribution))
      if (found === undefined || run.contribution < found.contribution) found = run;
  return found;
};

/** Cuts a span where the contribution changes that brought it beside its owner. */
const stretchesOf = (
  claim: Pick<Claim, 'matches' | 'shared'>,
  span: OwnedRun,
): readonly { start: number; end: number; second: number }[] => {
  const cuts = new Set([span.start, span.end]);
  for (const { start, end } of claim.shared)
    for (const cut of [start, end]) if (cut > span.start && cut < span.end) cuts.add(cut);
  const borders = [...cuts].sort((a, b) => a - b);
  const stretches: { start: number; end: number; second: number }[] = [];
  for (const [i, start] of borders.slice(0, -1).entries()) {
    const end = borders[i + 1] ?? span.end;
    const second = secondOver(claim, { ...span, start, end })?.contribution;
    const last = stretches.at(-1);
    if (second === undefined) continue;
    if (last?.end === start && last.second === second) last.end = end;
    else stretches.push({ start, end, second });
  }
  return stretches;
};

/** Returns the runs that are nobody's because several brought them, in the order of the output. */
export const sharedWordsOf = (
  { settlement, receipt, contributions }: Facts,
  { sharedSpans }: Attribution,
  names: Names,
  output: LocatedText | undefined,
): readonly SharedWords[] => {
  if (settlement === undefined) return [];
  const { claim } = settlement;
  const sums = sumsByBorder(claim, receipt.tokensOut);
  const bringer = (run: OwnedRun, places: readonly Match[]): SharedWords['first'] | undefined => {
    const { contribution } = run;
    const cited = contributions.get(contribution);
    const known = cited === undefined ? undefined : citedBringer(contribution, cited, names);
    return cited === undefined || known === undefined
      ? undefined
      : { ...known, datanet: cited.datanet, sources: sourcesOf(run, places, cited, output) };
  };
  return sharedSpans.flatMap((span) =>
    stretchesOf(claim, span).flatMap(({ start, end, second: other }) => {
      const first = bringer({ start, end, contribution: span.contribution }, claim.matches);
      const second = bringer({ start, end, contribution: other }, claim.shared);
      const score = (sums.get(end) ?? 0) - (sums.get(start) ?? 0);
      return first === undefined || second === undefined ? [] : [{ start, end, score, first, second }];
    }),
  );
};
