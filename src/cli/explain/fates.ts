/** What became of the words of an answer that a contribution holds, position by position. */
import { rankOf } from '../../../state/attribution/owners.ts';
import { Q8 } from '../../../state/attribution/parameters.ts';
import type { CalibrationStanding } from './explanation.ts';
import { type Grounds, matchedBy, within } from './grounds.ts';
import type { HeldRun } from './held-runs.ts';
import type { Searched } from './search.ts';
import type { AskedPart, Bringer, Reason } from './tracing.ts';

type Fate = AskedPart['fate'];

/** What decides beside the positions. */
export type Case = {
  readonly grounds: Grounds;
  readonly calibration: CalibrationStanding;
  /** Whether a contribution is a commons. */
  readonly isCommons: (contribution: number) => boolean;
  /** Undefined for a commons, and for what was not revealed. */
  readonly bringer: (contribution: number) => Bringer | undefined;
};

/** Returns the owner of a position: by the claim, or without one by the texts. −1 for none. */
const ownerAt = ({ claimed, entitled }: Grounds, position: number): number =>
  (claimed ?? entitled).owners[position] ?? -1;

/** Whether several brought a position, by the texts: without a bar, that is not decided. */
const isShared = ({ grounds: { claimed, entitled }, calibration }: Case, position: number): boolean =>
  (claimed !== undefined || calibration.type === 'final') && (entitled.seconds[position] ?? -1) >= 0;

/** Whether a claim takes a position from its owner, because several brought it, though the texts say that nobody else did. */
const isWithheld = ({ claimed, entitled, isWhole }: Grounds, position: number): boolean =>
  isWhole &&
  (claimed?.seconds[position] ?? -1) >= 0 &&
  claimed?.owners[position] === entitled.owners[position] &&
  (entitled.seconds[position] ?? -1) < 0;

/** Whether a position is due to a contribution by the texts, and credited to nobody. */
export const isDue = (given: Case, position: number): boolean => {
  const { claimed, entitled } = given.grounds;
  if ((entitled.owners[position] ?? -1) < 0 || isShared(given, position)) return false;
  return (claimed?.owners[position] ?? -1) < 0 || isWithheld(given.grounds, position);
};

/** Returns that several brought a position: by the claim, or by the texts if nobody owns it by a claim. */
export const sharedReason = (given: Case, position: number): Reason | undefined => {
  const { claimed, entitled } = given.grounds;
  const isClaimed = (claimed?.owners[position] ?? -1) >= 0;
  if (!isClaimed && !isShared(given, position)) return undefined;
  const { owners, seconds } = isClaimed && claimed !== undefined ? claimed : entitled;
  const first = given.bringer(owners[position] ?? -1);
  const second = given.bringer(seconds[position] ?? -1);
  return first === undefined || second === undefined ? undefined : { type: 'shared', first, second };
};

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
  const shared = sharedReason(given, position);
  if (owner === contribution) {
    if (isWithheld(grounds, position)) return uncountedReason(given);
    if (shared !== undefined) return shared;
    return grounds.claimed === undefined && !isCommons(owner) ? uncountedReason(given) : { type: 'credited' };
  }
  const { precedence } = grounds;
  const other: Reason = shared ?? { type: 'other', contribution: owner, commons: isCommons(owner) };
  if (owner >= 0 && rankOf(owner, precedence) < rankOf(contribution, precedence)) return other;
  if (grounds.echoed[position] === 1) return { type: 'echo' };
  if (standing.type !== 'eligible') return { type: 'ineligible', standing };
  if (matched) return owner < 0 && shared !== undefined ? shared : uncountedReason(given);
  return owner >= 0 ? other : weakReason(given, run);
};

export const sameFate = (a: Fate, b: Fate): boolean => {
  if (a.type === 'other' && b.type === 'other') return a.contribution === b.contribution;
  if (a.type === 'shared' && b.type === 'shared')
    return a.first.contribution === b.first.contribution && a.second.contribution === b.second.contribution;
  return a.type === b.type;
};

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
