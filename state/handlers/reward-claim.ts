import { equal } from '../../src/lib/bytes.ts';
import { fault } from '../errors/execution.ts';
import { acceptedOf } from '../modules/data/contributions.ts';
import { account, payFromPot } from '../modules/ledger/accounts.ts';
import { modelOf, partiesOf } from '../modules/models/models.ts';
import {
  addClaimed,
  addEarnings,
  claimContribution,
  claimModel,
  claimStake,
  NO_EARNINGS,
  sumEarnings,
} from '../modules/pay/rewards.ts';
import type { RewardClaim } from '../tx/reward-claim.ts';
import type { Handler } from './handler.ts';

export const applyRewardClaim: Handler<RewardClaim> = (
  { view, sender, emit },
  { contributions, models, stake },
) => {
  let claimed = NO_EARNINGS;
  for (const contribution of contributions) {
    const accepted = acceptedOf(view, contribution);
    if (accepted === undefined || accepted.commons || !equal(accepted.owner, sender))
      return fault(
        'REWARD_NOT_OWNER',
        `contribution ${contribution} is no accepted contribution of the sender`,
        {
          contribution,
        },
      );
    const unclaimed = claimContribution(view, contribution, accepted);
    if (!unclaimed.ok) return unclaimed.fault;
    claimed = addEarnings(claimed, unclaimed.value);
  }
  for (const id of models) {
    const model = modelOf(view, id);
    if (model === undefined || !partiesOf(model).some((party) => equal(party.account, sender)))
      return fault('REWARD_NOT_PARTY', `the sender has no part in a model ${id}`, { model: id });
    claimed = addEarnings(claimed, { models: claimModel(view, id, model, sender) });
  }
  if (stake) claimed = addEarnings(claimed, { stake: claimStake(view, sender) });
  const amount = sumEarnings(claimed);
  if (amount === 0n) return fault('REWARD_NOTHING', 'there is nothing to claim');
  payFromPot(view, 'rewards', account(sender), amount);
  addClaimed(view, sender, claimed);
  emit({
    type: 'rewardsClaimed',
    data: { account: sender, contributions, models, stake, amount, sources: claimed },
  });
  return undefined;
};
