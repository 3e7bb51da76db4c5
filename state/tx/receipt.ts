/**
 * One paid inference. Its root is `H(terms ‖ body)`. The terms are what all receipts of one payer and model in a batch
 * have in common, so that they are sent once and hashed once.
 */

import type { Root } from '../../src/lib/brands.ts';
import { sha256Blocks, sha256Pair } from '../../src/lib/hash.ts';
import { modelId } from '../../src/lib/ids.ts';
import { mulDivFloor } from '../../src/lib/math.ts';
import { address20, container, root32, uint16, uint128, type ValueOf } from '../../src/lib/ssz.ts';

export const ReceiptTermsType = container({
  payer: address20,
  provider: address20,
  model: modelId,
  /** The `manifestRoot` of the model. */
  manifest: root32,
});
export type ReceiptTerms = ValueOf<typeof ReceiptTermsType>;
export const ReceiptBodyType = container({
  /** The root of the prompt. */
  promptRoot: root32,
  /** The root of the output. */
  outputRoot: root32,
  /** The number of PT-1 tokens of the prompt. */
  tokensIn: uint16,
  /** The number of PT-1 tokens of the output. */
  tokensOut: uint16,
  /** The price of the provider for compute, in base units. */
  compute: uint128,
  /** The {@link modelFee}, in base units. */
  fee: uint128,
});
export type ReceiptBody = ValueOf<typeof ReceiptBodyType>;

/** Returns ⌊(tokens in · price in + tokens out · price out)/1000⌋. */
export const modelFee = (
  tokens: { readonly tokensIn: number; readonly tokensOut: number },
  prices: { readonly in: bigint; readonly out: bigint },
): bigint =>
  mulDivFloor(BigInt(tokens.tokensIn) * prices.in + BigInt(tokens.tokensOut) * prices.out, 1n, 1000n);

/** Returns the root of one receipt, which extends an accumulator. */
export const receiptRoot = (terms: ReceiptTerms, body: ReceiptBody): Root =>
  sha256Pair(ReceiptTermsType.root(terms), ReceiptBodyType.root(body));

const CHUNK = 32;
/** The number of leaves of the tree of a body: its six fields, padded to a power of two. */
const LEAVES = 8;

const putUint = (out: Uint8Array, at: number, value: bigint): void => {
  const view = new DataView(out.buffer);
  view.setBigUint64(at, value & 0xffff_ffff_ffff_ffffn, true);
  view.setBigUint64(at + 8, value >> 64n, true);
};

/**
 * Returns `ReceiptBodyType.root` of all bodies, 32 bytes each. Working level by level is many times faster than one by
 * one.
 */
const bodyRoots = (bodies: readonly ReceiptBody[]): Uint8Array => {
  const leaves = new Uint8Array(bodies.length * LEAVES * CHUNK);
  const view = new DataView(leaves.buffer);
  for (const [i, body] of bodies.entries()) {
    const at = i * LEAVES * CHUNK;
    leaves.set(body.promptRoot, at);
    leaves.set(body.outputRoot, at + CHUNK);
    view.setUint16(at + 2 * CHUNK, body.tokensIn, true);
    view.setUint16(at + 3 * CHUNK, body.tokensOut, true);
    putUint(leaves, at + 4 * CHUNK, body.compute);
    putUint(leaves, at + 5 * CHUNK, body.fee);
  }
  return sha256Blocks(sha256Blocks(sha256Blocks(leaves)));
};

/**
 * Returns accumulator_i = sha256(accumulator_{i−1} ‖ receiptRoot_i), which commits to all receipts so far, in their
 * order.
 */
export const extendAccumulator = (
  accumulator: Root,
  terms: ReceiptTerms,
  bodies: readonly ReceiptBody[],
): Root => {
  const termsRoot = ReceiptTermsType.root(terms);
  const roots = bodyRoots(bodies);
  const pairs = new Uint8Array(bodies.length * 2 * CHUNK);
  for (let i = 0; i < bodies.length; i++) {
    pairs.set(termsRoot, i * 2 * CHUNK);
    pairs.set(roots.subarray(i * CHUNK, (i + 1) * CHUNK), (i * 2 + 1) * CHUNK);
  }
  const receiptRoots = sha256Blocks(pairs);
  let last = accumulator;
  for (let i = 0; i < bodies.length; i++)
    last = sha256Pair(last, receiptRoots.subarray(i * CHUNK, (i + 1) * CHUNK));
  return last;
};

export { formatReceiptId, parseReceiptId, type ReceiptId } from '../receipt-id.ts';

/** The most receipts of one batch. The parameters of the chain may set a lower limit. */
export const RECEIPTS_MAX = 1000;
