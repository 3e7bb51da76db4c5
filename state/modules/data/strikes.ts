/**
 * The novel runs of a contribution that challenges have struck, and since when. What is struck does not count as new from
 * that height on.
 *
 *     strikes/<contribution id>/runs/<page>   the height at which each struck run was struck, by its index
 *     strikes/<contribution id>/all           the height at which all runs fell, because the owner was at fault
 */
import { type Height, toHeight } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { uint64 } from '../../../src/lib/ssz.ts';
import { NOVEL_RUNS_MAX } from '../../attribution/novel-runs.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { amountPages } from '../kit/amount-pages.ts';
import { load, save } from '../kit/stored.ts';

const PAGE_BITS = 8;
/** Heights by the index of a run: no block has height 0. */
const heights = amountPages(uint64, PAGE_BITS);
const runsKey = (contribution: ContributionId): Key => `strikes/${numberKey(contribution)}/runs`;
const allKey = (contribution: ContributionId): Key => `strikes/${numberKey(contribution)}/all`;

/** Strikes a run that is not struck yet. */
export const strikeRun = (view: View, contribution: ContributionId, index: number, height: Height): void => {
  heights.add(view, runsKey(contribution), [{ id: index, amount: height }]);
};

/** Strikes all runs that are left, without a mark on each. */
export const strikeAllRuns = (view: View, contribution: ContributionId, height: Height): void =>
  save(view, allKey(contribution), height64, height);

/** The height at which a run was struck by itself; undefined if it was not. */
export const runStruckAt = (
  view: ReadView,
  contribution: ContributionId,
  index: number,
): Height | undefined => {
  const height = heights.amountOf(view, runsKey(contribution), index);
  return height === 0n ? undefined : toHeight(height);
};

/** The height at which all novel runs of a contribution fell; undefined if they did not. */
export const allStruckAt = (view: ReadView, contribution: ContributionId): Height | undefined =>
  load(view, allKey(contribution), height64);

/** Returns whether declared runs of a contribution count as new at the end of a block, by their index. */
export const noveltyAt = (
  view: ReadView,
  contribution: ContributionId,
  height: Height,
): ((index: number) => boolean) => {
  const all = allStruckAt(view, contribution);
  if (all !== undefined && all <= height) return () => false;
  const known = new Map<number, boolean>();
  return (index) => {
    let isNovel = known.get(index);
    if (isNovel === undefined) {
      const struck = runStruckAt(view, contribution, index);
      isNovel = struck === undefined || struck > height;
      known.set(index, isNovel);
    }
    return isNovel;
  };
};

/** The novel runs of a contribution that are struck, and since when. */
export type Strikes = {
  /** The height at which all fell; undefined if they did not. */
  readonly all: Height | undefined;
  /** Those that were struck one by one, ascending by index. */
  readonly novelRuns: readonly { readonly index: number; readonly height: Height }[];
};

export const strikesOf = (view: ReadView, contribution: ContributionId): Strikes => ({
  all: allStruckAt(view, contribution),
  novelRuns: struckRunsOf(view, contribution),
});

const struckRunsOf = (view: ReadView, contribution: ContributionId): Strikes['novelRuns'] =>
  Array.from({ length: NOVEL_RUNS_MAX >>> PAGE_BITS }, (_, page) =>
    heights.page(view, runsKey(contribution), page),
  ).flatMap((page) => page.map(({ id, amount }) => ({ index: id, height: toHeight(amount) })));

/** Indices of the novel runs that were struck one by one; those that fell together with a fault are not among them. */
export const struckNovelRuns = (view: ReadView, contribution: ContributionId): ReadonlySet<number> =>
  new Set(struckRunsOf(view, contribution).map(({ index }) => index));
