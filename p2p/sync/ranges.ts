/**
 * The ranges of blocks that block sync has asked for. A range is *relied on* at first: its blocks are not asked of another
 * peer. When its answer takes too long it is not cancelled, but its blocks are asked of others too, and whichever answer
 * comes first is used. A range is under way until its blocks are here, and *ready* until they are applied.
 */
import type { Height } from '../../src/lib/brands.ts';
import type { SyncedBlock } from '../protocols.ts';
import type { PeerName } from '../types.ts';

/** Ranges that are relied on, ready ones among them. An answer has about 4 MiB and one block at the most. */
export const RANGES_MAX = 4;
/** Ranges that are not ready, overdue ones among them. Past it the one that has taken longest is abandoned. */
export const REQUESTS_MAX = 6;

export type Range = {
  readonly id: number;
  readonly peer: PeerName;
  readonly isStranger: boolean;
  readonly from: Height;
  /** The number of blocks asked for, and, when the answer is here, of blocks in it. */
  count: number;
  readonly askedAt: number;
  /** Relied on for so many milliseconds. */
  readonly patienceMs: number;
  state: 'asked' | 'overdue' | 'ready';
  /** Whether its peer has been held to account for the delay. */
  wasOverdue: boolean;
  /** Empty until it is ready. */
  blocks: readonly SyncedBlock[];
  /** What the peer is owed for the answer, once it is known to be true. Undefined if it has been credited. */
  owed: { readonly tookMs: number; readonly bytes: number; readonly whole: boolean } | undefined;
};

/** The height after the last one of a range. */
export const endOf = ({ from, count }: Pick<Range, 'from' | 'count'>): bigint => from + BigInt(count);

const holds = (range: Range, height: bigint): boolean => range.from <= height && height < endOf(range);

export class Ranges {
  readonly #byId = new Map<number, Range>();

  get(id: number): Range | undefined {
    return this.#byId.get(id);
  }

  add(range: Range): void {
    this.#byId.set(range.id, range);
  }

  delete({ id }: Range): void {
    this.#byId.delete(id);
  }

  /** A copy: ranges may be deleted meanwhile. */
  all(): readonly Range[] {
    return [...this.#byId.values()];
  }

  count(condition: (range: Range) => boolean): number {
    return this.all().filter(condition).length;
  }

  /** Whether a range of this peer is under way. */
  isBusy(peer: PeerName): boolean {
    return this.all().some((range) => range.peer === peer && range.state !== 'ready');
  }

  /** The range that is relied on for this height. */
  covering(height: bigint): Range | undefined {
    return this.all().find((range) => range.state !== 'overdue' && holds(range, height));
  }

  ready(height: bigint): Range | undefined {
    return this.all().find((range) => range.state === 'ready' && holds(range, height));
  }

  /** The first height after `height` that a range is relied on for, or `end` if there is none below. */
  nextCovered(height: bigint, end: bigint): bigint {
    let next = end;
    for (const range of this.#byId.values())
      if (range.state !== 'overdue' && range.from > height && range.from < next) next = range.from;
    return next;
  }

  /** The overdue range that has taken longest. */
  longest(): Range | undefined {
    return this.all().find(({ state }) => state === 'overdue');
  }
}
