/** The review of one reviewer for a revealed contribution. At the quorum of the Datanet it is accepted or rejected. */
import { choice } from '../../src/lib/choice.ts';
import { container, type Ssz, uint8, uint32, type ValueOf } from '../../src/lib/ssz.ts';
import { fault } from './errors.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

export type Verdict = 'accept' | 'reject';

/** Four marks, each from 0 to 100. */
export const QualityType = container({
  authenticity: uint8,
  ownership: uint8,
  quality: uint8,
  uniqueness: uint8,
});

export const VerdictType: Ssz<Verdict> = choice(['accept', 'reject']);

const ContributionReviewType = container({
  contribution: uint32,
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
    Object.values(quality).some((score) => score > 100)
      ? fault('REVIEW_QUALITY', 'each part of the quality is 0 to 100')
      : undefined,
  gas: () => 5_000n,
  accounts: noAccounts,
  contentRoots: noContent,
};
