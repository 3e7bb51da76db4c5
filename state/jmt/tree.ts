/**
 * The Jellyfish Merkle Tree itself: finding and changing keys. Pure over a reader of stored nodes: what an update makes
 * and what it supersedes comes back as values.
 */
import type { Root } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { CodedError, invariant } from '../../src/lib/errors.ts';
import { fault } from './errors.ts';
import {
  type Branch,
  CHILDREN,
  type Child,
  childAt,
  EMPTY_NODE,
  type Leaf,
  leafOf,
  type Node,
  nodeHash,
  onlyLeaf,
  withChildren,
} from './node.ts';

/** The nibbles from the root to a node, in hex. */
export type Path = string;
export type NodeKey = { readonly version: bigint; readonly path: Path };

/** A stored node, or undefined if there is none under this key. */
export type NodeReader = (key: NodeKey) => Node | undefined;

/** The new hash of a value, or undefined for a key that goes. */
export type Change = { readonly keyHash: Root; readonly valueHash: Root | undefined };

export type Update = {
  readonly root: Child | undefined;
  /** To be stored under the version of the update. */
  readonly nodes: readonly { readonly path: Path; readonly node: Node }[];
  /** What the tree of this version no longer uses: the index by which old versions are pruned. */
  readonly stale: readonly NodeKey[];
};

const nibbleAt = (keyHash: Root, depth: number): number => {
  const byte = keyHash[depth >> 1] ?? 0;
  return depth % 2 === 0 ? byte >> 4 : byte & 15;
};

const load = (read: NodeReader, branch: Branch, path: Path): Node => {
  const node = read({ version: branch.version, path });
  if (node === undefined || !equal(nodeHash(node), branch.hash))
    throw new CodedError(
      fault(
        'STATE_TREE_CORRUPT',
        `the state tree's node "${path}" of height ${branch.version} is ${node === undefined ? 'missing' : 'altered'}`,
        { path, version: branch.version.toString() },
      ),
    );
  return node;
};

/** The leaf of a key. Every node on the way is checked against the hash its parent has of it. */
export const find = (root: Child | undefined, keyHash: Root, read: NodeReader): Leaf | undefined => {
  let child = root;
  let path = '';
  while (child?.type === 'branch') {
    const nibble = nibbleAt(keyHash, path.length);
    child = childAt(load(read, child, path), nibble);
    path += nibble.toString(16);
  }
  return child !== undefined && equal(child.keyHash, keyHash) ? child : undefined;
};

/** Every leaf, in the order of key hashes. */
export function* leavesOf(root: Child | undefined, read: NodeReader, path: Path = ''): Generator<Leaf> {
  if (root?.type === 'leaf') yield root;
  if (root?.type !== 'branch') return;
  const node = load(read, root, path);
  for (let nibble = 0; nibble < CHILDREN; nibble++)
    yield* leavesOf(childAt(node, nibble), read, path + nibble.toString(16));
}

/**
 * Makes the tree of `version` from that of an earlier one. `changes` are of different keys, in any order. Keys that
 * keep their value and keys that go and were not there change nothing.
 */
export const update = (
  root: Child | undefined,
  changes: readonly Change[],
  version: bigint,
  read: NodeReader,
): Update => {
  const nodes: { path: Path; node: Node }[] = [];
  const stale: NodeKey[] = [];

  const store = (path: Path, node: Node): Branch => {
    nodes.push({ path, node });
    return { type: 'branch', version, hash: nodeHash(node) };
  };

  /** The subtree of two or more new leaves, or of fewer. */
  const build = (leaves: readonly Leaf[], path: Path): Child | undefined => {
    if (leaves.length <= 1) return leaves[0];
    const children = partition(leaves, path.length).map(({ nibble, part }) => ({
      nibble,
      child: build(part, path + nibble.toString(16)),
    }));
    return store(path, withChildren(EMPTY_NODE, children));
  };

  const changeLeaf = (
    before: Leaf | undefined,
    changed: readonly Change[],
    path: Path,
  ): Child | undefined => {
    const leaves: Leaf[] = [];
    let kept = before;
    for (const { keyHash, valueHash } of changed) {
      const same = before !== undefined && equal(before.keyHash, keyHash);
      if (same && valueHash !== undefined && equal(before.valueHash, valueHash)) continue;
      if (same) kept = undefined;
      if (valueHash !== undefined) leaves.push(leafOf(keyHash, valueHash, version));
    }
    if (kept !== undefined) leaves.push(kept);
    return build(leaves, path);
  };

  const changeBranch = (before: Branch, changed: readonly Change[], path: Path): Child | undefined => {
    const node = load(read, before, path);
    const children: { nibble: number; child: Child | undefined }[] = [];
    for (const { nibble, part } of partition(changed, path.length)) {
      const child = childAt(node, nibble);
      const after = change(child, part, path + nibble.toString(16));
      if (after !== child) children.push({ nibble, child: after });
    }
    if (children.length === 0) return before;
    stale.push({ version: before.version, path });
    const after = withChildren(node, children);
    if (after.slots[1] === undefined) return undefined;
    return onlyLeaf(after) ?? store(path, after);
  };

  const change = (child: Child | undefined, changed: readonly Change[], path: Path): Child | undefined =>
    child?.type === 'branch' ? changeBranch(child, changed, path) : changeLeaf(child, changed, path);

  const after = changes.length === 0 ? root : change(root, changes, '');
  return { root: after, nodes, stale };
};

type Part<T> = { readonly nibble: number; readonly part: readonly T[] };

/** By the nibble at `depth`, ascending. */
const partition = <T extends { readonly keyHash: Root }>(
  items: readonly T[],
  depth: number,
): readonly Part<T>[] => {
  invariant(depth < 64, 'two keys with one hash');
  const parts: (T[] | undefined)[] = [];
  for (const item of items) {
    const nibble = nibbleAt(item.keyHash, depth);
    const part = parts[nibble];
    if (part === undefined) parts[nibble] = [item];
    else part.push(item);
  }
  const out: Part<T>[] = [];
  for (let nibble = 0; nibble < CHILDREN; nibble++) {
    const part = parts[nibble];
    if (part !== undefined) out.push({ nibble, part });
  }
  return out;
};
