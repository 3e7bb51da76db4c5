/**
 * Nodes of the Jellyfish Merkle Tree (Gao, Hu, Wu: "Jellyfish Merkle Tree", Diem 2021), with sha256 and the domain
 * prefixes of its published ICS-23 specification (penumbra-zone/jmt, `ics23_spec`). What is hashed is a binary tree over
 * the 256 bits of sha256(key): an empty subtree is a placeholder, a subtree with one leaf is that leaf, any other the
 * hash of its two halves. What is stored is that tree in steps of four bits: a node has up to sixteen children.
 *
 * A leaf stands inside its parent and not in a record of its own: one read and one write less for each key.
 */
import type { Root } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { fail, type Result } from './errors.ts';

const LEAF_PREFIX = utf8('JMT::LeafNode');
const INNER_PREFIX = utf8('JMT::IntrnalNode');
/** The hash of nothing. */
export const PLACEHOLDER = utf8('SPARSE_MERKLE_PLACEHOLDER_HASH__') as Root;

/** One key of the state and the hash of its value. */
export type Leaf = {
  readonly type: 'leaf';
  readonly keyHash: Root;
  readonly valueHash: Root;
  /** The height that wrote the value. */
  readonly version: bigint;
  readonly hash: Root;
};

/** A node of its own, stored under the height that made it and its path. */
export type Branch = { readonly type: 'branch'; readonly version: bigint; readonly hash: Root };

export type Child = Leaf | Branch;

/** Two or more children hashed together, inside a node. */
type Pair = { readonly type: 'pair'; readonly hash: Root };
type Slot = Child | Pair | undefined;

/**
 * A heap: slots 16 to 31 are the children by nibble, slot i is made of slots 2i and 2i + 1, slot 1 is the whole. Kept, so
 * that a changed child costs four hashes and not fifteen. Slot 0 is unused.
 */
export type Node = { readonly slots: readonly Slot[] };

export const CHILDREN = 16;
const SLOTS = 2 * CHILDREN;

const leafInput = new Uint8Array(LEAF_PREFIX.length + 64);
leafInput.set(LEAF_PREFIX);
const innerInput = new Uint8Array(INNER_PREFIX.length + 64);
innerInput.set(INNER_PREFIX);

const hashBehind = (input: Uint8Array, prefix: number, left: Root, right: Root): Root => {
  input.set(left, prefix);
  input.set(right, prefix + 32);
  return sha256(input);
};

export const leafHash = (keyHash: Root, valueHash: Root): Root =>
  hashBehind(leafInput, LEAF_PREFIX.length, keyHash, valueHash);

export const innerHash = (left: Root, right: Root): Root =>
  hashBehind(innerInput, INNER_PREFIX.length, left, right);

export const leafOf = (keyHash: Root, valueHash: Root, version: bigint): Leaf => ({
  type: 'leaf',
  keyHash,
  valueHash,
  version,
  hash: leafHash(keyHash, valueHash),
});

const join = (left: Slot, right: Slot): Slot => {
  if (left === undefined && right === undefined) return undefined;
  if (right === undefined && left?.type === 'leaf') return left;
  if (left === undefined && right?.type === 'leaf') return right;
  return { type: 'pair', hash: innerHash(left?.hash ?? PLACEHOLDER, right?.hash ?? PLACEHOLDER) };
};

export const childAt = (node: Node, nibble: number): Child | undefined => {
  const slot = node.slots[CHILDREN + nibble];
  return slot?.type === 'pair' ? undefined : slot;
};

/** The node with some children replaced; only what they change is hashed anew. */
export const withChildren = (
  node: Node,
  changed: readonly { readonly nibble: number; readonly child: Child | undefined }[],
): Node => {
  const slots = node.slots.slice();
  /** Bit i: slot i has to be made anew. */
  let dirty = 0;
  for (const { nibble, child } of changed) {
    slots[CHILDREN + nibble] = child;
    for (let i = (CHILDREN + nibble) >> 1; i > 0; i >>= 1) dirty |= 1 << i;
  }
  for (let i = CHILDREN - 1; i > 0; i--) {
    if ((dirty & (1 << i)) !== 0) slots[i] = join(slots[2 * i], slots[2 * i + 1]);
  }
  return { slots };
};

