import { createHash } from 'node:crypto';

/**
 * hash_tree_root by hand, from the SSZ specification's prose (ssz/simple-serialize, Merkleization): the oracle
 * that the library is held against. Slow and plain on purpose.
 */
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** The bytes cut into 32-byte chunks, the last padded with zeros. */
export const chunksOf = (bytes: Uint8Array): Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const chunk = new Uint8Array(32);
    chunk.set(bytes.subarray(at, at + 32));
    chunks.push(chunk);
  }
  return chunks;
};

/** The root over chunks, padded with zero chunks to the next power of two of `limit`. */
export const merkleize = (chunks: readonly Uint8Array[], limit = chunks.length): Uint8Array => {
  let width = 1;
  while (width < limit) width *= 2;
  let layer: Uint8Array[] = Array.from({ length: width }, (_, i) => chunks[i] ?? new Uint8Array(32));
  while (layer.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < layer.length; i += 2)
      above.push(sha256(layer[i] ?? new Uint8Array(32), layer[i + 1] ?? new Uint8Array(32)));
    layer = above;
  }
  return layer[0] ?? new Uint8Array(32);
};

export const littleEndian = (value: bigint, length: number): Uint8Array => {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return out;
};

export const mixInLength = (root: Uint8Array, length: number): Uint8Array =>
  sha256(root, littleEndian(BigInt(length), 32));
