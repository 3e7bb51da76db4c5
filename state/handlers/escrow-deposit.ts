import { account, move, pot } from '../modules/ledger/accounts.ts';
import { channelOf, setChannel } from '../modules/ledger/escrow.ts';
import type { EscrowDeposit } from '../tx/escrow-deposit.ts';
import type { Handler } from './handler.ts';

export const applyEscrowDeposit: Handler<EscrowDeposit> = ({ view, sender, emit }, { provider, amount }) => {
  const refused = move(view, account(sender), pot('escrow'), amount);
  if (refused !== undefined) return refused;
  const id = { payer: sender, provider };
  const channel = channelOf(view, id);
  const deposit = channel.deposit + amount;
  setChannel(view, id, { ...channel, deposit });
  emit({
    type: 'escrowDeposited',
    data: { payer: sender, provider, amount, deposit },
  });
  return undefined;
};
