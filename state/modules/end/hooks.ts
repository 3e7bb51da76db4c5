/**
 * The steps that modules run at the end of every block, after its transactions. The order is part of the
 * protocol.
 */
import { expireCommits, returnBonds } from '../data/acceptance.ts';
import { expireDemands } from '../disputes/disputes.ts';
import type { Hook } from '../kit/context.ts';
import { payWithdrawals } from '../ledger/escrow.ts';
import { closeEpochs } from '../pay/epoch-close.ts';
import { vestEarnings } from '../pay/vesting.ts';
import { drawCalibrations, finaliseCalibrations, findSeeds } from './calibrating.ts';
import { dropShortClaims, expireReceipts, finaliseSettlements } from './finality.ts';

export const END_BLOCK: readonly Hook[] = [
  expireCommits,
  returnBonds,
  payWithdrawals,
  // Before anything becomes final: an answer was due.
  expireDemands,
  drawCalibrations,
  findSeeds,
  finaliseCalibrations,
  finaliseSettlements,
  // After those that end the demands on them.
  dropShortClaims,
  expireReceipts,
  // After claims have become final or have ended.
  vestEarnings,
  // Last, so that what became final in the last block of an epoch is part of it.
  closeEpochs,
];
