/**
 * Verifies the whole state against its root: it hashes every flat value, computes the root of them all without the stored
 * tree, and compares it with the root of the tree.
 */
import type { Height } from '../../src/lib/brands.ts';
import { compare, equal, toHex } from '../../src/lib/bytes.ts';
import { CodedError } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { type Child, PLACEHOLDER } from '../jmt/node.ts';
import { type Entry, rootOfSorted } from '../jmt/set-root.ts';
import { find, leavesOf, type NodeReader } from '../jmt/tree.ts';
import { checkValue, keyHash } from './committed-state.ts';
import type { Database } from './database.ts';
import { fault } from './errors.ts';
import { STATE_END, STATE_PREFIX } from './layout.ts';

const compareEntries = (a: Entry, b: Entry): number => compare(a.keyHash, b.keyHash);

/**
 * @throws CodedError `STATE_CORRUPT` with the height and the key, and the height that wrote it; or `STATE_TREE_CORRUPT`.
 * Measured: see docs/protocol.md#an-altered-database.
 */
export const verifyState = async (
  database: Database,
  height: Height,
  root: Child | undefined,
  nodes: NodeReader,
): Promise<void> => {
  const entries: Entry[] = [];
  for await (const page of database.pages(STATE_PREFIX, STATE_END)) {
    for (const [key, value] of page)
      entries.push({ keyHash: keyHash(key.slice(STATE_PREFIX.length)), valueHash: sha256(value) });
  }
  entries.sort(compareEntries);
  if (equal(rootOfSorted(entries), root?.hash ?? PLACEHOLDER)) return;
  throw await findDamage(database, height, root, nodes, entries);
};

/** Finds the damaged value. It is slower, because it reads the tree for each value. */
const findDamage = async (
  database: Database,
  height: Height,
  root: Child | undefined,
  nodes: NodeReader,
  entries: readonly Entry[],
): Promise<CodedError> => {
  for await (const page of database.pages(STATE_PREFIX, STATE_END)) {
    for (const [stored, value] of page) {
      const key = stored.slice(STATE_PREFIX.length);
      const bad = checkValue(key, value, find(root, keyHash(key), nodes), height);
      if (bad !== undefined) return bad;
    }
  }
  const present = new Set(entries.map((entry) => toHex(entry.keyHash)));
  for (const leaf of leavesOf(root, nodes)) {
    if (!present.has(toHex(leaf.keyHash)))
      return new CodedError(
        fault(
          'STATE_CORRUPT',
          `the state at height ${height} is damaged: a value that height ${leaf.version} wrote is missing (key hash ${toHex(leaf.keyHash)})`,
          { height: height.toString(), keyHash: toHex(leaf.keyHash), version: leaf.version.toString() },
        ),
      );
  }
  return new CodedError(
    fault('STATE_TREE_CORRUPT', `the state tree at height ${height} is damaged`, {
      height: height.toString(),
    }),
  );
};
