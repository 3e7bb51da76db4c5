/**
 * May a transaction be executed, and what does it cost? One answer for blocks, which skip what may not, and for
 * mempools, which refuse it.
 */

import type { Height } from '../src/lib/brands.ts';
import { ok } from '../src/lib/errors.ts';
import { type Fault, fail, fault, type Result } from './errors/execution.ts';
import { type Account, accountOf } from './modules/ledger/accounts.ts';
import { type Fee, feeOf } from './modules/ledger/fees.ts';
import type { VerifiedTransaction } from './tx/transaction.ts';
import type { ReadView } from './view.ts';

const checkNonce = (account: Account, nonce: bigint): Fault | undefined => {
  const fields = { expected: account.nonce.toString(), nonce: nonce.toString() };
  if (nonce < account.nonce)
    return fault('NONCE_TOO_LOW', `the nonce ${nonce} is used; the next is ${account.nonce}`, fields);
  if (nonce > account.nonce)
    return fault('NONCE_TOO_HIGH', `the nonce is ${nonce}; the next is ${account.nonce}`, fields);
  return undefined;
};

const checkFee = (
  account: Account,
  tx: VerifiedTransaction,
  height: Height,
  baseFee: bigint,
): Result<Fee> => {
  const { maxFee, tip, validUntil } = tx.transaction;
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
  const fee = feeOf(tx.gas, baseFee, maxFee, tip);
  if (fee === undefined)
    return fail('MAX_FEE_TOO_LOW', `maxFee ${maxFee} is less than ${tx.gas} gas at ${baseFee}`, {
      maxFee: maxFee.toString(),
      gas: tx.gas.toString(),
      baseFee: baseFee.toString(),
    });
  return ok(fee);
};

/**
 * The fee of a transaction that the block of this height can execute next, or why it is skipped: `NONCE_TOO_LOW`,
 * `NONCE_TOO_HIGH`, `TX_EXPIRED`, `BALANCE_BELOW_MAX_FEE`, `MAX_FEE_TOO_LOW`.
 */
export const chargeable = (
  view: ReadView,
  tx: VerifiedTransaction,
  height: Height,
  baseFee: bigint,
): Result<Fee> => {
  const sender = accountOf(view, tx.transaction.from);
  const refused = checkNonce(sender, tx.transaction.nonce);
  return refused === undefined ? checkFee(sender, tx, height, baseFee) : { ok: false, fault: refused };
};

/** How far a waiting transaction's nonce may be ahead of its account's. */
export const MAX_NONCE_GAP = 4096n;

/**
 * Admission to a mempool whose next block is of `height`: like {@link chargeable}, but a nonce may wait for those before
 * it. The balance is held against this transaction alone.
 */
export const checkForMempool = (
  view: ReadView,
  tx: VerifiedTransaction,
  height: Height,
  baseFee: bigint,
): Fault | undefined => {
  const sender = accountOf(view, tx.transaction.from);
  const { nonce } = tx.transaction;
  if (nonce < sender.nonce || nonce > sender.nonce + MAX_NONCE_GAP) return checkNonce(sender, nonce);
  const fee = checkFee(sender, tx, height, baseFee);
  return fee.ok ? undefined : fee.fault;
};
