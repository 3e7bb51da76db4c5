import { heightAfter } from '../../src/lib/brands.ts';
import { maxBig } from '../../src/lib/math.ts';
import { fault } from '../errors/execution.ts';
import {
  channelOf,
  maturingWithdrawals,
  setChannel,
  WITHDRAWALS_MAX,
  withdrawing,
} from '../modules/ledger/escrow.ts';
import type { EscrowWithdraw } from '../tx/escrow-withdraw.ts';
import type { Handler } from './handler.ts';

export const applyEscrowWithdraw: Handler<EscrowWithdraw> = (
  { view, sender, block, emit },
  { provider, amount },
) => {
  const id = { payer: sender, provider };
  const channel = channelOf(view, id);
  // Receipts may have drawn on what is on its way out.
  const free = maxBig(0n, channel.deposit - withdrawing(channel));
  if (amount > free)
    return fault('ESCROW_TOO_LOW', `${free} of the deposit is not on its way out, ${amount} is asked`, {
      free: free.toString(),
      asked: amount.toString(),
    });
  if (channel.withdrawals.length >= WITHDRAWALS_MAX)
    return fault('ESCROW_WITHDRAWALS', `${WITHDRAWALS_MAX} withdrawals are under way already`);
  const matures = heightAfter(block.height, BigInt(block.params.escrow.withdrawDelay));
  setChannel(view, id, { ...channel, withdrawals: [...channel.withdrawals, { amount, matures }] });
  maturingWithdrawals.add(view, matures, id);
  emit({
    type: 'escrowWithdrawalRequested',
    data: { payer: sender, provider, amount, matures },
  });
  return undefined;
};
