/**
 * What the RPC needs of a node: node/ implements it, tests implement it over a store of their own. Everything the chain
 * has agreed on is read through {@link NodeBackend.read}, with the pure queries of state/queries; the rest is what only
 * this node knows (its mempool, its peers, the content it keeps).
 */
import type { ContentObject } from '../src/content/objects.ts';
import type { Address, Root } from '../src/lib/brands.ts';
import type { Block, ChainIdentity, Commit, ValidatorSet } from '../src/lib/chain.ts';
import type { Json } from '../src/lib/ssz.ts';
import type { BlockEvent } from '../state/events/block-events.ts';
import type { CommittedState } from '../state/queries/query.ts';
import type { TransactionResult, TransactionRow } from '../state/results.ts';
import type { History } from '../state/store/history.ts';
import type { Fault, Result } from './codes.ts';

/** What does not change while a node runs. */
export type ChainInfo = {
  readonly identity: ChainIdentity;
  /** The canonical genesis, as its file has it. */
  readonly genesis: Json;
  /** The software's version. */
  readonly version: string;
};

export type NodeStatus = {
  /** Of the last committed block; 0 before block 1. */
  readonly height: bigint;
  /** Of the state after `height`, read from the tree in this node's own database. */
  readonly stateRoot: Root;
  /** Of consensus, at `height` + 1. */
  readonly round: number;
  readonly peers: number;
  /** Whether blocks are being fetched rather than agreed on. */
  readonly syncing: boolean;
};

/** `ready`: it has started, has caught up, and its chain has moved lately. If not, `reason` says which in one line. */
export type Health = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export type PeerInfo = {
  readonly id: string;
  /** A multiaddr. */
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** The last height it has told; undefined before it has told one. */
  readonly height: bigint | undefined;
};

export type MempoolStatus = {
  readonly transactions: number;
  readonly bytes: number;
  readonly maxTransactions: number;
  readonly maxBytes: number;
};

/** What executing a block gave. */
export type BlockResults = {
  /** The ids of its transactions. */
  readonly ids: readonly Root[];
  /** One for each transaction. */
  readonly results: readonly TransactionResult[];
  readonly events: readonly BlockEvent[];
};

export type StoredBlock = { readonly block: Block; readonly hash: Root };

/** Where a transaction stands, as this node knows it. */
export type TxState =
  | { readonly status: 'unknown' }
  | { readonly status: 'pending' }
  /** In a block: executed, or skipped in it. */
  | { readonly status: 'included'; readonly row: TransactionRow; readonly events: readonly BlockEvent[] }
  | { readonly status: 'rejected' | 'evicted' | 'expired'; readonly fault: Fault };

/** Of a transaction that decodes and is signed by its sender. */
export type Submission = {
  readonly id: Root;
  /** What the mempool says: nonce, fee and room. */
  readonly admitted: Result<undefined>;
};

export type NodeBackend = {
  readonly chain: ChainInfo;

  readonly status: () => NodeStatus;
  readonly health: () => Health;
  readonly peers: () => readonly PeerInfo[];
  readonly mempool: () => MempoolStatus;

  /** Runs a pure query over the state of the last committed height. */
  readonly read: <T>(query: (state: CommittedState) => T) => T;

  /** Undefined for a height that this node does not have. */
  readonly block: (height: bigint) => Promise<StoredBlock | undefined>;
  /** The precommits that decided a height. */
  readonly commit: (height: bigint) => Promise<Commit | undefined>;
  /** The set that decides a height: from 1 to the last committed + 1. */
  readonly validators: (height: bigint) => Promise<ValidatorSet | undefined>;
  /** What executing a block gave. Undefined for a height that this node does not have, or that has no block. */
  readonly blockResults: (height: bigint) => Promise<BlockResults | undefined>;
  /** Searches in past heights. */
  readonly history: History;

  /**
   * Takes in the encoding of a signed transaction, and gossips it when it is admitted. Resolves when everything that
   * needs no state has been checked, off the main loop. Faults: why no block could hold it.
   */
  readonly submit: (encoded: Uint8Array) => Promise<Result<Submission>>;
  readonly txState: (id: Root) => Promise<TxState>;
  /** Resolves when the transaction is neither unknown nor pending, or with what it is after `timeoutMs`. */
  readonly txSettled: (id: Root, timeoutMs: number) => Promise<TxState>;
  /** The nonce after all that the state and the mempool hold of this sender. */
  readonly nextNonce: (sender: Address) => bigint;

  /**
   * Keeps objects, all or none, and offers them to the nodes that host their Datanet; their roots, in order. Faults: why
   * one of them is no content, or there is no room.
   */
  readonly putContent: (objects: readonly ContentObject[]) => Promise<Result<readonly Root[]>>;
  /** Of this node, or fetched from its peers; undefined if nobody has it. */
  readonly getContent: (root: Root) => Promise<ContentObject | undefined>;
};
