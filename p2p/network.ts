/**
 * The network as the node uses it: one object over host, gossip, requests and peer book.
 *
 * ```ts
 * const network = await createNetwork({ seed, listen: ['/ip4/127.0.0.1/tcp/0'], peers, chain, handlers, … });
 * await network.start();
 * await network.publishVotes(bytes);
 * ```
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Height, type Root, toHeight } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { type Clock, systemClock } from '../src/lib/clock.ts';
import { ok } from '../src/lib/errors.ts';
import { AnnouncementBatcher } from './announcement-batcher.ts';
import { fail, type Result } from './errors.ts';
import { Gossip } from './gossip.ts';
import { watchGossip } from './gossip-health.ts';
import { resizeMesh } from './gossip-router.ts';
import { createHost } from './host.ts';
import { HALF_OPEN, OTHER_PEERS } from './limits.ts';
import { PeerBook } from './peer-book.ts';
import { type ClockOffset, PeerClocks } from './peer-clocks.ts';
import {
  type Announcement,
  BLOCKS,
  BLOCKS_MAX,
  CLOCK,
  CONTENT,
  CONTENT_ROOTS_MAX,
  type ContentAnswer,
  PROPOSAL,
  type ProposalRequest,
  type SyncedBlock,
  VOTES,
} from './protocols.ts';
import { Requests } from './reqresp.ts';
import { BAN_AT, OFFENCES, type Offence, PeerScores } from './scores.ts';
import { StrangerLog } from './stranger-log.ts';
import { checkBlocks } from './sync/check.ts';
import { TransactionBatcher } from './transaction-batcher.ts';
import type {
  Delivery,
  NetworkLimits,
  NetworkOptions,
  NetworkStats,
  Peer,
  PeerEvent,
  PeerName,
  Sources,
  Verdict,
} from './types.ts';

const DEFAULT_LIMITS: NetworkLimits = {
  maxOtherPeers: OTHER_PEERS,
  maxHalfOpen: HALF_OPEN,
  statusIntervalMs: 2_000,
};

/** The timeout for one chunk of an answer. */
const BLOCKS_MS = 5_000;
const CLOCK_MS = 5_000;
const CONTENT_MS = 5_000;
const PROPOSAL_MS = 1_500;
const VOTES_MS = 1_500;
/** The next peer is asked too if the one before has not answered in this time. */
const NEXT_PEER_MS = 150;

/** A proposal as a peer sent it: it may be anything. */
export type FoundProposal = { readonly bytes: Uint8Array; readonly peer: PeerName };

