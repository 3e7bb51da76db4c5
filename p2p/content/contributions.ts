/** Contributions whose list is here and whose items are not all: how many of the items are still on their way. */
import type { Root } from '../../src/lib/brands.ts';

type Incomplete = { readonly root: Root; open: number };

export class IncompleteContributions {
  readonly #byKey = new Map<string, Incomplete>();

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** @param open - the items that are pending for it; nothing is kept if there is none */
  add(key: string, root: Root, open: number): void {
    if (open > 0) this.#byKey.set(key, { root, open });
  }

  /** Counts an item that has come. Returns the root of the contribution if it was the last one on its way. */
  itemArrived(key: string): Root | undefined {
    const incomplete = this.#byKey.get(key);
    if (incomplete === undefined) return undefined;
    incomplete.open -= 1;
    if (incomplete.open > 0) return undefined;
    this.#byKey.delete(key);
    return incomplete.root;
  }

  /** One of its items was given up: the next review looks into it again. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}
