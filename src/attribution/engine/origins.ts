/** Who brought each contribution of a segment, and when, while the segment is built. */
import { sharedFloat64 } from './postings.ts';
import { NO_HEIGHT, OWNER_BYTES, type Segment } from './segment.ts';

/** The heights of a contribution's commit and of its reveal. */
type Heights = readonly [committedAt: number, revealedAt: number];

const UNKNOWN: Heights = [NO_HEIGHT, NO_HEIGHT];

/** It is made of plain arrays: an object for each of millions of contributions would keep the garbage collector busy. */
export class Origins {
  #owners = new Uint8Array(64 * OWNER_BYTES);
  readonly #committedAt: number[] = [];
  readonly #revealedAt: number[] = [];

  /** Adds one that nobody brought, or of which that is not known. */
  addUnknown(): void {
    this.add(NOBODY, 0, UNKNOWN);
  }

  /** @param owners - holds the address, from `at` on */
  add(owners: Uint8Array, at: number, [committedAt, revealedAt]: Heights): void {
    const to = OWNER_BYTES * this.#committedAt.length;
    if (to === this.#owners.length) {
      const longer = new Uint8Array(2 * to);
      longer.set(this.#owners);
      this.#owners = longer;
    }
    for (let i = 0; i < OWNER_BYTES; i++) this.#owners[to + i] = owners[at + i] ?? 0;
    this.#committedAt.push(committedAt);
    this.#revealedAt.push(revealedAt);
  }

  finish(): Pick<Segment, 'owners' | 'committedAt' | 'revealedAt'> {
    const bytes = OWNER_BYTES * this.#committedAt.length;
    const owners = new Uint8Array(new SharedArrayBuffer(bytes));
    owners.set(this.#owners.subarray(0, bytes));
    return {
      owners,
      committedAt: sharedFloat64(this.#committedAt),
      revealedAt: sharedFloat64(this.#revealedAt),
    };
  }
}

const NOBODY = new Uint8Array(OWNER_BYTES);
