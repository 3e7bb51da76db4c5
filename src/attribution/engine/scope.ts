/**
 * Which contributions an answer may come from. A model may be pinned to the first so many acceptances of a Datanet,
 * and those need not be the lowest contribution ids: contributions are accepted in another order than that of their commits.
 */
import type { ContributionId } from '../../lib/ids.ts';
import type { StruckRuns } from '../phrase-holders.ts';
import { type Part, partOf, wholeOf } from './repeats.ts';
import {
  acceptedAt,
  contributionUpTo,
  hasItems,
  isCommonsPlace,
  lastUpTo,
  type Segment,
  startOf,
} from './segment.ts';

export type Scope = {
  /**
   * The number of eligible acceptances of each Datanet, commons that were proposed among them. A commons that it was created
   * with is eligible too. Other Datanets are not searched.
   */
  readonly datanets: ReadonlyMap<number, number>;
  /** Whether what commons hold comes before everything else, whatever their ids: version 2 of the rules. */
  readonly commonsFirst?: boolean;
  /** The ids of contributions that are void: none of them answers. */
  readonly voided?: ReadonlySet<number>;
  /** By contribution id, its novel runs that are struck. */
  readonly struck?: ReadonlyMap<number, StruckRuns>;
};

/** How much of a segment is in a scope. */
type Standing = 'outside' | 'partly' | 'wholly';

/** The acceptance indices of a segment's contributions, and whether there are others, and commons of either kind. */
type Extremes = {
  readonly least: number;
  readonly greatest: number;
  /** Whether it holds a commons that its Datanet was created with. */
  readonly first: boolean;
  readonly commons: boolean;
  /** By contribution, the least index from it on; −1 if there is one without an index from it on. */
  readonly leastFrom: Float64Array;
};

const holds = (segment: Segment, contribution: ContributionId): boolean =>
  segment.contributions[contributionUpTo(segment, contribution)] === contribution;

/** Whether a segment holds a contribution, but none of its text. */
export const holdsWithoutText = (segment: Segment, contribution: ContributionId): boolean =>
  holds(segment, contribution) && !hasItems(segment, contributionUpTo(segment, contribution));

const known = new WeakMap<Segment, Extremes>();

const extremesOf = (segment: Segment): Extremes => {
  let extremes = known.get(segment);
  if (extremes === undefined) {
    let least = Number.POSITIVE_INFINITY;
    let greatest = -1;
    let first = false;
    let commons = false;
    for (const place of segment.indices) {
      const index = acceptedAt(place);
      commons ||= isCommonsPlace(place);
      if (index === undefined) first = true;
      else {
        least = Math.min(least, index);
        greatest = Math.max(greatest, index);
      }
    }
    const leastFrom = new Float64Array(segment.indices.length);
    for (let i = leastFrom.length - 1; i >= 0; i--) {
      const index = acceptedAt(segment.indices[i] ?? 0) ?? -1;
      leastFrom[i] = Math.min(leastFrom[i + 1] ?? index, index);
    }
    extremes = { least, greatest, first, commons, leastFrom };
    known.set(segment, extremes);
  }
  return extremes;
};

/** The contributions of a segment that are void. */
function* voidIn(segment: Segment, voided: Scope['voided']): Generator<ContributionId> {
  for (const contribution of voided ?? []) if (holds(segment, contribution)) yield contribution;
}

const standingOf = (segment: Segment, { datanets, voided }: Scope): Standing => {
  const count = datanets.get(segment.datanet);
  if (count === undefined) return 'outside';
  const { least, greatest, first } = extremesOf(segment);
  if (least >= count && !first) return 'outside';
  if (greatest >= count) return 'partly';
  return voidIn(segment, voided).next().done === true ? 'wholly' : 'partly';
};

/** Checks whether a contribution of a segment is eligible, by its number there. */
export const isEligibleSource = (segment: Segment, { datanets, voided }: Scope, source: number): boolean => {
  const index = acceptedAt(segment.indices[source] ?? 0);
  if (index !== undefined && index >= (datanets.get(segment.datanet) ?? 0)) return false;
  return voided === undefined || !voided.has(segment.contributions[source] ?? 0);
};

