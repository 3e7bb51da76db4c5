/**
 * Range proofs: consecutive leaves of a Merkle tree of fixed depth, bound to its root by one branch. Level by level from
 * the leaves up, the branch holds the sibling to the left of the range if the range starts at an odd place, then the one
 * to the right if it ends at one. Without leaves the branch is the root of the tree alone. So one leaf, five, or none
 * are proven by the same few lines, and the branch of a range has exactly one form.
 */
import type { Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import { sha256Blocks } from '../../src/lib/hash.ts';
import { fail, type Result } from './errors.ts';

const NODE = 32;

/** The depth of the tree over a list of at most `limit` elements, a power of two. */
export const depthOf = (limit: number): number => 31 - Math.clz32(limit);

/**
 * The root of the tree whose leaves from `first` on are these: the proof holds if it is the root that was expected.
 * Faults: `MERKLE_RANGE` (leaves past the width of the tree), `MERKLE_BRANCH` (too many nodes, or too few).
 *
 * @param first - below 2^31, as is every place in such a tree
 */
export const foldRange = (
  leaves: readonly Uint8Array[],
  first: number,
  depth: number,
  branch: readonly Root[],
): Result<Uint8Array> => {
  const bad = (): Result<never> =>
    fail('MERKLE_BRANCH', `a branch of ${branch.length} nodes is not that of these leaves`, {
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

/** sha256(left ‖ right). */
export const pairRoot = (left: Uint8Array, right: Uint8Array): Root => {
  const block = new Uint8Array(2 * NODE);
  block.set(left, 0);
  block.set(right, NODE);
  return sha256Blocks(block) as Root;
};

/** A number below 2^32 as SSZ has it in a leaf, or mixes it in as a length. */
export const numberLeaf = (value: number): Uint8Array => {
  const leaf = new Uint8Array(NODE);
  new DataView(leaf.buffer).setUint32(0, value, true);
  return leaf;
};

/** The root of an SSZ list from that of its elements' tree. */
export const mixInLength = (elements: Uint8Array, length: number): Root =>
  pairRoot(elements, numberLeaf(length));
