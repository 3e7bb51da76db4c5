/**
 * The pending roots: content that is wanted and not here yet. Their number is bounded, and they have an order: what a
 * peer announced, a client waits for or a contribution lacks comes before all else.
 *
 * A root is asked for in rounds. A round ends when every connected peer was asked and none sent it; then the root pauses,
 * each time for longer, and after the last round it is given up.
 */
import { pauseAfter } from '../../src/lib/back-off.ts';
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import type { PeerName } from '../types.ts';

/** Pending roots at a time, of some hundred bytes each. */
export const PENDING_MAX = 32_768;
/** Peers remembered to have announced one root. */
export const ANNOUNCERS_MAX = 64;
/** Rounds after which a root is given up. */
export const ROUNDS_MAX = 9;
const ROUND_PAUSE_MS = { first: 250, longest: 30_000 };

export type PendingRoot = {
  readonly root: Root;
  /** The root in hex: its key in every map. */
  readonly key: string;
  /** The keys of the contributions that are incomplete without it. */
  readonly parents: Set<string>;
  /** The peers that were asked in this round and did not have it, or did not answer. */
  readonly asked: Set<PeerName>;
  /** The peer that announced it last, and was not asked since. */
  hint: PeerName | undefined;
  /** All peers that announced it, up to {@link ANNOUNCERS_MAX}. */
  readonly announcers: Set<PeerName>;
  /** Rounds that have ended. */
  rounds: number;
  /** It is not asked for before this time, in milliseconds. */
  nextAt: number;
  /** True while a request for it is under way. */
  inFlight: boolean;
};

export class PendingRoots {
  readonly #urgent = new Map<string, PendingRoot>();
  readonly #others = new Map<string, PendingRoot>();

  get size(): number {
    return this.#urgent.size + this.#others.size;
  }

  get(key: string): PendingRoot | undefined {
    return this.#urgent.get(key) ?? this.#others.get(key);
  }

  isUrgent(key: string): boolean {
    return this.#urgent.has(key);
  }

  /** Returns the new entry, or the one that is there; undefined if there is no room. A hint makes a new one urgent. */
  add(root: Root, hint: PeerName | undefined): PendingRoot | undefined {
    const key = toBareHex(root);
    const known = this.get(key);
    if (known !== undefined) return known;
    if (this.size >= PENDING_MAX) return undefined;
    const pending: PendingRoot = {
      root,
      key,
      parents: new Set(),
      asked: new Set(),
      hint,
      announcers: new Set(),
      rounds: 0,
      nextAt: 0,
      inFlight: false,
    };
    (hint === undefined ? this.#others : this.#urgent).set(key, pending);
    return pending;
  }

  /** Makes a root urgent, and due now. The peer that announced it is asked again, also in the same round. */
  hasten(pending: PendingRoot): void {
    pending.nextAt = 0;
    if (pending.hint !== undefined) pending.asked.delete(pending.hint);
    if (this.#others.delete(pending.key)) this.#urgent.set(pending.key, pending);
  }

  forget(key: string): void {
    this.#urgent.delete(key);
    this.#others.delete(key);
  }

  clear(): void {
    this.#urgent.clear();
    this.#others.clear();
  }

  /** All of them, the urgent ones first, each group in the order in which they came. */
  *inOrder(): Generator<PendingRoot> {
    yield* this.#urgent.values();
    yield* this.#others.values();
  }
}

/** Ends a round in which no peer had the root. Returns false if it was the last one. */
export const endRound = (pending: PendingRoot, now: number): boolean => {
  pending.asked.clear();
  pending.rounds += 1;
  pending.nextAt = now + pauseAfter(pending.rounds, ROUND_PAUSE_MS);
  return pending.rounds <= ROUNDS_MAX;
};

/** Leaves a root alone for the longest pause: this node cannot keep it now. */
export const postpone = (pending: PendingRoot, now: number): void => {
  pending.nextAt = now + ROUND_PAUSE_MS.longest;
};
