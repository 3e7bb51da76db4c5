/** What became of the words of an answer that a contribution holds, position by position. */
import { Q8 } from '../../../state/attribution/parameters.ts';
import type { CalibrationStanding } from './explanation.ts';
import { type Grounds, matchedBy, within } from './grounds.ts';
import type { HeldRun } from './held-runs.ts';
import type { Searched } from './search.ts';
import type { AskedPart, Reason } from './tracing.ts';

type Fate = AskedPart['fate'];

/** What decides beside the positions. */
export type Case = {
  readonly grounds: Grounds;
  readonly calibration: CalibrationStanding;
  /** Whether a contribution is a commons. */
  readonly isCommons: (contribution: number) => boolean;
};

/** Returns the owner of a position: by the claim, or without one by the texts. −1 for none. */
const ownerAt = ({ claimed, entitled }: Grounds, position: number): number =>
  (claimed ?? entitled)[position] ?? -1;

/** Why words that would be a match are not credited. */
export const uncountedReason = ({ grounds, calibration }: Case): Reason => {
  if (grounds.claimed !== undefined) return { type: 'unclaimed' };
  switch (calibration.type) {
    case 'final':
      return { type: 'unsettled' };
    case 'unattributed':
      return { type: 'unattributed' };
    default:
      return { type: 'uncalibrated' };
  }
};

/** Why words of a run that are no echo do not make a match. */
const weakReason = ({ grounds }: Case, { start, end }: HeldRun): Reason => {
  const { rules, free, echoed } = grounds;
  const score = within(free, start, end);
  const echo = echoed.subarray(start, end).reduce((sum, each) => sum + each, 0);
  if (end - start < rules.matchTokensMin) return { type: 'short', words: end - start };
  return score >= Q8 * rules.matchBitsMin ? { type: 'spread' } : { type: 'bits', score, echoed: echo };
};

/**
 * Returns why the position of a run is not credited to the contribution, or that it is.
 * @param matched - whether a match of the contribution covers it
 */
const fateAt = (
  given: Case,
  { contribution, standing }: Searched,
  run: HeldRun,
  position: number,
  matched: boolean,
): Fate => {
  const { grounds, isCommons } = given;
  const owner = ownerAt(grounds, position);
  if (owner === contribution)
    return grounds.claimed === undefined && !isCommons(owner) ? uncountedReason(given) : { type: 'credited' };
  const other: Reason = { type: 'other', contribution: owner, commons: isCommons(owner) };
  if (owner >= 0 && owner < contribution) return other;
  if (grounds.echoed[position] === 1) return { type: 'echo' };
  if (standing.type !== 'eligible') return { type: 'ineligible', standing };
  if (matched) return uncountedReason(given);
  return owner >= 0 ? other : weakReason(given, run);
};

const sameFate = (a: Fate, b: Fate): boolean =>
  a.type === b.type && (a.type !== 'other' || b.type !== 'other' || a.contribution === b.contribution);

export type Part = Omit<AskedPart, 'excerpt'>;

/**
 * Returns the runs of a contribution, cut where the fate of the words changes. Each position stands once, in the run that
 * ends first.
 * @param runs - all maximal runs of the contribution that are long enough to be searched for
 */
export const partsOf = (given: Case, holder: Searched, runs: readonly HeldRun[]): readonly Part[] => {
  const { sums } = given.grounds;
  const matched = matchedBy(runs, given.grounds);
  const parts: { start: number; end: number; item: number; pos: number; fate: Fate }[] = [];
  let shown = 0;
  for (const run of runs) {
    const first = Math.max(run.start, shown);
    for (let t = first; t < run.end; t++) {
      const fate = fateAt(given, holder, run, t, matched[t] === 1);
      const last = parts.at(-1);
      if (t > first && last !== undefined && sameFate(last.fate, fate)) last.end = t + 1;
      else parts.push({ start: t, end: t + 1, item: run.item, pos: run.pos + t - run.start, fate });
    }
    shown = Math.max(shown, run.end);
  }
  return parts.map((part) => ({ ...part, score: within(sums, part.start, part.end) }));
};

/**
 * Returns why words of a run are not credited: the reason of the first of them that is no echo.
 * @param positions - those that nobody is credited for, and that are no match of anybody
 */
export const reasonOf = (
  given: Case,
  holder: Searched,
  run: HeldRun,
  positions: readonly number[],
): Reason => {
  const counted = positions.find((position) => given.grounds.echoed[position] === 0);
  if (counted === undefined) return { type: 'echo' };
  const fate = fateAt(given, holder, run, counted, false);
  return fate.type === 'credited' ? weakReason(given, run) : fate;
};
