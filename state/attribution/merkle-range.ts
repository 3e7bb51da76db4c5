/**
 * Range proofs: one branch proves consecutive leaves of a Merkle tree of fixed depth. Level by level from the leaves
 * up, the branch holds the sibling to the left of the range if the range starts at an odd place, then the sibling to
 * the right if its last leaf is at an even place. If the range is empty, the branch is only the root of the tree. So the same
 * few lines prove one leaf, five or none, and the branch of a range has exactly one form.
 */
import type { Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import { sha256Blocks } from '../../src/lib/hash.ts';
import { fail, type Result } from './errors.ts';

const NODE = 32;

/** Returns the depth of the tree over a list of at most `limit` elements, a power of two. */
export const depthOf = (limit: number): number => 31 - Math.clz32(limit);

/**
 * Returns the root of the tree whose leaves from `first` on are these. The proof holds if that is the expected root.
 * Faults: `MERKLE_RANGE` (leaves past the width of the tree), `MERKLE_BRANCH` (too many or too few nodes).
 *
 * @param first - below 2^31, like every place in such a tree
 */
export const foldRange = (
  leaves: readonly Uint8Array[],
  first: number,
  depth: number,
  branch: readonly Root[],
): Result<Uint8Array> => {
  const bad = (): Result<never> =>
    fail('MERKLE_BRANCH', `a branch of ${branch.length} nodes does not fit these leaves`, {
      nodes: branch.length,
    });
  if (leaves.length === 0) {
    const [root] = branch;
    return branch.length === 1 && root !== undefined ? ok(root) : bad();
  }
  if (first + leaves.length > 1 << depth)
    return fail('MERKLE_RANGE', `leaves up to ${first + leaves.length} in a tree of depth ${depth}`, {
      first,
    });
  // The range and its siblings on both sides, one level at a time.
  let nodes = new Uint8Array((leaves.length + 2) * NODE);
  for (const [i, leaf] of leaves.entries()) nodes.set(leaf, (i + 1) * NODE);
  let start = first;
  let count = leaves.length;
  let used = 0;
  for (let level = 0; level < depth; level++) {
    let from = NODE;
    if ((start & 1) === 1) {
      const left = branch[used++];
      if (left === undefined) return bad();
      from = 0;
      nodes.set(left, from);
      start -= 1;
      count += 1;
    }
    if ((count & 1) === 1) {
      const right = branch[used++];
      if (right === undefined) return bad();
      nodes.set(right, from + count * NODE);
      count += 1;
    }
    const parents = sha256Blocks(nodes.subarray(from, from + count * NODE));
    start >>>= 1;
    count >>>= 1;
    nodes = new Uint8Array((count + 2) * NODE);
    nodes.set(parents, NODE);
  }
  return used === branch.length ? ok(nodes.subarray(NODE, 2 * NODE)) : bad();
};

/** Returns sha256(left ‖ right). */
export const pairRoot = (left: Uint8Array, right: Uint8Array): Root => {
  const block = new Uint8Array(2 * NODE);
  block.set(left, 0);
  block.set(right, NODE);
  return sha256Blocks(block) as Root;
};

/** Returns the SSZ leaf of a number below 2^32. Lengths are mixed in as the same leaf. */
export const numberLeaf = (value: number): Uint8Array => {
  const leaf = new Uint8Array(NODE);
  new DataView(leaf.buffer).setUint32(0, value, true);
  return leaf;
};

/** Returns the root of an SSZ list, from the root of the tree of its elements. */
export const mixInLength = (elements: Uint8Array, length: number): Root =>
  pairRoot(elements, numberLeaf(length));
