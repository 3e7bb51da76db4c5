/**
 * Contributions whose list is here and whose items are not all: which of the items are still on their way.
 *
 * Any number of lists may name the same items. So what is bounded is the number of links between lists and their items. When
 * there is no room, a list is forgotten that counts on an item that all peers were asked for in vain, or else the oldest
 * one. Its items stay pending, and the next review finds what it still lacks.
 */
import type { Root } from '../../src/lib/brands.ts';
import type { PendingRoot } from './pending.ts';

/** Links of all lists together: those of 64 lists that each have as many items pending as one may have. */
export const LINKS_MAX = 65_536;

type Incomplete = { readonly root: Root; readonly open: Set<PendingRoot> };

export class IncompleteContributions {
  /** The oldest comes first. */
  readonly #byKey = new Map<string, Incomplete>();
  #links = 0;

  /** The number of links. */
  get size(): number {
    return this.#links;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /**
   * Returns false if a list had to be forgotten whose items may still come.
   *
   * @param items - those that are pending for it, at most {@link LINKS_MAX}; nothing is kept if there is none
   */
  add(key: string, root: Root, items: ReadonlySet<PendingRoot>): boolean {
    if (items.size === 0) return true;
    let wereHopeless = true;
    while (this.#links + items.size > LINKS_MAX) {
      const hopeless = this.#hopeless();
      const [oldest] = this.#byKey.keys();
      const least = hopeless ?? oldest;
      if (least === undefined) break;
      if (hopeless === undefined) wereHopeless = false;
      this.forget(least);
    }
    this.#byKey.set(key, { root, open: new Set(items) });
    for (const item of items) item.parents.add(key);
    this.#links += items.size;
    return wereHopeless;
  }

  /** Counts an item that has come. Returns the root of the contribution if it was the last one on its way. */
  itemArrived(key: string, item: PendingRoot): Root | undefined {
    const incomplete = this.#byKey.get(key);
    if (incomplete?.open.delete(item) !== true) return undefined;
    item.parents.delete(key);
    this.#links -= 1;
    if (incomplete.open.size > 0) return undefined;
    this.#byKey.delete(key);
    return incomplete.root;
  }

  /** One of its items was given up, or there is no room: the next review looks into it again. */
  forget(key: string): void {
    const incomplete = this.#byKey.get(key);
    if (incomplete === undefined) return;
    this.#byKey.delete(key);
    for (const item of incomplete.open) item.parents.delete(key);
    this.#links -= incomplete.open.size;
  }

  clear(): void {
    for (const key of this.#byKey.keys()) this.forget(key);
  }

  /** Returns the oldest list with an item that all peers were asked for in vain. */
  #hopeless(): string | undefined {
    for (const [key, { open }] of this.#byKey) for (const { isSpent } of open) if (isSpent) return key;
    return undefined;
  }
}
