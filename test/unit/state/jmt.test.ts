import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Root } from '../../../src/lib/brands.ts';
import { compare, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  type Child,
  decodeNode,
  decodeRoot,
  encodeNode,
  encodeRoot,
  type Node,
  nodeHash,
  PLACEHOLDER,
} from '../../../state/jmt/node.ts';
import { rootOfSorted } from '../../../state/jmt/set-root.ts';
import { type Change, find, leavesOf, type NodeKey, update } from '../../../state/jmt/tree.ts';

const sha = (...parts: readonly Uint8Array[]): Root => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest()) as Root;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * The tree as its specification defines it, with strings of bits and no nodes: shares nothing with the code under test.
 */
const specifiedRoot = (set: ReadonlyMap<string, string>): string => {
  const bits = (key: string): string =>
    [...sha(bytes(key))].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const subtree = (keys: readonly { bits: string; key: string }[], depth: number): Uint8Array => {
    const [only] = keys;
    if (only === undefined) return bytes('SPARSE_MERKLE_PLACEHOLDER_HASH__');
    if (keys.length === 1)
      return sha(bytes('JMT::LeafNode'), sha(bytes(only.key)), sha(bytes(set.get(only.key) ?? '')));
    return sha(
      bytes('JMT::IntrnalNode'),
      subtree(
        keys.filter((k) => k.bits[depth] === '0'),
        depth + 1,
      ),
      subtree(
        keys.filter((k) => k.bits[depth] === '1'),
        depth + 1,
      ),
    );
  };
  return toHex(
    subtree(
      [...set.keys()].map((key) => ({ bits: bits(key), key })),
      0,
    ),
  );
};

/** A tree with its nodes as bytes in a map, as a database has them. */
const openTree = () => {
  const stored = new Map<string, Uint8Array>();
  const name = ({ version, path }: NodeKey): string => `${version}/${path}`;
  const read = (key: NodeKey): Node | undefined => {
    const found = stored.get(name(key));
    return found === undefined ? undefined : unwrap(decodeNode(found));
  };
  let root: Child | undefined;
  let version = 0n;
  return {
    stored,
    read,
    root: () => root,
    put: (writes: ReadonlyMap<string, string | undefined>) => {
      const changes: Change[] = [...writes].map(([key, value]) => ({
        keyHash: sha(bytes(key)),
        valueHash: value === undefined ? undefined : sha(bytes(value)),
      }));
      const updated = update(root, changes, version, read);
      for (const { path, node } of updated.nodes) stored.set(name({ version, path }), encodeNode(node));
      root = unwrap(decodeRoot(encodeRoot(updated.root)));
      version += 1n;
      return updated;
    },
    hash: () => toHex(root?.hash ?? PLACEHOLDER),
    drop: (keys: readonly NodeKey[]) => {
      for (const key of keys) expect(stored.delete(name(key))).toBe(true);
    },
  };
};

// Few keys, so that histories write, rewrite and delete the same ones.
const key = fc.integer({ min: 0, max: 60 }).map((n) => `accounts/${n}`);
const value = fc.option(fc.string({ maxLength: 8 }), { nil: undefined });
const history = fc.array(fc.uniqueArray(fc.tuple(key, value), { maxLength: 25, selector: ([k]) => k }), {
  maxLength: 12,
});

const applied = (blocks: readonly (readonly [string, string | undefined][])[]): Map<string, string> => {
  const set = new Map<string, string>();
  for (const block of blocks) {
    for (const [k, v] of block) {
      if (v === undefined) set.delete(k);
      else set.set(k, v);
    }
  }
  return set;
};

type Vectors = { vectors: { expected_root: string; data: { key: string; value: string }[] }[] };

