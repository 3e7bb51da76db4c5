import { keccak_256 } from '@noble/hashes/sha3.js';
import { sha256Blocks as hashBlocks, sha256Of } from '#platform/hash';
import type { Root } from './brands.ts';
import { concat, utf8 } from './bytes.ts';
import { invariant } from './errors.ts';

/** The SHA-256 (FIPS 180-4) of the concatenated parts. Used for Merkle trees and ids. */
export const sha256 = (...parts: readonly Uint8Array[]): Root =>
  sha256Of(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(...parts)) as Root;

/** The SHA-256 of a tag and the parts. Each purpose has a tag of its own, so no digest can serve two purposes. */
export const taggedHash = (tag: string, ...parts: readonly Uint8Array[]): Root => {
  const name = utf8(tag);
  invariant(name.length < 256, 'a hash tag is shorter than 256 bytes');
  return sha256Of(concat(Uint8Array.of(name.length), name, ...parts)) as Root;
};

/** The SHA-256 of two 32-byte nodes. */
export const sha256Pair = (left: Uint8Array, right: Uint8Array): Root => {
  const out = new Uint8Array(64);
  out.set(left, 0);
  out.set(right, 32);
  return sha256Of(out) as Root;
};

/** Hashes n blocks of 64 bytes into n digests of 32 bytes, several times faster than block by block. */
export const sha256Blocks = (blocks: Uint8Array): Uint8Array => hashBlocks(blocks);

/** Keccak-256 as in the EVM, with the original padding and not that of SHA3-256. For accounts and EIP-712 only. */
export const keccak256 = (data: Uint8Array): Root => keccak_256(data) as Root;
