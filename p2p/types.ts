/**
 * The types that p2p/ shares with the node: the handlers and sources that `node/` gives to the network, and what the
 * network reports to it. Votes, proposals, blocks and transactions are opaque bytes here.
 */
import type { Height, Root } from '../src/lib/brands.ts';
import type { ChainIdentity } from '../src/lib/chain.ts';
import type { Clock } from '../src/lib/clock.ts';
import type { Logger } from '../src/lib/log.ts';
import type { ProposalRequest, SyncedBlock, TopicName } from './protocols.ts';

/** A libp2p peer id as text (base58). */
export type PeerName = string;

/**
 * The verdict of a handler on a gossip message:
 * - `accept`: the message is valid and useful. It is forwarded, an announcement of content at a pace. A repetition that is
 *   still current must be accepted too, or it reaches only the peers of its sender.
 * - `ignore`: the message is of no use here (known, too far ahead, no room). It is not forwarded. An honest peer may send many
 *   of them, so only a stranger is penalised for it, and only in the topics of consensus, past a generous ration.
 * - `old`: it is ignored, and counts for what a peer may send of decided heights, because no honest node sends much of that.
 * - `reject`: no honest node can have sent it, whatever it has seen (malformed, bad signature). It is not forwarded, and the
 *   peer is penalised. A verdict that depends on this node's own state must be `ignore`.
 */
export type Verdict = 'accept' | 'ignore' | 'old' | 'reject';

export type GossipHandler = (bytes: Uint8Array, from: PeerName) => Verdict | Promise<Verdict>;

export type GossipHandlers = {
  /** Votes and certificates. */
  readonly votes: GossipHandler;
  /** Whole proposals. */
  readonly proposals: GossipHandler;
  /** A batch of encoded transactions: at least one, each at most `MAX_TRANSACTION_BYTES`. One verdict for all. */
  readonly transactions: (transactions: readonly Uint8Array[], from: PeerName) => Verdict | Promise<Verdict>;
};

/**
 * How a vote or a proposal is published. Gossip delivers the same bytes once, so a node that has seen them takes no notice.
 * - `first`: only nodes that have not seen it receive it.
 * - `repeat`: everyone receives it again, whoever published it before.
 */
export type Delivery = 'first' | 'repeat';

/** Decided blocks, for peers that miss them. */
export type BlockSource = {
  readonly block: (height: Height) => Promise<SyncedBlock | undefined>;
};

/** Proposals of the current height, as they were published, for peers that missed one. */
export type ProposalSource = {
  readonly proposal: (request: ProposalRequest) => Uint8Array | undefined;
};

/** The latest votes of a validator, encoded, for a node that has the same key. */
export type VoteSource = {
  readonly votesOf: (publicKey: Uint8Array) => readonly Uint8Array[];
};

/** Encoded objects of the content store. */
export type ContentSource = {
  readonly hasMany: (roots: readonly Root[]) => Promise<readonly boolean[]>;
  readonly encoded: (root: Root) => Promise<Uint8Array | undefined>;
};

export type Sources = {
  readonly blocks: BlockSource;
  readonly proposals: ProposalSource;
  readonly votes: VoteSource;
  readonly content: ContentSource;
};

export type NetworkLimits = {
  /** Peers that are not in the config, inbound and outbound. */
  readonly maxOtherPeers: number;
  /** Inbound connections that are not authenticated yet. */
  readonly maxHalfOpen: number;
  /** A peer that has been silent for this long is asked for its status. */
  readonly statusIntervalMs: number;
};

export type NetworkOptions = {
  /** The 32-byte ed25519 seed of the node's network identity, which is not a validator key. */
  readonly seed: Uint8Array;
  /** Multiaddrs to listen on, `/ip4/127.0.0.1/tcp/0` for a free port. Empty: dials only. */
  readonly listen: readonly string[];
  /** Multiaddrs with their `/p2p/` part. They are dialled until they answer, for as long as the node runs. */
  readonly peers: readonly string[];
  readonly chain: ChainIdentity;
  /** The version of the software, for people. */
  readonly version: string;
  /**
   * The number of nodes in the network at the start, this one included. It decides the degrees of the gossip mesh and the
   * rations of strangers until `Network.resizeMesh` changes them.
   */
  readonly expectedNodes: number;
  readonly handlers: GossipHandlers;
  readonly sources: Sources;
  /** The height of the last decided block of this node. */
  readonly height: () => bigint;
  readonly logger: Logger;
  /** The clock of this machine; that of the system unless given. */
  readonly clock?: Clock;
  readonly limits?: Partial<NetworkLimits>;
};

/** A connected peer that is on this chain. */
export type Peer = {
  readonly name: PeerName;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** True if it is in the config. */
  readonly configured: boolean;
  /** The height it announced last. */
  readonly height: Height;
  readonly version: string;
  /** Unix milliseconds. */
  readonly connectedAt: number;
  /** Its points for offences: at 100 it is banned for a time. */
  readonly penalty: number;
};

export type PeerEvent =
  | { readonly type: 'connected'; readonly peer: Peer }
  | { readonly type: 'disconnected'; readonly name: PeerName };

export type TopicStats = {
  /** Messages that wait for their handler now. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Since the start. */
  readonly received: number;
  readonly accepted: number;
  readonly ignored: number;
  readonly rejected: number;
  /** Messages that were not handled because the queue was full. */
  readonly dropped: number;
  readonly published: number;
};

export type NetworkStats = {
  readonly peers: number;
  readonly topics: Readonly<Record<TopicName, TopicStats>>;
  /** Since the start. */
  readonly requests: { readonly served: number; readonly refused: number; readonly sent: number };
  readonly banned: number;
};