export type Network = {
  readonly name: PeerName;
  /** @throws CodedError `P2P_PORT_IN_USE`, `P2P_LISTEN` */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The multiaddrs it listens on, each with `/p2p/` and the node's peer id. */
  readonly addresses: () => readonly string[];
  /** The connected peers that are known to be on this chain. */
  readonly peers: () => readonly Peer[];
  /** Whether the name is of one of {@link peers}. */
  readonly isPeer: (name: PeerName) => boolean;
  /** Calls the listener when a peer connects or disconnects. The returned function unsubscribes. */
  readonly subscribe: (listener: (event: PeerEvent) => void) => () => void;

  /**
   * Publishes a vote or a certificate, or a proposal; a `first` delivery by default. Resolves to the number of peers it was
   * sent to.
   */
  readonly publishVotes: (bytes: Uint8Array, delivery?: Delivery) => Promise<number>;
  readonly publishProposal: (bytes: Uint8Array, delivery?: Delivery) => Promise<number>;
  /** Publishes transactions of this node's own users, in batches, some milliseconds later. */
  readonly publishTransactions: (transactions: readonly Uint8Array[]) => void;
  /** Announces that this node has these objects, whole: at once, or at a pace if there are many announcements. */
  readonly announceContent: (roots: readonly Root[]) => void;
  /** Sets the handler of announcements. Until it is set they are ignored. */
  readonly onAnnouncement: (handler: (announcement: Announcement, from: PeerName) => Verdict) => void;

  /**
   * Requests blocks from this height on. Returns as many as the peer sends, at most `count`, checked by `checkBlocks`.
   * Faults: those of `Requests.ask`, `P2P_FALSE_ANSWER`. The signal abandons the request.
   */
  readonly requestBlocks: (
    peer: PeerName,
    from: Height,
    count: number,
    signal?: AbortSignal,
  ) => Promise<Result<readonly SyncedBlock[]>>;
  /**
   * Requests a missed proposal from one peer after the other, those of the config first; undefined if none has it. Each has `withinMs` to answer, and
   * never less than 1.5 s.
   */
  readonly requestProposal: (
    request: ProposalRequest,
    withinMs?: number,
  ) => Promise<FoundProposal | undefined>;
  /** Requests the latest votes of a key from all peers; each answer is given to `take`. */
  readonly requestVotesOf: (
    publicKey: Uint8Array,
    take: (votes: readonly Uint8Array[], peer: PeerName) => void,
  ) => void;
  /**
   * Requests objects. Returns those that the peer has, and no others; they are not verified. If the answer is cut, it may
   * have more. Faults: those of `Requests.ask`, `P2P_FALSE_ANSWER`. The signal abandons the request.
   */
  readonly requestContent: (
    peer: PeerName,
    roots: readonly Root[],
    signal?: AbortSignal,
  ) => Promise<Result<ContentAnswer>>;

  /** How far the clock of this machine is from those of the peers of the config; undefined while none has answered. */
  readonly clockOffset: () => ClockOffset | undefined;

  /** The names in the addresses of the peers of the config that do not resolve. */
  readonly unresolvedHosts: () => readonly string[];

  readonly penalise: (peer: PeerName, offence: Offence) => void;
  /** Logs a warning about what a peer did: at a pace, unless the peer is in the config. */
  readonly warn: (peer: PeerName, fields: object, message: string) => void;
  /** The peer was of use: see `PeerScores.credit`. */
  readonly credit: (peer: PeerName) => void;
  /**
   * Shapes the gossip mesh and the rations of strangers for so many nodes, this one among them: called when the validator set
   * has changed.
   */
  readonly resizeMesh: (expectedNodes: number) => void;
  readonly stats: () => NetworkStats;
};

