/** The root that a set of keys has, from the set alone: what the tree's stored nodes are checked against. */
import type { Root } from '../../src/lib/brands.ts';
import { innerHash, leafHash, PLACEHOLDER } from './node.ts';

export type Entry = { readonly keyHash: Root; readonly valueHash: Root };

const bitAt = (hash: Root, depth: number): number => ((hash[depth >> 3] ?? 0) >> (7 - (depth & 7))) & 1;

/** `entries` are sorted by key hash, without duplicates. */
export const rootOfSorted = (entries: readonly Entry[]): Root => {
  const subtree = (from: number, to: number, depth: number): Root => {
    const first = entries[from];
    if (first === undefined || from === to) return PLACEHOLDER;
    if (to - from === 1) return leafHash(first.keyHash, first.valueHash);
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = entries[middle];
      if (entry !== undefined && bitAt(entry.keyHash, depth) === 0) low = middle + 1;
      else high = middle;
    }
    return innerHash(subtree(from, low, depth + 1), subtree(low, to, depth + 1));
  };
  return subtree(0, entries.length, 0);
};
