/**
 * Stores the chain on disk: blocks, commits, state, tree, results and indexes. Each height is written in one synced batch,
 * so that a crash leaves a height whole or absent.
 */
import { type Height, heightAfter, nextHeight, type Root, toHeight } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type Commit,
  CommitType,
  type EncodedBlock,
  type Header,
  HeaderType,
  headerBytes,
  headerHash,
  type ValidatorSet,
  ValidatorSetType,
} from '../../src/lib/chain.ts';
import type { Ssz } from '../../src/lib/ssz.ts';
import { numberEvents } from '../events/block-events.ts';
import { type Genesis, genesisHash, genesisState } from '../genesis.ts';
import { type Child, decodeNode, nodeHash, PLACEHOLDER } from '../jmt/node.ts';
import type { ExecutedBlock } from '../machine.ts';
import { type BlockResult, decodeRow, type TransactionRow } from '../results.ts';
import { genesisTip, nextTip, type Tip } from '../tip.ts';
import type { VerifiedTransaction } from '../tx/transaction.ts';
import { type ReadView, withWrites } from '../view.ts';
import { openState, readRoot } from './committed-state.ts';
import { type Database, openDatabase, type Put } from './database.ts';
import { throwFault } from './errors.ts';
import { indexPuts } from './event-index.ts';
import { type History, openHistory } from './history.ts';
import {
  commitKey,
  FORMAT_KEY,
  GENESIS_KEY,
  headerKey,
  nodeKey,
  STATE_FORMAT,
  StateFormatType,
  TIP_KEY,
  type TipRecord,
  TipRecordType,
  transactionKey,
  validatorsKey,
} from './layout.ts';
import { reviewPuts } from './review-queue.ts';
import { blockPuts, readBlock, readResults, transactionPuts } from './transactions.ts';
import { verifyState } from './verify.ts';

/** One decided and executed height. */
export type Decided = EncodedBlock & {
  /** The precommits that decided it. */
  readonly commit: Commit;
  /** Its transactions, in order. */
  readonly transactions: readonly VerifiedTransaction[];
  readonly executed: ExecutedBlock;
};

export type Head = { readonly height: Height; readonly stateRoot: Root };

export type Store = {
  readonly tip: () => Tip;
  /** Returns the last height and the state root after it. Both are read from the database, the root from its tree. */
  readonly head: () => Head;
  /**
   * The state after the last height. @throws CodedError `STATE_CORRUPT` or `STATE_TREE_CORRUPT` if what is on disk is
   * not what was committed: a node stops there.
   */
  readonly view: ReadView;
  /** The same state, for reads that do not change what is cached. */
  readonly uncachedView: ReadView;
  /**
   * Writes the next height. A height that is there already, with the same block, is left as it is: replay after a crash
   * may come again. @throws CodedError `STORE_CONFLICT` for another block, `STORE_GAP` for a height past the next,
   * `STATE_DIVERGED` for a block on another state than this, `STORE_WRITE`.
   */
  readonly commit: (decided: Decided) => Promise<void>;
  readonly header: (height: Height) => Header | undefined;
  readonly block: (height: Height) => Block | undefined;
  /** Returns the encoding of a block, as peers send it. */
  readonly blockBytes: (height: Height) => Uint8Array | undefined;
  readonly commitOf: (height: Height) => Commit | undefined;
  /** Returns the set whose votes decide `height`, which is known up to two heights past the last. */
  readonly validators: (height: Height) => ValidatorSet | undefined;
  /** Returns the results of all transactions of a height; none for a height that is not stored. */
  readonly results: (height: Height) => readonly BlockResult[];
  readonly transaction: (id: Root) => TransactionRow | undefined;
  readonly history: History;
  readonly close: () => Promise<void>;
};

const corrupt = (what: string): never => throwFault('STORE_CORRUPT', `${what} in the database is damaged`);

const decoded = <T>(type: Ssz<T>, bytes: Uint8Array, what: string): T => {
  const value = type.decode(bytes);
  return value.ok ? value.value : corrupt(what);
};

const recordOf = (tip: Tip): TipRecord => ({
  chainId: tip.chainId,
  height: tip.height,
  time: tip.time,
  hash: tip.hash,
  resultsRoot: tip.resultsRoot,
  validators: tip.validators,
  nextValidators: tip.nextValidators,
  params: tip.params,
});

