/** Rule 5: how much of the output each contribution explains, in Q8 bits, and the coverage. */
import { type ContributionId, contributionId } from '../../src/lib/ids.ts';
import { divFloorNumber } from '../../src/lib/math.ts';
import { container, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import type { Pieces } from './borders.ts';
import type { Owners, Precedence } from './owners.ts';
import { BPS } from './parameters.ts';
import type { SharedPieces } from './shared.ts';

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
  /** The spans, ascending, including those of commons. What is shared is in none. */
  readonly spans: readonly Span[];
  /** The runs of positions that several owners brought, ascending, each with the contribution that brought it first. */
  readonly sharedSpans: readonly Span[];
  /** The scores, ascending by contribution id. Commons have none, because what they own belongs to nobody. */
  readonly scores: readonly Score[];
  /** T: the information of all positions, at least 1. */
  readonly total: number;
  /** S: the sum of the scores. */
  readonly covered: number;
  /** N: the information of all shared positions, in Q8 bits. S + N is at most T. */
  readonly shared: number;
  /** a = ⌊10000·S/T⌋. */
  readonly coverageBps: number;
};

type MutableSpan = { -readonly [K in keyof Span]: Span[K] };

/** Adds a piece to the last span if it continues it, and as a span of its own if not. */
const addPiece = (spans: MutableSpan[], piece: Span): void => {
  const last = spans.at(-1);
  if (last !== undefined && last.end === piece.start && last.contribution === piece.contribution) {
    last.end = piece.end;
    last.score += piece.score;
  } else spans.push({ ...piece });
};

/**
 * Returns the attribution of an output.
 * @param commons - the ids of contributions without an owner
 */
export const attributionOf = (
  pieces: Pieces,
  owners: Owners,
  sharedPieces: SharedPieces,
  commons: Precedence['commons'],
): Attribution => {
  const excluded: { start: number; end: number }[] = [];
  const spans: MutableSpan[] = [];
  const sharedSpans: MutableSpan[] = [];
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
    const isShared = sharedPieces[piece] === true;
    addPiece(isShared ? sharedSpans : spans, { start, end, contribution, score });
    if (!isShared && !commons.has(contribution))
      scoreByContribution.set(contribution, (scoreByContribution.get(contribution) ?? 0) + score);
  }
  const scores = [...scoreByContribution]
    .map(([contribution, score]) => ({ contribution, score }))
    .sort((a, b) => a.contribution - b.contribution);
  const covered = scores.reduce((sum, { score }) => sum + score, 0);
  const shared = sharedSpans.reduce((sum, { score }) => sum + score, 0);
  const total = Math.max(1, pieces.info.at(-1) ?? 0);
  return {
    excluded,
    spans,
    sharedSpans,
    scores,
    total,
    covered,
    shared,
    coverageBps: divFloorNumber(BPS * covered, total),
  };
};
