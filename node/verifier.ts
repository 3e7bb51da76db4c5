/**
 * Checks transactions once: what came by gossip is not verified again when it stands in a block. Keyed by the sha256 of
 * the bytes, so that a known id with another signature is another entry.
 */
import type { Address, Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { ok, type Result } from '../src/lib/errors.ts';
import { sha256 } from '../src/lib/hash.ts';
import { recoverAddress } from '../src/lib/secp256k1.ts';
import type { Recover } from '../state/tx/kind.ts';
import {
  checkTransaction,
  decodeTransaction,
  type TransactionRules,
  type VerifiedTransaction,
} from '../state/tx/transaction.ts';

export type Verifier = {
  /** Faults: those of `decodeTransaction` and `checkTransaction`. */
  readonly verify: (bytes: Uint8Array) => Result<VerifiedTransaction>;
  /** Recovers a signer, or remembers it. */
  readonly recover: Recover;
};

/** A map that forgets what was put in first when the sum of its sizes passes a bound. */
const boundedMap = <V>(limit: number) => {
  const entries = new Map<string, { readonly value: V; readonly size: number }>();
  let total = 0;
  return {
    get: (key: string): V | undefined => entries.get(key)?.value,
    set: (key: string, value: V, size: number): void => {
      if (entries.has(key)) return;
      entries.set(key, { value, size });
      total += size;
      for (const [oldest, entry] of entries) {
        if (total <= limit) break;
        entries.delete(oldest);
        total -= entry.size;
      }
    },
  };
};

/** Decoded transactions take several times their bytes in memory, so these are few… */
const DECODED_BYTES = 8 << 20;
/** …and what is known of a checked one is small, so these are many. */
const CHECKED_ENTRIES = 65_536;
const SIGNERS = 16_384;

export const createVerifier = (rules: TransactionRules): Verifier => {
  const decoded = boundedMap<VerifiedTransaction>(DECODED_BYTES);
  const checked = boundedMap<{ readonly id: Root; readonly gas: bigint }>(CHECKED_ENTRIES);
  const signers = boundedMap<Address>(SIGNERS);

  const recover: Recover = (digest, signature) => {
    const key = toBareHex(digest) + toBareHex(signature);
    const known = signers.get(key);
    if (known !== undefined) return ok(known);
    const recovered = recoverAddress(digest, signature);
    if (recovered.ok) signers.set(key, recovered.value, 1);
    return recovered;
  };

  const verify = (bytes: Uint8Array): Result<VerifiedTransaction> => {
    const key = toBareHex(sha256(bytes));
    const known = decoded.get(key);
    if (known !== undefined) return ok(known);
    const parts = decodeTransaction(bytes);
    if (!parts.ok) return parts;
    const before = checked.get(key);
    const verified: Result<VerifiedTransaction> =
      before === undefined
        ? checkTransaction(parts.value, rules, recoverAddress)
        : ok({ ...parts.value, ...before } as VerifiedTransaction);
    if (!verified.ok) return verified;
    decoded.set(key, verified.value, bytes.length);
    checked.set(key, { id: verified.value.id, gas: verified.value.gas }, 1);
    return verified;
  };

  return { verify, recover };
};
