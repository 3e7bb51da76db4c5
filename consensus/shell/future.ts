/**
 * Messages of heights this node has not reached. Bounded in all directions: a window of heights, of which the farthest
 * gives way; a share for each peer, so that nobody's messages crowd out those of another; a few for each validator and
 * height, because a faulty validator can sign any number of them; and each is kept once, or one vote of the next height, repeated, would
 * fill the share of every peer that passed it on.
 */
import type { Height } from '../../src/lib/brands.ts';
import type { Message } from '../messages.ts';

export type Early = {
  readonly message: Message;
  /** The encoding of the message, as it arrived. */
  readonly bytes: Uint8Array;
  /** The `contentKey` of its encoding. */
  readonly key: string;
  readonly peer: string;
  /** When it arrived: the time of a proposal is compared with this. */
  readonly arrivedAt: bigint;
};

export const MAX_HEIGHTS_AHEAD = 8n;
const MAX_BYTES = 16 << 20;
const MAX_PEER_BYTES = 4 << 20;
const MAX_PEER_MESSAGES = 4096;
/** Votes of one validator, proposals, and certificates of one type, each in one height: some rounds of them. */
const MAX_PER_ORIGIN = 16;

type Share = { bytes: number; messages: number };

/** The origin of a message, as far as it is known. */
const originOf = (message: Message): string =>
  message.type === 'vote' ? `vote ${message.vote.validator}` : message.type;

export class FutureBuffer {
  readonly #heights = new Map<Height, Early[]>();
  readonly #peers = new Map<string, Share>();
  readonly #keys = new Set<string>();
  /** How many messages of each origin are kept, by height. */
  readonly #counts = new Map<Height, Map<string, number>>();
  #bytes = 0;

  /** `height` is the one this node is at. @returns whether it was kept */
  add(height: Height, at: Height, early: Early): boolean {
    if (at > height + MAX_HEIGHTS_AHEAD || this.#keys.has(early.key)) return false;
    const origin = originOf(early.message);
    const count = this.#counts.get(at)?.get(origin) ?? 0;
    if (count >= MAX_PER_ORIGIN) return false;
    const share = this.#peers.get(early.peer) ?? { bytes: 0, messages: 0 };
    if (share.bytes + early.bytes.length > MAX_PEER_BYTES || share.messages >= MAX_PEER_MESSAGES)
      return false;
    while (this.#bytes + early.bytes.length > MAX_BYTES) {
      const farthest = this.#farthest();
      if (farthest === undefined || farthest <= at) return false;
      this.take(farthest);
    }
    this.#peers.set(early.peer, { bytes: share.bytes + early.bytes.length, messages: share.messages + 1 });
    this.#bytes += early.bytes.length;
    this.#keys.add(early.key);
    const counts = this.#counts.get(at) ?? new Map<string, number>();
    this.#counts.set(at, counts.set(origin, count + 1));
    const kept = this.#heights.get(at);
    if (kept === undefined) this.#heights.set(at, [early]);
    else kept.push(early);
    return true;
  }

  /**
   * Removes and returns what has come for a height, in the order in which it came. Asked of every height in turn, so
   * nothing stays behind.
   */
  take(height: Height): readonly Early[] {
    const found = this.#heights.get(height) ?? [];
    this.#heights.delete(height);
    this.#counts.delete(height);
    for (const early of found) {
      this.#bytes -= early.bytes.length;
      this.#keys.delete(early.key);
      const share = this.#peers.get(early.peer);
      if (share === undefined) continue;
      share.bytes -= early.bytes.length;
      share.messages -= 1;
      if (share.messages === 0) this.#peers.delete(early.peer);
    }
    return found;
  }

  has(height: Height): boolean {
    return this.#heights.has(height);
  }

  /** Is a message with this key kept? */
  keeps(key: string): boolean {
    return this.#keys.has(key);
  }

  #farthest(): Height | undefined {
    let found: Height | undefined;
    for (const at of this.#heights.keys()) if (found === undefined || at > found) found = at;
    return found;
  }
}
