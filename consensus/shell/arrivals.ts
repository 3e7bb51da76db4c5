/**
 * What arrives from peers, until the core takes it in: each message is judged once, kept if its height is to come, and
 * recognised if it arrives again while it waits.
 */
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
  /** For the core, in the next turn. */
  | { readonly type: 'take'; readonly message: Message; readonly admitted: Admitted }
  /** Kept until its height begins. */
  | { readonly type: 'kept'; readonly height: Height }
  /** Of a height that is decided here, and not by its sender. */
  | { readonly type: 'late'; readonly height: Height }
  | { readonly type: 'ignore'; readonly fault: Fault }
  | { readonly type: 'reject'; readonly fault: Fault };

/** Messages of heights to come that do not verify, which are checked for one peer in one height. */
const MAX_DOUBTFUL = 4;
/** Peers that are remembered for it; past this number all are forgotten. */
const DOUBTED_REMEMBERED = 1024;

export class Arrivals {
  readonly #future = new FutureBuffer();
  /** What waits for its turn: the core does not know it yet, so it would not know a repetition of it. */
  readonly #queued = new Set<string>();
  /** How many messages of each peer were doubtful, in this height. */
  readonly #doubtful = new Map<string, number>();
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
        if (this.#doubtful.size >= DOUBTED_REMEMBERED) this.#doubtful.clear();
        this.#doubtful.set(peer, doubts + 1);
        return { type: 'ignore', fault: judged.fault };
      default:
        return judged;
    }
  }

  /** A turn begins, and the core takes in what was queued. */
  turned(): void {
    this.#queued.clear();
  }

  /** A height begins. @returns what arrived for it before, to be verified again and queued */
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
