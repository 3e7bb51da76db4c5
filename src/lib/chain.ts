/**
 * What blocks are made of: shared by consensus, which agrees on them, and by the state machine, which executes them;
 * neither knows the other.
 */
import type { Address, Height, Root, Round } from './brands.ts';
import { taggedHash } from './hash.ts';
import {
  address20,
  bitlist,
  byteList,
  bytes,
  container,
  list,
  root32,
  type Ssz,
  uint32,
  uint64,
} from './ssz.ts';

export const MAX_VALIDATORS = 256;
export const MAX_BLOCK_BYTES = 1 << 20;
export const MAX_TRANSACTION_BYTES = 256 << 10;
export const MAX_BLOCK_TRANSACTIONS = 16_384;

/** A height, and a round, in what consensus encodes. */
export const height64 = uint64 as Ssz<Height>;
export const round32 = uint32 as Ssz<Round>;

/** A validator as consensus sees it: its ed25519 key and its voting power (> 0). */
export type Validator = { readonly publicKey: Uint8Array; readonly power: bigint };
/** In the order of the set: indexes of votes and of commit bitmaps refer to it. Sorted by address, no duplicates. */
export type ValidatorSet = readonly Validator[];

export const ValidatorSetType: Ssz<ValidatorSet> = list(
  container<Validator>({ publicKey: bytes(32), power: uint64 }),
  MAX_VALIDATORS,
);

export type Header = {
  /** The numeric chain id. */
  readonly chainId: bigint;
  readonly height: bigint;
  /** Unix milliseconds, strictly increasing. */
  readonly time: bigint;
  /** The hash of the header before; for height 1, the genesis hash. */
  readonly parent: Root;
  readonly proposer: Address;
  /** Of the list of the encoded transactions: {@link transactionsRoot}. */
  readonly transactionsRoot: Root;
  readonly lastCommitRoot: Root;
  readonly evidenceRoot: Root;
  readonly validatorsHash: Root;
  readonly nextValidatorsHash: Root;
  readonly parametersHash: Root;
  /** After the block before this one. */
  readonly stateRoot: Root;
  /** Of the results of the block before this one. */
  readonly resultsRoot: Root;
};

export const HeaderType: Ssz<Header> = container<Header>({
  chainId: uint64,
  height: uint64,
  time: uint64,
  parent: root32,
  proposer: address20,
  transactionsRoot: root32,
  lastCommitRoot: root32,
  evidenceRoot: root32,
  validatorsHash: root32,
  nextValidatorsHash: root32,
  parametersHash: root32,
  stateRoot: root32,
  resultsRoot: root32,
});

/** The precommits of more than two thirds of the power for one block: bitmap and signatures in validator order. */
export type Commit = {
  readonly height: bigint;
  readonly round: number;
  readonly blockHash: Root;
  /** One bit a validator of the height's set. */
  readonly signers: readonly boolean[];
  /** One signature a set bit, in order. */
  readonly signatures: readonly Uint8Array[];
};

export const CommitType: Ssz<Commit> = container<Commit>({
  height: uint64,
  round: uint32,
  blockHash: root32,
  signers: bitlist(MAX_VALIDATORS),
  signatures: list(bytes(64), MAX_VALIDATORS),
});

/** What stands as the last commit in block 1. */
export const EMPTY_COMMIT: Commit = {
  height: 0n,
  round: 0,
  blockHash: new Uint8Array(32) as Root,
  signers: [],
  signatures: [],
};

export type Block = {
  readonly header: Header;
  /** Each the encoding of one signed transaction. */
  readonly transactions: readonly Uint8Array[];
  readonly lastCommit: Commit;
  readonly evidence: readonly Uint8Array[];
};

const TransactionListType = list(byteList(MAX_TRANSACTION_BYTES), MAX_BLOCK_TRANSACTIONS);
const EvidenceListType = list(byteList(64 << 10), 64);

export const BlockType: Ssz<Block> = container<Block>({
  header: HeaderType,
  transactions: TransactionListType,
  lastCommit: CommitType,
  evidence: EvidenceListType,
});

/** A block's id: its header's root under its own domain. */
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

const rootsOfLists = new WeakMap<readonly Uint8Array[], Root>();

/** Of a list that nobody changes any more: a block's is asked for several times on its way, and computed once. */
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
