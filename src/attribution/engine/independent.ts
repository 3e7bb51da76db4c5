/** Where in a segment something may stand that is independent of a first holder, and of another owner. */
import type { Hit } from './hits.ts';
import { ABSENT, contributionAt, nextOf, type Owners, ownerOf, ownersIn } from './owners.ts';
import type { Runs } from './scope.ts';
import { contributionUpTo, lastUpTo, type Segment, startOf } from './segment.ts';

/** What stands in [from, until) is later than the first holder, and independent of it if `owner` does not own it. */
export type Bounds = {
  readonly from: number;
  readonly until: number;
  /** The number of the first holder's owner in the segment. */
  readonly owner: number;
};

/** Returns the bounds; undefined if nothing is independent of the first holder. */
export const boundsOf = (segment: Segment, first: Hit): Bounds | undefined => {
  const owner = ownerOf(first.segment, first.source);
  if (owner === undefined) return undefined;
  const { numbers, committedAt } = ownersIn(segment);
  const revealedAt = first.segment.revealedAt[first.source] ?? 0;
  const last = (committedAt[0] ?? 0) <= revealedAt ? lastUpTo(committedAt, revealedAt) : -1;
  const from = startOf(segment, contributionUpTo(segment, first.contribution) + 1);
  const until = startOf(segment, last + 1);
  return from < until ? { from, until, owner: numbers.get(owner) ?? ABSENT } : undefined;
};

/** Returns the next stretch of places, from `place` on, of which the owner owns nothing. */
export const stretchOf = (
  segment: Segment,
  { from, owner }: Bounds,
  place: number,
): readonly [from: number, to: number] => {
  const start = Math.max(from, place);
  if (owner === ABSENT) return [start, Number.POSITIVE_INFINITY];
  const owners = ownersIn(segment);
  const at = contributionAt(owners, start);
  const isOwn = owners.owners[at] === owner;
  const first = isOwn ? (owners.next[at] ?? 0) : at;
  return [isOwn ? startOf(segment, first) : start, startOf(segment, nextOf(owners, owner, first))];
};

/** A run of tokens of one owner, by their number in the segment. */
export type OwnedRun = { readonly from: number; readonly to: number; readonly owner: number };

/** Cuts runs where the owner changes. */
export const ownedRuns = (segment: Segment, runs: Runs, owners: Owners): readonly OwnedRun[] =>
  runs.flatMap(([from, to]) => {
    const owned: OwnedRun[] = [];
    for (let start = from; start < to; ) {
      const at = contributionAt(owners, start);
      const end = Math.min(to, startOf(segment, owners.next[at] ?? 0));
      owned.push({ from: start, to: end, owner: owners.owners[at] ?? 0 });
      start = end;
    }
    return owned;
  });
