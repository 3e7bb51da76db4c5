/** Which peer block sync asks next. */
import { LRUCache } from 'lru-cache';
import type { Height } from '../../src/lib/brands.ts';
import { type PeerRecords, RECORDS_MAX } from '../peer-records.ts';
import type { PeerName } from '../types.ts';

/** A connected peer, and what it claims. */
export type SyncPeer = {
  readonly name: PeerName;
  /** True if it is in the config. */
  readonly configured: boolean;
  /** The height that it announced last. Nothing follows from it but that the peer may be asked up to there. */
  readonly height: Height;
};

/** Chooses one of so many: an integer from 0 to below `count`, by chance in a node. */
export type Choose = (count: number) => number;

/** Ranges at a time that strangers are relied on for, as long as a known peer claims to have the blocks. */
export const STRANGERS_MAX = 2;
/** One of so many requests for the next block goes to the stranger that has waited longest, whatever its record. */
const TURN_EVERY = 4;

/** Remembers who was asked when, so that each stranger has its turn: peers that come back under new names stand behind. */
export class Turns {
  readonly #since = new LRUCache<PeerName, number>({ max: RECORDS_MAX });
  #count = 0;

  /** A peer that is seen for the first time begins to wait. */
  seen(peers: readonly SyncPeer[], now: number): void {
    for (const { name } of peers) if (this.#since.get(name) === undefined) this.#since.set(name, now);
  }

  asked(peer: PeerName, now: number): void {
    this.#since.set(peer, now);
  }

  /** Whether this request goes to the one that has waited longest. */
  isDue(): boolean {
    this.#count += 1;
    return this.#count % TURN_EVERY === 0;
  }

  /** Returns those that have waited longest. */
  longest(peers: readonly SyncPeer[]): readonly SyncPeer[] {
    return least(peers, ({ name }) => this.#since.peek(name) ?? 0);
  }
}

/** Returns all peers of the least rank. */
const least = (peers: readonly SyncPeer[], rank: (peer: SyncPeer) => number): readonly SyncPeer[] => {
  const ranks = peers.map(rank);
  const lowest = Math.min(...ranks);
  return peers.filter((_, i) => ranks[i] === lowest);
};

/** A peer is known if it is in the config, or has sent true blocks several times since it last failed. */
export const isKnown = (records: PeerRecords, { name, configured }: SyncPeer): boolean =>
  configured || records.isProven(name);

export type Question = {
  /** All peers that claim to have the block. */
  readonly able: readonly SyncPeer[];
  /** Those of them that are not paused, and have no request under way. */
  readonly free: readonly SyncPeer[];
  /** Whether it is the block after the tip, which all others wait for. */
  readonly isNext: boolean;
  /** Ranges that strangers are relied on for. */
  readonly strangers: number;
  readonly now: number;
};

/**
 * Returns whom to ask. The next block is asked of a peer of the config, if one is free. The blocks after it are asked of
 * known peers first, and of few strangers. Among these the better record decides, then chance. Undefined: of nobody now.
 */
export const choosePeer = (
  { able, free, isNext, strangers, now }: Question,
  records: PeerRecords,
  turns: Turns,
  choose: Choose,
): SyncPeer | undefined => {
  const configured = free.filter((peer) => peer.configured);
  const known = free.filter((peer) => isKnown(records, peer));
  const oneOf = (peers: readonly SyncPeer[]): SyncPeer | undefined => peers[choose(peers.length)];
  const best = (peers: readonly SyncPeer[]): SyncPeer | undefined => {
    const doubted = least(peers, ({ name }) => records.doubt(name, now));
    const slowest = least(doubted, ({ name }) => records.slowness(name));
    return oneOf(least(slowest, ({ name }) => -records.window(name)));
  };
  if (isNext && configured.length > 0) return best(configured);
  if (isNext && free.length > 0 && turns.isDue()) return oneOf(turns.longest(free));
  if (known.length > 0) return best(known);
  const isCrowded = strangers >= STRANGERS_MAX && able.some((peer) => isKnown(records, peer));
  return isNext || !isCrowded ? best(free) : undefined;
};
