/**
 * The committed state: flat values for reading, the tree for their commitment. A value read from disk is believed only
 * if the tree has its hash, and a tree node only if its parent has; so an altered database is noticed where it is read,
 * and nothing is computed from it.
 */
import type { Height, Root } from '../../src/lib/brands.ts';
import { equal, fromByteString } from '../../src/lib/bytes.ts';
import { CodedError } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import {
  type Child,
  decodeNode,
  decodeRoot,
  encodeNode,
  encodeRoot,
  type Node,
  PLACEHOLDER,
} from '../jmt/node.ts';
import { type Change, find, type NodeKey, type NodeReader, update } from '../jmt/tree.ts';
import { type Key, keyText, type ReadView, type Writes } from '../view.ts';
import { type Cache, createCache } from './cache.ts';
import type { Database, Put } from './database.ts';
import { fault } from './errors.ts';
import { nodeKey, rootKey, StaleType, staleKey, staleLines, stateKey } from './layout.ts';

// By bytes, as a batch of receipts is a value of a hundred kilobytes; each generation of two.
const CACHED_VALUE_BYTES = 6 << 20;
/** What an entry takes beside its value: key, box and array. */
const VALUE_OVERHEAD = 300;
// About 40 MB when full.
const CACHED_NODES = 5_000;

export type PreparedState = {
  readonly stateRoot: Root;
  readonly puts: readonly Put[];
  /** To be called once the puts are on disk: from then on this is the state. */
  readonly applied: () => void;
};

export type CommittedState = {
  /** @throws CodedError `STATE_CORRUPT`, `STATE_TREE_CORRUPT` */
  readonly view: ReadView;
  /** The same state, for reads that do not change what is cached. @throws CodedError as {@link view} */
  readonly uncachedView: ReadView;
  readonly root: () => Child | undefined;
  readonly nodes: NodeReader;
  /** The writes of the next height, as changes to the database. */
  readonly prepare: (height: Height, writes: Writes) => PreparedState;
};

export const keyHash = (key: Key): Root => sha256(fromByteString(key));

/** What is wrong with a flat value, given what the tree has of its key; undefined if nothing is. */
export const checkValue = (
  key: Key,
  value: Uint8Array | undefined,
  leaf: { readonly valueHash: Root; readonly version: bigint } | undefined,
  height: Height,
): CodedError | undefined => {
  const expected = leaf?.valueHash;
  const got = value === undefined ? undefined : sha256(value);
  if (expected === undefined && got === undefined) return undefined;
  if (expected !== undefined && got !== undefined && equal(expected, got)) return undefined;
  const what = got === undefined ? 'missing' : 'altered';
  const written = leaf === undefined ? 'no height wrote it' : `height ${leaf.version} wrote another`;
  const name = keyText(key);
  const fields = { height: height.toString(), key: name };
  return new CodedError(
    fault(
      'STATE_CORRUPT',
      `the state at height ${height} is damaged: the value of ${name} is ${what} (${written})`,
      leaf === undefined ? fields : { ...fields, version: leaf.version.toString() },
    ),
  );
};

/** The root of the tree as stored for `height`. @throws CodedError `STORE_CORRUPT` */
export const readRoot = (database: Database, height: Height): Child | undefined => {
  const stored = database.get(rootKey(height));
  const root = stored === undefined ? undefined : decodeRoot(stored);
  if (root === undefined || !root.ok)
    throw new CodedError(
      fault('STORE_CORRUPT', `the root of the state tree at height ${height} is missing or damaged`, {
        height: height.toString(),
      }),
    );
  return root.value;
};

const nodeReader =
  (database: Database, cache: Pick<Cache<Node>, 'get' | 'set'>): NodeReader =>
  (key: NodeKey) => {
    const name = nodeKey(key);
    const known = cache.get(name);
    if (known !== undefined) return known.value;
    const stored = database.get(name);
    if (stored === undefined) return undefined;
    const node = decodeNode(stored);
    if (!node.ok) return undefined;
    cache.set(name, node.value);
    return node.value;
  };

/** A cache that is only looked into. */
const lookingInto = <V>({ peek }: Cache<V>): Pick<Cache<V>, 'get' | 'set'> => ({
  get: peek,
  set: () => undefined,
});

export const openState = (
  database: Database,
  openedAt: Height,
  openedRoot: Child | undefined,
): CommittedState => {
  const values = createCache<Uint8Array | undefined>(
    CACHED_VALUE_BYTES,
    (value) => VALUE_OVERHEAD + (value?.length ?? 0),
  );
  const nodeCache = createCache<Node>(CACHED_NODES, () => 1);
  const nodes = nodeReader(database, nodeCache);
  let height = openedAt;
  let root = openedRoot;
  /**
   * What the keys of a prepared height held before it. The disk shows its values some time before `applied` is called:
   * until then a reader gets these, as the tree has them.
   */
  let held: Writes = new Map();

  const readThrough =
    (cache: Pick<typeof values, 'get' | 'set'>, treeNodes: NodeReader): ReadView['get'] =>
    (key) => {
      if (held.has(key)) return held.get(key);
      const known = cache.get(key);
      if (known !== undefined) return known.value;
      const value = database.get(stateKey(key));
      const bad = checkValue(key, value, find(root, keyHash(key), treeNodes), height);
      if (bad !== undefined) throw bad;
      cache.set(key, value);
      return value;
    };
  const get = readThrough(values, nodes);
  const getUncached = readThrough(lookingInto(values), nodeReader(database, lookingInto(nodeCache)));

  const prepare = (next: Height, writes: Writes): PreparedState => {
    const changes: Change[] = [];
    const puts: Put[] = [];
    for (const [key, value] of writes) {
      changes.push({ keyHash: keyHash(key), valueHash: value === undefined ? undefined : sha256(value) });
      puts.push({ key: stateKey(key), value });
    }
    const updated = update(root, changes, next, nodes);
    for (const { path, node } of updated.nodes)
      puts.push({ key: nodeKey({ version: next, path }), value: encodeNode(node) });
    if (updated.stale.length > 0)
      puts.push({ key: staleKey(next), value: StaleType.encode(staleLines(updated.stale)) });
    puts.push({ key: rootKey(next), value: encodeRoot(updated.root) });
    held = new Map([...writes.keys()].map((key) => [key, get(key)]));
    return {
      stateRoot: updated.root?.hash ?? PLACEHOLDER,
      puts,
      applied: () => {
        for (const [key, value] of writes) values.set(key, value);
        for (const { path, node } of updated.nodes) nodeCache.set(nodeKey({ version: next, path }), node);
        root = updated.root;
        height = next;
        held = new Map();
      },
    };
  };

  return { view: { get }, uncachedView: { get: getUncached }, root: () => root, nodes, prepare };
};
