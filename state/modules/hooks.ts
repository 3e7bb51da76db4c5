/** What modules do at the end of every block, after its transactions: in this order, part of the protocol. */
import { expireCommits, returnBonds } from './acceptance.ts';
import { closeEpochs } from './epochs.ts';
import { payWithdrawals } from './escrow.ts';
import { expireReceipts, finaliseSettlements } from './finality.ts';
import type { Hook } from './hook.ts';

export const END_BLOCK: readonly Hook[] = [
  expireCommits,
  returnBonds,
  payWithdrawals,
  finaliseSettlements,
  expireReceipts,
  // Last, so that what became final in the last block of an epoch is part of it.
  closeEpochs,
];