/** Returns the end of what the first `count` acceptances hold, and commons without an index: nothing after it is eligible. */
const endOf = (segment: Segment, count: number): number => {
  const { leastFrom } = extremesOf(segment);
  let low = 0;
  let high = leastFrom.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((leastFrom[middle] ?? 0) < count) low = middle + 1;
    else high = middle;
  }
  return startOf(segment, low);
};

/**
 * Checks whether item `item` of a segment, numbered through all its contributions, belongs to an eligible contribution.
 */
export const isEligible = (segment: Segment, scope: Scope, item: number): boolean =>
  isEligibleSource(segment, scope, lastUpTo(segment.items, item));

/** Runs [from, to) of tokens, ascending. */
export type Runs = readonly (readonly [from: number, to: number])[];

/** The part of a segment that is in a scope. */
export type Share = {
  readonly segment: Segment;
  /** Whether all contributions of the segment are eligible. */
  readonly whole: boolean;
  /** Only places before this one answer. */
  readonly end: number;
};

/** Returns the part of a segment that is in the scope; undefined if there is none. */
export const shareOf = (segment: Segment, scope: Scope): Share | undefined => {
  const standing = standingOf(segment, scope);
  const end = endOf(segment, scope.datanets.get(segment.datanet) ?? 0);
  if (standing === 'outside' || end === 0) return undefined;
  return { segment, whole: standing === 'wholly', end };
};

/** The most parts of what a segment repeats that are kept: models with other pins, and what became void since, need others. */
const PARTS_KEPT = 4;
const partsKept = new WeakMap<Segment, Map<string, Part>>();

/**
 * Returns what of the repeated text of a share may answer. It is made once for each pin and each set of void contributions, in
 * time that grows with that text.
 */
export const partIn = ({ segment, whole }: Share, scope: Scope): Part => {
  const { repeats } = segment;
  if (whole) return wholeOf(repeats);
  const pinned = Math.min(scope.datanets.get(segment.datanet) ?? 0, extremesOf(segment).greatest + 1);
  const name = [pinned, ...[...voidIn(segment, scope.voided)].sort((a, b) => a - b)].join();
  const kept = partsKept.get(segment) ?? new Map<string, Part>();
  partsKept.set(segment, kept);
  const part =
    kept.get(name) ?? partOf(repeats, (token) => isEligible(segment, scope, lastUpTo(segment.starts, token)));
  // The last one that was used comes last.
  kept.delete(name);
  kept.set(name, part);
  for (const oldest of kept.keys())
    if (kept.size > PARTS_KEPT) kept.delete(oldest);
    else break;
  return part;
};

/** The stretches of a share's tokens that may answer, the eligible contributions apart. */
export const runsOf = ({ segment, whole, end }: Share, scope: Scope): Runs => {
  if (whole) return [[0, end]];
  const runs: [number, number][] = [];
  for (let i = 0; i < segment.contributions.length; i++) {
    const [from, to] = [startOf(segment, i), startOf(segment, i + 1)];
    if (from < to && isEligibleSource(segment, scope, i)) runs.push([from, to]);
  }
  return runs;
};

/** A commons of a share: the tokens of the segment that may answer. */
export type CommonsPart = {
  readonly contribution: ContributionId;
  readonly from: number;
  readonly to: number;
};

/** Returns the eligible commons of a share. */
export const commonsIn = ({ segment, end }: Share, scope: Scope): readonly CommonsPart[] => {
  if (!extremesOf(segment).commons) return [];
  const parts: CommonsPart[] = [];
  for (const [i, place] of segment.indices.entries()) {
    const from = startOf(segment, i);
    const to = Math.min(end, startOf(segment, i + 1));
    if (isCommonsPlace(place) && from < to && isEligibleSource(segment, scope, i))
      parts.push({ contribution: segment.contributions[i] ?? 0, from, to });
  }
  return parts;
};

/** The contribution ids of eligible contributions without an owner. */
export const commonsOf = (segments: readonly Segment[], scope: Scope): ReadonlySet<number> => {
  const commons = new Set<number>();
  for (const segment of segments)
    if (scope.datanets.has(segment.datanet) && extremesOf(segment).commons)
      for (const [i, place] of segment.indices.entries())
        if (isCommonsPlace(place) && isEligibleSource(segment, scope, i))
          commons.add(segment.contributions[i] ?? 0);
  return commons;
};
