/**
 * The topics, protocols and messages of this network. Their names contain the genesis hash, so that nodes of different
 * chains never mix. Only `status` does not, so that a node of another chain learns which chain it has met. All messages
 * are SSZ.
 */
import type { Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { CommitType, height64, MAX_BLOCK_BYTES, MAX_TRANSACTION_BYTES, round32 } from '../src/lib/chain.ts';
import {
  byteList,
  bytes,
  container,
  list,
  root32,
  type Ssz,
  text,
  uint16,
  uint32,
  uint64,
  type ValueOf,
} from '../src/lib/ssz.ts';
import type { Rate } from '../src/lib/token-bucket.ts';

// ------------------------------------------------------------------------------------------------------------ gossip

export const TOPIC_NAMES = ['votes', 'proposals', 'transactions', 'content'] as const;
export type TopicName = (typeof TOPIC_NAMES)[number];

/** A proposal is a block with its round, valid round, signature and polka. */
const PROPOSAL_BYTES_MAX = MAX_BLOCK_BYTES + (64 << 10);
/** A certificate of 256 validators has 16 KiB of signatures; a message may hold a few. */
const VOTE_BYTES_MAX = 64 << 10;

/** The most transactions of a batch, and the bytes at which it is closed. A single transaction may have more. */
export const BATCH_TRANSACTIONS = 100;
export const BATCH_BYTES = 128 << 10;

/** The envelope of what may be published again. */
const envelopeType = (payloadMax: number) =>
  container({
    /**
     * Gossip delivers the same bytes once; this number makes other bytes of the same payload. It is 0 the first time,
     * so that a certificate which several nodes publish is one message, and any other number in a repetition. It is
     * signed by nobody and means nothing else.
     */
    repetition: uint32,
    payload: byteList(payloadMax),
  });
export const VoteMessageType = envelopeType(VOTE_BYTES_MAX);
export const ProposalMessageType = envelopeType(PROPOSAL_BYTES_MAX);

export const TransactionsMessageType: Ssz<readonly Uint8Array[]> = list(
  byteList(MAX_TRANSACTION_BYTES),
  BATCH_TRANSACTIONS,
);

export const ANNOUNCED_ROOTS_MAX = 256;
export const AnnouncementType = container({
  holder: text(64),
  roots: list(root32, ANNOUNCED_ROOTS_MAX),
});
/** Roots of content that `holder` has whole. It is unsigned: only a hint whom to ask first. */
export type Announcement = ValueOf<typeof AnnouncementType>;
/**
 * Its `repetition` is never 0. So nobody can publish the bytes of an announcement before its holder does, and have the
 * holder's own dropped as seen.
 */
export const AnnouncementMessageType = envelopeType(AnnouncementType.maxBytes);

export const TOPIC_BYTES_MAX: Readonly<Record<TopicName, number>> = {
  votes: VoteMessageType.maxBytes,
  proposals: ProposalMessageType.maxBytes,
  // A batch that was closed by a transaction of the largest size.
  transactions: BATCH_BYTES + MAX_TRANSACTION_BYTES + 4 * (BATCH_TRANSACTIONS + 1),
  content: AnnouncementMessageType.maxBytes,
};

/** The part of the genesis hash in names. It is enough to tell chains apart; the status contains all of it. */
const chainPart = (genesisHash: Root): string => toBareHex(genesisHash.subarray(0, 16));

export const topicOf = (genesisHash: Root, name: TopicName): string =>
  `/openledger/${chainPart(genesisHash)}/${name}/1`;

// --------------------------------------------------------------------------------------------------------- protocols

/** A protocol: a request of type Q is answered by any number of chunks of type R. */
export type Protocol<Q, R> = {
  readonly name: string;
  readonly request: Ssz<Q>;
  readonly chunk: Ssz<R>;
  /** The bounds of one answer. */
  readonly maxChunks: number;
  readonly maxBytes: number;
  /** The rate of requests of one peer. */
  readonly rate: Rate;
  /** The most answers under way at a time, to all peers together. */
  readonly concurrency: number;
  /** The turn of a reader, in milliseconds: when others wait, its answer may end after it. See `Places`. */
  readonly turnMs: number;
};

export const protocolId = (genesisHash: Root, protocol: { readonly name: string }): string =>
  protocol.name === 'status'
    ? '/openledger/status/1'
    : `/openledger/${chainPart(genesisHash)}/${protocol.name}/1`;

const StatusType = container({
  chainId: uint64,
  genesisHash: root32,
  /** The height of the last decided block. */
  height: height64,
  version: text(64),
});
export type Status = ValueOf<typeof StatusType>;

export const STATUS: Protocol<Status, Status> = {
  name: 'status',
  request: StatusType,
  chunk: StatusType,
  maxChunks: 1,
  maxBytes: StatusType.maxBytes,
  rate: { burst: 20, perSecond: 10 },
  concurrency: 64,
  turnMs: 1_000,
};

const ClockType = container({
  /** The clock of its sender, Unix milliseconds. */
  time: uint64,
});
export type ClockReading = ValueOf<typeof ClockType>;
/** The peers of the config are asked for their clock, as a validator whose clock is off makes no block. */
export const CLOCK: Protocol<ClockReading, ClockReading> = {
  name: 'clock',
  request: ClockType,
  chunk: ClockType,
  maxChunks: 1,
  maxBytes: ClockType.maxBytes,
  rate: { burst: 10, perSecond: 1 },
  concurrency: 64,
  turnMs: 1_000,
};

/** The most blocks of one request. */
export const BLOCKS_MAX = 64;

const BlocksRequestType = container({
  from: height64,
  count: uint16,
});
export type BlocksRequest = ValueOf<typeof BlocksRequestType>;
const SyncedBlockType = container({
  /** The encoding of the block, as it was proposed. */
  block: byteList(MAX_BLOCK_BYTES),
  /** The commit of this very block. */
  commit: CommitType,
});
export type SyncedBlock = ValueOf<typeof SyncedBlockType>;
export const BLOCKS: Protocol<BlocksRequest, SyncedBlock> = {
  name: 'blocks',
  request: BlocksRequestType,
  chunk: SyncedBlockType,
  maxChunks: BLOCKS_MAX,
  maxBytes: 4 << 20,
  rate: { burst: 40, perSecond: 20 },
  concurrency: 8,
  turnMs: 2_000,
};

const ProposalRequestType = container({
  height: height64,
  round: round32,
  id: root32,
});
/** A proposal is named by its block `id` too, because a proposer that equivocates has more than one in a round. */
export type ProposalRequest = ValueOf<typeof ProposalRequestType>;
export const PROPOSAL: Protocol<ProposalRequest, Uint8Array> = {
  name: 'proposal',
  request: ProposalRequestType,
  chunk: byteList(PROPOSAL_BYTES_MAX),
  maxChunks: 1,
  maxBytes: PROPOSAL_BYTES_MAX,
  rate: { burst: 40, perSecond: 20 },
  concurrency: 8,
  // Whoever asks for one waits no longer than 1.5 s.
  turnMs: 500,
};

/** The most votes of one answer, and the longest encoding of one. */
const KEY_VOTES_MAX = 8;
const VOTE_BYTES = 256;

const VotesRequestType = container({ publicKey: bytes(32) });
export type VotesRequest = ValueOf<typeof VotesRequestType>;
/**
 * The latest votes of a validator, which a node with the same key asks for before it signs. Gossip does not tell it: two
 * nodes that were cloned have one peer id, and nobody forwards to a peer what came from it.
 */
export const VOTES: Protocol<VotesRequest, Uint8Array> = {
  name: 'votes',
  request: VotesRequestType,
  chunk: byteList(VOTE_BYTES),
  maxChunks: KEY_VOTES_MAX,
  maxBytes: KEY_VOTES_MAX * VOTE_BYTES,
  rate: { burst: 60, perSecond: 20 },
  concurrency: 8,
  turnMs: 500,
};

/** The most content objects of one request. */
export const CONTENT_ROOTS_MAX = 64;
/** The largest object is the list of a contribution's 65,536 items, of 2 MiB; the text of an item has at most 1 MiB. */
const CONTENT_OBJECT_BYTES = (2 << 20) + 1024;

const ContentRequestType = container({
  roots: list(root32, CONTENT_ROOTS_MAX),
});
export type ContentRequest = ValueOf<typeof ContentRequestType>;
const ContentChunkType = container({
  root: root32,
  encoded: byteList(CONTENT_OBJECT_BYTES),
});
export type ContentChunk = ValueOf<typeof ContentChunkType>;
/** An answer with content: objects that were asked for. `isCut`: the peer may have more of them, and has no place now. */
export type ContentAnswer = { readonly objects: readonly ContentChunk[]; readonly isCut: boolean };
export const CONTENT: Protocol<ContentRequest, ContentChunk> = {
  name: 'content',
  request: ContentRequestType,
  chunk: ContentChunkType,
  maxChunks: CONTENT_ROOTS_MAX,
  maxBytes: 4 << 20,
  rate: { burst: 100, perSecond: 50 },
  concurrency: 16,
  turnMs: 2_000,
};
