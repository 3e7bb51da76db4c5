/**
 * An append-only Merkle tree that is kept as its right edge: the roots of the full subtrees to its left, one for each
 * bit of its count. Its root is that of the SSZ list of the leaves (ssz/simple-serialize: merkleize, mix_in_length).
 */
import { type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { sha256Pair } from '../../../src/lib/hash.ts';
import { container, list, root32, uint32, type ValueOf } from '../../../src/lib/ssz.ts';

/** A list of at most 2^20 leaves. */
const DEPTH = 20;
export const FRONTIER_LEAVES_MAX = 1 << DEPTH;

export const FrontierType = container({
  count: uint32,
  /** The roots of the full subtrees, largest first. */
  peaks: list(root32, DEPTH + 1),
});
export type Frontier = ValueOf<typeof FrontierType>;

export const EMPTY_FRONTIER: Frontier = { count: 0, peaks: [] };

/** Roots of subtrees of zeros, by depth. */
const ZEROS: readonly Root[] = (() => {
  const zeros: Root[] = [ZERO_ROOT];
  for (let depth = 0; depth < DEPTH; depth++) {
    const below = zeros[depth] ?? ZERO_ROOT;
    zeros.push(sha256Pair(below, below));
  }
  return zeros;
})();

export const append = (frontier: Frontier, leaf: Root): Frontier => {
  invariant(frontier.count < FRONTIER_LEAVES_MAX, 'the tree has room');
  const peaks = [...frontier.peaks];
  let node = leaf;
  for (let rest = frontier.count; (rest & 1) === 1; rest >>>= 1)
    node = sha256Pair(peaks.pop() ?? ZERO_ROOT, node);
  peaks.push(node);
  return { count: frontier.count + 1, peaks };
};

const lengthChunk = (count: number): Uint8Array => {
  const chunk = new Uint8Array(32);
  new DataView(chunk.buffer).setUint32(0, count, true);
  return chunk;
};

export const frontierRoot = (frontier: Frontier): Root => {
  let peak = frontier.peaks.length;
  let node: Root | undefined;
  for (let depth = 0; depth < DEPTH; depth++) {
    const zeros = ZEROS[depth] ?? ZERO_ROOT;
    if (((frontier.count >>> depth) & 1) === 1) {
      const left = frontier.peaks[--peak] ?? ZERO_ROOT;
      // The lowest peak stands alone on its level; every other is the left sibling of what came up so far.
      node = node === undefined ? sha256Pair(left, zeros) : sha256Pair(left, node);
    } else if (node !== undefined) node = sha256Pair(node, zeros);
  }
  const full = frontier.count === FRONTIER_LEAVES_MAX ? frontier.peaks[0] : undefined;
  return sha256Pair(full ?? node ?? ZEROS[DEPTH] ?? ZERO_ROOT, lengthChunk(frontier.count));
};
