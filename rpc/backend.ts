/**
 * The interface between the RPC and a node. node/ implements it, and tests implement it over a store of their own. What
 * the chain has agreed on is read through {@link NodeBackend.read} with the pure queries of state/queries. The other
 * members give what only this node knows: its mempool, its peers and the content that it stores.
 */
import type { ContentObject } from '../src/content/objects.ts';
import type { Address, Height, Root, Round } from '../src/lib/brands.ts';
import type { Block, ChainIdentity, Commit, Header, ValidatorSet } from '../src/lib/chain.ts';
import type { Json } from '../src/lib/ssz.ts';
import type { BlockEvent } from '../state/events/block-events.ts';
import type { CommittedState } from '../state/queries/query.ts';
import type { TransactionResult, TransactionRow } from '../state/results.ts';
import type { History } from '../state/store/history.ts';
import type { Head } from '../state/store/store.ts';
import type { Call } from './call.ts';
import type { Fault, Result } from './codes.ts';
import type { Pace } from './pace.ts';
import type { Problem, Waiting } from './schemas/waiting.ts';

/** The facts that do not change while a node runs. */
export type ChainInfo = {
  readonly identity: ChainIdentity;
  /** The canonical genesis, as its file has it. */
  readonly genesis: Json;
  /** The accounts of all attestors, ascending: those of genesis, at most 256. */
  readonly attestors: readonly Address[];
  /** The software's version. */
  readonly version: string;
};

export type NodeStatus = {
  /** The height of the last committed block; 0 before block 1. */
  readonly height: Height;
  /** The round of consensus at `height` + 1. */
  readonly round: Round;
  readonly peers: number;
  /** Whether the node fetches decided blocks because it lags behind. */
  readonly syncing: boolean;
  /** Why the node does not go on; undefined if it does. */
  readonly waiting: Waiting | undefined;
};

export type PeerInfo = {
  readonly id: string;
  /** A multiaddr. */
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** The last height that the peer has announced; undefined before the first. */
  readonly height: Height | undefined;
};

export type MempoolStatus = {
  readonly transactions: number;
  readonly bytes: number;
  readonly maxTransactions: number;
  readonly maxBytes: number;
};

/** A transaction of a simulation, and its result. */
export type SimulatedTransaction = { readonly id: Root; readonly result: TransactionResult };

export type StoredBlock = { readonly block: Block; readonly hash: Root };

/** The status of a transaction, as this node knows it. */
export type TxState =
  | { readonly status: 'unknown' }
  | { readonly status: 'pending' }
  /** The transaction is in a block. The history has its events and its bytes. */
  | { readonly status: 'included'; readonly row: TransactionRow }
  | { readonly status: 'rejected' | 'evicted' | 'expired'; readonly fault: Fault };

/** The outcome of submitting a transaction that decodes and is signed by its sender. */
export type Submission = {
  readonly id: Root;
  /** Whether this node had exactly this transaction before, in its mempool or in a block. */
  readonly known: boolean;
  /** Whether the mempool has admitted it: the nonce, the fee and the room are checked. */
  readonly admitted: Result<undefined>;
};

/** The outcome of executing transactions without a block. */
export type Simulation = {
  /** The height of the block that would have held them: the next one. */
  readonly height: Height;
  /** The result of each transaction, in order. */
  readonly transactions: readonly SimulatedTransaction[];
  readonly events: readonly BlockEvent[];
};

/** The turn of one caller. */
export type Turn = {
  /** Is called between pieces of the work. */
  readonly pace: Pace;
  /** Whether the work has used up the time of a turn. */
  readonly isOver: () => boolean;
};

export type InTurn = <T>(call: Call, run: (turn: Turn) => Promise<Result<T>>) => Promise<Result<T>>;

/** What a node answers before it has checked its database: only about itself. */
export type StartingNode = Pick<NodeBackend, 'chain' | 'status' | 'head' | 'problems'> & {
  readonly isReady: false;
};