const tipPuts = (tip: Tip): readonly Put[] => [
  { key: TIP_KEY, value: TipRecordType.encode(recordOf(tip)) },
  { key: validatorsKey(nextHeight(tip.height)), value: ValidatorSetType.encode(tip.validators) },
  { key: validatorsKey(heightAfter(tip.height, 2n)), value: ValidatorSetType.encode(tip.nextValidators) },
];

const writeGenesis = async (database: Database, genesis: Genesis): Promise<void> => {
  const state = openState(database, toHeight(0n), undefined);
  const prepared = state.prepare(toHeight(0n), genesisState(genesis));
  await database.write([
    { key: FORMAT_KEY, value: StateFormatType.encode(STATE_FORMAT) },
    { key: GENESIS_KEY, value: genesisHash(genesis) },
    ...tipPuts(genesisTip(genesis, prepared.stateRoot)),
    ...prepared.puts,
  ]);
};

/** Checks the format number of a database. A database without one is older than the numbers. */
const checkFormat = (database: Database): void => {
  const bytes = database.get(FORMAT_KEY);
  const found = bytes === undefined ? undefined : decoded(StateFormatType, bytes, 'the number of its format');
  if (found === STATE_FORMAT) return;
  throwFault(
    'HOME_FORMAT',
    `the home was made by another version of openledger (format ${found ?? 'without a number'}, this one has ${STATE_FORMAT}): make a new home`,
    { found: found === undefined ? 'none' : String(found), format: STATE_FORMAT },
  );
};

const checkHome = (database: Database, genesis: Genesis): void => {
  const stored = database.get(GENESIS_KEY);
  if (stored === undefined) return;
  checkFormat(database);
  const hash = genesisHash(genesis);
  if (equal(stored, hash)) return;
  throwFault(
    'HOME_OTHER_CHAIN',
    `the home holds the chain of genesis ${toHex(stored)}, not of ${toHex(hash)}: put the genesis file of that chain back, or use another home. To begin a new chain with the keys of this home, delete data/chain/ and data/wal/ in it, and nothing else`,
    { stored: toHex(stored), genesis: toHex(hash) },
  );
};

/** As the database has it now, past every cache: from the root's record to its node, whose children are hashed. */
const rootOf = (database: Database, height: Height): Root => {
  const root = readRoot(database, height);
  if (root?.type !== 'branch') return root?.hash ?? PLACEHOLDER;
  const stored = database.get(nodeKey({ version: root.version, path: '' }));
  const node = stored === undefined ? undefined : decodeNode(stored);
  return node?.ok === true ? nodeHash(node.value) : corrupt(`the root of the state tree at height ${height}`);
};

/**
 * Checks that a decided block builds on the state of this node. If it does not, everything that the node would write from
 * here on is wrong.
 */
const checkAgreement = (tip: Tip, header: Header): void => {
  if (!equal(header.parent, tip.hash))
    throwFault(
      'STORE_CONFLICT',
      `block ${header.height} does not follow on the block at height ${tip.height}`,
      {
        height: header.height.toString(),
      },
    );
  if (equal(header.stateRoot, tip.stateRoot) && equal(header.resultsRoot, tip.resultsRoot)) return;
  throwFault(
    'STATE_DIVERGED',
    `the state after height ${tip.height} is not the one the chain agreed on: the root here is ${toHex(tip.stateRoot)}, block ${header.height} has ${toHex(header.stateRoot)}`,
    { height: tip.height.toString(), stateRoot: toHex(tip.stateRoot), agreed: toHex(header.stateRoot) },
  );
};

/** A database that is open, before its state is checked. */
export type UncheckedStore = {
  /** The last height and its state root, as the database has them. */
  readonly head: Head;
  /**
   * Checks the whole state against its root, which takes minutes if it is large. Faults thrown: `STORE_CORRUPT`,
   * `STATE_CORRUPT`, `STATE_TREE_CORRUPT`; those about the state name the height.
   */
  readonly check: () => Promise<Store>;
  readonly close: () => Promise<void>;
};

