/**
 * Escrow: what a payer may spend with one provider, and how far its vouchers have been used up.
 *
 *     escrow/<payer>/<provider>             the channel's deposit
 *     vouchers/<payer>/<provider>/<lane>    what the vouchers of one lane have paid for so far
 */

import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { minBig, sumBig } from '../../../src/lib/math.ts';
import { address20, container, list, root32, uint64, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import type { Hook } from '../kit/context.ts';
import { queue } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { account, payFromPot } from './accounts.ts';

const WithdrawalType = container({
  amount: uint128,
  /** It is paid at the end of this block. */
  matures: height64,
});

/** Withdrawals of one channel under way at a time. */
export const WITHDRAWALS_MAX = 16;

const ChannelType = container({
  /** Base units, in the pot `escrow`: all that receipts can draw on, what is to be withdrawn included. */
  deposit: uint128,
  /** The withdrawals in the order in which they were requested. */
  withdrawals: list(WithdrawalType, WITHDRAWALS_MAX),
});
export type Channel = ValueOf<typeof ChannelType>;

const VoucherUseType = container({
  /** Σ of the receipts' charges, base units. */
  amount: uint128,
  count: uint64,
  accumulator: root32,
});
/** The amount of the vouchers of one payer, provider and lane that receipts have used. */
export type VoucherUse = ValueOf<typeof VoucherUseType>;

const ChannelIdType = container({
  payer: address20,
  provider: address20,
});
export type ChannelId = ValueOf<typeof ChannelIdType>;

const channelKey = ({ payer, provider }: ChannelId): Key => `escrow/${bytesKey(payer)}/${bytesKey(provider)}`;
const voucherKey = ({ payer, provider }: ChannelId, lane: number): Key =>
  `vouchers/${bytesKey(payer)}/${bytesKey(provider)}/${numberKey(lane)}`;

/** Channels by the height at which one of their withdrawals matures. */
export const maturingWithdrawals = queue('due/withdrawals', ChannelIdType);

export const channelOf = (view: ReadView, id: ChannelId): Channel =>
  load(view, channelKey(id), ChannelType) ?? { deposit: 0n, withdrawals: [] };

export const setChannel = (view: View, id: ChannelId, channel: Channel): void =>
  save(view, channelKey(id), ChannelType, channel);

/** Before the first voucher: nothing, and the accumulator is zero. */
export const voucherUseOf = (view: ReadView, id: ChannelId, lane: number): VoucherUse =>
  load(view, voucherKey(id, lane), VoucherUseType) ?? { amount: 0n, count: 0n, accumulator: ZERO_ROOT };

export const setVoucherUse = (view: View, id: ChannelId, lane: number, use: VoucherUse): void =>
  save(view, voucherKey(id, lane), VoucherUseType, use);

/** Base units already on their way out. */
export const withdrawing = (channel: Channel): bigint =>
  sumBig(channel.withdrawals.map(({ amount }) => amount));

/** Pays what has matured, as far as receipts have left it. */
export const payWithdrawals: Hook = ({ view, block, emit }) => {
  for (const id of maturingWithdrawals.take(view, block.height)) {
    const channel = channelOf(view, id);
    const due = channel.withdrawals.filter(({ matures }) => matures <= block.height);
    const paid = minBig(channel.deposit, sumBig(due.map(({ amount }) => amount)));
    const deposit = channel.deposit - paid;
    setChannel(view, id, {
      deposit,
      withdrawals: channel.withdrawals.filter(({ matures }) => matures > block.height),
    });
    payFromPot(view, 'escrow', account(id.payer), paid);
    emit({ type: 'escrowWithdrawn', data: { ...id, amount: paid, deposit } });
  }
};