describe('the Jellyfish Merkle Tree', () => {
  test('has the roots that the published vectors have', () => {
    const file = new URL('../../vectors/jmt/sha2_256_vectors.json', import.meta.url);
    const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
    expect(vectors.length).toBeGreaterThan(2);
    for (const { expected_root, data } of vectors) {
      const changes = data.map((pair) => ({
        keyHash: sha(Buffer.from(pair.key, 'hex')),
        valueHash: sha(Buffer.from(pair.value, 'hex')),
      }));
      const { root } = update(undefined, changes, 0n, () => undefined);
      expect(toHex(root?.hash ?? PLACEHOLDER)).toBe(`0x${expected_root}`);
    }
  });

  test('has the root that the specification gives its set of keys, after any history', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const tree = openTree();
        for (const [i, block] of blocks.entries()) {
          tree.put(new Map(block));
          expect(tree.hash()).toBe(specifiedRoot(applied(blocks.slice(0, i + 1))));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('forgets how it came about: one block of the net effect gives the same root', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const long = openTree();
        for (const block of blocks) long.put(new Map(block));
        const short = openTree();
        short.put(applied(blocks));
        expect(short.hash()).toBe(long.hash());
      }),
    );
  });

  test('finds the leaf of every key there is, with the version that wrote it, and of no other', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const tree = openTree();
        const versions = new Map<string, bigint>();
        const values = new Map<string, string>();
        for (const [i, block] of blocks.entries()) {
          tree.put(new Map(block));
          for (const [k, v] of block) {
            if (v === undefined) versions.delete(k);
            else if (values.get(k) !== v || !versions.has(k)) versions.set(k, BigInt(i));
            if (v === undefined) values.delete(k);
            else values.set(k, v);
          }
        }
        for (let n = 0; n <= 61; n++) {
          const k = `accounts/${n}`;
          const leaf = find(tree.root(), sha(bytes(k)), tree.read);
          expect(leaf?.version).toBe(versions.get(k));
          const v = values.get(k);
          if (v !== undefined) expect(toHex(leaf?.valueHash ?? PLACEHOLDER)).toBe(toHex(sha(bytes(v))));
        }
        const hashes = [...leavesOf(tree.root(), tree.read)].map((leaf) => toHex(leaf.keyHash));
        expect(hashes).toEqual([...values.keys()].map((k) => toHex(sha(bytes(k)))).sort());
      }),
    );
  });

  test('lists as stale exactly what its latest version no longer reaches', () => {
    fc.assert(
      fc.property(history, (blocks) => {
        const tree = openTree();
        for (const block of blocks) tree.drop(tree.put(new Map(block)).stale);
        const reached = new Set<string>();
        const walk = (child: Child | undefined, path: string): void => {
          if (child?.type !== 'branch') return;
          reached.add(`${child.version}/${path}`);
          const node = tree.read({ version: child.version, path });
          if (node === undefined) throw new Error('a node in use was listed as stale');
          for (let nibble = 0; nibble < 16; nibble++) {
            const slot = node.slots[16 + nibble];
            if (slot !== undefined && slot.type !== 'pair') walk(slot, path + nibble.toString(16));
          }
        };
        walk(tree.root(), '');
        expect([...tree.stored.keys()].sort()).toEqual([...reached].sort());
      }),
    );
  });

  test('changes nothing where nothing changes', () => {
    const tree = openTree();
    const set = new Map(Array.from({ length: 50 }, (_, i) => [`k${i}`, `v${i}`] as const));
    tree.put(set);
    const again = tree.put(new Map([...set, ['absent', undefined]]));
    expect(again.nodes).toEqual([]);
    expect(again.stale).toEqual([]);
  });

  test('is empty again, with the placeholder for a root, when every key is deleted', () => {
    const tree = openTree();
    tree.put(new Map(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'x'] as const)));
    tree.put(new Map(Array.from({ length: 300 }, (_, i) => [`k${i}`, undefined] as const)));
    expect(tree.hash()).toBe(toHex(PLACEHOLDER));
  });

  test('refuses to go on from a node that is missing or is not the one its parent has the hash of', () => {
    const tree = openTree();
    tree.put(new Map(Array.from({ length: 300 }, (_, i) => [`k${i}`, 'x'] as const)));
    const below = [...tree.stored.keys()].find((name) => name.length === 3);
    const other = [...tree.stored.keys()].findLast((name) => name.length === 3);
    if (below === undefined || other === undefined) throw new Error('300 keys make nodes at depth 1');
    const touchAll = () => [...leavesOf(tree.root(), tree.read)].length;
    expect(touchAll()).toBe(300);
    const good = tree.stored.get(below);
    tree.stored.set(below, tree.stored.get(other) ?? new Uint8Array());
    expect(touchAll).toThrow(/altered/);
    tree.stored.delete(below);
    expect(touchAll).toThrow(/missing/);
    expect(touchAll).toThrow(expect.objectContaining({ code: 'STATE_TREE_CORRUPT' }));
    if (good !== undefined) tree.stored.set(below, good);
    expect(touchAll()).toBe(300);
  });
});

describe('the root of a set', () => {
  test('is the one the specification gives', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 })), (record) => {
        const set = new Map(Object.entries(record));
        const entries = [...set]
          .map(([k, v]) => ({ keyHash: sha(bytes(k)), valueHash: sha(bytes(v)) }))
          .sort((a, b) => compare(a.keyHash, b.keyHash));
        expect(toHex(rootOfSorted(entries))).toBe(specifiedRoot(set));
      }),
    );
  });
});

describe('a stored tree node', () => {
  const node = (): Node => {
    const tree = openTree();
    tree.put(new Map(Array.from({ length: 40 }, (_, i) => [`k${i}`, 'x'] as const)));
    const top = tree.read({ version: 0n, path: '' });
    if (top === undefined) throw new Error('forty keys have a node above them');
    return top;
  };

  test('decodes to itself, and cut or lengthened bytes are refused', () => {
    const encoded = encodeNode(node());
    expect(toHex(nodeHash(unwrap(decodeNode(encoded))))).toBe(toHex(nodeHash(node())));
    for (let length = 0; length < encoded.length; length++)
      expect(decodeNode(encoded.subarray(0, length)).ok).toBe(false);
    expect(decodeNode(new Uint8Array([...encoded, 0])).ok).toBe(false);
  });

  test('is decoded from any bytes to a node that encodes to the same bytes, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (random) => {
        const decoded = decodeNode(random);
        if (decoded.ok) expect(encodeNode(decoded.value)).toEqual(random);
        else expect(decoded.fault.code).toBe('NODE_INVALID');
      }),
      { numRuns: 2000 },
    );
  });
});