/**
 * Opens the database of a chain, or begins it with genesis. Faults thrown: `HOME_IN_USE`, `HOME_FORMAT`, `HOME_OTHER_CHAIN`,
 * `STORE_OPEN`, `STORE_CORRUPT`.
 */
export const openUnchecked = async (directory: string, genesis: Genesis): Promise<UncheckedStore> => {
  const database = await openDatabase(directory);
  try {
    checkHome(database, genesis);
    if (database.get(GENESIS_KEY) === undefined) await writeGenesis(database, genesis);
    const opened = tipOf(database);
    const root = readRoot(database, opened.height);
    const head = { height: opened.height, stateRoot: root?.hash ?? PLACEHOLDER };
    return { head, check: () => checkChain(database, opened, root), close: database.close };
  } catch (error) {
    await database.close();
    throw error;
  }
};

/** Opens the database of a chain and checks it. Faults thrown: those of {@link openUnchecked} and of its check. */
export const openStore = async (directory: string, genesis: Genesis): Promise<Store> => {
  const unchecked = await openUnchecked(directory, genesis);
  try {
    return await unchecked.check();
  } catch (error) {
    await unchecked.close();
    throw error;
  }
};

const tipOf = (database: Database): TipRecord => {
  const bytes = database.get(TIP_KEY);
  return bytes === undefined ? corrupt('the tip') : decoded(TipRecordType, bytes, 'the tip');
};

const checkChain = async (database: Database, opened: TipRecord, root: Child | undefined): Promise<Store> => {
  const state = openState(database, opened.height, root);
  await verifyState(database, opened.height, root, state.nodes);
  let tip: Tip = { ...opened, stateRoot: rootOf(database, opened.height) };

  const read = <T>(key: string, decode: (bytes: Uint8Array) => T): T | undefined => {
    const bytes = database.get(key);
    return bytes === undefined ? undefined : decode(bytes);
  };
  const typed =
    <T>(type: Ssz<T>, keyOf: (height: Height) => string) =>
    (height: Height): T | undefined =>
      read(keyOf(height), (bytes) => decoded(type, bytes, keyOf(height)));
  const header = typed(HeaderType, headerKey);

  const checkNext = ({ block }: Decided): 'next' | 'known' => {
    const { height } = block.header;
    if (height === tip.height + 1n) return 'next';
    if (height > tip.height)
      return throwFault('STORE_GAP', `height ${height} does not follow on ${tip.height}`);
    const stored = header(height);
    if (stored !== undefined && equal(headerHash(stored), headerHash(block.header))) return 'known';
    return throwFault('STORE_CONFLICT', `height ${height} is committed with another block`, {
      height: height.toString(),
    });
  };

  const commit = async (decided: Decided): Promise<void> => {
    if (checkNext(decided) === 'known') return;
    const { block, executed } = decided;
    const { height } = block.header;
    checkAgreement(tip, block.header);
    const prepared = state.prepare(height, executed.writes);
    const next = nextTip(tip, block.header, executed, prepared.stateRoot);
    const events = numberEvents(executed.events);
    await database.write([
      { key: headerKey(height), value: headerBytes(decided) },
      { key: commitKey(height), value: CommitType.encode(decided.commit) },
      ...blockPuts(height, decided.bytes),
      ...transactionPuts(height, decided.transactions, executed),
      ...indexPuts(height, decided.transactions, events, executed.writes),
      ...reviewPuts(withWrites(state.view, executed.writes), events),
      ...tipPuts(next),
      ...prepared.puts,
    ]);
    prepared.applied();
    tip = next;
  };

  return {
    tip: () => tip,
    head: () => {
      const { height } = tipOf(database);
      return { height, stateRoot: rootOf(database, height) };
    },
    view: state.view,
    uncachedView: state.uncachedView,
    commit,
    header,
    block: (height) => {
      const bytes = readBlock(database, height);
      return bytes === undefined ? undefined : decoded(BlockType, bytes, `the block of height ${height}`);
    },
    blockBytes: (height) => readBlock(database, height),
    commitOf: typed(CommitType, commitKey),
    validators: typed(ValidatorSetType, validatorsKey),
    results: (height) => readResults(database, height),
    transaction: (id) => read(transactionKey(id), decodeRow),
    history: openHistory(database, () => tip.height),
    close: database.close,
  };
};
