/**
 * Amounts by contribution id, 256 ids to a value, so that to pay thousands of contributions writes a few values, and none
 * that is large.
 */
import { type ContributionId, contributionId } from '../../../src/lib/ids.ts';
import { container, list, type Ssz, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { fixedElements, load, save } from './stored.ts';

const PAGE_BITS = 8;

const ContributionAmountType = container({
  contribution: contributionId,
  amount: uint256,
});
export type ContributionAmount = ValueOf<typeof ContributionAmountType>;

/** The amounts, ascending by contribution id. */
const PageType: Ssz<readonly ContributionAmount[]> = list(ContributionAmountType, 1 << PAGE_BITS);

const pageOf = (contribution: ContributionId): number => contribution >>> PAGE_BITS;
export const pageKey = (prefix: Key, page: number): Key => `${prefix}/${numberKey(page)}`;

export const pageAmounts = (view: ReadView, prefix: Key, page: number): readonly ContributionAmount[] =>
  load(view, pageKey(prefix, page), PageType) ?? [];

/** Returns an amount, 0 if there is none. It decodes a few entries of the page: a claim of rewards asks for hundreds. */
export const amountOf = (view: ReadView, prefix: Key, contribution: ContributionId): bigint => {
  const key = pageKey(prefix, pageOf(contribution));
  const entry = fixedElements(view, key, ContributionAmountType, ContributionAmountType.maxBytes);
  let from = 0;
  let end = 1 << PAGE_BITS;
  while (from < end) {
    const middle = (from + end) >>> 1;
    const found = entry(middle);
    if (found?.contribution === contribution) return found.amount;
    if (found !== undefined && found.contribution < contribution) from = middle + 1;
    else end = middle;
  }
  return 0n;
};

/** Adds to the amounts of these contribution ids; returns the pages that were empty before. */
export const addAmounts = (
  view: View,
  prefix: Key,
  more: readonly ContributionAmount[],
): readonly number[] => {
  const byPage = Map.groupBy(more, ({ contribution }) => pageOf(contribution));
  const opened: number[] = [];
  for (const [page, entries] of byPage) {
    const amounts = new Map(
      pageAmounts(view, prefix, page).map(({ contribution, amount }) => [contribution, amount]),
    );
    if (amounts.size === 0) opened.push(page);
    for (const { contribution, amount } of entries)
      amounts.set(contribution, (amounts.get(contribution) ?? 0n) + amount);
    const merged = [...amounts]
      .map(([contribution, amount]) => ({ contribution, amount }))
      .sort((a, b) => a.contribution - b.contribution);
    save(view, pageKey(prefix, page), PageType, merged);
  }
  return opened;
};
