/**
 * Sums up how much of the draws of a calibration is covered (rule 4 of docs/calibration.md#the-rules).
 *
 * By version 2 of the rules every draw weighs the same, and an account counts for at most a quarter of its draws. What a
 * position of a draw counts is charged to the account whose contribution came later: that of the drawn item, or that of
 * the words it is matched with. Only the later one can have copied from the other. So data that has the share f of the draws
 * adds at most f / 4 to the control of the contributions before it, whatever it holds and however many accounts bring it.
 *
 * Neither sum, with bounds or without, ever decreases when a position is added that its true owner is claimed for. So a claim
 * that leaves positions out never shows more than there is.
 */
import type { ContributionId } from '../../src/lib/ids.ts';
import { divFloorNumber } from '../../src/lib/math.ts';
import type { ControlSums } from './calibration.ts';
import type { TextRules } from './rules.ts';
import type { Score } from './scores.ts';

/** The result of one draw at a step. */
export type DrawResult = {
  /** The contribution that was drawn from. */
  readonly contribution: ContributionId;
  /** What each contribution owns of the stretch: S, in Q8 bits. */
  readonly scores: readonly Score[];
  /** T, in Q8 bits. It is 0 if nothing of the draw counts. */
  readonly total: number;
};

/** A draw that counts has so many parts. */
export const DRAW_PARTS = 1_000_000;
/** An account counts for at most so many parts for each draw from its contributions that counts: a quarter of a draw. */
const ACCOUNT_PARTS = 250_000;

const sumByInformation = (draws: readonly DrawResult[]): ControlSums => {
  const covered = draws.flatMap(({ scores }) => scores).reduce((sum, { score }) => sum + score, 0);
  return { covered, unbounded: covered, total: draws.reduce((sum, { total }) => sum + total, 0) };
};

const sumByAccount = (
  draws: readonly DrawResult[],
  accountOf: (contribution: ContributionId) => string,
): ControlSums => {
  const counting = draws.filter(({ total }) => total > 0);
  const drawn = new Map<string, number>();
  const charged = new Map<string, number>();
  for (const { contribution, scores, total } of counting) {
    const account = accountOf(contribution);
    drawn.set(account, (drawn.get(account) ?? 0) + 1);
    for (const { contribution: owner, score } of scores) {
      const later = accountOf(Math.max(contribution, owner));
      charged.set(later, (charged.get(later) ?? 0) + divFloorNumber(DRAW_PARTS * score, total));
    }
  }
  let covered = 0;
  let unbounded = 0;
  for (const [account, parts] of charged) {
    covered += Math.min(parts, ACCOUNT_PARTS * (drawn.get(account) ?? 0));
    unbounded += parts;
  }
  return { covered, unbounded, total: DRAW_PARTS * counting.length };
};

/**
 * Returns how much of the draws is covered, and how much there is: by version 1 Σ S and Σ T, in Q8 bits; by version 2 in
 * parts of a draw ({@link DRAW_PARTS}).
 * @param accountOf - returns the account of a contribution that is no commons, as a string of any form
 */
export const controlSumsOf = (
  draws: readonly DrawResult[],
  { drawsWeigh }: Pick<TextRules, 'drawsWeigh'>,
  accountOf: (contribution: ContributionId) => string,
): ControlSums => (drawsWeigh === 'information' ? sumByInformation(draws) : sumByAccount(draws, accountOf));
