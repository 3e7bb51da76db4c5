/**
 * Which contributions an answer may come from. A model may be pinned to the first so many acceptances of a Datanet,
 * and those need not be the lowest contribution ids: contributions are accepted in another order than that of their commits.
 */
import type { ContributionId } from '../../lib/ids.ts';
import { acceptedAt, contributionUpTo, isCommonsPlace, lastUpTo, type Segment, startOf } from './segment.ts';

/** Decides on a stretch of `tokens` tokens that was found, from `pos` on of that item. */
export type Accepts = (contribution: ContributionId, item: number, pos: number, tokens: number) => boolean;

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
  /** Only what stands before this item, in the order of (contribution id, item). */
  readonly before?: ItemName;
  /** Everything but this item. */
  readonly except?: ItemName;
  /** A further filter: what is eligible otherwise counts only if this accepts it. */
  readonly accepts?: Accepts;
};

export type ItemName = { readonly contribution: ContributionId; readonly item: number };

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

const standingOf = (segment: Segment, { datanets, voided }: Scope): Standing => {
  const count = datanets.get(segment.datanet);
  if (count === undefined) return 'outside';
  const { least, greatest, first } = extremesOf(segment);
  if (least >= count && !first) return 'outside';
  if (greatest >= count) return 'partly';
  for (const contribution of voided ?? []) if (holds(segment, contribution)) return 'partly';
  return 'wholly';
};

/** Checks whether a contribution of a segment is eligible, by its number there. */
const isEligibleSource = (segment: Segment, { datanets, voided }: Scope, source: number): boolean => {
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

/** The first token of the segment that is not before the item. */
const placeOf = (segment: Segment, { contribution, item }: ItemName): number => {
  const place = contributionUpTo(segment, contribution);
  const first = segment.items[place] ?? 0;
  const after = segment.items[place + 1] ?? 0;
  const inside = segment.contributions[place] === contribution;
  return segment.starts[inside ? Math.min(first + item, after) : after] ?? 0;
};

/** Runs [from, to) of tokens, ascending. */
export type Runs = readonly (readonly [from: number, to: number])[];

/** The part of a segment that is in a scope, without the items that `accepts` refuses. */
export type Share = {
  readonly segment: Segment;
  /** Whether all contributions of the segment are eligible. */
  readonly whole: boolean;
  /** Only places before this one answer. */
  readonly end: number;
  /** And none of [0] .. [1]. */
  readonly except: readonly [from: number, to: number];
};

/** Returns the part of a segment that is in the scope; undefined if there is none. */
export const shareOf = (segment: Segment, scope: Scope): Share | undefined => {
  const standing = standingOf(segment, scope);
  const end = Math.min(
    endOf(segment, scope.datanets.get(segment.datanet) ?? 0),
    scope.before === undefined ? segment.low.length : placeOf(segment, scope.before),
  );
  if (standing === 'outside' || end === 0) return undefined;
  const { except } = scope;
  return {
    segment,
    whole: standing === 'wholly',
    end,
    except:
      except === undefined
        ? [0, 0]
        : [
            placeOf(segment, except),
            placeOf(segment, { contribution: except.contribution, item: except.item + 1 }),
          ],
  };
};

/** The stretches of a share's tokens that may answer, the eligible contributions apart. */
export const runsOf = ({ segment, whole, end, except }: Share, scope: Scope): Runs => {
  const runs: [number, number][] = [];
  const add = (from: number, to: number): void => {
    for (const [start, stop] of [
      [from, Math.min(to, except[0], end)],
      [Math.max(from, except[1]), Math.min(to, end)],
    ] as const)
      if (start < stop) runs.push([start, stop]);
  };
  if (whole) add(0, end);
  else
    for (let i = 0; i < segment.contributions.length; i++) {
      const item = segment.items[i] ?? 0;
      if (item < (segment.items[i + 1] ?? 0) && isEligible(segment, scope, item))
        add(segment.starts[item] ?? 0, segment.starts[segment.items[i + 1] ?? 0] ?? 0);
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
