/** The money of the whole economy, and of one escrow. Pure reads over the state of one height. */

import { type Address, nextHeight } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import { POTS, type Pot, potTotal } from '../modules/ledger/accounts.ts';
import { attestorOf } from '../modules/ledger/attestors.ts';
import {
  type Channel,
  type ChannelId,
  channelOf,
  type VoucherUse,
  voucherUseOf,
  withdrawing,
} from '../modules/ledger/escrow.ts';
import { paramsOf } from '../modules/ledger/parameters.ts';
import { type Totals, totalsOf } from '../modules/ledger/totals.ts';
import { freeInEpoch } from '../modules/pay/vesting.ts';
import { epochEnd } from '../modules/receipts/receipts.ts';
import { lockedBondOf } from '../modules/receipts/settlements.ts';
import type { ReadView } from '../view.ts';
import { fail } from './errors.ts';
import type { CommittedState } from './query.ts';

export type EconomyInfo = {
  readonly totals: Totals;
  /** Base units in each pot. */
  readonly pots: readonly { readonly pot: Pot; readonly amount: bigint }[];
};

export const getEconomy = (view: ReadView): EconomyInfo => ({
  totals: totalsOf(view),
  pots: POTS.map((pot) => ({ pot, amount: potTotal(view, pot) })),
});

export type EscrowInfo = Channel & {
  /** The part of the deposit that is being withdrawn. Receipts may still draw on it. */
  readonly withdrawing: bigint;
};

export const getEscrow = (view: ReadView, id: ChannelId): EscrowInfo => {
  const channel = channelOf(view, id);
  return { ...channel, withdrawing: withdrawing(channel) };
};

/**
 * Returns how much of the payer's vouchers for this provider and lane is used: the next voucher continues from there.
 */
export const getVoucherUse = (view: ReadView, id: ChannelId, lane: number): VoucherUse =>
  voucherUseOf(view, id, lane);

export type AttestorInfo = {
  readonly payout: Address;
  readonly bond: bigint;
  /** Behind claims that are not final yet, and beside what has not vested. */
  readonly locked: bigint;
};

export const getAttestor = (view: ReadView, address: Address): AttestorInfo | undefined => {
  const attestor = attestorOf(view, address);
  return attestor === undefined ? undefined : { ...attestor, locked: lockedBondOf(view, address) };
};

/** Returns an attestor with what it can lock behind claims in the next block, base units: 0 if a late proof keeps it from settling. */
export const getAttestorAt = (
  { view, height }: CommittedState,
  address: Address,
): (AttestorInfo & { readonly free: bigint }) | undefined => {
  const attestor = getAttestor(view, address);
  if (attestor === undefined) return undefined;
  const params = paramsOf(view).attribution;
  const epoch = epochEnd(nextHeight(height), params);
  return { ...attestor, free: freeInEpoch(view, { attestor: address, epoch }, params) };
};

export const ECONOMY_QUERIES = {
  escrow_get: ({ view }: CommittedState, id: ChannelId) => ok(getEscrow(view, id)),

  escrow_getVoucher: ({ view }: CommittedState, { lane, ...id }: ChannelId & { readonly lane: number }) =>
    ok(getVoucherUse(view, id, lane)),

  attestor_get: (state: CommittedState, { address }: { readonly address: Address }) => {
    const attestor = getAttestorAt(state, address);
    return attestor === undefined ? fail('ATTESTOR_NOT_FOUND', 'this account is no attestor') : ok(attestor);
  },

  rewards_totals: ({ view }: CommittedState) => ok(getEconomy(view)),
};
