/** Asks money back from the escrow with one provider; it is paid after a delay, as far as receipts leave it. */
import type { Address } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { fault } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { address20, container, uint128 } from '../../src/lib/ssz.ts';
import {
  channelOf,
  maturingWithdrawals,
  setChannel,
  WITHDRAWALS_MAX,
  withdrawing,
} from '../modules/ledger/escrow.ts';
import { formatOpen } from './action.ts';
import type { Kind } from './kind.ts';

export type EscrowWithdraw = { readonly provider: Address; readonly amount: bigint };

export const escrowWithdraw: Kind<EscrowWithdraw> = {
  id: 11,
  version: 1,
  name: 'escrowWithdraw',
  payload: container<EscrowWithdraw>({ provider: address20, amount: uint128 }),
  action: ({ provider, amount }) =>
    `withdraw ${formatOpen(amount)} OPEN from escrow with provider ${toHex(provider)}`,
  check: ({ amount }) =>
    amount === 0n ? fault('ESCROW_ZERO', 'a withdrawal is at least one base unit') : undefined,
  gas: () => 4_000n,
  apply: ({ view, sender, block, emit }, { provider, amount }) => {
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
    const matures = block.height + BigInt(block.params.escrow.withdrawDelay);
    setChannel(view, id, { ...channel, withdrawals: [...channel.withdrawals, { amount, matures }] });
    maturingWithdrawals.add(view, matures, id);
    emit({
      type: 'escrowWithdrawalAsked',
      data: {
        payer: toHex(sender),
        provider: toHex(provider),
        amount: amount.toString(),
        matures: matures.toString(),
      },
    });
    return undefined;
  },
};
