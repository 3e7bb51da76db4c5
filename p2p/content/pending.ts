/**
 * The pending roots: content that is wanted and not here yet. Their number is bounded, and they have an order: what a
 * peer announced, a client waits for or a contribution lacks comes before all else, and what was asked for in vain comes
 * after all else.
 *
 * Anyone can make the chain name roots whose texts nobody has, and announce them too. So each root takes a place of its
 * {@link Source}, and the sources are served in turn. A new root always gets a place. If there is no free one, a root is
 * given up that all peers were asked for in vain, or else one of the source that has the most places. So whoever fills the
 * places loses their own.
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
/** Peers remembered to have announced one root, besides those of the config. */
export const ANNOUNCERS_MAX = 16;
/** Rounds after which a root is given up. */
export const ROUNDS_MAX = 9;
const ROUND_PAUSE_MS = { first: 250, longest: 30_000 };

/**
 * What speaks for a root: a client that waits for it, a peer of the config that says that it has it, what others say about
 * who has it, a block that was just executed, or only the look through all that the chain names. There are as many sources
 * as peers in the config and four more: names of strangers cost nothing, so all strangers are one source.
 */
export type Source = 'clients' | `peer ${PeerName}` | 'others' | 'blocks' | 'review';

/** A root changes only to a source of a higher priority. */
const priorityOf = (source: Source): number => {
  switch (source) {
    case 'review':
      return 0;
    case 'blocks':
      return 1;
    case 'others':
      return 2;
    case 'clients':
      return 4;
    default:
      return 3;
  }
};

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
  /** The peers that are thought to have it, up to {@link ANNOUNCERS_MAX} besides those of the config. */
  readonly announcers: Map<PeerName, Claim>;
  source: Source;
  /** True once it was announced, or a client or a contribution waited for it. */
  isUrgent: boolean;
  /** True if all peers were asked for it in vain since it was made urgent last. */
  isSpent: boolean;
  /** Rounds that have ended. */
  rounds: number;
  /** Requests for it that were waited for in vain. */
  attempts: number;
  /** It is not asked for before this time, in milliseconds. */
  nextAt: number;
  /** The request that is relied on to bring it: until then no other peer is asked for it. */
  heldBy: number | undefined;
};

/** The pending roots of one source, each in one of these sets. */
class Share {
  readonly urgent = new Set<PendingRoot>();
  /** Those that no peer was asked for, the oldest first. */
  readonly fresh = new Set<PendingRoot>();
  /** Those that some peer was asked for in vain, and those that all were: the one for which that was longest ago first. */
  readonly vain = new Set<PendingRoot>();
  readonly spent = new Set<PendingRoot>();

  get size(): number {
    return this.urgent.size + this.fresh.size + this.vain.size + this.spent.size;
  }

  *inOrder(tiers: readonly Tier[]): Generator<PendingRoot> {
    for (const tier of tiers) yield* this[tier];
  }
}

type Tier = 'urgent' | 'fresh' | 'vain' | 'spent';
const TIERS: readonly Tier[] = ['urgent', 'fresh', 'vain', 'spent'];
/** The groups in which roots are asked for: in each of them the sources take turns. */
const HOPEFUL: readonly Tier[] = ['urgent', 'fresh'];
const GROUPS: readonly (readonly Tier[])[] = [HOPEFUL, ['vain'], ['spent']];
const VAIN_FIRST: readonly (readonly Tier[])[] = [['vain'], ['spent'], HOPEFUL];
/** In this order a source loses roots that may still come. */
const GIVEN_UP: readonly Tier[] = ['fresh', 'vain', 'urgent'];

export class PendingRoots {
  readonly #byKey = new Map<string, PendingRoot>();
  /** How many of them begin with these bytes: more than one only if somebody has chosen them so. */
  readonly #beginnings = new Map<string, number>();
  /** The shares that hold something. */
  readonly #shares = new Map<Source, Share>();

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

  /** Returns the number of roots of a source that no peer was asked for yet. */
  unasked(source: Source): number {
    const share = this.#shares.get(source);
    return share === undefined ? 0 : share.urgent.size + share.fresh.size;
  }

