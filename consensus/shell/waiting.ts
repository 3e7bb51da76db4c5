/** Lets block sync wait until its blocks are committed. */
import type { Height } from '../../src/lib/brands.ts';
import { ok, type Result } from '../../src/lib/errors.ts';

type Waiter = { readonly height: Height; readonly resolve: (result: Result<void>) => void };

export class Waiting {
  #waiters: readonly Waiter[] = [];

  /** Resolves when the block of this height is committed, in any way, or when consensus stops. */
  for(height: Height): Promise<Result<void>> {
    return new Promise((resolve) => {
      this.#waiters = [...this.#waiters, { height, resolve }];
    });
  }

  /** Notes that all heights below `next` are committed. */
  committed(next: Height): void {
    for (const { height, resolve } of this.#waiters) if (height < next) resolve(ok(undefined));
    this.#waiters = this.#waiters.filter(({ height }) => height >= next);
  }

  stop(result: Result<void>): void {
    for (const { resolve } of this.#waiters) resolve(result);
    this.#waiters = [];
  }
}
