/**
 * Blocks and their parts. Consensus agrees on them and the state machine executes them, and neither imports the other,
 * so the types they share stand here.
 */
import { type Height, type Root, type Round, toHeight, toRound, ZERO_ROOT } from './brands.ts';
import { taggedHash } from './hash.ts';
import {
  address20,
  bitlist,
  byteList,
  bytes,
  container,
  list,
  OFFSET_BYTES,
  root32,
  type Ssz,
  uint32,
  uint64,
  type ValueOf,
} from './ssz.ts';

/**
 * Says which chain it is. Every signature contains both values and every peer is asked for both, because two chains may
 * share the numeric id, but not the genesis.
 */
export type ChainIdentity = {
  /** The numeric chain id (EIP-155). */
  readonly chainId: bigint;
  readonly genesisHash: Root;
};

export const MAX_VALIDATORS = 256;
export const MAX_BLOCK_BYTES = 1 << 20;
export const MAX_TRANSACTION_BYTES = 256 << 10;
export const MAX_BLOCK_TRANSACTIONS = 16_384;

/** A height, and a round, in what consensus encodes. */
export const height64 = uint64 as Ssz<Height>;
export const round32 = uint32 as Ssz<Round>;

const ValidatorType = container({
  /** An ed25519 key. */
  publicKey: bytes(32),
  /** The voting power, more than 0. */
  power: uint64,
});
/** A validator as consensus sees it. */
export type Validator = ValueOf<typeof ValidatorType>;

export const ValidatorSetType = list(ValidatorType, MAX_VALIDATORS);
/** Sorted by address, without duplicates. Votes and commit bitmaps refer to a validator by its index in the set. */
export type ValidatorSet = ValueOf<typeof ValidatorSetType>;

export const HeaderType = container({
  /** The numeric chain id. */
  chainId: uint64,
  height: height64,
  /** Unix milliseconds, strictly increasing. */
  time: uint64,
  /** The hash of the previous header. At height 1, the genesis hash. */
  parent: root32,
  proposer: address20,
  /** The root of the list of the encoded transactions: {@link transactionsRoot}. */
  transactionsRoot: root32,
  lastCommitRoot: root32,
  evidenceRoot: root32,
  validatorsHash: root32,
  nextValidatorsHash: root32,
  parametersHash: root32,
  /** The root of the state after the previous block. */
  stateRoot: root32,
  /** The root of the results of the previous block. */
  resultsRoot: root32,
});
export type Header = ValueOf<typeof HeaderType>;

export const CommitType = container({
  height: height64,
  round: round32,
  blockHash: root32,
  /** One bit for each validator of the height's set. */
  signers: bitlist(MAX_VALIDATORS),
  /** One signature for each set bit, in the order of the bits. */
  signatures: list(bytes(64), MAX_VALIDATORS),
});
/** The precommits of more than two thirds of the voting power for one block. */
export type Commit = ValueOf<typeof CommitType>;

/** The last commit of block 1, which has no block before it. */
export const EMPTY_COMMIT: Commit = {
  height: toHeight(0n),
  round: toRound(0),
  blockHash: ZERO_ROOT,
  signers: [],
  signatures: [],
};

const TransactionListType = list(byteList(MAX_TRANSACTION_BYTES), MAX_BLOCK_TRANSACTIONS);
const EvidenceListType = list(byteList(64 << 10), 64);

export const BlockType = container({
  header: HeaderType,
  /** The encoding of one signed transaction each. */
  transactions: TransactionListType,
  lastCommit: CommitType,
  evidence: EvidenceListType,
});
export type Block = ValueOf<typeof BlockType>;

/** The id of a block: the root of its header, hashed under a tag of its own. */
export const headerHash = (header: Header): Root =>
  taggedHash('openledger/header/1', HeaderType.root(header));

/**
 * A block with its canonical encoding and its id. It is made once, where a block enters (gossip, block sync, the log, or
 * this node's own proposal), and handed on to the database, so that a block is encoded only by the node that builds it.
 */
export type EncodedBlock = {
  readonly block: Block;
  /** The canonical encoding of `block`: the bytes as they arrived, if they did. */
  readonly bytes: Uint8Array;
  /** The hash of the header. */
  readonly id: Root;
};

/** For a block that was built here; bytes that arrived are decoded by consensus, which checks them. */
export const encodeBlock = (block: Block): EncodedBlock => ({
  block,
  bytes: BlockType.encode(block),
  id: headerHash(block.header),
});

/** The encoding of the header, which has a fixed length and stands first in the encoding of its block. */
export const headerBytes = ({ bytes }: EncodedBlock): Uint8Array => bytes.subarray(0, HeaderType.maxBytes);

/** Consecutive things, such as bytes or events: the place of the first one, and their number. */
export const RangeType = container({ first: uint32, count: uint32 });
export type Range = ValueOf<typeof RangeType>;

/** The fields of a block: the header, and an offset for each of the three lists after it. The transactions come next. */
const TRANSACTIONS_FROM = HeaderType.maxBytes + 3 * OFFSET_BYTES;

/** The bytes that each transaction of a block takes in the encoding of the block. */
export const transactionRanges = (transactions: readonly Uint8Array[]): readonly Range[] => {
  let first = TRANSACTIONS_FROM + OFFSET_BYTES * transactions.length;
  return transactions.map(({ length: count }) => {
    const range = { first, count };
    first += count;
    return range;
  });
};

const rootsOfLists = new WeakMap<readonly Uint8Array[], Root>();

/**
 * The root of a block's transactions. It is needed several times for each block and computed once, so the list must not
 * change after the first call.
 */
export const transactionsRoot = (transactions: readonly Uint8Array[]): Root => {
  const known = rootsOfLists.get(transactions);
  if (known !== undefined) return known;
  const root = TransactionListType.root(transactions);
  rootsOfLists.set(transactions, root);
  return root;
};
export const evidenceRoot = (evidence: readonly Uint8Array[]): Root => EvidenceListType.root(evidence);
export const commitRoot = (commit: Commit): Root => CommitType.root(commit);
export const validatorsHash = (validators: ValidatorSet): Root => ValidatorSetType.root(validators);
