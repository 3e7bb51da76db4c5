import { equal } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import { fault } from '../errors/execution.ts';
import { accept, reject, returnUndecided } from '../modules/data/acceptance.ts';
import { originOf, setStanding, standingOf } from '../modules/data/contributions.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import type { ContributionReview } from '../tx/contribution-review.ts';
import type { Handler } from './handler.ts';

export const applyContributionReview: Handler<ContributionReview> = (
  { view, sender, block, emit },
  { contribution, quality, verdict },
) => {
  const origin = originOf(view, contribution);
  if (origin === undefined)
    return fault('CONTRIBUTION_UNKNOWN', `nobody committed contribution ${contribution}`, { contribution });
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
  if (standing.stage !== 'review')
    return fault('REVIEW_STAGE', `contribution ${contribution} is not under review but ${standing.stage}`, {
      contribution,
      stage: standing.stage,
    });
  const reviews = [...standing.reviews, { reviewer: sender, quality, verdict }];
  setStanding(view, contribution, { ...standing, reviews });
  emit({
    type: 'contributionReviewed',
    data: {
      contribution,
      datanet: origin.datanet,
      owner: origin.owner,
      reviewer: sender,
      verdict,
    },
  });
  const judges = reviewers.filter((reviewer) => !equal(reviewer, origin.owner)).length;
  const agreeing = reviews.filter((review) => review.verdict === verdict).length;
  const context = { view, block, emit };
  if (agreeing < quorum) return reviews.length < judges ? undefined : returnUndecided(context, contribution);
  return verdict === 'accept' ? accept(context, contribution) : reject(context, contribution);
};
