/** Rule 4: how much of the output each contribution explains, in Q8 bits, and the coverage. */
import { type ContributionId, contributionId } from '../../src/lib/ids.ts';
import { divFloorNumber } from '../../src/lib/math.ts';
import { container, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import type { Pieces } from './borders.ts';
import type { Owners } from './owners.ts';
import { BPS } from './parameters.ts';

/** A run of positions with one owner that cannot be extended. */
export type Span = {
  readonly start: number;
  readonly end: number;
  readonly contribution: ContributionId;
  /** The information of all its positions, in Q8 bits. */
  readonly score: number;
};

export const ScoreType = container({
  contribution: contributionId,
  /** The score s_c: the information of all positions that the contribution owns, in Q8 bits. */
  score: uint32,
});
export type Score = ValueOf<typeof ScoreType>;

export type Attribution = {
  /** X, as runs that cannot be extended, ascending. */
  readonly excluded: readonly { readonly start: number; readonly end: number }[];
  /** The spans, ascending, including those of commons. */
  readonly spans: readonly Span[];
  /** The scores, ascending by contribution id. Commons have none, because what they own belongs to nobody. */
  readonly scores: readonly Score[];
  /** T: the information of all positions, at least 1. */
  readonly total: number;
  /** S: the sum of the scores. */
  readonly covered: number;
  /** a = ⌊10000·S/T⌋. */
  readonly coverageBps: number;
};

/**
 * Returns the attribution of an output.
 * @param commons - the ids of contributions without an owner
 */
export const attributionOf = (pieces: Pieces, owners: Owners, commons: ReadonlySet<number>): Attribution => {
  const excluded: { start: number; end: number }[] = [];
  const spans: { start: number; end: number; contribution: ContributionId; score: number }[] = [];
  const scoreByContribution = new Map<number, number>();
  for (const [piece, contribution] of owners.entries()) {
    const start = pieces.borders[piece] ?? 0;
    const end = pieces.borders[piece + 1] ?? 0;
    if (pieces.echoed[piece]) {
      const last = excluded.at(-1);
      if (last?.end === start) last.end = end;
      else excluded.push({ start, end });
    }
    if (contribution === undefined) continue;
    const score = (pieces.info[piece + 1] ?? 0) - (pieces.info[piece] ?? 0);
    const last = spans.at(-1);
    if (last !== undefined && last.end === start && last.contribution === contribution) {
      last.end = end;
      last.score += score;
    } else spans.push({ start, end, contribution, score });
    if (!commons.has(contribution))
      scoreByContribution.set(contribution, (scoreByContribution.get(contribution) ?? 0) + score);
  }
  const scores = [...scoreByContribution]
    .map(([contribution, score]) => ({ contribution, score }))
    .sort((a, b) => a.contribution - b.contribution);
  const covered = scores.reduce((sum, { score }) => sum + score, 0);
  const total = Math.max(1, pieces.info.at(-1) ?? 0);
  return { excluded, spans, scores, total, covered, coverageBps: divFloorNumber(BPS * covered, total) };
};
