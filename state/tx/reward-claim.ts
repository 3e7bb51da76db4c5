/** Turns credits into balance: what the sender's contributions, models and stake have earned. */
import { contributionId, modelId } from '../../src/lib/ids.ts';
import { boolean, container, list, type ValueOf } from '../../src/lib/ssz.ts';
import { READ_GAS } from './gas.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { isAscending } from './order.ts';
import { allOf, problem } from './problems.ts';

/** The most contributions and models of one claim. */
export const REWARD_CONTRIBUTIONS_MAX = 256;
export const REWARD_MODELS_MAX = 64;

const RewardClaimType = container({
  /** The ids of contributions of the sender, ascending. All that they have earned is claimed: by spans, by relevance, and of the remainder. */
  contributions: list(contributionId, REWARD_CONTRIBUTIONS_MAX),
  /** The models that the sender owns or has a share in, ascending. */
  models: list(modelId, REWARD_MODELS_MAX),
  /** Whether to claim what validators with this payout account have earned. */
  stake: boolean,
});
export type RewardClaim = ValueOf<typeof RewardClaimType>;

/** Whose it is, what it has earned by each track and of the remainder, and what of that was claimed before. */
const CREDIT_GAS = 4n * READ_GAS;

export const rewardClaim: Kind<RewardClaim> = {
  id: 16,
  version: 1,
  name: 'rewardClaim',
  payload: RewardClaimType,
  action: ({ contributions, models, stake }) =>
    `claim the rewards of ${contributions.length} contributions and ${models.length} models${stake ? ', and of stake' : ''}`,
  check: (payload) =>
    allOf(
      ...(['contributions', 'models'] as const).map(
        (field) =>
          !isAscending(payload[field]) &&
          problem('REWARD_ORDER', field, `${field} are each named once, in ascending order`),
      ),
    ),
  gas: ({ contributions, models }) => 5_000n + CREDIT_GAS * BigInt(contributions.length + models.length),
  accounts: noAccounts,
  content: noContent,
};
