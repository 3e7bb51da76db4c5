/** The handler of each kind, by the kind's name. The compiler reports a missing handler. */

import type { Fault } from '../errors/execution.ts';
import type { TxContext } from '../modules/kit/context.ts';
import type { BodyOf, KindName, Payload } from '../tx/registry.ts';
import { applyAttributionAnswer } from './attribution-answer.ts';
import { applyAttributionBacking } from './attribution-backing.ts';
import { applyAttributionChallenge } from './attribution-challenge.ts';
import { applyAttributionExcuse } from './attribution-excuse.ts';
import { applyAttributionSettlement } from './attribution-settlement.ts';
import { applyContributionCommit } from './contribution-commit.ts';
import { applyContributionReview } from './contribution-review.ts';
import { applyDataContribution } from './data-contribution.ts';
import { applyDatanetCreate } from './datanet-create.ts';
import { applyEscrowDeposit } from './escrow-deposit.ts';
import { applyEscrowWithdraw } from './escrow-withdraw.ts';
import type { Handler } from './handler.ts';
import { applyInferenceReceipt } from './inference-receipt.ts';
import { applyModelCalibration } from './model-calibration.ts';
import { applyModelRegistration } from './model-registration.ts';
import { applyModelRevision } from './model-revision.ts';
import { applyRewardClaim } from './reward-claim.ts';
import { applyTransfer } from './transfer.ts';

type Handlers = { readonly [N in KindName]: Handler<Payload<N>> };

const HANDLERS: Handlers = {
  transfer: applyTransfer,
  datanetCreate: applyDatanetCreate,
  contributionCommit: applyContributionCommit,
  dataContribution: applyDataContribution,
  contributionReview: applyContributionReview,
  modelRegistration: applyModelRegistration,
  escrowDeposit: applyEscrowDeposit,
  escrowWithdraw: applyEscrowWithdraw,
  inferenceReceipt: applyInferenceReceipt,
  attributionSettlement: applyAttributionSettlement,
  attributionChallenge: applyAttributionChallenge,
  attributionAnswer: applyAttributionAnswer,
  rewardClaim: applyRewardClaim,
  modelCalibration: applyModelCalibration,
  modelRevision: applyModelRevision,
  attributionExcuse: applyAttributionExcuse,
  attributionBacking: applyAttributionBacking,
};

/** Applies a body, or returns the fault for which it cannot be applied. */
export const applyBody = <N extends KindName>(context: TxContext, body: BodyOf<N>): Fault | undefined =>
  HANDLERS[body.name](context, body.payload);
