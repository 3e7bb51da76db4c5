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
  type TransactionRules,
  type VerifiedTransaction,
} from '../../state/tx/transaction.ts';
import { fail, type Result } from './errors.ts';
import { type CheckedFacts, createVerifyPool, type Purpose } from './verify-pool.ts';

export type Verifier = {
  /** Faults: those of `decodeTransaction` and `checkTransaction`. At once, here, unless it is known already. */
  readonly verify: (bytes: Uint8Array) => Result<VerifiedTransaction>;
  /** The same for many, in order, checked in the other thread; for the mempool unless it is said. */
  readonly verifyAll: (
    transactions: readonly Uint8Array[],
    purpose?: Purpose,
  ) => Promise<readonly Result<VerifiedTransaction>[]>;
  /** Recovers a signer, or remembers it. */
  readonly recover: Recover;
  readonly close: () => Promise<void>;
};

/** Decoded transactions take several times their bytes in memory, so these are few… */
const DECODED_BYTES = 2 << 20;
/** …and what is known of a checked one is small, so these are many. */
const CHECKED_ENTRIES = 24_576;
const SIGNERS = 16_384;
/** The limits of one message to the thread, answered while it works on the next. Large transactions go alone. */
const BATCH = 64;
const BATCH_BYTES = 64 << 10;

const keyOf = (bytes: Uint8Array): string => toBareHex(sha256(bytes));

/** @param onFailed - the checking thread has died, and the node cannot go on */
export const createVerifier = (rules: TransactionRules, onFailed: (reason: CodedError) => void): Verifier => {
  const decoded = new LRUCache<string, VerifiedTransaction>({ maxSize: DECODED_BYTES });
  const checked = new LRUCache<string, CheckedFacts>({ max: CHECKED_ENTRIES });
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

  const withFacts = (key: string, bytes: Uint8Array, facts: CheckedFacts): Result<VerifiedTransaction> => {
    const parts = decodeTransaction(bytes);
    return parts.ok ? remember(key, { ...parts.value, ...facts } as VerifiedTransaction) : parts;
  };

  const known = (key: string, bytes: Uint8Array): Result<VerifiedTransaction> | undefined => {
    const whole = decoded.get(key);
    if (whole !== undefined) return ok(whole);
    const facts = checked.get(key);
    return facts === undefined ? undefined : withFacts(key, bytes, facts);
  };

  const verify = (bytes: Uint8Array): Result<VerifiedTransaction> => {
    const key = keyOf(bytes);
    const before = known(key, bytes);
    if (before !== undefined) return before;
    const parts = decodeTransaction(bytes);
    if (!parts.ok) return parts;
    const verified = checkTransaction(parts.value, rules, recoverAddress);
    return verified.ok ? remember(key, verified.value) : verified;
  };

  /** A transaction that is not known yet. It waits for the end of the turn, so that one turn shares a batch. */
  type Wanted = {
    readonly bytes: Uint8Array;
    readonly settle: (result: Promise<Result<CheckedFacts>>) => void;
  };
  const wanted: Record<Purpose, Wanted[]> = { block: [], mempool: [] };

  const inBatches = (all: readonly Wanted[]): readonly (readonly Wanted[])[] => {
    const batches: Wanted[][] = [];
    let open: Wanted[] = [];
    let size = 0;
    for (const each of all) {
      if (open.length === 0) batches.push(open);
      open.push(each);
      size += each.bytes.length;
      if (open.length < BATCH && size < BATCH_BYTES) continue;
      open = [];
      size = 0;
    }
    return batches;
  };

  const flush = (purpose: Purpose): void => {
    const all = wanted[purpose];
    wanted[purpose] = [];
    for (const batch of inBatches(all)) {
      const answers = pool.check(
        batch.map(({ bytes }) => bytes),
        purpose,
      );
      for (const [i, { settle }] of batch.entries())
        settle(answers.then((results) => results[i] ?? fail('VERIFIER_FAILED', 'no answer')));
    }
  };

  const check = (bytes: Uint8Array, purpose: Purpose): Promise<Result<CheckedFacts>> =>
    new Promise((resolve) => {
      if (wanted[purpose].length === 0) setImmediate(flush, purpose);
      wanted[purpose].push({ bytes, settle: resolve });
    });

  const verifyOne = async (bytes: Uint8Array, purpose: Purpose): Promise<Result<VerifiedTransaction>> => {
    const key = keyOf(bytes);
    const before = known(key, bytes);
    if (before !== undefined) return before;
    const facts = await check(bytes, purpose);
    return facts.ok ? withFacts(key, bytes, facts.value) : facts;
  };

  return {
    verify,
    verifyAll: (transactions, purpose = 'mempool') =>
      Promise.all(transactions.map((bytes) => verifyOne(bytes, purpose))),
    recover,
    close: pool.close,
  };
};