/** @throws CodedError `P2P_PEER_ADDRESS` */
export const createNetwork = async (options: NetworkOptions): Promise<Network> => {
  const { chain, logger, clock = systemClock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { genesisHash } = chain;

  const scores = new PeerScores({
    now: () => performance.now(),
    onOffence: (peer, offence, points) => {
      if (OFFENCES[offence] > 1)
        log.write('info', peer, { offence, points: Math.round(points) }, 'a peer misbehaved');
    },
    onBan: (peer, milliseconds) => {
      log.write('warn', peer, { seconds: milliseconds / 1000 }, `a peer reached ${BAN_AT} points: banned`);
      host.disconnect(peer, 'banned', milliseconds);
    },
  });
  const host = await createHost({
    seed: options.seed,
    listen: options.listen,
    peers: options.peers,
    genesisHash,
    expectedNodes: options.expectedNodes,
    maxOtherPeers: limits.maxOtherPeers,
    maxHalfOpen: limits.maxHalfOpen,
    scores,
    logger,
    onConnect: (peer) => book.connected(peer),
    onDisconnect: (peer) => {
      scores.disconnected(peer);
      book.disconnected(peer);
    },
    isOnChain: (peer) => book.has(peer),
  });
  const log = new StrangerLog({ isConfigured: host.isConfigured, logger });
  const requests = new Requests({ host, genesisHash, scores, logger });
  const book = new PeerBook({
    chain,
    version: options.version,
    height: options.height,
    statusIntervalMs: limits.statusIntervalMs,
    requests,
    scores,
    connectionTo: host.connectionTo,
    isConfigured: host.isConfigured,
    disconnect: host.disconnect,
    log,
    logger,
  });
  const clocks = new PeerClocks({
    peers: () => book.peers(),
    ask: async (peer) => {
      const answer = await requests.ask(peer, CLOCK, { time: clock.now() }, CLOCK_MS);
      if (!answer.ok) return answer;
      const [reading] = answer.value.chunks;
      return reading === undefined
        ? fail('P2P_FALSE_ANSWER', 'the peer has not told its clock')
        : ok(reading.time);
    },
    now: clock.now,
    elapsed: () => performance.now(),
  });
  let nodes = options.expectedNodes;
  let onAnnouncement: (announcement: Announcement, from: PeerName) => Verdict = () => 'ignore';
  const gossip = new Gossip({
    router: host.router,
    genesisHash,
    handlers: options.handlers,
    onAnnouncement: (announcement, from) => onAnnouncement(announcement, from),
    scores,
    isConfigured: host.isConfigured,
    isFarAhead: (peer) => book.isFarAhead(peer),
    nodes: () => nodes,
    logger,
    now: () => performance.now(),
  });
  const batcher = new TransactionBatcher((batch) => void gossip.publishTransactions(batch));
  const announcements = new AnnouncementBatcher(
    (roots) => void gossip.announce({ holder: host.name, roots }),
  );
  let stopWatching = (): void => undefined;
  let stopComparing = (): void => undefined;

  /** The questions of consensus under way, by peer and what is asked for: it asks for the same again and again. */
  const asking = new Set<string>();
  const askProposal = async (
    peer: PeerName,
    request: ProposalRequest,
    timeoutMs: number,
  ): Promise<FoundProposal | undefined> => {
    const key = `${peer} ${toBareHex(PROPOSAL.request.encode(request))}`;
    if (asking.has(key)) return undefined;
    asking.add(key);
    const answer = await requests.ask(peer, PROPOSAL, request, timeoutMs).finally(() => asking.delete(key));
    const bytes = answer.ok ? answer.value.chunks[0] : undefined;
    return bytes === undefined ? undefined : { bytes, peer };
  };

  /**
   * Asks one peer after the other without waiting long for any, those of the config first: strangers that hang would cost
   * 150 ms each before a validator is asked. A peer that hangs costs nothing but its own answer: the next request asks the
   * others again.
   */
  const requestProposal = async (
    request: ProposalRequest,
    withinMs = PROPOSAL_MS,
  ): Promise<FoundProposal | undefined> => {
    const asked: Promise<FoundProposal | undefined>[] = [];
    for (const { name } of configuredFirst(inAnyOrder(book.peers()))) {
      asked.push(askProposal(name, request, Math.max(PROPOSAL_MS, withinMs)));
      const first = await Promise.race([firstDefined(asked), sleep(NEXT_PEER_MS)]);
      if (first !== undefined) return first;
    }
    return await firstDefined(asked);
  };

  return {
    name: host.name,
    start: async () => {
      await serve(requests, options.sources, clock);
      await book.start();
      await host.start();
      log.start();
      gossip.start();
      clocks.start();
      stopComparing = book.subscribe(({ type }) => {
        if (type === 'connected') void clocks.tick();
      });
      stopWatching = watchGossip({ peers: () => book.peers(), ...host, log });
      logger.info({ peer: host.name, addresses: host.addresses() }, 'listening');
    },
    stop: async () => {
      stopWatching();
      log.stop();
      batcher.flush();
      announcements.stop();
      stopComparing();
      clocks.stop();
      gossip.stop();
      book.stop();
      await host.stop();
    },
    addresses: host.addresses,
    peers: () => book.peers(),
    isPeer: (name) => book.has(name),
    subscribe: (listener) => book.subscribe(listener),
    publishVotes: (bytes, delivery = 'first') => gossip.publishVotes(bytes, delivery),
    publishProposal: (bytes, delivery = 'first') => gossip.publishProposal(bytes, delivery),
    publishTransactions: (transactions) => batcher.add(transactions),
    announceContent: (roots) => announcements.add(roots),
    onAnnouncement: (handler) => {
      onAnnouncement = handler;
    },
    requestBlocks: async (peer, from, count, signal) => {
      const wanted = Math.min(count, BLOCKS_MAX);
      const answer = await requests.ask(peer, BLOCKS, { from, count: wanted }, BLOCKS_MS, signal);
      if (!answer.ok) return answer;
      const checked = checkBlocks(chain, from, wanted, answer.value.chunks);
      if (!checked.ok) scores.penalise(peer, 'false-answer');
      return checked;
    },
    requestProposal,
    requestVotesOf: (publicKey, take) => {
      for (const { name } of book.peers()) {
        const key = `${name} ${toBareHex(publicKey)}`;
        if (asking.has(key)) continue;
        asking.add(key);
        void requests.ask(name, VOTES, { publicKey }, VOTES_MS).then((votes) => {
          asking.delete(key);
          if (votes.ok) take(votes.value.chunks, name);
        });
      }
    },
    requestContent: async (peer, roots, signal) => {
      const asked = roots.slice(0, CONTENT_ROOTS_MAX);
      const answer = await requests.ask(peer, CONTENT, { roots: asked }, CONTENT_MS, signal);
      if (!answer.ok) return answer;
      const open = new Set(asked.map(toBareHex));
      // Each object at most once.
      const { chunks: objects, isCut } = answer.value;
      if (objects.every(({ root }) => open.delete(toBareHex(root)))) return ok({ objects, isCut });
      scores.penalise(peer, 'false-answer');
      return fail('P2P_FALSE_ANSWER', 'the peer sent content that was not asked for');
    },
    clockOffset: () => clocks.offset(),
    unresolvedHosts: host.unresolved,
    penalise: (peer, offence) => scores.penalise(peer, offence),
    warn: (peer, fields, message) => log.write('warn', peer, fields, message),
    credit: (peer) => scores.credit(peer),
    resizeMesh: (expectedNodes) => {
      nodes = expectedNodes;
      resizeMesh(host.router, expectedNodes);
    },
    stats: () => ({
      peers: book.peers().length,
      topics: gossip.stats(),
      requests: requests.stats(),
      banned: scores.banned(),
    }),
  };
};

/** Resolves to the first value that is not undefined, or to undefined once all are. */
const firstDefined = <T>(values: readonly Promise<T | undefined>[]): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const take = (value: T | undefined): void => {
      if (value !== undefined) resolve(value);
    };
    for (const value of values) value.then(take, reject);
    void Promise.allSettled(values).then(() => resolve(undefined));
  });

