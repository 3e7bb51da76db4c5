/**
 * Gossipsub, shaped for meshes of a few nodes. Messages are unsigned (consensus and transactions carry their own
 * signatures) and known by the hash of their content. The library's own peer scoring is off: it would hold it against
 * siblings that they share an address, or that their machine is busy; `scores.ts` judges instead.
 */
import {
  type GossipSub,
  type GossipSubComponents,
  gossipsub,
  StrictNoSign,
  type TopicValidatorResult,
} from '@chainsafe/libp2p-gossipsub';
import type { Root } from '../src/lib/brands.ts';
import { utf8 } from '../src/lib/bytes.ts';
import { invariant } from '../src/lib/errors.ts';
import { sha256 } from '../src/lib/hash.ts';
import { GOSSIP_FRAME_BYTES_MAX, meteredRegistrar } from './gossip-meter.ts';
import { TOPIC_NAMES, topicOf } from './protocols.ts';
import type { PeerScores } from './scores.ts';

export const HEARTBEAT_MS = 250;
/** How long a message is known again. It has to outlive every copy under way; a republished vote has another id. */
const SEEN_MS = 30_000;
/** Heartbeats in which a message waits for its verdict, and can be asked for. */
const KEPT_HEARTBEATS = 12;
/** Heartbeats of which peers outside the mesh are told what there is: their answer to that has to fit in a frame. */
const TOLD_HEARTBEATS = 2;
/** What may wait for one peer that does not read. Past it the stream is reset, and the connection made anew. */
const OUTBOUND_BYTES = 16 << 20;

const MESSAGE_ID_BYTES = 20;

export type MeshDegrees = { D: number; Dlo: number; Dhi: number };

/** The degrees of the mesh for so many peers: three peers give 3, 2 and 4; from eight peers on they stay. */
export const meshDegrees = (peers: number): Readonly<MeshDegrees> => {
  const D = Math.min(8, Math.max(3, peers));
  return { D, Dlo: D - 1, Dhi: D + Math.floor(D / 2) };
};

/**
 * The library's type leaves out the method that its asynchronous validation is completed with, and its options, of which
 * each heartbeat reads the degrees.
 */
export type GossipRouter = GossipSub & {
  readonly opts: MeshDegrees;
  readonly reportMessageValidationResult: (id: string, source: string, result: TopicValidatorResult) => void;
};

const isGossipRouter = (router: GossipSub): router is GossipRouter =>
  'reportMessageValidationResult' in router &&
  typeof router.reportMessageValidationResult === 'function' &&
  'opts' in router &&
  typeof router.opts === 'object' &&
  router.opts !== null &&
  'D' in router.opts;

/** Shapes the mesh for another number of nodes: the next heartbeat grafts or prunes accordingly. */
export const resizeMesh = (router: GossipRouter, expectedNodes: number): void => {
  Object.assign(router.opts, meshDegrees(expectedNodes - 1));
};

export type RouterOptions = {
  readonly genesisHash: Root;
  readonly expectedNodes: number;
  readonly scores: PeerScores;
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
      mcacheLength: KEPT_HEARTBEATS,
      mcacheGossip: TOLD_HEARTBEATS,
      seenTTL: SEEN_MS,
      // A node that restarts is back in the mesh at once, not after the default minute.
      pruneBackoff: 2_000,
      unsubcribeBackoff: 1_000,
      graftFloodThreshold: 1_000,
      fallbackToFloodsub: false,
      floodPublish: true,
      batchPublish: true,
      asyncValidation: true,
      // What nobody heard is no message that was sent: the same bytes can be published again.
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
        maxSubscriptions: 64,
        maxMessages: 4096,
        maxIhaveMessageIDs: 5000,
        maxIwantMessageIDs: 5000,
        maxIdontwantMessageIDs: 512,
        maxControlMessages: 256,
        maxPeerInfos: 0,
      },
      scoreParams: { behaviourPenaltyWeight: 0, IPColocationFactorWeight: 0 },
    })({
      // One by one: libp2p's components are a proxy that refuses to be spread.
      privateKey: components.privateKey,
      peerId: components.peerId,
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      logger: components.logger,
      registrar: meteredRegistrar(components.registrar, options.scores),
    });
    invariant(isGossipRouter(router), 'gossipsub takes verdicts of asynchronous validation, and has options');
    return router;
  };
