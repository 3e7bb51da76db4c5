/**
 * Holds the messages of peers until the core takes them in. Each message is judged once, is kept if its height has not
 * begun, and is recognised if it arrives again while it waits.
 */
import { LRUCache } from 'lru-cache';
import type { Height } from '../../src/lib/brands.ts';
import { maxBig } from '../../src/lib/math.ts';
import { type Fault, fault } from '../errors.ts';
import { contentKey, type Message } from '../messages.ts';
import { type Early, FutureBuffer } from './future.ts';
import { judge, type Place } from './inbox.ts';
import type { Admitted } from './intake.ts';
import type { Topic } from './ports.ts';

export type Arrival = {
  readonly topic: Topic;
  readonly bytes: Uint8Array;
  readonly peer: string;
  /** By this node's clock. */
  readonly arrivedAt: bigint;
};

export type Received =
  /** The core takes it in, in the next turn. */
  | { readonly type: 'take'; readonly message: Message; readonly admitted: Admitted }
  /** The message is kept until its height begins. */
  | { readonly type: 'kept'; readonly height: Height }
  /** The height of the message is decided here, but not at its sender. */
  | { readonly type: 'late'; readonly height: Height }
  | { readonly type: 'ignore'; readonly fault: Fault }
  | { readonly type: 'reject'; readonly fault: Fault };

/** The number of messages per peer and height that are for a later height, do not verify, and are checked nonetheless. */
const MAX_DOUBTFUL = 4;
/** The number of peers whose doubtful messages are counted. Past it, the peer that was heard least recently is forgotten. */
const MAX_DOUBTED_PEERS = 1024;

export class Arrivals {
  readonly #future = new FutureBuffer();
  /** The keys of messages that wait for their turn. The core has not seen them yet, so it would not recognise a repetition. */
  readonly #queued = new Set<string>();
  /** The number of doubtful messages of each peer in this height. */
  readonly #doubtful = new LRUCache<string, number>({ max: MAX_DOUBTED_PEERS });
  #seenHeight = 0n;

  /** The highest height of a verified message. */
  get seenHeight(): bigint {
    return this.#seenHeight;
  }

  receive(place: Omit<Place, 'doubted'>, { topic, bytes, peer, arrivedAt }: Arrival): Received {
    const key = contentKey(bytes);
    if (this.#queued.has(key) || this.#future.keeps(key))
      return { type: 'ignore', fault: fault('MESSAGE_KNOWN', 'the same message waits for its turn already') };
    const doubts = this.#doubtful.get(peer) ?? 0;
    const judged = judge({ ...place, doubted: doubts >= MAX_DOUBTFUL }, topic, bytes);
    switch (judged.type) {
      case 'take':
        this.#queued.add(key);
        return judged;
      case 'keep': {
        const { message, height } = judged;
        this.#seenHeight = maxBig(this.#seenHeight, height);
        return this.#future.add(place.height, height, { message, bytes, key, peer, arrivedAt })
          ? { type: 'kept', height }
          : {
              type: 'ignore',
              fault: fault('MESSAGE_FAR', 'the buffer has no room for a message of a height that far ahead'),
            };
      }
      case 'doubtful':
        this.#doubtful.set(peer, doubts + 1);
        return { type: 'ignore', fault: judged.fault };
      default:
        return judged;
    }
  }

  /** Notes that a turn begins: the core takes in everything that was queued. */
  turned(): void {
    this.#queued.clear();
  }

  /** Notes that a height begins. @returns the messages that arrived for it early, which must be verified again and queued */
  begun(height: Height): readonly Early[] {
    this.#doubtful.clear();
    return this.#future.take(height);
  }

  queued(key: string): void {
    this.#queued.add(key);
  }

  hasEarly(height: Height): boolean {
    return this.#future.has(height);
  }
}
