/** Where in a segment something may stand that is independent of a first holder, and of another owner. */
import type { Hit } from './hits.ts';
import { ABSENT, contributionAt, NOBODY, type Owners, ownerOf, ownersIn } from './owners.ts';
import type { Runs } from './scope.ts';
import { contributionUpTo, lastUpTo, type Segment, startOf } from './segment.ts';

/** What stands in [from, until) is later than the first holder, and independent of it if `owner` does not own it. */
export type Bounds = {
  readonly from: number;
  readonly until: number;
  /** The number of the first holder's owner in the segment. */
  readonly owner: number;
};

/** Returns the number in a segment of the owner of a first holder; undefined if the owner is not known. */
const ownerIn = (segment: Segment, first: Hit): number | undefined => {
  const { owners, numbers } = ownersIn(segment);
  if (first.segment === segment) {
    const number = owners[first.source] ?? NOBODY;
    return number === NOBODY ? undefined : number;
  }
  const owner = ownerOf(first.segment, first.source);
  return owner === undefined ? undefined : (numbers.get(owner) ?? ABSENT);
};

/** Returns the bounds; undefined if nothing is independent of the first holder. */
export const boundsOf = (segment: Segment, first: Hit): Bounds | undefined => {
  const owner = ownerIn(segment, first);
  if (owner === undefined) return undefined;
  const { committedAt } = ownersIn(segment);
  const revealedAt = first.segment.revealedAt[first.source] ?? 0;
  const last = (committedAt[0] ?? 0) <= revealedAt ? lastUpTo(committedAt, revealedAt) : -1;
  const before = first.segment === segment ? first.source : contributionUpTo(segment, first.contribution);
  const from = startOf(segment, before + 1);
  const until = startOf(segment, last + 1);
  return from < until ? { from, until, owner } : undefined;
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
