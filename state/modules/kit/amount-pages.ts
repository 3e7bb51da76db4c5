/**
 * Amounts by number, many numbers to a value, so that to add to thousands of amounts writes a few values, and none that is
 * large.
 */
import { container, list, type Ssz, uint32 } from '../../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { sequence } from './sequence.ts';
import { fixedElements, load, save } from './stored.ts';

/** What an amount is of, such as a contribution id, and the amount. */
export type Amount = { readonly id: number; readonly amount: bigint };

export type AmountPages = {
  /** Returns an amount, 0 if there is none. It decodes a few entries of a page. */
  readonly amountOf: (view: ReadView, prefix: Key, id: number) => bigint;
  /** Adds to these amounts. Returns the pages that were empty before. */
  readonly add: (view: View, prefix: Key, more: readonly Amount[]) => readonly number[];
  /** Returns the amounts of a page, ascending by number. */
  readonly page: (view: ReadView, prefix: Key, page: number) => readonly Amount[];
  readonly remove: (view: View, prefix: Key, page: number) => void;
};

/**
 * Keys: `<prefix>/<page>`, each with the amounts of 2^`bits` numbers.
 * @param amount - a type of a fixed size
 */
export const amountPages = (amount: Ssz<bigint>, bits: number): AmountPages => {
  const AmountType: Ssz<Amount> = container({ id: uint32, amount });
  const PageType: Ssz<readonly Amount[]> = list(AmountType, 1 << bits);
  const pageOf = (id: number): number => id >>> bits;
  const keyOf = (prefix: Key, page: number): Key => `${prefix}/${numberKey(page)}`;
  const amountsIn = (view: ReadView, prefix: Key, page: number): readonly Amount[] =>
    load(view, keyOf(prefix, page), PageType) ?? [];
  return {
    amountOf: (view, prefix, id) => {
      const entry = fixedElements(view, keyOf(prefix, pageOf(id)), AmountType, AmountType.maxBytes);
      let from = 0;
      let end = 1 << bits;
      while (from < end) {
        const middle = (from + end) >>> 1;
        const found = entry(middle);
        if (found?.id === id) return found.amount;
        if (found !== undefined && found.id < id) from = middle + 1;
        else end = middle;
      }
      return 0n;
    },
    add: (view, prefix, more) => {
      const opened: number[] = [];
      for (const [page, entries] of Map.groupBy(more, ({ id }) => pageOf(id))) {
        const amounts = new Map(amountsIn(view, prefix, page).map((each) => [each.id, each.amount]));
        if (amounts.size === 0) opened.push(page);
        for (const each of entries) amounts.set(each.id, (amounts.get(each.id) ?? 0n) + each.amount);
        const merged = [...amounts].map(([id, sum]) => ({ id, amount: sum })).sort((a, b) => a.id - b.id);
        save(view, keyOf(prefix, page), PageType, merged);
      }
      return opened;
    },
    page: amountsIn,
    remove: (view, prefix, page) => view.delete(keyOf(prefix, page)),
  };
};

/** Amounts that are gathered, and then taken all at once. */
export type GatheredAmounts = {
  readonly add: (view: View, name: string, prefix: Key, more: readonly Amount[]) => void;
  /** Returns all amounts, also those of 0, ascending by number; none is left. */
  readonly take: (view: View, name: string, prefix: Key) => readonly Amount[];
};

/** @param pagesPrefix - of the {@link sequence} that says which pages there are, by name */
export const gatheredAmounts = (pagesPrefix: string, pages: AmountPages): GatheredAmounts => {
  const opened = sequence(pagesPrefix, uint32);
  return {
    add: (view, name, prefix, more) => {
      for (const page of pages.add(view, prefix, more)) opened.append(view, name, page);
    },
    take: (view, name, prefix) =>
      opened
        .takeAll(view, name)
        .toSorted((a, b) => a - b)
        .flatMap((page) => {
          const amounts = pages.page(view, prefix, page);
          pages.remove(view, prefix, page);
          return amounts;
        }),
  };
};
