/** Queries for what an account has earned and claimed. They only read the state of one height. */

import type { Address } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ContributionId, ModelId } from '../../src/lib/ids.ts';
import { acceptedOf, contributionsBy } from '../modules/data/contributions.ts';
import { knownModel, modelsOf } from '../modules/models/models.ts';
import {
  addEarnings,
  type ContributionEarnings,
  claimedBy,
  contributionClaimed,
  contributionEarned,
  type Earnings,
  NO_EARNINGS,
  partyClaimed,
  partyEarned,
  type StakeEarnings,
  stakeEarnings,
  unclaimedOf,
} from '../modules/pay/rewards.ts';
import { bytesKey, type ReadView } from '../view.ts';
import { type CommittedState, type Page, pageOf } from './query.ts';

export type ContributionReward = {
  readonly contribution: ContributionId;
  readonly earned: ContributionEarnings;
  readonly claimed: ContributionEarnings;
};

export type ModelReward = { readonly model: ModelId; readonly earned: bigint; readonly claimed: bigint };

export type Rewards = {
  /** The amounts that claims have turned into balance so far, by source. */
  readonly claimed: Earnings;
  /** The amounts that a claim of everything listed here would pay now, by source. */
  readonly claimable: Earnings;
  /** The rewards on this page: those of the accepted contributions among the account's commits, without commons. */
  readonly contributions: readonly ContributionReward[];
  /** Commits of the account, on all pages. */
  readonly contributionsTotal: number;
  /** The rewards on this page: those of models that the account owns or has a share of. */
  readonly models: readonly ModelReward[];
  readonly modelsTotal: number;
  /** The validators whose payout this account is. */
  readonly stake: readonly StakeEarnings[];
};

export const getRewards = (view: ReadView, address: Address, { from, limit }: Page): Rewards => {
  const name = bytesKey(address);
  const contributions = contributionsBy.slice(view, name, from, limit).flatMap((contribution) => {
    const accepted = acceptedOf(view, contribution);
    return accepted === undefined || accepted.commons
      ? []
      : [
          {
            contribution,
            earned: contributionEarned(view, contribution, accepted),
            claimed: contributionClaimed(view, contribution),
          },
        ];
  });
  const models = modelsOf.slice(view, name, from, limit).map((model) => ({
    model,
    earned: partyEarned(view, model, knownModel(view, model), address),
    claimed: partyClaimed(view, model, address),
  }));
  const stake = stakeEarnings(view, address);
  let claimable = NO_EARNINGS;
  for (const { earned, claimed } of contributions)
    claimable = addEarnings(claimable, unclaimedOf(earned, claimed));
  for (const { earned, claimed } of models) claimable = addEarnings(claimable, { models: earned - claimed });
  for (const { earned, claimed } of stake) claimable = addEarnings(claimable, { stake: earned - claimed });
  return {
    claimed: claimedBy(view, address),
    claimable,
    contributions,
    contributionsTotal: contributionsBy.length(view, name),
    models,
    modelsTotal: modelsOf.length(view, name),
    stake,
  };
};

export const REWARDS_QUERIES = {
  rewards_get: (
    { view }: CommittedState,
    { address, ...page }: { readonly address: Address } & Partial<Page>,
  ) => ok(getRewards(view, address, pageOf(page))),
};
