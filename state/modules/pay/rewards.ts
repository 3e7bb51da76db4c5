/**
 * Credits, and what of them has been claimed. All lie in the pot `rewards` and only ever grow; a claim takes the
 * difference. Nothing is pushed to an account here.
 *
 *     rewards/spans/<page>                what contributions have earned by spans
 *     rewards/relevance/<page>            what contributions have earned by phrases that answers share with them
 *     rewards/contributions/<contribution id>         what has been claimed of a contribution
 *     rewards/models/<id>                 what a model has earned
 *     rewards/models/<id>/<address>       what one of its parties has claimed of it
 *     rewards/stake                       what all stakers have earned together
 *     rewards/stake/<consensus address>   what has been claimed of a validator's stake
 *     rewards/accounts/<address>          what an account has claimed in all, by source
 */

import type { Address } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { ok } from '../../../src/lib/errors.ts';
import type { ContributionId, ModelId } from '../../../src/lib/ids.ts';
import { mulDivFloor, sumBig } from '../../../src/lib/math.ts';
import { container, uint128, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import type { TrackShare } from '../../attribution/epoch.ts';
import { fail, type Result } from '../../errors/execution.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import type { Accepted } from '../data/contributions.ts';
import { paidByNovelty, shareOf } from '../data/novelty-shares.ts';
import { amountPages } from '../kit/amount-pages.ts';
import { load, save } from '../kit/stored.ts';
import { type Staker, stakersOf } from '../ledger/validators.ts';
import { type Model, partiesOf } from '../models/models.ts';

const SPANS: Key = 'rewards/spans';
const RELEVANCE: Key = 'rewards/relevance';
const STAKE: Key = 'rewards/stake';
const contributionKey = (contribution: ContributionId): Key =>
  `rewards/contributions/${numberKey(contribution)}`;
const modelKey = (id: ModelId): Key => `rewards/models/${numberKey(id)}`;
const partyKey = (id: ModelId, account: Address): Key => `${modelKey(id)}/${bytesKey(account)}`;
const stakerKey = (consensus: Address): Key => `${STAKE}/${bytesKey(consensus)}`;
const accountKey = (address: Address): Key => `rewards/accounts/${bytesKey(address)}`;

const EarningsType = container({
  /** The amount earned by the contributions' spans in outputs. */
  spans: uint128,
  /** The amount earned by the phrases that outputs share with them. */
  relevance: uint128,
  /** Their shares of the unattributed remainder. */
  remainder: uint128,
  models: uint128,
  stake: uint128,
});
/** Base units, by where they come from. */
export type Earnings = ValueOf<typeof EarningsType>;

export const NO_EARNINGS: Earnings = { spans: 0n, relevance: 0n, remainder: 0n, models: 0n, stake: 0n };

export const addEarnings = (a: Earnings, b: Partial<Earnings>): Earnings => ({
  spans: a.spans + (b.spans ?? 0n),
  relevance: a.relevance + (b.relevance ?? 0n),
  remainder: a.remainder + (b.remainder ?? 0n),
  models: a.models + (b.models ?? 0n),
  stake: a.stake + (b.stake ?? 0n),
});

export const sumEarnings = ({ spans, relevance, remainder, models, stake }: Earnings): bigint =>
  spans + relevance + remainder + models + stake;

// ------------------------------------------------------------------------------------------------------ contributions

const ContributionEarningsType = container({
  spans: uint128,
  relevance: uint128,
  remainder: uint128,
});
export type ContributionEarnings = ValueOf<typeof ContributionEarningsType>;

const NOTHING_EARNED: ContributionEarnings = { spans: 0n, relevance: 0n, remainder: 0n };

const earnedPages = amountPages(uint256, 8);

const credit = (view: View, track: Key, shares: readonly TrackShare[]): void => {
  earnedPages.add(
    view,
    track,
    shares.map(({ contribution, amount }) => ({ id: contribution, amount })),
  );
};

export const creditSpans = (view: View, shares: readonly TrackShare[]): void => credit(view, SPANS, shares);

export const creditRelevance = (view: View, shares: readonly TrackShare[]): void =>
  credit(view, RELEVANCE, shares);

/** All that a contribution has earned, claimed or not. */
export const contributionEarned = (
  view: ReadView,
  contribution: ContributionId,
  accepted: Accepted,
): ContributionEarnings => {
  const share = shareOf(accepted);
  return {
    spans: earnedPages.amountOf(view, SPANS, contribution),
    relevance: earnedPages.amountOf(view, RELEVANCE, contribution),
    remainder: share === undefined ? 0n : paidByNovelty(view, accepted.datanet, share),
  };
};

export const contributionClaimed = (view: ReadView, contribution: ContributionId): ContributionEarnings =>
  load(view, contributionKey(contribution), ContributionEarningsType) ?? NOTHING_EARNED;

/** What was earned since something of it was claimed. */
export const unclaimedOf = (
  earned: ContributionEarnings,
  claimed: ContributionEarnings,
): ContributionEarnings => ({
  spans: earned.spans - claimed.spans,
  relevance: earned.relevance - claimed.relevance,
  remainder: earned.remainder - claimed.remainder,
});

/**
 * Marks all of it as claimed, and returns what was not before. Fault `REWARD_OVERCLAIMED`: more was claimed than is
 * earned. Nothing that is known leads there; a claim is refused all the same, where a negative amount would stop the chain.
 */
export const claimContribution = (
  view: View,
  contribution: ContributionId,
  accepted: Accepted,
): Result<ContributionEarnings> => {
  const earned = contributionEarned(view, contribution, accepted);
  const claimed = contributionClaimed(view, contribution);
  const unclaimed = unclaimedOf(earned, claimed);
  if (Object.values(unclaimed).some((amount) => amount < 0n))
    return fail('REWARD_OVERCLAIMED', `more of contribution ${contribution} was claimed than it has earned`, {
      contribution,
    });
  save(view, contributionKey(contribution), ContributionEarningsType, earned);
  return ok(unclaimed);
};

// ------------------------------------------------------------------------------------------------------------- models

/**
 * The share that each generation above a model gets of what the model earns, basis points. Each gets half as
 * much as the one below it, for the largest possible number of ancestors. Together they get less than a
 * fifth.
 */
export const ANCESTOR_BPS: readonly bigint[] = [1000n, 500n, 250n, 125n, 62n, 31n, 15n, 7n];

/** The amount that one model was credited, and all that it has earned by then; base units. */
export type ModelCredit = { readonly model: ModelId; readonly amount: bigint; readonly earned: bigint };

/** Credits one model. */
export const creditModel = (view: View, model: ModelId, amount: bigint): ModelCredit => {
  const earned = modelEarned(view, model) + amount;
  save(view, modelKey(model), uint128, earned);
  return { model, amount, earned };
};

/** The parts of what a model is paid that go to its ancestors, and the rest, which is its own. */
export type Lineage = {
  readonly ancestors: readonly { readonly model: ModelId; readonly amount: bigint }[];
  readonly own: bigint;
};

/** Splits what a model is paid between its ancestors and itself. */
export const splitByLineage = ({ ancestors }: Model, amount: bigint): Lineage => {
  const parts = ancestors.map((model, generation) => ({
    model,
    amount: mulDivFloor(amount, ANCESTOR_BPS[generation] ?? 0n, 10_000n),
  }));
  return { ancestors: parts, own: amount - sumBig(parts.map((part) => part.amount)) };
};

/** All that a model has earned, for all its parties together. */
export const modelEarned = (view: ReadView, id: ModelId): bigint => load(view, modelKey(id), uint128) ?? 0n;

/** Returns what all that a model has earned comes to for a party with this share. It is rounded down; the dust stays in the pot. */
export const shareOfEarned = (earned: bigint, bps: number): bigint =>
  mulDivFloor(earned, BigInt(bps), 10_000n);

/** All that a party of a model has earned by it, claimed or not. */
export const partyEarned = (view: ReadView, id: ModelId, model: Model, account: Address): bigint => {
  const party = partiesOf(model).find((each) => equal(each.account, account));
  return party === undefined ? 0n : shareOfEarned(modelEarned(view, id), party.bps);
};

export const partyClaimed = (view: ReadView, id: ModelId, account: Address): bigint =>
  load(view, partyKey(id, account), uint128) ?? 0n;

/** Marks all of it as claimed, and returns what was not before. */
export const claimModel = (view: View, id: ModelId, model: Model, account: Address): bigint => {
  const earned = partyEarned(view, id, model, account);
  const claimed = partyClaimed(view, id, account);
  save(view, partyKey(id, account), uint128, earned);
  return earned - claimed;
};

// -------------------------------------------------------------------------------------------------------------- stake

/**
 * Pays all stakers, each by its stake. Stakes are those of genesis and never change, so all of time is one period of F1,
 * and one sum is its accumulator. Returns that sum.
 */
export const creditStakers = (view: View, amount: bigint): bigint => {
  const earned = (load(view, STAKE, uint128) ?? 0n) + amount;
  save(view, STAKE, uint128, earned);
  return earned;
};

/** A validator's part of what all stakers have earned together; rounded down, the dust stays in the pot. */
export const stakerPart = (earned: bigint, stake: bigint, stakers: readonly Staker[]): bigint =>
  mulDivFloor(earned, stake, sumBig(stakers.map((staker) => staker.stake)));

export type StakeEarnings = {
  /** The validator's consensus address. */
  readonly validator: Address;
  readonly earned: bigint;
  readonly claimed: bigint;
};

/** Returns the earnings of the validators whose payout account this is. */
export const stakeEarnings = (view: ReadView, payout: Address): readonly StakeEarnings[] => {
  const total = load(view, STAKE, uint128) ?? 0n;
  const stakers = stakersOf(view);
  return stakers
    .filter((staker) => equal(staker.payout, payout))
    .map(({ publicKey, stake }) => {
      const validator = validatorAddress(publicKey);
      return {
        validator,
        earned: stakerPart(total, stake, stakers),
        claimed: load(view, stakerKey(validator), uint128) ?? 0n,
      };
    });
};

/** Marks all of it as claimed, and returns what was not before. */
export const claimStake = (view: View, payout: Address): bigint => {
  let unclaimed = 0n;
  for (const { validator, earned, claimed } of stakeEarnings(view, payout)) {
    save(view, stakerKey(validator), uint128, earned);
    unclaimed += earned - claimed;
  }
  return unclaimed;
};

// ----------------------------------------------------------------------------------------------------------- accounts

/** Returns the total that an account has ever claimed to its balance. */
export const claimedBy = (view: ReadView, address: Address): Earnings =>
  load(view, accountKey(address), EarningsType) ?? NO_EARNINGS;

export const addClaimed = (view: View, address: Address, more: Earnings): void =>
  save(view, accountKey(address), EarningsType, addEarnings(claimedBy(view, address), more));