export const EMPTY_NODE: Node = { slots: Array.from<Slot>({ length: SLOTS }).fill(undefined) };

export const nodeHash = (node: Node): Root => node.slots[1]?.hash ?? PLACEHOLDER;

/** The only child, if it is a leaf: then the leaf stands for the node. */
export const onlyLeaf = (node: Node): Leaf | undefined => {
  const whole = node.slots[1];
  return whole?.type === 'leaf' ? whole : undefined;
};

// A stored node:
//
//   u16 which children are branches, u16 which are leaves (bit n: nibble n), then the children by nibble:
//     branch:  u64 version, 32 bytes hash
//     leaf:    u64 version, 32 bytes key hash, 32 bytes value hash
//
// Integers are big-endian. Not SSZ, because a node is written for every few keys of every block, and what is read is
// checked against its parent's hash in any case.
const HEAD_BYTES = 4;
const BRANCH_BYTES = 40;
const LEAF_BYTES = 72;

export const encodeNode = (node: Node): Uint8Array => {
  let branches = 0;
  let leaves = 0;
  let length = HEAD_BYTES;
  for (let nibble = 0; nibble < CHILDREN; nibble++) {
    const child = childAt(node, nibble);
    if (child === undefined) continue;
    if (child.type === 'branch') branches |= 1 << nibble;
    else leaves |= 1 << nibble;
    length += child.type === 'branch' ? BRANCH_BYTES : LEAF_BYTES;
  }
  const out = new Uint8Array(length);
  const data = new DataView(out.buffer);
  data.setUint16(0, branches);
  data.setUint16(2, leaves);
  let at = HEAD_BYTES;
  for (let nibble = 0; nibble < CHILDREN; nibble++) {
    const child = childAt(node, nibble);
    if (child !== undefined) at = writeChild(out, data, at, child);
  }
  return out;
};

const writeChild = (out: Uint8Array, data: DataView, at: number, child: Child): number => {
  data.setBigUint64(at, child.version);
  if (child.type === 'branch') {
    out.set(child.hash, at + 8);
    return at + BRANCH_BYTES;
  }
  out.set(child.keyHash, at + 8);
  out.set(child.valueHash, at + 40);
  return at + LEAF_BYTES;
};

/** Fault `NODE_INVALID`. */
export const decodeNode = (bytes: Uint8Array): Result<Node> => {
  if (bytes.length < HEAD_BYTES) return fail('NODE_INVALID', 'a tree node is too short');
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const branches = data.getUint16(0);
  const leaves = data.getUint16(2);
  if ((branches & leaves) !== 0) return fail('NODE_INVALID', 'a child is both a branch and a leaf');
  const changed: { nibble: number; child: Child }[] = [];
  let at = HEAD_BYTES;
  for (let nibble = 0; nibble < CHILDREN; nibble++) {
    const bit = 1 << nibble;
    if (((branches | leaves) & bit) === 0) continue;
    const isLeaf = (leaves & bit) !== 0;
    const end = at + (isLeaf ? LEAF_BYTES : BRANCH_BYTES);
    if (end > bytes.length) return fail('NODE_INVALID', 'a tree node is too short');
    changed.push({ nibble, child: readChild(bytes, data, at, isLeaf) });
    at = end;
  }
  if (at !== bytes.length) return fail('NODE_INVALID', 'a tree node is too long');
  return ok(withChildren(EMPTY_NODE, changed));
};

const readChild = (bytes: Uint8Array, data: DataView, at: number, isLeaf: boolean): Child => {
  const version = data.getBigUint64(at);
  const first = bytes.slice(at + 8, at + 40) as Root;
  if (!isLeaf) return { type: 'branch', version, hash: first };
  return leafOf(first, bytes.slice(at + 40, at + 72) as Root, version);
};

/** The root of a tree, as stored for each height: nothing, a leaf, or the node at the empty path. */
export const encodeRoot = (root: Child | undefined): Uint8Array =>
  encodeNode(root === undefined ? EMPTY_NODE : withChildren(EMPTY_NODE, [{ nibble: 0, child: root }]));

/** Fault `NODE_INVALID`. */
export const decodeRoot = (bytes: Uint8Array): Result<Child | undefined> => {
  const node = decodeNode(bytes);
  return node.ok ? ok(childAt(node.value, 0)) : node;
};
