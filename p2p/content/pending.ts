/**
 * The pending roots: content that is wanted and not here yet. Their number is bounded, and they have an order: what a
 * peer announced, a client waits for or a contribution lacks comes before all else, and what was asked for in vain comes
 * after all else.
 *
 * A root is asked for in rounds. A round ends when every peer that can be relied on was asked and none sent it; then the
 * root pauses, each time for longer, and after the last round it is given up.
 */
import { pauseAfter } from '../../src/lib/back-off.ts';
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import type { PeerName } from '../types.ts';
import { firstBytes } from './first-bytes.ts';

/** Pending roots at a time, of some hundred bytes each. */
export const PENDING_MAX = 32_768;
/** Peers remembered to have announced one root. */
export const ANNOUNCERS_MAX = 64;
/** Rounds after which a root is given up. */
export const ROUNDS_MAX = 9;
const ROUND_PAUSE_MS = { first: 250, longest: 30_000 };

/** Why a peer is thought to have a root: it said so itself, another peer named it, or either did before the root was wanted. */
export type Claim = 'promised' | 'named' | 'early';

export type PendingRoot = {
  readonly root: Root;
  /** The root in hex: its key in every map. */
  readonly key: string;
  /** The keys of the contributions that are incomplete without it. */
  readonly parents: Set<string>;
  /** The peers that were asked in this round and did not have it, or did not answer. */
  readonly asked: Set<PeerName>;
  /** The peers that are thought to have it, up to {@link ANNOUNCERS_MAX}. */
  readonly announcers: Map<PeerName, Claim>;
  /** True once it was announced, or a client or a contribution waited for it. */
  isUrgent: boolean;
  /** Rounds that have ended. */
  rounds: number;
  /** Requests for it that were waited for in vain. */
  attempts: number;
  /** It is not asked for before this time, in milliseconds. */
  nextAt: number;
  /** The request that is relied on to bring it: until then no other peer is asked for it. */
  heldBy: number | undefined;
};

export class PendingRoots {
  readonly #byKey = new Map<string, PendingRoot>();
  /** How many of them begin with these bytes: more than one only if somebody has chosen them so. */
  readonly #beginnings = new Map<string, number>();
  readonly #urgent = new Set<PendingRoot>();
  readonly #others = new Set<PendingRoot>();
  /** Those that were asked for in vain, the one for which that was longest ago first. */
  readonly #vain = new Set<PendingRoot>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): PendingRoot | undefined {
    return this.#byKey.get(key);
  }

  /**
   * Returns the entry of this root. A root that is not pending costs little: almost none begins with the bytes of one that
   * is.
   *
   * @param beginning - {@link firstBytes} of the root
   */
  find(root: Root, beginning: string): PendingRoot | undefined {
    return this.#beginnings.has(beginning) ? this.get(toBareHex(root)) : undefined;
  }

  /** Returns the new entry, or the one that is there; undefined if there is no room. */
  add(root: Root): PendingRoot | undefined {
    const key = toBareHex(root);
    const known = this.get(key);
    if (known !== undefined) return known;
    if (this.size >= PENDING_MAX) return undefined;
    const pending: PendingRoot = {
      root,
      key,
      parents: new Set(),
      asked: new Set(),
      announcers: new Map(),
      isUrgent: false,
      rounds: 0,
      attempts: 0,
      nextAt: 0,
      heldBy: undefined,
    };
    this.#byKey.set(key, pending);
    const beginning = firstBytes(root);
    this.#beginnings.set(beginning, (this.#beginnings.get(beginning) ?? 0) + 1);
    this.#others.add(pending);
    return pending;
  }

  /** Makes a root urgent, and due now. */
  hasten(pending: PendingRoot): void {
    pending.nextAt = 0;
    pending.isUrgent = true;
    this.#others.delete(pending);
    this.#vain.delete(pending);
    this.#urgent.add(pending);
  }

  /** Puts a root that was asked for in vain behind all others. */
  demote(pending: PendingRoot): void {
    this.#urgent.delete(pending);
    this.#others.delete(pending);
    this.#vain.delete(pending);
    this.#vain.add(pending);
  }

  forget(key: string): void {
    const pending = this.#byKey.get(key);
    if (pending === undefined) return;
    this.#byKey.delete(key);
    const beginning = firstBytes(pending.root);
    const others = (this.#beginnings.get(beginning) ?? 1) - 1;
    if (others > 0) this.#beginnings.set(beginning, others);
    else this.#beginnings.delete(beginning);
    this.#urgent.delete(pending);
    this.#others.delete(pending);
    this.#vain.delete(pending);
  }

  clear(): void {
    this.#byKey.clear();
    this.#beginnings.clear();
    this.#urgent.clear();
    this.#others.clear();
    this.#vain.clear();
  }

  /** Returns a root that may be forgotten to make room: all peers were asked for it in vain, longest ago. */
  leastHopeful(): PendingRoot | undefined {
    for (const pending of this.#vain) if (pending.rounds > 0 && pending.heldBy === undefined) return pending;
    return undefined;
  }

  /** All of them: urgent ones, others, those asked for in vain, each group in its order. */
  *inOrder(vainFirst = false): Generator<PendingRoot> {
    if (vainFirst) yield* this.#vain;
    yield* this.#urgent;
    yield* this.#others;
    if (!vainFirst) yield* this.#vain;
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
