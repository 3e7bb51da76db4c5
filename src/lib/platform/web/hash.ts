import { sha256 as noble } from '@noble/hashes/sha2.js';
import type { HashPlatform } from '../platform.ts';

export const sha256Of: HashPlatform['sha256Of'] = (data) => noble(data);

export const sha256Blocks: HashPlatform['sha256Blocks'] = (blocks) => {
  const out = new Uint8Array(blocks.length / 2);
  for (let at = 0; at < blocks.length; at += 64) out.set(noble(blocks.subarray(at, at + 64)), at / 2);
  return out;
};
