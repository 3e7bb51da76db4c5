/**
 * Whether the sender of a transaction pays for it, and what it costs. One answer for the three that ask: a block may hold
 * only what is paid (docs/protocol.md#blocks), a proposer builds such blocks, and a mempool refuses what no block may hold.
 */

import type { Address, Height } from '../src/lib/brands.ts';
import { fromHex, toHex } from '../src/lib/bytes.ts';
import { ok, unwrap } from '../src/lib/errors.ts';
import { type Fault, fail, fault, type Result } from './errors/execution.ts';
import { type Account, accountAt, accountOf } from './modules/ledger/accounts.ts';
import { type Fee, feeOf } from './modules/ledger/fees.ts';
import type { Transaction } from './tx/transaction.ts';
import type { ReadView, Writes } from './view.ts';

/** The facts about a transaction that decide about its fee. */
export type Payable = Pick<Transaction, 'nonce' | 'maxFee' | 'tip' | 'validUntil'> & {
  readonly gas: bigint;
};

/** What the chain asks of every transaction in the block of a height. It follows from the state before the block. */
export type FeeTerms = { readonly height: Height; readonly baseFee: bigint };

/** Reads an account by its address, 0x-hex. */
export type AccountsOf = (sender: string) => Account;

export const accountsOf =
  (view: ReadView): AccountsOf =>
  (sender) =>
    accountOf(view, unwrap(fromHex(sender, 20)) as Address);

/** Returns the addresses, 0x-hex, of the accounts among these writes. */
export const accountsIn = (writes: Writes): readonly string[] => {
  const addresses: string[] = [];
  for (const key of writes.keys()) {
    const address = accountAt(key);
    if (address !== undefined) addresses.push(toHex(address));
  }
  return addresses;
};

const checkNonce = (account: Account, nonce: bigint): Fault | undefined => {
  const fields = { expected: account.nonce.toString(), nonce: nonce.toString() };
  if (nonce < account.nonce)
    return fault('NONCE_TOO_LOW', `the nonce ${nonce} is used; the next is ${account.nonce}`, fields);
  if (nonce > account.nonce)
    return fault('NONCE_TOO_HIGH', `the nonce is ${nonce}; the next is ${account.nonce}`, fields);
  return undefined;
};

const checkFee = (account: Account, tx: Payable, { height, baseFee }: FeeTerms): Result<Fee> => {
  const { maxFee, tip, validUntil, gas } = tx;
  if (height > validUntil)
    return fail('TX_EXPIRED', `valid until height ${validUntil}; this is ${height}`, {
      validUntil: validUntil.toString(),
      height: height.toString(),
    });
  if (account.balance < maxFee)
    return fail('BALANCE_BELOW_MAX_FEE', `the balance ${account.balance} does not cover maxFee ${maxFee}`, {
      balance: account.balance.toString(),
      maxFee: maxFee.toString(),
    });
  const fee = feeOf(gas, baseFee, maxFee, tip);
  if (fee === undefined)
    return fail('MAX_FEE_TOO_LOW', `maxFee ${maxFee} is less than ${gas} gas at ${baseFee}`, {
      maxFee: maxFee.toString(),
      gas: gas.toString(),
      baseFee: baseFee.toString(),
    });
  return ok(fee);
};

/**
 * Returns the fee of a transaction that is the next of its sender. Faults: `NONCE_TOO_LOW`, `NONCE_TOO_HIGH`, `TX_EXPIRED`,
 * `BALANCE_BELOW_MAX_FEE`, `MAX_FEE_TOO_LOW`.
 */
export const feeOfNext = (account: Account, tx: Payable, terms: FeeTerms): Result<Fee> => {
  const refused = checkNonce(account, tx.nonce);
  return refused === undefined ? checkFee(account, tx, terms) : { ok: false, fault: refused };
};

/**
 * Opens the accounts of the senders of one block, as the state before the block has them. Returns a function that charges
 * one transaction after the other, in the order of the block: it returns the fee, or why a block with this transaction in
 * this place is invalid. Faults: those of {@link feeOfNext}. A charge takes the fee and the nonce from the open account and
 * nothing else, so the answer does not depend on what the transactions do: fees are paid before anything is executed.
 */
export const openCharges = (
  terms: FeeTerms,
  accounts: AccountsOf,
): ((sender: string, tx: Payable) => Result<Fee>) => {
  const open = new Map<string, Account>();
  return (sender, tx) => {
    const account = open.get(sender) ?? accounts(sender);
    const fee = feeOfNext(account, tx, terms);
    if (!fee.ok) return fee;
    open.set(sender, {
      nonce: account.nonce + 1n,
      balance: account.balance - fee.value.burned - fee.value.tip,
    });
    return fee;
  };
};

/** How far a waiting transaction's nonce may be ahead of its account's. */
export const MAX_NONCE_GAP = 4096n;

/**
 * Returns why a mempool refuses a transaction, if the next block has these terms: like {@link feeOfNext}, but a nonce may
 * wait for those before it. The balance is held against this transaction alone.
 */
export const checkForMempool = (account: Account, tx: Payable, terms: FeeTerms): Fault | undefined => {
  const { nonce } = tx;
  if (nonce < account.nonce || nonce > account.nonce + MAX_NONCE_GAP) return checkNonce(account, nonce);
  const fee = checkFee(account, tx, terms);
  return fee.ok ? undefined : fee.fault;
};
