/**
 * Amounts by the seq of a contribution, 256 seqs to a value, so that to pay thousands of contributions writes a few
 * values, and none that is large.
 */
import { container, list, type Ssz, uint32, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { load, save } from './stored.ts';

const PAGE_BITS = 8;

const SeqAmountType = container({
  seq: uint32,
  amount: uint256,
});
export type SeqAmount = ValueOf<typeof SeqAmountType>;

/** Ascending by seq. */
const PageType: Ssz<readonly SeqAmount[]> = list(SeqAmountType, 1 << PAGE_BITS);

const pageOf = (seq: number): number => seq >>> PAGE_BITS;
export const pageKey = (prefix: Key, page: number): Key => `${prefix}/${numberKey(page)}`;

export const pageAmounts = (view: ReadView, prefix: Key, page: number): readonly SeqAmount[] =>
  load(view, pageKey(prefix, page), PageType) ?? [];

export const amountOf = (view: ReadView, prefix: Key, seq: number): bigint =>
  pageAmounts(view, prefix, pageOf(seq)).find((entry) => entry.seq === seq)?.amount ?? 0n;

/** Adds to the amounts of these seqs; returns the pages that were empty before. */
export const addAmounts = (view: View, prefix: Key, more: readonly SeqAmount[]): readonly number[] => {
  const byPage = Map.groupBy(more, ({ seq }) => pageOf(seq));
  const opened: number[] = [];
  for (const [page, entries] of byPage) {
    const amounts = new Map(pageAmounts(view, prefix, page).map(({ seq, amount }) => [seq, amount]));
    if (amounts.size === 0) opened.push(page);
    for (const { seq, amount } of entries) amounts.set(seq, (amounts.get(seq) ?? 0n) + amount);
    const merged = [...amounts].map(([seq, amount]) => ({ seq, amount })).sort((a, b) => a.seq - b.seq);
    save(view, pageKey(prefix, page), PageType, merged);
  }
  return opened;
};
