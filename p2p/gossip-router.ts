/**
 * Configures gossipsub for a mesh of a few nodes. Messages are unsigned (votes and transactions carry their own
 * signatures), and their id is a hash of their content. The library's peer scoring is off: it would penalise nodes that
 * share an address or a busy machine. `scores.ts` scores peers instead.
 */
import {
  type GossipSub,
  type GossipSubComponents,
  gossipsub,
  StrictNoSign,
  type TopicValidatorResult,
} from '@chainsafe/libp2p-gossipsub';
import type { PeerId } from '@libp2p/interface';
import type { Root } from '../src/lib/brands.ts';
import { utf8 } from '../src/lib/bytes.ts';
import { invariant } from '../src/lib/errors.ts';
import { sha256 } from '../src/lib/hash.ts';
import { CONTROL_ENTRIES_MAX, MESSAGE_ID_BYTES, MESSAGE_IDS_MAX } from './gossip-fields.ts';
import { GOSSIP_FRAME_BYTES_MAX } from './gossip-frames.ts';
import { type MeterOptions, meteredRegistrar, SLICE_FIELDS } from './gossip-meter.ts';
import { GOSSIP_PROTOCOL } from './gossip-streams.ts';
import { TOPIC_NAMES, topicOf } from './protocols.ts';
import { SeenMessages } from './seen-messages.ts';

export const HEARTBEAT_MS = 250;
/** How long a message id is remembered: longer than any copy is under way. A repeated vote has another id. All take 20 MB. */
const SEEN = { keepMs: 30_000, most: 1 << 17 };
/** The heartbeats for which a message is cached: it awaits its verdict, and peers may ask for it. */
const CACHE_HEARTBEATS = 12;
/** The heartbeats whose message ids peers outside the mesh receive (IHAVE): the messages must fit in one frame. */
const IHAVE_HEARTBEATS = 2;
/** A node that restarts is back in the mesh at once, not after the default minute. */
const PRUNE_BACKOFF_MS = 2_000;
/** Bytes buffered for one peer that does not read. Past it the stream is reset, and later the peer reconnected. */
const OUTBOUND_BYTES = 16 << 20;

export type MeshDegrees = { D: number; Dlo: number; Dhi: number };

/** Returns the degrees of the mesh for a number of peers: 3, 2 and 4 for three peers; constant from eight on. */
export const meshDegrees = (peers: number): Readonly<MeshDegrees> => {
  const D = Math.min(8, Math.max(3, peers));
  return { D, Dlo: D - 1, Dhi: D + Math.floor(D / 2) };
};

/** The methods by which the library tells its scoring what became of a message. */
const DELIVERY_METHODS = ['validateMessage', 'deliverMessage', 'rejectMessage', 'duplicateMessage'] as const;

/**
 * The library's type lacks the method that reports the verdict of asynchronous validation, its options, whose degrees each
 * heartbeat reads, the peers that are connected, the methods that handle what one of them sends and keep it out of the mesh for
 * a time, and its scoring.
 */
export type GossipRouter = GossipSub & {
  readonly opts: MeshDegrees;
  readonly reportMessageValidationResult: (id: string, source: string, result: TopicValidatorResult) => void;
  readonly peers: ReadonlyMap<string, PeerId>;
  handleReceivedRpc: (from: PeerId, rpc: unknown) => Promise<void>;
  doAddBackoff: (peer: string, topic: string, ms: number) => void;
  readonly score: Record<(typeof DELIVERY_METHODS)[number], (...args: readonly unknown[]) => void>;
};

const hasDeliveryMethods = (score: unknown): boolean =>
  typeof score === 'object' &&
  score !== null &&
  DELIVERY_METHODS.every((method) => typeof Reflect.get(score, method) === 'function');

const isGossipRouter = (router: GossipSub): router is GossipRouter =>
  'reportMessageValidationResult' in router &&
  typeof router.reportMessageValidationResult === 'function' &&
  'handleReceivedRpc' in router &&
  typeof router.handleReceivedRpc === 'function' &&
  'doAddBackoff' in router &&
  typeof router.doAddBackoff === 'function' &&
  'seenCache' in router &&
  'score' in router &&
  hasDeliveryMethods(router.score) &&
  'peers' in router &&
  router.peers instanceof Map &&
  'opts' in router &&
  typeof router.opts === 'object' &&
  router.opts !== null &&
  'D' in router.opts;

/**
 * Lets the library handle only what connected peers send. It forgets a peer when the peer leaves, but then handles what it had
 * read before, and forgets none of that: a peer that grafts and leaves stays in the mesh, and takes the place of another one.
 */
const ignoreWhoHasLeft = (router: GossipRouter): void => {
  const handle = router.handleReceivedRpc.bind(router);
  router.handleReceivedRpc = async (from, rpc) => {
    if (router.peers.has(from.toString())) await handle(from, rpc);
  };
};

