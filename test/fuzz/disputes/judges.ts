/** What is under test: the judge of the chain, or one with a fault planted in it. */
import { judgeClaim } from '../../../state/attribution/witness/claim.ts';
import { judgeContribution } from '../../../state/attribution/witness/contribution.ts';
import { judgeOutdone } from '../../../state/attribution/witness/outdone.ts';
import { judgeReceipt } from '../../../state/attribution/witness/receipt.ts';

export type Judges = {
  readonly claim: typeof judgeClaim;
  readonly outdone: typeof judgeOutdone;
  readonly receipt: typeof judgeReceipt;
  readonly contribution: typeof judgeContribution;
};

export const JUDGES: Judges = {
  claim: judgeClaim,
  outdone: judgeOutdone,
  receipt: judgeReceipt,
  contribution: judgeContribution,
};
