/** Turns credits into balance: what the sender's contributions, models and stake have earned. */
import { equal, toHex } from '../../src/lib/bytes.ts';
import { fault } from '../../src/lib/errors.ts';
import { boolean, container, list, uint32 } from '../../src/lib/ssz.ts';
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
import type { Kind } from './kind.ts';
import { isAscending } from './order.ts';

export type RewardClaim = {
  /** Seqs of contributions of the sender, ascending: their spans and their shares of the remainder. */
  readonly contributions: readonly number[];
  /** Models that the sender owns or has a share of, ascending. */
  readonly models: readonly number[];
  /** Whether to claim what validators with this payout account have earned. */
  readonly stake: boolean;
};

export const rewardClaim: Kind<RewardClaim> = {
  id: 16,
  version: 1,
  name: 'rewardClaim',
  payload: container<RewardClaim>({
    contributions: list(uint32, 256),
    models: list(uint32, 64),
    stake: boolean,
  }),
  action: ({ contributions, models, stake }) =>
    `claim the rewards of ${contributions.length} contributions and ${models.length} models${stake ? ', and of stake' : ''}`,
  check: ({ contributions, models }) =>
    isAscending(contributions) && isAscending(models)
      ? undefined
      : fault('REWARD_ORDER', 'contributions and models are each named once, in ascending order'),
  gas: ({ contributions, models }) => 5_000n + 2_000n * BigInt(contributions.length + models.length),
  apply: ({ view, sender, emit }, { contributions, models, stake }) => {
    let claimed = NO_EARNINGS;
    for (const seq of contributions) {
      const accepted = acceptedOf(view, seq);
      if (accepted === undefined || accepted.commons || !equal(accepted.owner, sender))
        return fault('REWARD_NOT_OWNER', `contribution ${seq} is no accepted contribution of the sender`, {
          seq,
        });
      const unclaimed = claimContribution(view, seq, accepted);
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
      data: {
        account: toHex(sender),
        amount: amount.toString(),
        spans: claimed.spans.toString(),
        remainder: claimed.remainder.toString(),
        models: claimed.models.toString(),
        stake: claimed.stake.toString(),
      },
    });
    return undefined;
  },
};
