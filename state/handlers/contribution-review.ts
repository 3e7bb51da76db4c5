import { equal } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { type Fault, fault } from '../errors/execution.ts';
import { accept, reject, returnUndecided } from '../modules/data/acceptance.ts';
import {
  type Origin,
  originOf,
  type Review,
  setStanding,
  standingOf,
} from '../modules/data/contributions.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import { bondOfReview, lockReviewBond, unlockReviewBond } from '../modules/data/review-bonds.ts';
import type { TxContext } from '../modules/kit/context.ts';
import type { ContributionReview } from '../tx/contribution-review.ts';
import type { Handler } from './handler.ts';

const notUnderReview = (contribution: ContributionId, stage: string): Fault =>
  fault('REVIEW_STAGE', `contribution ${contribution} is not under review but ${stage}`, {
    contribution,
    stage,
  });

/** Takes back the review of the sender, who need not be a reviewer any more: whoever has a bond there gets it back. */
const withdraw = (context: TxContext, contribution: ContributionId, origin: Origin): Fault | undefined => {
  const { view, sender, emit } = context;
  const standing = standingOf(view, contribution);
  const own = standing.reviews.find(({ reviewer }) => equal(reviewer, sender));
  if (own === undefined)
    return fault('REVIEW_NONE', `the sender has no review of contribution ${contribution}`, { contribution });
  if (standing.stage !== 'review') return notUnderReview(contribution, standing.stage);
  unlockReviewBond(context, own);
  setStanding(view, contribution, {
    ...standing,
    reviews: standing.reviews.filter((review) => review !== own),
  });
  emit({
    type: 'reviewWithdrawn',
    data: {
      contribution,
      datanet: origin.datanet,
      owner: origin.owner,
      reviewer: sender,
      returned: own.bond,
    },
  });
  return undefined;
};

export const applyContributionReview: Handler<ContributionReview> = (
  context,
  { contribution, quality, verdict },
) => {
  const { view, sender, emit } = context;
  const origin = originOf(view, contribution);
  if (origin === undefined)
    return fault('CONTRIBUTION_UNKNOWN', `nobody committed contribution ${contribution}`, { contribution });
  if (verdict === 'withdraw') return withdraw(context, contribution, origin);
  const datanet = datanetOf(view, origin.datanet);
  invariant(datanet !== undefined, 'a commit names a Datanet that exists');
  const { reviewers, quorum } = datanet.terms;
  if (!reviewers.some((reviewer) => equal(reviewer, sender)))
    return fault('REVIEW_NOT_REVIEWER', `the sender is no reviewer of datanet ${origin.datanet}`, {
      datanet: origin.datanet,
    });
  if (equal(origin.owner, sender))
    return fault('REVIEW_OWN', 'nobody reviews their own contribution', { contribution });
  const standing = standingOf(view, contribution);
  if (standing.reviews.some(({ reviewer }) => equal(reviewer, sender)))
    return fault('REVIEW_TWICE', `the sender has reviewed contribution ${contribution}`, { contribution });
  if (standing.stage !== 'review') return notUnderReview(contribution, standing.stage);
  const review: Review = { reviewer: sender, quality, verdict, bond: bondOfReview(context, verdict) };
  const unpaid = lockReviewBond(context, review);
  if (unpaid !== undefined) return unpaid;
  const reviews = [...standing.reviews, review];
  setStanding(view, contribution, { ...standing, reviews });
  emit({
    type: 'contributionReviewed',
    data: {
      contribution,
      datanet: origin.datanet,
      owner: origin.owner,
      reviewer: sender,
      verdict,
      bond: review.bond,
    },
  });
  const judges = reviewers.filter((reviewer) => !equal(reviewer, origin.owner)).length;
  const agreeing = reviews.filter((each) => each.verdict === verdict).length;
  if (agreeing < quorum) return reviews.length < judges ? undefined : returnUndecided(context, contribution);
  return verdict === 'accept' ? accept(context, contribution) : reject(context, contribution);
};
