/**
 * The contributions of an index in memory, in the order in which they were added. The owner of each, and the heights of its
 * commit and of its reveal, decide which of them are independent of each other (state/attribution/shared.ts).
 */

import type { Brought } from '../../state/attribution/shared.ts';
import { toHex } from '../lib/bytes.ts';
import { invariant } from '../lib/errors.ts';

export type Source = {
  /** Its index in the list. */
  readonly rank: number;
  /** Its first place in the index. */
  readonly start: number;
  /** The number of its owner; undefined for a commons, or if its owner is not known. */
  readonly owner: number | undefined;
  /** The height of its commit. Without an owner, it is that of the contribution before, so that the list is in this order. */
  readonly committedAt: bigint;
  readonly revealedAt: bigint;
};

export class Sources {
  readonly #list: Source[] = [];
  readonly #owners = new Map<string, number>();

  get list(): readonly Source[] {
    return this.#list;
  }

  /**
   * Adds the next contribution. Contributions are added in the order of their commits: {@link independentUntil} searches by
   * that order.
   * @param brought - undefined for a commons, or if it is not known
   */
  add(start: number, brought: Brought | undefined): void {
    const rank = this.#list.length;
    const committedAt = this.#list.at(-1)?.committedAt ?? 0n;
    if (brought === undefined) {
      this.#list.push({ rank, start, owner: undefined, committedAt, revealedAt: committedAt });
      return;
    }
    const { commit, reveal } = brought;
    invariant(commit >= committedAt, 'contributions are added in the order of their commits');
    const name = toHex(brought.owner);
    const owner = this.#owners.get(name) ?? this.#owners.size;
    this.#owners.set(name, owner);
    this.#list.push({ rank, start, owner, committedAt: commit, revealedAt: reveal });
  }

  /** Returns the contribution of a place. */
  at(place: number): Source {
    return this.#last((each) => each.start <= place);
  }

  /** Returns the place after the last one of a contribution. `length` is the number of places in the index. */
  endOf({ rank }: Source, length: number): number {
    return this.#list[rank + 1]?.start ?? length;
  }

  /** Returns the place from which on every contribution was committed after the reveal of this one, so none is independent. */
  independentUntil({ revealedAt }: Source, length: number): number {
    return this.endOf(
      this.#last((each) => each.committedAt <= revealedAt),
      length,
    );
  }

  /** Returns the last contribution that satisfies `holds`. It must hold for a prefix of the list. */
  #last(holds: (each: Source) => boolean): Source {
    let low = 0;
    let high = this.#list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const each = this.#list[middle];
      if (each !== undefined && holds(each)) low = middle;
      else high = middle - 1;
    }
    const found = this.#list[low];
    invariant(found !== undefined, 'an index that has a place has a contribution');
    return found;
  }
}