/**
 * Lets the library keep no record of each message for its scoring, which it does for two minutes though no topic is scored:
 * 370 bytes for each, whatever its verdict. Strangers that sent messages of no use filled a gigabyte with them. Without a topic
 * that is scored the records change nothing else.
 */
const keepNoDeliveryRecords = (router: GossipRouter): void => {
  for (const method of DELIVERY_METHODS) router.score[method] = () => undefined;
};

/**
 * Bounds the time for which the library keeps a peer out of the mesh after a PRUNE. The peer says how long, by a number of
 * seconds that may be centuries, and its entry outlives it, whose name costs nothing.
 */
const boundBackoff = (router: GossipRouter): void => {
  const add = router.doAddBackoff.bind(router);
  router.doAddBackoff = (peer, topic, ms) => add(peer, topic, Math.min(ms, PRUNE_BACKOFF_MS));
};

/** Lets the library remember what it has seen in a cache that is bounded, and does not depend on the system's clock. */
const boundSeenMessages = (router: GossipRouter): void => {
  Object.assign(router, { seenCache: new SeenMessages({ ...SEEN, now: () => performance.now() }) });
};

/** Shapes the mesh for another number of nodes: the next heartbeat grafts or prunes accordingly. */
export const resizeMesh = (router: GossipRouter, expectedNodes: number): void => {
  Object.assign(router.opts, meshDegrees(expectedNodes - 1));
};

export type RouterOptions = MeterOptions & {
  readonly genesisHash: Root;
  readonly expectedNodes: number;
};

export const gossipRouter =
  (options: RouterOptions) =>
  (components: GossipSubComponents): GossipRouter => {
    const router = gossipsub({
      ...meshDegrees(options.expectedNodes - 1),
      Dscore: 1,
      Dout: 1,
      Dlazy: 6,
      heartbeatInterval: HEARTBEAT_MS,
      mcacheLength: CACHE_HEARTBEATS,
      mcacheGossip: IHAVE_HEARTBEATS,
      pruneBackoff: PRUNE_BACKOFF_MS,
      unsubcribeBackoff: 1_000,
      graftFloodThreshold: 1_000,
      // A tag costs more than all else that a GRAFT or PRUNE does, and no node closes connections by tags.
      tagMeshPeers: false,
      fallbackToFloodsub: false,
      floodPublish: true,
      batchPublish: true,
      asyncValidation: true,
      // A message that was sent to nobody does not count as published: the same bytes can be published again.
      allowPublishToZeroTopicPeers: false,
      ignoreDuplicatePublishError: true,
      globalSignaturePolicy: StrictNoSign,
      msgIdFn: ({ topic, data }) => sha256(utf8(topic), data).subarray(0, MESSAGE_ID_BYTES),
      msgIdToStrFn: (id) => Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('base64'),
      allowedTopics: TOPIC_NAMES.map((name) => topicOf(options.genesisHash, name)),
      maxTopicBytesPerPeer: 16 << 10,
      maxInboundDataLength: GOSSIP_FRAME_BYTES_MAX,
      maxOutboundBufferSize: OUTBOUND_BYTES,
      maxInboundStreams: 4,
      maxOutboundStreams: 4,
      decodeRpcLimits: {
        // The library decodes what the meter hands over: few fields, which were walked before. These limits repeat that.
        maxSubscriptions: SLICE_FIELDS,
        maxMessages: SLICE_FIELDS,
        maxIhaveMessageIDs: MESSAGE_IDS_MAX.asked,
        maxIwantMessageIDs: MESSAGE_IDS_MAX.asked,
        maxIdontwantMessageIDs: MESSAGE_IDS_MAX.unwanted,
        maxControlMessages: CONTROL_ENTRIES_MAX,
        maxPeerInfos: 0,
      },
      // Scores are of no use here, so none is kept of a peer that has left: names cost nothing.
      scoreParams: { behaviourPenaltyWeight: 0, IPColocationFactorWeight: 0, retainScore: 1_000 },
    })({
      // One by one: libp2p's components are a proxy that cannot be spread.
      privateKey: components.privateKey,
      peerId: components.peerId,
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      logger: components.logger,
      registrar: meteredRegistrar(components.registrar, options),
    });
    // The newest version only: every node has it, and of a stream that offers several the guard could not tell what an
    // answer answers.
    router.protocols.splice(0, router.protocols.length, GOSSIP_PROTOCOL);
    invariant(
      isGossipRouter(router),
      'gossipsub reports verdicts of asynchronous validation, and has options, peers, scores and a cache of what it has seen',
    );
    ignoreWhoHasLeft(router);
    keepNoDeliveryRecords(router);
    boundBackoff(router);
    boundSeenMessages(router);
    return router;
  };
