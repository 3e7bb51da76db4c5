/**
 * Accounts, and every other place where money lies. Money only ever moves: one function takes it from one holder and
 * gives it to another, so that the sum over all holders is, at any time, what genesis put there.
 */
import type { Address } from '../../../src/lib/brands.ts';
import { invariant, unwrap } from '../../../src/lib/errors.ts';
import { MAX_UINT128 } from '../../../src/lib/math.ts';
import { container, uint64, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import { type Fault, fault } from '../../errors/execution.ts';
import { bytesKey, type Key, keyBytes, type ReadView, type View } from '../../view.ts';

export const AccountType = container({
  /** Base units: 10^-18 OPEN. */
  balance: uint128,
  /** The nonce of the next transaction: how many have been executed. */
  nonce: uint64,
});
export type Account = ValueOf<typeof AccountType>;

/** Base units in one OPEN. */
export const OPEN = 10n ** 18n;
/** All there is, from genesis on: balances and pots together. */
export const TOTAL_SUPPLY = 1_000_000_000n * OPEN;

/**
 * Money that belongs to no balance: taken out of circulation, or held for a purpose by the module that is named.
 * A pot knows its total only; who has a claim on it is in that module's own state.
 */
export const POTS = [
  'burnedGas',
  'burnedFees',
  'burnedBonds',
  'treasury',
  'stakes',
  'attestorBonds',
  'contributionBonds',
  'reviewBonds',
  'challengeBonds',
  'escrow',
  'heldFees',
  'vesting',
  'rewards',
  'dataPools',
] as const;
export type Pot = (typeof POTS)[number];

export type Holder =
  | { readonly type: 'account'; readonly address: Address }
  | { readonly type: 'pot'; readonly pot: Pot };

export const account = (address: Address): Holder => ({ type: 'account', address });
export const pot = (name: Pot): Holder => ({ type: 'pot', pot: name });

const ACCOUNTS = 'accounts/';
export const accountKey = (address: Address): Key => `${ACCOUNTS}${bytesKey(address)}`;
/** Returns the address whose account has this key. Undefined if it is the key of something else. */
export const accountAt = (key: Key): Address | undefined =>
  key.startsWith(ACCOUNTS) ? (keyBytes(key.slice(ACCOUNTS.length)) as Address) : undefined;
export const potKey = (name: Pot): Key => `pots/${name}`;

const EMPTY: Account = { balance: 0n, nonce: 0n };

/** An address never used has an empty account, which is not stored. */
export const accountOf = (view: ReadView, address: Address): Account => {
  const bytes = view.get(accountKey(address));
  return bytes === undefined ? EMPTY : unwrap(AccountType.decode(bytes));
};

const setAccount = (view: View, address: Address, value: Account): void => {
  view.set(accountKey(address), AccountType.encode(value));
};

export const potTotal = (view: ReadView, name: Pot): bigint => {
  const bytes = view.get(potKey(name));
  return bytes === undefined ? 0n : unwrap(uint128.decode(bytes));
};

/** Brings money into being: for genesis alone. */
export const mint = (view: View, to: Holder, amount: bigint): void => {
  credit(view, to, amount);
};

const credit = (view: View, to: Holder, amount: bigint): void => {
  if (to.type === 'pot') {
    const total = potTotal(view, to.pot) + amount;
    invariant(total <= MAX_UINT128, `the pot ${to.pot} holds less than 2^128`);
    view.set(potKey(to.pot), uint128.encode(total));
    return;
  }
  const before = accountOf(view, to.address);
  const balance = before.balance + amount;
  invariant(balance <= MAX_UINT128, 'a balance is below 2^128: the whole supply is');
  setAccount(view, to.address, { balance, nonce: before.nonce });
};

/**
 * Moves `amount` (>= 0). Fault `BALANCE_TOO_LOW` if the account has less. A pot that would have to give more than it
 * holds is a bug of its module, and thrown.
 */
export const move = (view: View, from: Holder, to: Holder, amount: bigint): Fault | undefined => {
  invariant(amount >= 0n, 'money moves forwards');
  if (amount === 0n) return undefined;
  if (from.type === 'pot') {
    const total = potTotal(view, from.pot);
    invariant(
      total >= amount,
      `the pot ${from.pot} holds ${total}, less than the ${amount} to be paid from it`,
    );
    view.set(potKey(from.pot), uint128.encode(total - amount));
  } else {
    const before = accountOf(view, from.address);
    if (before.balance < amount)
      return fault('BALANCE_TOO_LOW', `the balance is ${before.balance}, ${amount} is needed`, {
        balance: before.balance.toString(),
        needed: amount.toString(),
      });
    setAccount(view, from.address, { balance: before.balance - amount, nonce: before.nonce });
  }
  credit(view, to, amount);
  return undefined;
};

/** Pays out of a pot: what cannot fail but by a bug. */
export const payFromPot = (view: View, from: Pot, to: Holder, amount: bigint): void => {
  const refused = move(view, pot(from), to, amount);
  invariant(refused === undefined, 'a pot pays or throws');
};

/**
 * Takes the price of one transaction from its sender, who has it, and uses up the nonce: `burned` is out of circulation,
 * `tip` goes to `payout`. One write for the sender, because this happens for every transaction.
 */
export const payForTransaction = (
  view: View,
  sender: Address,
  price: { readonly burned: bigint; readonly tip: bigint },
  payout: Address,
): void => {
  const before = accountOf(view, sender);
  const balance = before.balance - price.burned - price.tip;
  invariant(balance >= 0n, 'a transaction is charged to who can pay it');
  setAccount(view, sender, { balance, nonce: before.nonce + 1n });
  credit(view, pot('burnedGas'), price.burned);
  if (price.tip > 0n) credit(view, account(payout), price.tip);
};
