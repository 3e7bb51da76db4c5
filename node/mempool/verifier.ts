/**
 * Checks transactions once: what came by gossip is not verified again when it stands in a block. The check runs in a
 * thread of its own, in batches; here only its verdicts are kept. Keyed by the sha256 of the bytes, so that a known id
 * with another signature is another entry.
 */

import { LRUCache } from 'lru-cache';
import type { Address } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { type CodedError, ok } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { recoverAddress } from '../../src/lib/secp256k1.ts';
import {
  checkTransaction,
  decodeTransaction,
  type Recover,
  type SignedFacts,
  type TransactionRules,
  type VerifiedTransaction,
} from '../../state/tx/transaction.ts';
import type { Result } from './errors.ts';
import { type Checked, createVerifyPool } from './verify-pool.ts';

export type Verifier = {
  /** Faults: those of `decodeTransaction` and `checkTransaction`. At once, here, unless it is known already. */
  readonly verify: (bytes: Uint8Array) => Result<VerifiedTransaction>;
  /**
   * Checks the transactions of a block in the other thread, and remembers the good ones for {@link Verifier.verify}. It
   * stops soon after the first bad one.
   */
  readonly verifyBlock: (transactions: readonly Uint8Array[]) => Promise<void>;
  /** Returns the facts about a transaction that was found good before. It costs a hash. */
  readonly known: (bytes: Uint8Array) => SignedFacts | undefined;
  /**
   * Checks a transaction from a source in the other thread, once however many ask at the same time.
   * @param units - what it costs (`checkCost`)
   */
  readonly check: (bytes: Uint8Array, source: string, units: number) => Promise<Checked>;
  /** Recovers a signer, or remembers it. */
  readonly recover: Recover;
  readonly close: () => Promise<void>;
};

/** Decoded transactions take several times their bytes in memory, so these are few… */
const DECODED_BYTES = 2 << 20;
/** …and what is known of a checked one is small, so these are many. */
const CHECKED_ENTRIES = 24_576;
const SIGNERS = 16_384;
/** A transaction of at most so many bytes is decoded when it is checked, so that a block that holds it is checked sooner. */
const DECODED_AHEAD = 4_096;
/** What is checked of a block before the verdicts are looked at. */
const WINDOW = { entries: 512, bytes: 256 << 10 };

const keyOf = (bytes: Uint8Array): string => toBareHex(sha256(bytes));

/** @param onFailed - the checking thread has died, and the node cannot go on */
export const createVerifier = (rules: TransactionRules, onFailed: (reason: CodedError) => void): Verifier => {
  const decoded = new LRUCache<string, VerifiedTransaction>({ maxSize: DECODED_BYTES });
  const checked = new LRUCache<string, SignedFacts>({ max: CHECKED_ENTRIES });
  const signers = new LRUCache<string, Address>({ max: SIGNERS });
  const pool = createVerifyPool(rules, onFailed);

  const recover: Recover = (digest, signature) => {
    const key = toBareHex(digest) + toBareHex(signature);
    const known = signers.get(key);
    if (known !== undefined) return ok(known);
    const recovered = recoverAddress(digest, signature);
    if (recovered.ok) signers.set(key, recovered.value);
    return recovered;
  };

  const remember = (key: string, tx: VerifiedTransaction): Result<VerifiedTransaction> => {
    decoded.set(key, tx, { size: tx.bytes.length });
    checked.set(key, { id: tx.id, gas: tx.gas });
    return ok(tx);
  };

  const withFacts = (key: string, bytes: Uint8Array, facts: SignedFacts): Result<VerifiedTransaction> => {
    const parts = decodeTransaction(bytes);
    return parts.ok ? remember(key, { ...parts.value, ...facts } as VerifiedTransaction) : parts;
  };

  const verified = (key: string, bytes: Uint8Array): Result<VerifiedTransaction> | undefined => {
    const whole = decoded.get(key);
    if (whole !== undefined) return ok(whole);
    const facts = checked.get(key);
    return facts === undefined ? undefined : withFacts(key, bytes, facts);
  };

  const verify = (bytes: Uint8Array): Result<VerifiedTransaction> => {
    const key = keyOf(bytes);
    const before = verified(key, bytes);
    if (before !== undefined) return before;
    const parts = decodeTransaction(bytes);
    if (!parts.ok) return parts;
    const result = checkTransaction(parts.value, rules, recoverAddress);
    return result.ok ? remember(key, result.value) : result;
  };

  const checkWith = async (
    key: string,
    bytes: Uint8Array,
    ask: (transaction: Uint8Array) => Promise<Checked>,
  ): Promise<Checked> => {
    const facts = checked.get(key);
    if (facts !== undefined) return ok(facts);
    const result = await ask(bytes);
    if (!result.ok) return result;
    checked.set(key, result.value);
    if (bytes.length <= DECODED_AHEAD) withFacts(key, bytes, result.value);
    return result;
  };

  /** The checks for the mempool that are under way. Peers send the same transaction at nearly the same time. */
  const underWay = new Map<string, Promise<Checked>>();

  const check: Verifier['check'] = async (bytes, source, units) => {
    const key = keyOf(bytes);
    const before = await underWay.get(key);
    // What another source had no room for may have room for this one.
    if (before?.ok === true || (before !== undefined && before.fault.code !== 'MEMPOOL_BUSY')) return before;
    const asked = checkWith(key, bytes, (transaction) => pool.checkFrom(source, transaction, units));
    underWay.set(key, asked);
    try {
      return await asked;
    } finally {
      if (underWay.get(key) === asked) underWay.delete(key);
    }
  };

  const verifyBlock: Verifier['verifyBlock'] = async (transactions) => {
    let window: Promise<Checked>[] = [];
    let size = 0;
    const isBad = async (): Promise<boolean> => {
      const results = await Promise.all(window);
      window = [];
      size = 0;
      return results.some((result) => !result.ok);
    };
    for (const bytes of transactions) {
      // It does not wait for a check of the same transaction that a peer has asked for: blocks go first.
      window.push(checkWith(keyOf(bytes), bytes, pool.checkOfBlock));
      size += bytes.length;
      if ((window.length >= WINDOW.entries || size >= WINDOW.bytes) && (await isBad())) return;
    }
    await isBad();
  };

  return {
    verify,
    verifyBlock,
    known: (bytes) => checked.get(keyOf(bytes)),
    check,
    recover,
    close: pool.close,
  };
};
