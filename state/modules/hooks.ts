/** What modules do at the end of every block, after its transactions: in this order, part of the protocol. */
import { expireCommits } from './acceptance.ts';
import { closeEpochs } from './epochs.ts';
import { payWithdrawals } from './escrow.ts';
import type { Hook } from './hook.ts';
import { expireBatches, finaliseSettlements } from './payouts.ts';

export const END_BLOCK: readonly Hook[] = [
  expireCommits,
  payWithdrawals,
  finaliseSettlements,
  expireBatches,
  // Last, so that what became final in the last block of an epoch is part of it.
  closeEpochs,
];
