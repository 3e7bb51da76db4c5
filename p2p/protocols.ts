/**
 * The names and messages of this network. Topics and protocols carry the genesis hash, so that nodes of different
 * chains never mix; `status` alone does not, so that a node of another chain can be told which one it met.
 * Everything on the wire is SSZ.
 */
import type { Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { CommitType, MAX_BLOCK_BYTES, MAX_TRANSACTION_BYTES } from '../src/lib/chain.ts';
import { byteList, container, list, root32, type Ssz, text, uint16, uint32, uint64 } from '../src/lib/ssz.ts';
import type { Rate } from './token-bucket.ts';
import type { ProposalRequest, SyncedBlock, TopicName } from './types.ts';

// ------------------------------------------------------------------------------------------------------------ gossip

export const TOPIC_NAMES: readonly TopicName[] = ['votes', 'proposals', 'transactions', 'content'];

/** A proposal is a block and what stands around it: round, valid round, signature, polka. */
const PROPOSAL_BYTES_MAX = MAX_BLOCK_BYTES + (64 << 10);
/** A certificate of 256 validators has 16 KiB of signatures; a message may hold a few. */
const VOTE_BYTES_MAX = 64 << 10;

/** Transactions of one batch, and the bytes past which it is closed. A single one may have more. */
export const BATCH_TRANSACTIONS = 100;
export const BATCH_BYTES = 128 << 10;

/**
 * The envelope of what may be published again. Gossip delivers the same bytes once; `repetition` makes other bytes of
 * the same payload. It is 0 the first time, so that a certificate which several nodes publish is one message, and
 * any other number in a repetition. It is signed by nobody and means nothing else.
 */
export type Envelope = { readonly repetition: number; readonly payload: Uint8Array };
export const VoteMessageType: Ssz<Envelope> = container<Envelope>({
  repetition: uint32,
  payload: byteList(VOTE_BYTES_MAX),
});
export const ProposalMessageType: Ssz<Envelope> = container<Envelope>({
  repetition: uint32,
  payload: byteList(PROPOSAL_BYTES_MAX),
});

export const TransactionsMessageType: Ssz<readonly Uint8Array[]> = list(
  byteList(MAX_TRANSACTION_BYTES),
  BATCH_TRANSACTIONS,
);

export const ANNOUNCED_ROOTS_MAX = 256;
/** Roots of content that `holder` has whole. Unsigned: a hint whom to ask first, no more. */
export type Announcement = { readonly holder: string; readonly roots: readonly Root[] };
export const AnnouncementType: Ssz<Announcement> = container<Announcement>({
  holder: text(64),
  roots: list(root32, ANNOUNCED_ROOTS_MAX),
});

export const TOPIC_BYTES_MAX: Readonly<Record<TopicName, number>> = {
  votes: VoteMessageType.maxBytes,
  proposals: ProposalMessageType.maxBytes,
  // One transaction of the largest size, or a batch that was closed by it.
  transactions: BATCH_BYTES + MAX_TRANSACTION_BYTES + 4 * (BATCH_TRANSACTIONS + 1),
  content: AnnouncementType.maxBytes,
};

/** Enough of the genesis hash to tell chains apart; the whole of it is compared in the status. */
const chainPart = (genesisHash: Root): string => toBareHex(genesisHash.subarray(0, 16));

export const topicOf = (genesisHash: Root, name: TopicName): string =>
  `/openledger/${chainPart(genesisHash)}/${name}/1`;

// --------------------------------------------------------------------------------------------------------- protocols

/** One request of type Q, answered by any number of chunks of type R. */
export type Protocol<Q, R> = {
  readonly name: string;
  readonly request: Ssz<Q>;
  readonly chunk: Ssz<R>;
  /** Bounds of one answer. */
  readonly maxChunks: number;
  readonly maxBytes: number;
  /** Requests that one peer may make. */
  readonly rate: Rate;
  /** Answers that are being given at once, to all peers. */
  readonly concurrency: number;
};

export const protocolId = (genesisHash: Root, protocol: { readonly name: string }): string =>
  protocol.name === 'status'
    ? '/openledger/status/1'
    : `/openledger/${chainPart(genesisHash)}/${protocol.name}/1`;

export type Status = {
  readonly chainId: bigint;
  readonly genesisHash: Root;
  /** Of the last decided block. */
  readonly height: bigint;
  readonly version: string;
};

export const STATUS: Protocol<Status, Status> = (() => {
  const type: Ssz<Status> = container<Status>({
    chainId: uint64,
    genesisHash: root32,
    height: uint64,
    version: text(64),
  });
  return {
    name: 'status',
    request: type,
    chunk: type,
    maxChunks: 1,
    maxBytes: type.maxBytes,
    rate: { burst: 20, perSecond: 10 },
    concurrency: 64,
  };
})();

/** Blocks of one request: more are asked for again, from whoever is free. */
export const BLOCKS_MAX = 64;

export type BlocksRequest = { readonly from: bigint; readonly count: number };
export const BLOCKS: Protocol<BlocksRequest, SyncedBlock> = {
  name: 'blocks',
  request: container<BlocksRequest>({ from: uint64, count: uint16 }),
  chunk: container<SyncedBlock>({ block: byteList(MAX_BLOCK_BYTES), commit: CommitType }),
  maxChunks: BLOCKS_MAX,
  maxBytes: 4 << 20,
  rate: { burst: 40, perSecond: 20 },
  concurrency: 8,
};

export const PROPOSAL: Protocol<ProposalRequest, Uint8Array> = {
  name: 'proposal',
  request: container<ProposalRequest>({ height: uint64, round: uint32, id: root32 }),
  chunk: byteList(PROPOSAL_BYTES_MAX),
  maxChunks: 1,
  maxBytes: PROPOSAL_BYTES_MAX,
  rate: { burst: 40, perSecond: 20 },
  concurrency: 8,
};

/** Content objects of one request. */
export const CONTENT_ROOTS_MAX = 64;
/** An item's text has at most 1 MiB; the list of a contribution's 65,536 items is the largest object, of 2 MiB. */
const CONTENT_OBJECT_BYTES = (2 << 20) + 1024;

export type ContentRequest = { readonly roots: readonly Root[] };
export type ContentChunk = { readonly root: Root; readonly encoded: Uint8Array };
export const CONTENT: Protocol<ContentRequest, ContentChunk> = {
  name: 'content',
  request: container<ContentRequest>({ roots: list(root32, CONTENT_ROOTS_MAX) }),
  chunk: container<ContentChunk>({ root: root32, encoded: byteList(CONTENT_OBJECT_BYTES) }),
  maxChunks: CONTENT_ROOTS_MAX,
  maxBytes: 4 << 20,
  rate: { burst: 100, perSecond: 50 },
  concurrency: 16,
};
