/** What modules do at the end of every block, after its transactions: in this order, part of the protocol. */
import { expireCommits, returnBonds } from './acceptance.ts';
import { drawCalibrations, finaliseCalibrations } from './calibrating.ts';
import { expireDemands } from './disputes.ts';
import { closeEpochs } from './epochs.ts';
import { payWithdrawals } from './escrow.ts';
import { expireReceipts, finaliseSettlements } from './finality.ts';
import type { Hook } from './hook.ts';

export const END_BLOCK: readonly Hook[] = [
  expireCommits,
  returnBonds,
  payWithdrawals,
  // Before anything becomes final: an answer was due.
  expireDemands,
  drawCalibrations,
  finaliseCalibrations,
  finaliseSettlements,
  expireReceipts,
  // Last, so that what became final in the last block of an epoch is part of it.
  closeEpochs,
];
