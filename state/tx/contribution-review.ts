/** The review of one reviewer for a revealed contribution. At the quorum of the Datanet it is accepted or rejected. */

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

export const VerdictType = choice(['accept', 'reject']);
export type Verdict = ValueOf<typeof VerdictType>;

const ContributionReviewType = container({
  /** The contribution that is reviewed. */
  contribution: contributionId,
  /** The marks of the reviewer, on record only. */
  quality: QualityType,
  /**
   * The verdict. A reviewer who accepts also confirms the declared facts: digest, items, tokens, bytes, shapes, copied
   * and novel runs, sketch.
   */
  verdict: VerdictType,
});
export type ContributionReview = ValueOf<typeof ContributionReviewType>;

export const contributionReview: Kind<ContributionReview> = {
  id: 7,
  version: 1,
  name: 'contributionReview',
  payload: ContributionReviewType,
  action: ({ contribution, verdict, quality: q }) =>
    `${verdict} contribution ${contribution}: authenticity ${q.authenticity}, ownership ${q.ownership}, ` +
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
