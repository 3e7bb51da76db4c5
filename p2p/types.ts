/**
 * What this folder shares with the node: the roles that `node/` plays for the network, and what the network tells it.
 * Bytes that consensus or the state machine define are opaque here.
 */
import type { Root } from '../src/lib/brands.ts';
import type { Commit } from '../src/lib/chain.ts';
import type { Logger } from '../src/lib/log.ts';

/** A libp2p peer id as text (base58). */
export type PeerName = string;

/**
 * What a handler says of a gossip message:
 * - `accept`: valid and still of use. It is forwarded. Say it also of a repeated message that is still current, or it
 *   reaches nobody beyond the sender's own peers.
 * - `ignore`: of no use here (old, too far ahead, no room). Not forwarded, and never held against the peer.
 * - `reject`: no honest node can have sent it, whatever it has seen or not seen (malformed, bad signature). Not
 *   forwarded, and the peer is penalised. What depends on this node's own state is `ignore`.
 */
export type Verdict = 'accept' | 'ignore' | 'reject';

export type GossipHandler = (bytes: Uint8Array, from: PeerName) => Verdict | Promise<Verdict>;

export type GossipHandlers = {
  /** Votes and certificates. */
  readonly votes: GossipHandler;
  /** Whole proposals. */
  readonly proposals: GossipHandler;
  /** A batch of encoded transactions: at least one, each at most `MAX_TRANSACTION_BYTES`. One verdict for all. */
  readonly transactions: (transactions: readonly Uint8Array[], from: PeerName) => Verdict | Promise<Verdict>;
};

export type SyncedBlock = {
  /** The encoding of the block, as it was proposed. */
  readonly block: Uint8Array;
  /** The commit of this very block. */
  readonly commit: Commit;
};

/** Decided blocks, for peers that lack them. */
export type BlockSource = {
  readonly block: (height: bigint) => Promise<SyncedBlock | undefined>;
};

/** `id`: a proposer that equivocates has more than one proposal in a round. */
export type ProposalRequest = { readonly height: bigint; readonly round: number; readonly id: Root };

/** Proposals of the current height, for peers that missed one: the bytes as they were published. */
export type ProposalSource = {
  readonly proposal: (request: ProposalRequest) => Uint8Array | undefined;
};

/** Objects of the content store, encoded. */
export type ContentSource = {
  readonly encoded: (root: Root) => Promise<Uint8Array | undefined>;
};

export type Sources = {
  readonly blocks: BlockSource;
  readonly proposals: ProposalSource;
  readonly content: ContentSource;
};

export type ChainId = { readonly chainId: bigint; readonly genesisHash: Root };

export type NetworkLimits = {
  /** Connections of peers that are not in the config, in and out. */
  readonly maxOtherPeers: number;
  /** How often a peer that has been silent is asked for its height. */
  readonly statusIntervalMs: number;
};

export type NetworkOptions = {
  /** The 32-byte ed25519 seed of the node's network identity; it is no validator's key. */
  readonly seed: Uint8Array;
  /** Multiaddrs to listen on, `/ip4/127.0.0.1/tcp/0` for a free port. Empty: dials only. */
  readonly listen: readonly string[];
  /** Multiaddrs, each with its `/p2p/` part, that are dialled until they answer, for as long as the node runs. */
  readonly peers: readonly string[];
  readonly chain: ChainId;
  /** Of the software, for people. */
  readonly version: string;
  /** The number of nodes at the start, this one among them: the shape of the gossip mesh; see `Network.resizeMesh`. */
  readonly expectedNodes: number;
  readonly handlers: GossipHandlers;
  readonly sources: Sources;
  /** The height of the last decided block of this node. */
  readonly height: () => bigint;
  readonly logger: Logger;
  readonly limits?: Partial<NetworkLimits>;
};

/** A peer with which the chain has been compared. */
export type Peer = {
  readonly name: PeerName;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** True if it stands in the config. */
  readonly configured: boolean;
  /** The height it last told. */
  readonly height: bigint;
  readonly version: string;
  /** Unix milliseconds. */
  readonly connectedAt: number;
  /** 0 is clean; at 100 it is banned for a time. */
  readonly penalty: number;
};

export type PeerEvent =
  | { readonly type: 'connected'; readonly peer: Peer }
  | { readonly type: 'disconnected'; readonly name: PeerName };

export type TopicName = 'votes' | 'proposals' | 'transactions' | 'content';

export type TopicStats = {
  /** Waiting to be handled, now. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Since the start. */
  readonly received: number;
  readonly accepted: number;
  readonly ignored: number;
  readonly rejected: number;
  /** Not handled, for want of room in the queue. */
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
