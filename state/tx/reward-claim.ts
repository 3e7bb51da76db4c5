/** Turns credits into balance: what the sender's contributions, models and stake have earned. */
import { boolean, container, list, uint32 } from '../../src/lib/ssz.ts';
import { fault } from './errors.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
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
  accounts: noAccounts,
  contentRoots: noContent,
};
