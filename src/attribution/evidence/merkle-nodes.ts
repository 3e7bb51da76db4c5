/** The nodes of a Merkle tree of fixed depth, as far as they are known, and the branches that follow from them. */
import type { Root } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import { sha256Blocks, sha256Pair } from '../../lib/hash.ts';

const NODE = 32;

/** Returns node `index` of a level, where level 0 has the leaves; undefined if it is not known. */
export type MerkleNodes = (level: number, index: number) => Uint8Array | undefined;

const zeroHashes: Root[] = [new Uint8Array(NODE) as Root];

/** Returns the root of an empty tree of that depth. */
const zeroHash = (depth: number): Root => {
  for (let level = zeroHashes.length; level <= depth; level++) {
    const below = zeroHashes[level - 1] ?? new Uint8Array(NODE);
    zeroHashes.push(sha256Pair(below, below));
  }
  return zeroHashes[depth] ?? (new Uint8Array(NODE) as Root);
};

/** Returns the nodes of a tree whose leaves are all known. */
export const nodesOf = (leaves: readonly Uint8Array[], depth: number): MerkleNodes => {
  invariant(leaves.length <= 2 ** depth, 'the leaves are no more than the tree is wide');
  // Each row is padded to whole pairs, so that a node which is not stored is the root of an empty tree.
  const padded = (nodes: Uint8Array, level: number): Uint8Array => {
    if (nodes.length % (2 * NODE) === 0) return nodes;
    const row = new Uint8Array(nodes.length + NODE);
    row.set(nodes);
    row.set(zeroHash(level), nodes.length);
    return row;
  };
  const first = new Uint8Array(leaves.length * NODE);
  for (const [i, leaf] of leaves.entries()) first.set(leaf, i * NODE);
  const rows = [padded(first, 0)];
  for (let level = 1; level <= depth && leaves.length > 0; level++)
    rows.push(padded(sha256Blocks(rows[level - 1] ?? first), level));
  return (level, index) => {
    const at = index * NODE;
    const known = rows[level];
    return known !== undefined && at < known.length ? known.slice(at, at + NODE) : zeroHash(level);
  };
};

/** Returns the nodes of a tree of which a range of leaves is known, with the (correct) branch of that range. */
export const nodesOfRange = (
  leaves: readonly Uint8Array[],
  first: number,
  depth: number,
  branch: readonly Root[],
): MerkleNodes => {
  const known = new Map<string, Uint8Array>();
  const name = (level: number, index: number): string => `${level}/${index}`;
  const put = (level: number, index: number, node: Uint8Array | undefined): void => {
    if (node !== undefined) known.set(name(level, index), node);
  };
  if (leaves.length === 0) put(depth, 0, branch[0]);
  for (const [i, leaf] of leaves.entries()) put(0, first + i, leaf);
  let from = first;
  let past = first + leaves.length;
  let used = 0;
  for (let level = 0; level < depth && leaves.length > 0; level++) {
    if (from % 2 === 1) put(level, --from, branch[used++]);
    if (past % 2 === 1) put(level, past++, branch[used++]);
    for (let i = from; i < past; i += 2) {
      const left = known.get(name(level, i));
      const right = known.get(name(level, i + 1));
      if (left !== undefined && right !== undefined) put(level + 1, i / 2, sha256Pair(left, right));
    }
    from /= 2;
    past /= 2;
  }
  return (level, index) => known.get(name(level, index));
};

/** Returns the branch of leaves [first, first + count), in the form of `foldRange`. Throws if a node is not known. */
export const branchOf = (
  nodes: MerkleNodes,
  depth: number,
  first: number,
  count: number,
): readonly Root[] => {
  const branch: Root[] = [];
  const take = (level: number, index: number): void => {
    const node = nodes(level, index);
    invariant(node !== undefined, 'what is proven of a tree lies in what is known of it');
    branch.push(node as Root);
  };
  if (count === 0) {
    take(depth, 0);
    return branch;
  }
  let from = first;
  let past = first + count;
  for (let level = 0; level < depth; level++) {
    if (from % 2 === 1) take(level, --from);
    if (past % 2 === 1) take(level, past++);
    from /= 2;
    past /= 2;
  }
  return branch;
};
