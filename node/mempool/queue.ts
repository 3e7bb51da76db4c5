/** The waiting transactions of one sender, and which of them the next block could hold. */
import type { Height } from '../../src/lib/brands.ts';
import { divFloor, minBig } from '../../src/lib/math.ts';
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

/** Base fees, from the lowest to the highest; undefined: no limit. */
export type FeeSpan = { readonly from: bigint | undefined; readonly to: bigint | undefined };

export type Queue = {
  readonly sender: string;
  readonly entries: ReadonlyMap<bigint, Entry>;
  /** Whether one more of so many bytes may be stuck. */
  readonly mayStick: (byteLength: number) => boolean;
  /** The first nonce that the next block cannot hold. Those below are payable, the others are stuck. */
  readonly next: () => bigint;
  /** By which the payable ones were found. */
  readonly means: () => Means;
  /** The first payable one. */
  readonly head: () => Entry | undefined;
  /** For these base fees the same ones are payable, while neither the account nor what waits here changes. */
  readonly span: () => FeeSpan;
  /** Whether a transaction would be payable, if it was added or took the place of one with its nonce. */
  readonly isPayable: (bill: Bill) => boolean;
  /**
   * Adds one, in place of the one with its nonce if there is any. If it took the place of a payable one, or one is removed, only
   * {@link Queue.settle} finds out which ones are payable then.
   */
  readonly add: (entry: Entry) => void;
  readonly remove: (entry: Entry) => void;
  /** Finds out anew which ones are payable. */
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

/** The highest base fee at which a transaction pays for its gas. */
const highestFeeOf = ({ gas, maxFee }: Bill): bigint | undefined =>
  gas === 0n ? undefined : divFloor(maxFee, gas);

/** @param allStuck - the stuck ones of all senders, those first that have been stuck longest */
export const createQueue = (sender: string, first: Means, allStuck: Set<Entry>): Queue => {
  const entries = new Map<bigint, Entry>();
  let means = first;
  let next = first.nonce;
  let left = first.balance;
  /** The sum of maxFee of the payable ones: what they cost at any base fee is at most this. */
  let atMost = 0n;
  let to: bigint | undefined;
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
    const { balance, baseFee } = means;
    for (let entry = entries.get(next); entry !== undefined; entry = entries.get(next)) {
      const { transaction } = entry;
      const cost = costOf(transaction, baseFee);
      if (cost === undefined || left < transaction.maxFee) return;
      // At a higher base fee those before it may leave too little for it.
      const highest = atMost + transaction.maxFee <= balance ? highestFeeOf(transaction) : baseFee;
      if (highest !== undefined) to = to === undefined ? highest : minBig(to, highest);
      left -= cost;
      atMost += transaction.maxFee;
      next += 1n;
      free(entry);
    }
  };

  /** The lowest base fee at which the first stuck one is still stuck, so that no more are payable. */
  const from = (): bigint | undefined => {
    const { nonce, balance, baseFee } = means;
    const first = entries.get(next)?.transaction;
    if (first === undefined) return undefined;
    const highest = highestFeeOf(first);
    if (highest !== undefined && highest < baseFee) return highest + 1n;
    // At a lower base fee those before it may leave enough for it.
    return next === nonce || balance < first.maxFee ? undefined : baseFee;
  };

  return {
    sender,
    entries,
    mayStick: (byteLength) =>
      stuck === 0 || (stuck < STUCK_MAX.entries && stuckBytes + byteLength <= STUCK_MAX.bytes),
    next: () => next,
    means: () => means,
    head: () => (next > means.nonce ? entries.get(means.nonce) : undefined),
    span: () => ({ from: from(), to }),
    isPayable: (bill) =>
      bill.nonce < next ||
      (bill.nonce === next && left >= bill.maxFee && costOf(bill, means.baseFee) !== undefined),
    add: (entry) => {
      const { transaction } = entry;
      const standing = entries.get(transaction.nonce);
      if (standing !== undefined) free(standing);
      entries.set(transaction.nonce, entry);
      if (transaction.nonce < next) {
        // What it pays less or more counts from now on.
        const before = standing === undefined ? 0n : (costOf(standing.transaction, means.baseFee) ?? 0n);
        left += before - (costOf(transaction, means.baseFee) ?? 0n);
        return;
      }
      stick(entry);
      extend();
    },
    remove: (entry) => {
      free(entry);
      entries.delete(entry.transaction.nonce);
    },
    settle: (now) => {
      means = now;
      next = now.nonce;
      left = now.balance;
      atMost = 0n;
      to = undefined;
      extend();
      for (const entry of entries.values()) if (entry.transaction.nonce >= next) stick(entry);
    },
  };
};
