/**
 * Holds the messages of peers until the core takes them in. Each message is verified once, and only if there is a seat for
 * it: it is kept if its height has not begun, and recognised if it arrives again while it waits. Only a message that is
 * provably wrong is held against the peer that sent it.
 */
import { LRUCache } from 'lru-cache';
import type { Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import type { ValidatorSet } from '../../src/lib/chain.ts';
import type { Logger } from '../../src/lib/log.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { Known } from '../certificates.ts';
import type { Result } from '../errors.ts';
import type { Message, Vote } from '../messages.ts';
import { type Early, FutureBuffer } from './future.ts';
import { ignore, locate, type Place, type Refused, reject } from './inbox.ts';
import { type Admitted, admitMessage, type Context } from './intake.ts';
import type { Topic, Verdict } from './ports.ts';
import { Seats, seatOf } from './seats.ts';
import { UnusualVotes } from './unusual.ts';

export type Arrival = {
  readonly topic: Topic;
  readonly bytes: Uint8Array;
  readonly peer: string;
  /** By this node's clock. */
  readonly arrivedAt: bigint;
};

export type Received =
  /** The core takes it in, in the next turn. `validators` is the set against which it was verified. */
  | {
      readonly type: 'take';
      readonly message: Message;
      readonly admitted: Admitted;
      readonly validators: ValidatorSet;
    }
  /** The message is kept until its height begins. */
  | {
      readonly type: 'kept';
      readonly height: Height;
      readonly verdict: Verdict;
      readonly admitted: Admitted;
      readonly validators: ValidatorSet;
    }
  /** The height of the vote is decided here, but not at its sender. */
  | { readonly type: 'late'; readonly vote: Vote }
  | Refused;

/**
 * The number of messages per peer and height that are for a later height, do not verify, and are checked nonetheless. Nobody
 * is penalised for them, and a wrong signature costs the most, so it is one: what is needed is repeated at its height.
 */
const MAX_DOUBTFUL = 1;
/** The number of peers whose doubtful messages are counted. Past it, the peer that was heard least recently is forgotten. */
const MAX_DOUBTED_PEERS = 1024;
/**
 * What may wait for one turn: two votes or blocks of one step, as the core takes, and no more of one validator than four
 * rounds hold. A turn can last for seconds, if the disk is slow.
 */
const QUEUED = { perSlot: 2, perOwner: 16 };

const ACCEPTED: Verdict = { type: 'accept' };
/**
 * A message of a later height than the next one is not passed on. If the set of its height is another than the last one that is
 * known, it is wrong, and a peer that is at its height would penalise the node that passed it on.
 */
const EARLY: Verdict = ignore(
  'MESSAGE_EARLY',
  'the message is kept until its height begins, and not passed on: other validators may sign then',
);
/** The peer that sent it may be correct: other nodes have counted other votes. */
const UNUSUAL = ignore(
  'MESSAGE_RATION',
  'the validator has signed too many votes of this height in an unusual way',
);

export class Arrivals {
  readonly #future = new FutureBuffer();
  /** The seats of messages that wait for their turn: the core has not seen them yet, so it does not count them. */
  readonly #queued = new Seats(QUEUED);
  /** The number of doubtful messages of each peer in this height. */
  readonly #doubtful = new LRUCache<string, number>({ max: MAX_DOUBTED_PEERS });
  readonly #unusual = new UnusualVotes();
  readonly #logger: Logger;
  #seenHeight = 0n;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The highest height of a verified message. */
  get seenHeight(): bigint {
    return this.#seenHeight;
  }

  receive(place: Place, arrival: Arrival): Received {
    const located = locate(place, arrival.topic, arrival.bytes);
    switch (located.type) {
      case 'present':
        return this.#present(place, located.message);
      case 'early':
        return this.#early(place, arrival, located.message, located.height);
      default:
        return located;
    }
  }

  #present(place: Place, message: Message): Received {
    const seat = seatOf(message);
    const asked = this.#queued.ask(seat);
    if (asked !== 'free') return noSeat(asked);
    const isKnown = (vote: Vote): boolean => place.core.votes.holds(vote);
    const admitted = this.#admit(place, message, isKnown);
    if (admitted === 'unusual') return UNUSUAL;
    if (!admitted.ok) return reject(admitted.fault);
    this.#queued.take(seat);
    return { type: 'take', message, admitted: admitted.value, validators: place.validators };
  }

  /**
   * The sets of this height and the next are known. The set of a later height may be another one: a message that does not
   * verify against the last known set may be right.
   */
  #early(place: Place, { bytes, peer, arrivedAt }: Arrival, message: Message, height: Height): Received {
    const asked = this.#future.ask(place.height, height, { message, bytes, peer });
    if (asked !== 'free') return noSeat(asked);
    const isCertain = height <= place.height + 1n;
    const doubts = this.#doubtful.get(peer) ?? 0;
    // A message that is ignored costs its sender nothing, and a wrong signature costs the most to check.
    if (!isCertain && doubts >= MAX_DOUBTFUL)
      return ignore(
        'MESSAGE_DOUBTED',
        'the peer has sent too many messages of later heights that do not verify',
      );
    const validators = height === place.height ? place.validators : place.nextValidators;
    const admitted = this.#admit({ ...place, height, validators }, message);
    if (admitted === 'unusual') return UNUSUAL;
    if (!admitted.ok) {
      if (isCertain) return reject(admitted.fault);
      this.#doubtful.set(peer, doubts + 1);
      return { type: 'ignore', fault: admitted.fault };
    }
    this.#seenHeight = maxBig(this.#seenHeight, height);
    const early = { message, bytes, peer, arrivedAt, admitted: admitted.value, validators };
    this.#future.add(place.height, height, early);
    const verdict = isCertain ? ACCEPTED : EARLY;
    return { type: 'kept', height, verdict, admitted: admitted.value, validators };
  }

  /** Verifies a message, unless it is a vote of a validator that has signed too many in an unusual way. */
  #admit(context: Context, message: Message, isKnown?: Known): Result<Admitted> | 'unusual' {
    if (message.type !== 'vote') return admitMessage(context, message, isKnown);
    const { height, validators } = context;
    const { validator } = message.vote;
    const signer = validators[validator];
    if (signer !== undefined && this.#unusual.isSpent(height, signer.publicKey)) return 'unusual';
    return admitMessage(context, message, isKnown, (publicKey) => {
      if (this.#unusual.note(height, publicKey))
        this.#logger.warn(
          { validator, height: height.toString() },
          'a validator signs in a way that takes long to verify: no more of its votes for this height are looked at',
        );
    });
  }

  /** Notes that a turn begins: the core takes in everything that was queued. */
  turned(): void {
    this.#queued.clear();
  }

  /**
   * Notes that a height begins. @returns the messages that arrived for it early, which are queued. One that was verified against
   * another set than the height has is verified again.
   */
  begun(place: Context): readonly Early[] {
    this.#doubtful.clear();
    this.#unusual.begun(place.height);
    const sets = new Map<ValidatorSet, boolean>();
    const isSame = (set: ValidatorSet): boolean => {
      const known = sets.get(set) ?? isSameSet(set, place.validators);
      sets.set(set, known);
      return known;
    };
    return this.#future.take(place.height).flatMap((early) => {
      const again = isSame(early.validators) ? undefined : admitMessage(place, early.message);
      if (again?.ok === false) return [];
      this.#queued.take(seatOf(early.message));
      return [again === undefined ? early : { ...early, admitted: again.value }];
    });
  }

  hasEarly(height: Height): boolean {
    return this.#future.has(height);
  }
}

const noSeat = (why: 'known' | 'full'): Refused =>
  why === 'known'
    ? ignore('MESSAGE_KNOWN', 'the same message waits for its turn already')
    : ignore('MESSAGE_RATION', 'as many messages of this validator or peer wait as it may have');

const isSameSet = (a: ValidatorSet, b: ValidatorSet): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ publicKey, power }, i) => {
      const other = b[i];
      return other !== undefined && other.power === power && equal(other.publicKey, publicKey);
    }));
