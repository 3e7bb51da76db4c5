/**
 * Messages of heights this node has not reached. Bounded in all directions: a window of heights, of which the farthest gives
 * way; a share for each peer, so that nobody's messages crowd out those of another; and seats (seats.ts), because a faulty
 * validator can sign any number of messages. Whether there is room is asked before a message is verified.
 */
import type { Height } from '../../src/lib/brands.ts';
import type { ValidatorSet } from '../../src/lib/chain.ts';
import { MAX_PROPOSAL_ROUNDS_AHEAD } from '../core.ts';
import type { Message } from '../messages.ts';
import type { Admitted } from './intake.ts';
import { Seats, seatOf } from './seats.ts';

/** A message before it is verified. */
export type Candidate = {
  readonly message: Message;
  /** The encoding of the message, as it arrived. */
  readonly bytes: Uint8Array;
  readonly peer: string;
};

export type Early = Candidate & {
  /** When it arrived: the time of a proposal is compared with this. */
  readonly arrivedAt: bigint;
  readonly admitted: Admitted;
  /** The set against which it was verified. */
  readonly validators: ValidatorSet;
};

export const MAX_HEIGHTS_AHEAD = 8n;
const MAX_BYTES = 16 << 20;
const MAX_PEER_BYTES = 4 << 20;
const MAX_PEER_MESSAGES = 4096;
/**
 * In each height: votes of one validator, some rounds of them; one proposal per round, of the only validator that may sign
 * it; and the certificates of one type. Of two votes for one step both are kept: they show an equivocation.
 */
const VOTES: { readonly perSlot: number; readonly perOwner: number } = { perSlot: 2, perOwner: 16 };
const OTHERS: { readonly perSlot: number; readonly perOwner: number } = { perSlot: 1, perOwner: 4 };

type Share = { bytes: number; messages: number };
type Kept = {
  readonly early: Early[];
  readonly votes: Seats;
  readonly others: Seats;
  readonly all: Share;
  readonly peers: Map<string, Share>;
};

const emptyKept = (): Kept => ({
  early: [],
  votes: new Seats(VOTES),
  others: new Seats(OTHERS),
  all: { bytes: 0, messages: 0 },
  peers: new Map(),
});

const seatsOf = (kept: Kept, message: Message): Seats => (message.type === 'vote' ? kept.votes : kept.others);

export class FutureBuffer {
  readonly #heights = new Map<Height, Kept>();

  /** `height` is the one this node is at. Asked before the message is verified. */
  ask(height: Height, at: Height, { message, bytes, peer }: Candidate): 'free' | 'known' | 'full' {
    if (at > height + MAX_HEIGHTS_AHEAD) return 'full';
    // The core takes no proposal of a later round when the height begins.
    if (message.type === 'proposal' && message.proposal.round > MAX_PROPOSAL_ROUNDS_AHEAD) return 'full';
    const kept = this.#heights.get(at);
    const seat = kept === undefined ? 'free' : seatsOf(kept, message).ask(seatOf(message));
    if (seat !== 'free') return seat;
    // What is farther gives way, so it is not counted.
    const [all, own] = [this.#sum(at), this.#sum(at, peer)];
    const hasRoom =
      all.bytes + bytes.length <= MAX_BYTES &&
      own.bytes + bytes.length <= MAX_PEER_BYTES &&
      own.messages < MAX_PEER_MESSAGES;
    return hasRoom ? 'free' : 'full';
  }

  /** Keeps a message that was verified, and drops the farthest heights if it must. @returns whether it was kept */
  add(height: Height, at: Height, early: Early): boolean {
    if (this.ask(height, at, early) !== 'free') return false;
    const { message, bytes, peer } = early;
    for (let far = this.#farthest(); far !== undefined && far > at; far = this.#farthest()) {
      if (this.#sum(far).bytes + bytes.length <= MAX_BYTES) break;
      this.#heights.delete(far);
    }
    const kept = this.#heights.get(at) ?? emptyKept();
    this.#heights.set(at, kept);
    kept.early.push(early);
    seatsOf(kept, message).take(seatOf(message));
    const share = kept.peers.get(peer) ?? { bytes: 0, messages: 0 };
    kept.peers.set(peer, share);
    for (const each of [kept.all, share]) {
      each.bytes += bytes.length;
      each.messages += 1;
    }
    return true;
  }

  /**
   * Removes and returns what has come for a height, in the order in which it came. Asked of every height in turn, so
   * nothing stays behind.
   */
  take(height: Height): readonly Early[] {
    const found = this.#heights.get(height)?.early ?? [];
    this.#heights.delete(height);
    return found;
  }

  has(height: Height): boolean {
    return this.#heights.has(height);
  }

  /** What is kept up to a height, of one peer or of all. */
  #sum(upTo: Height, peer?: string): Readonly<Share> {
    const sum = { bytes: 0, messages: 0 };
    for (const [at, { all, peers }] of this.#heights) {
      const share = peer === undefined ? all : peers.get(peer);
      if (at > upTo || share === undefined) continue;
      sum.bytes += share.bytes;
      sum.messages += share.messages;
    }
    return sum;
  }

  #farthest(): Height | undefined {
    let found: Height | undefined;
    for (const at of this.#heights.keys()) if (found === undefined || at > found) found = at;
    return found;
  }
}
