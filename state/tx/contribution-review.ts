/**
 * The review of one reviewer for a revealed contribution, or its withdrawal. At the quorum of the Datanet the contribution is
 * accepted or rejected.
 */

import { choice } from '../../src/lib/choice.ts';
import { contributionId } from '../../src/lib/ids.ts';
import { container, uint8, type ValueOf } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

/** Four marks, each from 0 to 100. */
export const QualityType = container({
  /** Whether the data is what it says it is, from 0 to 100. */
  authenticity: uint8,
  /** Whether the owner may contribute it, from 0 to 100. */
  ownership: uint8,
  /** How good it is, from 0 to 100. */
  quality: uint8,
  /** How new it is, from 0 to 100. */
  uniqueness: uint8,
});

/** What a review says about a contribution. */
export const VerdictType = choice(['accept', 'reject']);

/** What a reviewer sends: a verdict, or `withdraw`, which takes it back. */
const ReviewActionType = choice(['accept', 'reject', 'withdraw']);

const ContributionReviewType = container({
  /** The contribution that is reviewed. */
  contribution: contributionId,
  /** The marks of the reviewer, on record only. */
  quality: QualityType,
  /**
   * The verdict. A reviewer who accepts also confirms the declared facts: digest, items, tokens, bytes, shapes, copied
   * and novel runs, sketch. That locks the chain's `reviewBond`, which is lost if a witness shows that what was declared
   * is false and could be known. `withdraw` takes back the reviewer's verdict, with its bond, as long as the
   * contribution is under review.
   */
  verdict: ReviewActionType,
});
export type ContributionReview = ValueOf<typeof ContributionReviewType>;

export const contributionReview: Kind<ContributionReview> = {
  id: 7,
  version: 1,
  name: 'contributionReview',
  payload: ContributionReviewType,
  action: ({ contribution, verdict, quality: q }) =>
    verdict === 'withdraw'
      ? `withdraw the review of contribution ${contribution}`
      : `${verdict} contribution ${contribution}: authenticity ${q.authenticity}, ownership ${q.ownership}, ` +
        `quality ${q.quality}, uniqueness ${q.uniqueness}`,
  check: ({ quality }) =>
    allOf(
      ...Object.entries(quality).map(
        ([part, score]) =>
          score > 100 && problem('REVIEW_QUALITY', `quality.${part}`, 'each part of the quality is 0 to 100'),
      ),
    ),
  gas: () => 5_000n,
  accounts: noAccounts,
  content: noContent,
};
