/** The waiting transactions of one sender, and which of them the next block could hold. */
import type { Height } from '../../src/lib/brands.ts';
import type { Account } from '../../state/modules/ledger/accounts.ts';
import { feeOf } from '../../state/modules/ledger/fees.ts';

export type PoolTransaction = {
  /** The transaction's id, 0x-hex. */
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The sender's address, 0x-hex. */
  readonly sender: string;
  readonly nonce: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly validUntil: Height;
  readonly gas: bigint;
};

export type Entry = {
  readonly transaction: PoolTransaction;
  /** The number of transactions that had arrived before. */
  readonly arrival: number;
};

/** The account of a sender, and the base fee of the next block. */
export type Means = Account & { readonly baseFee: bigint };

/** What of a transaction decides whether it can be paid. */
type Bill = Pick<PoolTransaction, 'nonce' | 'maxFee' | 'tip' | 'gas'>;

/**
 * What may be stuck of one sender. Gossip comes in any order, four batches at a time, so many of an honest sender are stuck for a
 * moment.
 */
const STUCK_MAX = { entries: 512, bytes: 2 << 20 } as const;

export type Queue = {
  readonly entries: ReadonlyMap<bigint, Entry>;
  /** Whether one more of so many bytes may be stuck. */
  readonly mayStick: (byteLength: number) => boolean;
  /** The first nonce that the next block cannot hold. Those below are payable, the others are stuck. */
  readonly next: () => bigint;
  /** The base fee by which the payable ones were found. */
  readonly baseFee: () => bigint;
  /** Whether a transaction would be payable, if it was added or took the place of one with its nonce. */
  readonly isPayable: (bill: Bill) => boolean;
  /** Adds one, in place of the one with its nonce if there is any. */
  readonly add: (entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
  /** Finds out anew which ones are payable, after a block. */
  readonly settle: (means: Means) => void;
};

/**
 * Returns the tip that a proposer gets for a transaction at a base fee: as much of it as `maxFee` leaves room for. Undefined if
 * no block with this base fee may hold it.
 */
export const tipAt = ({ gas, maxFee, tip }: Omit<Bill, 'nonce'>, baseFee: bigint): bigint | undefined =>
  feeOf(gas, baseFee, maxFee, tip)?.tip;

/** What the next block would take for it. Undefined if its `maxFee` is too low. */
const costOf = ({ gas, maxFee, tip }: Bill, baseFee: bigint): bigint | undefined => {
  const fee = feeOf(gas, baseFee, maxFee, tip);
  return fee === undefined ? undefined : fee.burned + fee.tip;
};

/** @param allStuck - the stuck ones of all senders, those first that have been stuck longest */
export const createQueue = (first: Means, allStuck: Set<Entry>): Queue => {
  const entries = new Map<bigint, Entry>();
  let { nonce: next, balance: left, baseFee } = first;
  let stuck = 0;
  let stuckBytes = 0;

  const stick = (entry: Entry): void => {
    if (allStuck.has(entry)) return;
    allStuck.add(entry);
    stuck += 1;
    stuckBytes += entry.transaction.bytes.length;
  };
  const free = (entry: Entry): void => {
    if (!allStuck.delete(entry)) return;
    stuck -= 1;
    stuckBytes -= entry.transaction.bytes.length;
  };

  /** Goes on from `next` as far as the transactions are there and the money lasts. */
  const extend = (): void => {
    for (let entry = entries.get(next); entry !== undefined; entry = entries.get(next)) {
      const cost = costOf(entry.transaction, baseFee);
      if (cost === undefined || left < entry.transaction.maxFee) return;
      left -= cost;
      next += 1n;
      free(entry);
    }
  };

  return {
    entries,
    mayStick: (byteLength) =>
      stuck === 0 || (stuck < STUCK_MAX.entries && stuckBytes + byteLength <= STUCK_MAX.bytes),
    next: () => next,
    baseFee: () => baseFee,
    isPayable: (bill) =>
      bill.nonce < next ||
      (bill.nonce === next && left >= bill.maxFee && costOf(bill, baseFee) !== undefined),
    add: (entry) => {
      const { transaction } = entry;
      const standing = entries.get(transaction.nonce);
      if (standing !== undefined) free(standing);
      entries.set(transaction.nonce, entry);
      if (transaction.nonce < next) {
        // What it pays less or more counts from now on; whether those behind it can still be paid, after the next block.
        const before = standing === undefined ? 0n : (costOf(standing.transaction, baseFee) ?? 0n);
        left += before - (costOf(transaction, baseFee) ?? 0n);
        return;
      }
      stick(entry);
      extend();
    },
    remove: (entry) => {
      free(entry);
      entries.delete(entry.transaction.nonce);
    },
    settle: (means) => {
      ({ nonce: next, balance: left, baseFee } = means);
      extend();
      for (const entry of entries.values()) if (entry.transaction.nonce >= next) stick(entry);
    },
  };
};