const inAnyOrder = <T>(values: readonly T[]): readonly T[] =>
  values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);

const configuredFirst = (peers: readonly Peer[]): readonly Peer[] => [
  ...peers.filter(({ configured }) => configured),
  ...peers.filter(({ configured }) => !configured),
];

const serve = async (requests: Requests, sources: Sources, clock: Clock): Promise<void> => {
  await requests.serve(BLOCKS, async function* ({ from, count }) {
    for (let i = 0; i < count; i++) {
      const block = await sources.blocks.block(toHeight(from + BigInt(i)));
      if (block === undefined) return;
      yield block;
    }
  });
  await requests.serve(PROPOSAL, async function* (request) {
    const proposal = sources.proposals.proposal(request);
    if (proposal !== undefined) yield proposal;
  });
  await requests.serve(CLOCK, async function* () {
    yield { time: clock.now() };
  });
  await requests.serve(VOTES, async function* ({ publicKey }) {
    yield* sources.votes.votesOf(publicKey);
  });
  await requests.serve(CONTENT, async function* ({ roots }) {
    // Peers ask for much that nobody has, as blocks name it: that costs one look-up in all.
    const here = await sources.content.hasMany(roots);
    for (const root of roots.filter((_, i) => here[i] === true)) {
      const encoded = await sources.content.encoded(root);
      if (encoded !== undefined) yield { root, encoded };
    }
  });
};
