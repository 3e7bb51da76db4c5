import { account, move } from '../modules/ledger/accounts.ts';
import type { Transfer } from '../tx/transfer.ts';
import type { Handler } from './handler.ts';

export const applyTransfer: Handler<Transfer> = ({ view, sender, emit }, { to, amount }) => {
  const refused = move(view, account(sender), account(to), amount);
  if (refused !== undefined) return refused;
  emit({ type: 'transfer', data: { from: sender, to, amount } });
  return undefined;
};
