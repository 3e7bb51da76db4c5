/**
 * Publishes and handles gossip: votes and certificates, proposals, batches of transactions, announcements of content.
 * Each topic has its own bounded queue. Votes and proposals are served before all else, so that a flood of transactions never
 * delays a vote. Content and transactions take turns, message by message, so that neither waits for the other to end. A
 * message is forwarded only after its handler returned `accept`. Handlers run in slices of a few milliseconds, with the event
 * loop in between.
 */
import { type GossipsubMessage, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub';
import type { Root } from '../src/lib/brands.ts';
import { toFault, unreachable } from '../src/lib/errors.ts';
import { FairQueue, type QueueBounds } from '../src/lib/fair-queue.ts';
import type { Logger } from '../src/lib/log.ts';
import { MAX_UINT32 } from '../src/lib/math.ts';
import { TokenBucket } from '../src/lib/token-bucket.ts';
import { ANNOUNCED } from './announcement-pace.ts';
import { GossipConduct } from './gossip-conduct.ts';
import type { GossipRouter } from './gossip-router.ts';
import {
  type Announcement,
  AnnouncementMessageType,
  AnnouncementType,
  ProposalMessageType,
  TOPIC_BYTES_MAX,
  TOPIC_NAMES,
  type TopicName,
  TransactionsMessageType,
  topicOf,
  VoteMessageType,
} from './protocols.ts';
import type { PeerScores } from './scores.ts';
import type { Delivery, GossipHandlers, PeerName, TopicStats, Verdict } from './types.ts';

type TopicPlan = { readonly bounds: QueueBounds; readonly concurrency: number };

const MiB = 1 << 20;
/** Concurrency bounds the handlers that have not returned their verdict. */
const PLANS: Readonly<Record<TopicName, TopicPlan>> = {
  votes: { bounds: { entries: 4096, bytes: 4 * MiB }, concurrency: 32 },
  proposals: { bounds: { entries: 16, bytes: 8 * MiB }, concurrency: 2 },
  content: { bounds: { entries: 256, bytes: 2 * MiB }, concurrency: 2 },
  transactions: { bounds: { entries: 512, bytes: 16 * MiB }, concurrency: 4 },
};
/** The orders in which topics are served. The one of the last two that was served gives the other one its turn. */
const CONTENT_NEXT: readonly TopicName[] = ['votes', 'proposals', 'content', 'transactions'];
const TRANSACTIONS_NEXT: readonly TopicName[] = ['votes', 'proposals', 'transactions', 'content'];

/** Handlers run for this long before the event loop gets its turn. */
const SLICE_MS = 4;

type Queued = { readonly id: string; readonly data: Uint8Array; readonly from: PeerName };
type Counters = { -readonly [K in keyof Omit<TopicStats, 'queued' | 'queuedBytes'>]: TopicStats[K] };
type Topic = {
  readonly name: TopicName;
  readonly plan: TopicPlan;
  readonly queue: FairQueue<Queued>;
  readonly counters: Counters;
  active: number;
};

export type AnnouncementHandler = (announcement: Announcement, from: PeerName) => Verdict;

/** What gossip needs of the router. */
export type Router = Pick<GossipRouter, 'subscribe' | 'publish' | 'reportMessageValidationResult'> & {
  readonly addEventListener: (type: 'gossipsub:message', listener: MessageListener) => void;
  readonly removeEventListener: (type: 'gossipsub:message', listener: MessageListener) => void;
};
type MessageListener = (event: CustomEvent<GossipsubMessage>) => void;

export type GossipOptions = {
  readonly router: Router;
  readonly genesisHash: Root;
  readonly handlers: GossipHandlers;
  readonly onAnnouncement: AnnouncementHandler;
  readonly scores: PeerScores;
  readonly isConfigured: (peer: PeerName) => boolean;
  /** Whether the peer says that it is many blocks ahead of this node. */
  readonly isFarAhead: (peer: PeerName) => boolean;
  /** The number of nodes in the network. */
  readonly nodes: () => number;
  readonly logger: Logger;
  /** Milliseconds of a clock that nobody sets, for what peers may send and what is forwarded. */
  readonly now: () => number;
};

const OUTCOMES = {
  accept: { result: TopicValidatorResult.Accept, counter: 'accepted' },
  ignore: { result: TopicValidatorResult.Ignore, counter: 'ignored' },
  old: { result: TopicValidatorResult.Ignore, counter: 'ignored' },
  reject: { result: TopicValidatorResult.Reject, counter: 'rejected' },
} as const;

/** By chance, so that it is another number than before a restart, and than those of other nodes that repeat the same. */
const repetitionOf = (delivery: Delivery): number =>
  delivery === 'first' ? 0 : 1 + Math.floor(Math.random() * MAX_UINT32);

export class Gossip {
  readonly #options: GossipOptions;
  readonly #topics: Readonly<Record<TopicName, Topic>>;
  readonly #byId: ReadonlyMap<string, Topic>;
  readonly #conduct: GossipConduct;
  /** The pace of forwarded announcements: strangers choose how many there are, and peers count what this node sends. */
  readonly #forwards: TokenBucket;
  #order = CONTENT_NEXT;
  #pumping = false;
  #stopped = true;

  constructor(options: GossipOptions) {
    this.#options = options;
    const topic = (name: TopicName): Topic => ({
      name,
      plan: PLANS[name],
      queue: new FairQueue(PLANS[name].bounds),
      counters: { received: 0, accepted: 0, ignored: 0, rejected: 0, dropped: 0, published: 0 },
      active: 0,
    });
    this.#topics = {
      votes: topic('votes'),
      proposals: topic('proposals'),
      transactions: topic('transactions'),
      content: topic('content'),
    };
    this.#conduct = new GossipConduct(options);
    this.#forwards = new TokenBucket(ANNOUNCED.forwarded, options.now());
    this.#byId = new Map(TOPIC_NAMES.map((name) => [topicOf(options.genesisHash, name), this.#topics[name]]));
  }

  start(): void {
    const { router } = this.#options;
    this.#stopped = false;
    router.addEventListener('gossipsub:message', this.#onMessage);
    for (const id of this.#byId.keys()) router.subscribe(id);
  }

  stop(): void {
    this.#stopped = true;
    this.#options.router.removeEventListener('gossipsub:message', this.#onMessage);
    for (const name of TOPIC_NAMES) this.#topics[name].queue.clear();
  }

  /** Publishes a vote or a certificate. Returns the number of peers it was sent to, as all that publish do. */
  publishVotes(payload: Uint8Array, delivery: Delivery): Promise<number> {
    return this.#publish('votes', VoteMessageType.encode({ repetition: repetitionOf(delivery), payload }));
  }

  publishProposal(payload: Uint8Array, delivery: Delivery): Promise<number> {
    return this.#publish(
      'proposals',
      ProposalMessageType.encode({ repetition: repetitionOf(delivery), payload }),
    );
  }

  publishTransactions(batch: readonly Uint8Array[]): Promise<number> {
    return this.#publish('transactions', TransactionsMessageType.encode(batch));
  }

  announce(announcement: Announcement): Promise<number> {
    const payload = AnnouncementType.encode(announcement);
    return this.#publish(
      'content',
      AnnouncementMessageType.encode({ repetition: repetitionOf('repeat'), payload }),
    );
  }

  stats(): Readonly<Record<TopicName, TopicStats>> {
    const of = (name: TopicName): TopicStats => {
      const { queue, counters } = this.#topics[name];
      return { queued: queue.length, queuedBytes: queue.bytes, ...counters };
    };
    return {
      votes: of('votes'),
      proposals: of('proposals'),
      transactions: of('transactions'),
      content: of('content'),
    };
  }

  async #publish(name: TopicName, data: Uint8Array): Promise<number> {
    const { router, genesisHash, logger } = this.#options;
    if (this.#stopped) return 0;
    try {
      const { recipients } = await router.publish(topicOf(genesisHash, name), data);
      this.#topics[name].counters.published += 1;
      return recipients.length;
    } catch (error) {
      logger.debug({ topic: name, reason: toFault(error).message }, 'could not publish');
      return 0;
    }
  }

  readonly #onMessage: MessageListener = (event) => {
    const { msg, msgId, propagationSource } = event.detail;
    const topic = this.#byId.get(msg.topic);
    if (topic === undefined) return;
    const from = propagationSource.toString();
    const queued = { id: msgId, data: msg.data, from };
    topic.counters.received += 1;
    const isHeard =
      !this.#conduct.isUnheard(topic.name, from) &&
      (topic.name !== 'content' || this.#conduct.mayAnnounce(from));
    if (!isHeard) {
      this.#passOver(topic, queued);
      return;
    }
    if (msg.data.length > TOPIC_BYTES_MAX[topic.name]) {
      this.#settle(topic, queued, 'reject');
      return;
    }
    for (const dropped of topic.queue.push(from, queued, msg.data.length)) {
      topic.counters.dropped += 1;
      this.#report(dropped, 'ignore');
    }
    this.#pump();
  };

  /** Serves the queues, slice by slice, until they are empty or all handlers are busy. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const until = performance.now() + SLICE_MS;
      while (!this.#stopped && this.#serveOne()) {
        if (performance.now() < until) continue;
        this.#pump();
        return;
      }
    });
  }

  #serveOne(): boolean {
    for (const name of this.#order) {
      const topic = this.#topics[name];
      if (topic.active >= topic.plan.concurrency) continue;
      const queued = topic.queue.shift();
      if (queued === undefined) continue;
      if (name === 'content') this.#order = TRANSACTIONS_NEXT;
      if (name === 'transactions') this.#order = CONTENT_NEXT;
      this.#serve(topic, queued);
      return true;
    }
    return false;
  }

  #serve(topic: Topic, queued: Queued): void {
    // What a peer had sent before it was banned may still wait, and each message of it may cost a signature.
    if (this.#conduct.isUnheard(topic.name, queued.from)) {
      this.#passOver(topic, queued);
      return;
    }
    const failed = (error: unknown): void => {
      this.#options.logger.error(
        { topic: topic.name, reason: toFault(error).message },
        'a gossip handler failed',
      );
      this.#passOver(topic, queued);
    };
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = this.#handle(topic.name, queued);
    } catch (error) {
      failed(error);
      return;
    }
    if (typeof verdict === 'string') {
      this.#settle(topic, queued, verdict);
      return;
    }
    topic.active += 1;
    void verdict
      .then((value) => this.#settle(topic, queued, value), failed)
      .finally(() => {
        topic.active -= 1;
        if (topic.queue.length > 0) this.#pump();
      });
  }

  #handle(name: TopicName, { data, from }: Queued): Verdict | Promise<Verdict> {
    const { handlers, onAnnouncement } = this.#options;
    switch (name) {
      case 'votes': {
        const message = VoteMessageType.decode(data);
        return message.ok ? handlers.votes(message.value.payload, from) : 'reject';
      }
      case 'proposals': {
        const message = ProposalMessageType.decode(data);
        return message.ok ? handlers.proposals(message.value.payload, from) : 'reject';
      }
      case 'transactions': {
        const batch = TransactionsMessageType.decode(data);
        if (!batch.ok || batch.value.length === 0) return 'reject';
        return handlers.transactions(batch.value, from);
      }
      case 'content': {
        const message = AnnouncementMessageType.decode(data);
        const announcement = message.ok ? AnnouncementType.decode(message.value.payload) : message;
        return announcement.ok ? onAnnouncement(announcement.value, from) : 'reject';
      }
      default:
        return unreachable(name);
    }
  }

  /** Ignores a message without a verdict on it. */
  #passOver(topic: Topic, queued: Queued): void {
    topic.counters.ignored += 1;
    this.#report(queued, 'ignore');
  }

  #settle(topic: Topic, queued: Queued, verdict: Verdict): void {
    topic.counters[OUTCOMES[verdict].counter] += 1;
    const stays =
      topic.name === 'content' && verdict === 'accept' && !this.#forwards.take(1, this.#options.now());
    this.#report(queued, stays ? 'ignore' : verdict);
    this.#conduct.judged(topic.name, queued.from, verdict);
  }

  #report(queued: Queued, verdict: Verdict): void {
    if (this.#stopped) return;
    this.#options.router.reportMessageValidationResult(queued.id, queued.from, OUTCOMES[verdict].result);
  }
}
