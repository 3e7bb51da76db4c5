import { hash as cryptoHash } from 'node:crypto';
import { hashInto as hashtreeInto } from '@chainsafe/hashtree';
import type { HashPlatform } from '../platform.ts';

export const sha256Of: HashPlatform['sha256Of'] = (data) => {
  const out = new Uint8Array(32);
  out.set(cryptoHash('sha256', data, 'buffer'));
  return out;
};

export const sha256Blocks: HashPlatform['sha256Blocks'] = (blocks) => {
  const out = new Uint8Array(blocks.length / 2);
  hashtreeInto(blocks, out);
  return out;
};