export type NodeBackend = {
  readonly chain: ChainInfo;
  /** False while the node checks its database: then only {@link StartingNode} is there. */
  readonly isReady: boolean;

  readonly status: () => NodeStatus;
  /**
   * Returns the last committed height and the root of the state after it, read from the tree in the database of this node:
   * work that `status` does not take.
   */
  readonly head: () => Head;
  /** Returns what is wrong with the node, the most important first. A node is healthy if nothing is. */
  readonly problems: () => readonly Problem[];
  readonly peers: () => readonly PeerInfo[];
  readonly mempool: () => MempoolStatus;

  /** Runs a pure query over the state of the last committed height. */
  readonly read: <T>(query: (state: CommittedState) => T) => T;

  /** Returns a block; undefined for a height that this node does not have. */
  readonly block: (height: Height) => Promise<StoredBlock | undefined>;
  /** Returns the header of a block, without reading the rest of it. */
  readonly header: (height: Height) => Promise<Header | undefined>;
  /** Returns the precommits that decided a height. */
  readonly commit: (height: Height) => Promise<Commit | undefined>;
  /** Returns the set that decides a height, from 1 to the last committed height + 1. */
  readonly validators: (height: Height) => Promise<ValidatorSet | undefined>;
  /** Searches in past heights. */
  readonly history: History;

  /**
   * Submits the encoding of a signed transaction of a caller, which is known by its address, and gossips it when it is
   * admitted. Resolves when everything has been checked, what is dear off the main loop. Faults: the reason why no block
   * could contain it, or why the mempool refuses it before it is known who has signed it.
   */
  readonly submit: (encoded: Uint8Array, caller: string) => Promise<Result<Submission>>;
  /**
   * Runs dear work that anyone may ask for, such as decoding a long payload or a simulation, when its turn comes. One runs
   * at a time, callers take turns, and all together take a quarter of the thread at most. Fault `SIMULATION_BUSY`.
   */
  readonly inTurn: InTurn;
  /**
   * Executes the encodings of transactions in order on the last committed state, and keeps nothing of it. Signatures are
   * not checked. To be called in a turn. Faults: why no block could contain one of them, `SIMULATION_TOO_LARGE`,
   * `SIMULATION_BUSY`.
   */
  readonly simulate: (transactions: readonly Uint8Array[], turn: Turn) => Promise<Result<Simulation>>;
  readonly txState: (id: Root) => Promise<TxState>;
  /** Resolves when the transaction is neither unknown nor pending, or with its status after `timeoutMs`. */
  readonly txSettled: (id: Root, timeoutMs: number) => Promise<TxState>;
  /** Returns the nonce after the transactions of this sender in the state and the mempool. */
  readonly nextNonce: (sender: Address) => bigint;

  /**
   * Stores objects, all or none, and offers those that a block names to the nodes that host their Datanet. Resolves with
   * their roots, in order. Faults: the reason why an object is invalid, or that there is no room.
   *
   * @param pace - gives way to others while the objects are hashed
   */
  readonly putContent: (
    objects: readonly ContentObject[],
    pace: () => Promise<void> | undefined,
  ) => Promise<Result<readonly Root[]>>;
  /**
   * Gets content that a block names from the peers if it is not here. Resolves when it is here, or when they do not have it
   * in time.
   */
  readonly seekContent: (root: Root) => Promise<void>;
  /** Whether a block names the content: the reveal of a contribution, a Datanet or a receipt, as far as this node knows. */
  readonly isContentNamed: (root: Root) => Promise<boolean>;
  /** The number of long lists of items that a block names, and whose items are not all known as named yet: they follow soon. */
  readonly listsToShow: () => number;
  /** Returns content that is here and that a block names; undefined otherwise. */
  readonly getContent: (root: Root) => Promise<ContentObject | undefined>;
};
