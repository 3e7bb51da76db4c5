/** The contributions of an index in memory, in its order, with what decides which of them are independent. */

import type { Brought } from '../../state/attribution/shared.ts';
import { toHex } from '../lib/bytes.ts';
import { invariant } from '../lib/errors.ts';

export type Source = {
  readonly rank: number;
  /** Its first place in the index. */
  readonly start: number;
  /** A number for its owner; undefined if it has none, as a commons. */
  readonly owner: number | undefined;
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
   * Adds the next contribution. They come in the order of their commits, which decides up to where others are independent.
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

  /** Returns the place after the last one of a contribution. */
  endOf({ rank }: Source, length: number): number {
    return this.#list[rank + 1]?.start ?? length;
  }

  /** Returns the place from which on nothing is independent of this contribution, which is before it. */
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