  /** Returns the new entry, or the one that is there; undefined if there is no room. */
  add(root: Root, source: Source): PendingRoot | undefined {
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
      source,
      isUrgent: false,
      isSpent: false,
      rounds: 0,
      attempts: 0,
      nextAt: 0,
      heldBy: undefined,
    };
    this.#byKey.set(key, pending);
    const beginning = firstBytes(root);
    this.#beginnings.set(beginning, (this.#beginnings.get(beginning) ?? 0) + 1);
    this.#place(pending, 'fresh');
    return pending;
  }

  /** Makes a root urgent, and due now. */
  hasten(pending: PendingRoot): void {
    pending.nextAt = 0;
    pending.isUrgent = true;
    pending.isSpent = false;
    if (this.#shares.get(pending.source)?.urgent.has(pending) === true) return;
    this.#take(pending);
    this.#place(pending, 'urgent');
  }

  /** Puts a root that was asked for in vain behind all others. */
  demote(pending: PendingRoot): void {
    this.#take(pending);
    this.#place(pending, pending.isSpent ? 'spent' : 'vain');
  }

  /** Puts a root that clients wait for before all others. If it pauses, it goes on pausing. */
  serveClients(pending: PendingRoot): void {
    // Whoever asks again keeps the turn that the root has.
    if (pending.source === 'clients' && this.#shares.get('clients')?.urgent.has(pending) === true) return;
    if (!pending.isUrgent) this.hasten(pending);
    this.#take(pending);
    pending.source = 'clients';
    this.#place(pending, 'urgent');
  }

  /** Gives a root a place of this source, if that has a higher priority than its own. */
  claim(pending: PendingRoot, source: Source): void {
    if (priorityOf(source) <= priorityOf(pending.source)) return;
    const tier = this.#take(pending);
    pending.source = source;
    this.#place(pending, tier);
  }

  forget(key: string): void {
    const pending = this.#byKey.get(key);
    if (pending === undefined) return;
    this.#byKey.delete(key);
    const beginning = firstBytes(pending.root);
    const others = (this.#beginnings.get(beginning) ?? 1) - 1;
    if (others > 0) this.#beginnings.set(beginning, others);
    else this.#beginnings.delete(beginning);
    this.#take(pending);
  }

  clear(): void {
    this.#byKey.clear();
    this.#beginnings.clear();
    this.#shares.clear();
  }

  /**
   * Returns the root to forget to make room: one that all peers were asked for in vain, longest ago, or else the oldest one
   * of the source with the most. One that a request is relied on for stays.
   *
   * @param mustStay - whether the root of this key is not to be forgotten at all
   */
  leastHopeful(mustStay: (key: string) => boolean): PendingRoot | undefined {
    const fullestFirst = [...this.#shares.values()].sort((a, b) => b.size - a.size);
    const mayGo = ({ heldBy, key }: PendingRoot): boolean => heldBy === undefined && !mustStay(key);
    for (const { spent } of fullestFirst) for (const pending of spent) if (mayGo(pending)) return pending;
    for (const share of fullestFirst)
      for (const tier of GIVEN_UP) for (const pending of share[tier]) if (mayGo(pending)) return pending;
    return undefined;
  }

  /**
   * All of them: those that no peer was asked for, of each source its urgent ones first, then those that were asked for in
   * vain. The sources take turns, so that what strangers announce does not hold up what nobody announced.
   */
  *inOrder(vainFirst = false): Generator<PendingRoot> {
    for (const group of vainFirst ? VAIN_FIRST : GROUPS) yield* this.#inTurns(group);
  }

  *#inTurns(group: readonly Tier[]): Generator<PendingRoot> {
    const turns = [...this.#shares]
      .sort(([a], [b]) => priorityOf(b) - priorityOf(a))
      .map(([, share]) => share.inOrder(group));
    while (turns.length > 1)
      for (let i = 0; i < turns.length; ) {
        const next = turns[i]?.next();
        if (next === undefined || next.done === true) turns.splice(i, 1);
        else {
          yield next.value;
          i += 1;
        }
      }
    const [last] = turns;
    if (last !== undefined) yield* last;
  }

  #place(pending: PendingRoot, tier: Tier): void {
    const share = this.#shares.get(pending.source) ?? new Share();
    this.#shares.set(pending.source, share);
    share[tier].add(pending);
  }

  /** Returns where it was. */
  #take(pending: PendingRoot): Tier {
    const share = this.#shares.get(pending.source);
    const tier = TIERS.find((each) => share?.[each].delete(pending) === true) ?? 'fresh';
    if (share?.size === 0) this.#shares.delete(pending.source);
    return tier;
  }
}

/** Ends a round in which no peer had the root. Returns false if it was the last one. */
export const endRound = (pending: PendingRoot, now: number): boolean => {
  pending.asked.clear();
  pending.isSpent = true;
  pending.rounds += 1;
  pending.nextAt = now + pauseAfter(pending.rounds, ROUND_PAUSE_MS);
  return pending.rounds <= ROUNDS_MAX;
};

/** Leaves a root alone for the longest pause: this node cannot keep it now. */
export const postpone = (pending: PendingRoot, now: number): void => {
  pending.nextAt = now + ROUND_PAUSE_MS.longest;
};
