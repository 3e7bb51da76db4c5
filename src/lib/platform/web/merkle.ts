/** The Merkle trees of SSZ (Ethereum consensus specs, ssz/simple-serialize, Merkleization). */
import { sha256Blocks } from './hash.ts';

const CHUNK = 32;

/** The roots of subtrees of zeros, by depth. */
const zeros: Uint8Array[] = [new Uint8Array(CHUNK)];
const zeroRoot = (depth: number): Uint8Array => {
  for (let known = zeros.length; known <= depth; known++)
    zeros.push(pairRoot(zeroRoot(known - 1), zeroRoot(known - 1)));
  return zeros[depth] ?? new Uint8Array(CHUNK);
};

const pairRoot = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const block = new Uint8Array(2 * CHUNK);
  block.set(left);
  block.set(right, CHUNK);
  return sha256Blocks(block);
};

/** The depth of the smallest binary tree with room for this many leaves. */
const depthFor = (leaves: number): number => {
  let depth = 0;
  while (2 ** depth < leaves) depth += 1;
  return depth;
};

/**
 * Returns the root of the chunks, 32 bytes each, the last one filled up with zeros.
 * @param limit - the number of chunks for which the tree has room; what is missing is zero
 */
export const merkleize = (chunks: Uint8Array, limit: number): Uint8Array => {
  const depth = depthFor(limit);
  if (chunks.length === 0) return zeroRoot(depth);
  let layer = chunks;
  if (layer.length % CHUNK !== 0) {
    layer = new Uint8Array(Math.ceil(chunks.length / CHUNK) * CHUNK);
    layer.set(chunks);
  }
  for (let level = 0; level < depth; level++) {
    if (layer.length % (2 * CHUNK) !== 0) {
      const even = new Uint8Array(layer.length + CHUNK);
      even.set(layer);
      even.set(zeroRoot(level), layer.length);
      layer = even;
    }
    layer = sha256Blocks(layer);
  }
  return layer;
};

/** Hashes a root together with a number below 2^32: the length of a list, or the selector of a union. */
export const mixIn = (root: Uint8Array, count: number): Uint8Array => {
  const chunk = new Uint8Array(CHUNK);
  new DataView(chunk.buffer).setUint32(0, count, true);
  return pairRoot(root, chunk);
};

/** Puts roots of 32 bytes one after the other. */
export const chunksOf = (roots: readonly Uint8Array[]): Uint8Array => {
  const chunks = new Uint8Array(CHUNK * roots.length);
  for (const [i, root] of roots.entries()) chunks.set(root, CHUNK * i);
  return chunks;
};
