/**
 * Escrow: what a payer may spend with one provider, and how far its vouchers have been used up.
 *
 *     escrow/<payer>/<provider>             the channel's deposit
 *     vouchers/<payer>/<provider>/<model>   what its vouchers have paid for so far
 */
import { type Address, type Root, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { minBig, sumBig } from '../../../src/lib/math.ts';
import { address20, container, list, root32, type Ssz, uint64, uint128 } from '../../../src/lib/ssz.ts';
import { hexKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import type { Hook } from '../kit/context.ts';
import { queue } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { account, payFromPot } from './accounts.ts';

export type Withdrawal = {
  readonly amount: bigint;
  /** It is paid at the end of this block. */
  readonly matures: bigint;
};

export type Channel = {
  /** Base units, in the pot `escrow`: all that receipts can draw on, what is to be withdrawn included. */
  readonly deposit: bigint;
  /** In the order asked. */
  readonly withdrawals: readonly Withdrawal[];
};

/** Withdrawals of one channel under way at a time. */
export const WITHDRAWALS_MAX = 16;

const ChannelType: Ssz<Channel> = container<Channel>({
  deposit: uint128,
  withdrawals: list(container<Withdrawal>({ amount: uint128, matures: uint64 }), WITHDRAWALS_MAX),
});

/** How far the vouchers of one payer, provider and model have been used up by receipts. */
export type VoucherUse = {
  /** Σ of the receipts' charges, base units. */
  readonly amount: bigint;
  readonly count: bigint;
  readonly accumulator: Root;
};

const VoucherUseType: Ssz<VoucherUse> = container<VoucherUse>({
  amount: uint128,
  count: uint64,
  accumulator: root32,
});

export type ChannelId = { readonly payer: Address; readonly provider: Address };

const ChannelIdType: Ssz<ChannelId> = container<ChannelId>({ payer: address20, provider: address20 });

const channelKey = ({ payer, provider }: ChannelId): Key => `escrow/${hexKey(payer)}/${hexKey(provider)}`;
const voucherKey = ({ payer, provider }: ChannelId, model: number): Key =>
  `vouchers/${hexKey(payer)}/${hexKey(provider)}/${numberKey(model)}`;

/** Channels by the height at which one of their withdrawals matures. */
export const maturingWithdrawals = queue('due/withdrawals', ChannelIdType);

export const channelOf = (view: ReadView, id: ChannelId): Channel =>
  load(view, channelKey(id), ChannelType) ?? { deposit: 0n, withdrawals: [] };

export const setChannel = (view: View, id: ChannelId, channel: Channel): void =>
  save(view, channelKey(id), ChannelType, channel);

/** Before the first voucher: nothing, and the accumulator is zero. */
export const voucherUseOf = (view: ReadView, id: ChannelId, model: number): VoucherUse =>
  load(view, voucherKey(id, model), VoucherUseType) ?? { amount: 0n, count: 0n, accumulator: ZERO_ROOT };

export const setVoucherUse = (view: View, id: ChannelId, model: number, use: VoucherUse): void =>
  save(view, voucherKey(id, model), VoucherUseType, use);

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
