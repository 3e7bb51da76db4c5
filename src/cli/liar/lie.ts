/**
 * A lie about an answer: the claim of an attestor that gives the words of one contribution to another. Its structure is
 * right, so the chain accepts it: only the texts show that it is false. It is made for devnets, and no shipped attestor can
 * make it.
 */
import { bordersOf, sumsByBorder } from '../../../state/attribution/borders.ts';
import type { Claim, ClaimedRuns, Match } from '../../../state/attribution/claim.ts';
import { type Tokens, tokenAt } from '../../../state/attribution/tokens.ts';
import type { Trace } from '../../attribution/tracer.ts';
import { equal } from '../../lib/bytes.ts';
import type { ContributionId } from '../../lib/ids.ts';

/** An item of a contribution. */
export type ItemText = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly tokens: Tokens;
};

export type Lie = {
  /** The false claim. */
  readonly claim: Claim;
  /** The words of the answer that it is about: tokens [start, end). */
  readonly start: number;
  readonly end: number;
  /** The contribution that holds these words, and the place of the first of them. */
  readonly truth: Omit<Match, 'start' | 'end'>;
  /** The contribution that the lie names, and the place where other words stand. */
  readonly claimed: Omit<Match, 'start' | 'end'>;
};

/** Whether some of the words that a lie is about are not those of the item that it names. */
const differs = (output: Tokens, start: number, end: number, item: Tokens): boolean => {
  for (let at = start; at < end; at++)
    if (!equal(tokenAt(output, at), tokenAt(item, at - start))) return true;
  return false;
};

const isIn = (moved: ReadonlySet<Match>, match: Match | undefined): boolean =>
  match !== undefined && moved.has(match);

/** A claim of other runs, whose borders are among those of a claim with right sums. */
const withSumsOf = (claim: Claim, tokens: number, runs: ClaimedRuns): Claim => {
  const sums = sumsByBorder(claim, tokens);
  return { ...runs, info: bordersOf(runs, tokens).map((border) => sums.get(border) ?? 0) };
};

/**
 * Returns a false claim about an output; undefined if it repeats nobody's words, or if no other item is long enough.
 * @param honest - the true claim and what follows from it
 * @param isPaid - whether a contribution is somebody's, and not a commons
 * @param others - the items that the lie may name
 */
export const lieAbout = (
  output: Tokens,
  { claim, attribution }: Trace,
  isPaid: (contribution: ContributionId) => boolean,
  others: readonly ItemText[],
): Lie | undefined => {
  const [span] = attribution.spans
    .filter(({ contribution }) => isPaid(contribution))
    .toSorted((a, b) => b.end - b.start - (a.end - a.start));
  if (span === undefined) return undefined;
  const matches = claim.matches.filter(
    (match) => match.contribution === span.contribution && match.start < span.end && match.end > span.start,
  );
  const [first] = matches;
  if (first === undefined) return undefined;
  const { start } = first;
  /** The matches that the other item is long enough for. */
  const movedTo = ({ tokens }: ItemText): readonly Match[] =>
    matches.filter((match) => match.end - start <= tokens.count);
  const other = others.find((each) => {
    const moved = movedTo(each);
    const end = moved.at(-1)?.end ?? start;
    return each.contribution !== span.contribution && end > start && differs(output, start, end, each.tokens);
  });
  if (other === undefined) return undefined;
  const { contribution, item } = other;
  const moved = new Set(movedTo(other));
  const end = Math.max(...[...moved].map((match) => match.end));
  return {
    start,
    end,
    truth: { contribution: first.contribution, item: first.item, pos: first.pos },
    claimed: { contribution, item, pos: 0 },
    claim: withSumsOf(claim, output.count, {
      x: claim.x,
      // All of them keep their place in the output, which is what the order of matches depends on first.
      matches: claim.matches.map((match) =>
        moved.has(match) ? { ...match, contribution, item, pos: match.start - start } : match,
      ),
      // Whom the lie names, nobody else brought it: the chain knows who did, and when.
      shared: claim.shared.filter((run) => !isIn(moved, claim.matches[run.match])),
    }),
  };
};
