/**
 * Computes the root of `PassagesType` with batches of hashes. A reveal may have tens of thousands of passages; if they
 * were hashed one by one, their tree would be most of the cost of executing it.
 */
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { sha256Blocks } from '../../src/lib/hash.ts';
import { depthOf, mixInLength, pairRoot } from './merkle-range.ts';
import { PASSAGE_TYPES, PASSAGES_MAX, type Passage } from './passages.ts';

const NODE = 32;
/** The number of fields of a passage, a power of two. Each field is a little-endian leaf. */
const FIELDS = 8;
const DEPTH = depthOf(PASSAGES_MAX);

/** The roots of subtrees of zeros, by depth. */
const ZEROS: readonly Root[] = (() => {
  const zeros: Root[] = [ZERO_ROOT];
  for (let depth = 0; depth < DEPTH; depth++) {
    const below = zeros[depth] ?? ZERO_ROOT;
    zeros.push(pairRoot(below, below));
  }
  return zeros;
})();

const fieldLeaves = (passages: readonly Passage[]): Uint8Array => {
  const leaves = new Uint8Array(passages.length * FIELDS * NODE);
  const data = new DataView(leaves.buffer);
  for (const [i, passage] of passages.entries()) {
    const { item, start, end, before, type, contribution, sourceItem, sourcePos } = passage;
    const values = [
      item,
      start,
      end,
      before,
      PASSAGE_TYPES.indexOf(type),
      contribution,
      sourceItem,
      sourcePos,
    ];
    for (const [field, value] of values.entries()) data.setUint32((i * FIELDS + field) * NODE, value, true);
  }
  return leaves;
};

/** Returns an even number of nodes: adds a node of zeros if the number is odd. */
const evened = (level: Uint8Array, depth: number): Uint8Array => {
  if (level.length % (2 * NODE) === 0) return level;
  const padded = new Uint8Array(level.length + NODE);
  padded.set(level);
  padded.set(ZEROS[depth] ?? ZERO_ROOT, level.length);
  return padded;
};

export const passagesRoot = (passages: readonly Passage[]): Root => {
  // The first three levels are the tree of each passage, the others are that of the list.
  let level = sha256Blocks(sha256Blocks(sha256Blocks(fieldLeaves(passages))));
  for (let depth = 0; depth < DEPTH; depth++) level = sha256Blocks(evened(level, depth));
  return mixInLength(passages.length === 0 ? (ZEROS[DEPTH] ?? ZERO_ROOT) : level, passages.length);
};
