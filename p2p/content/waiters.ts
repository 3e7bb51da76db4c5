/** Calls that wait until an object is here. All that wait for one object share what is known of it. */
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';

type End = (isHere: boolean) => void;
type Awaited = { readonly root: Root; readonly ends: Set<End> };

export class Waiters {
  readonly #byKey = new Map<string, Awaited>();

  /** The objects that are waited for, each once. */
  roots(): readonly Root[] {
    return [...this.#byKey.values()].map(({ root }) => root);
  }

  areFor(root: Root): boolean {
    return this.#byKey.has(toBareHex(root));
  }

  /** Resolves with true once the object is here, and with false after the timeout. */
  wait(root: Root, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const key = toBareHex(root);
      const awaited = this.#byKey.get(key) ?? { root, ends: new Set() };
      this.#byKey.set(key, awaited);
      const end: End = (isHere) => {
        clearTimeout(timer);
        awaited.ends.delete(end);
        if (awaited.ends.size === 0) this.#byKey.delete(key);
        resolve(isHere);
      };
      const timer = setTimeout(end, timeoutMs, false);
      awaited.ends.add(end);
    });
  }

  /** The object is here. */
  wake(root: Root): void {
    for (const end of this.#byKey.get(toBareHex(root))?.ends ?? []) end(true);
  }

  /** Nobody waits any longer. */
  dismiss(): void {
    for (const { ends } of this.#byKey.values()) for (const end of ends) end(false);
  }
}
