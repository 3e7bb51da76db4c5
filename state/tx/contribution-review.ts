/** One reviewer's judgement of a revealed contribution; at the Datanet's quorum it is accepted or rejected. */
import { choice } from '../../src/lib/choice.ts';
import { container, type Ssz, uint8, uint32 } from '../../src/lib/ssz.ts';
import { fault } from './errors.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

/** Each of 0 to 100. */
export type Quality = {
  readonly authenticity: number;
  readonly ownership: number;
  readonly quality: number;
  readonly uniqueness: number;
};

export type Verdict = 'accept' | 'reject';

export const QualityType: Ssz<Quality> = container<Quality>({
  authenticity: uint8,
  ownership: uint8,
  quality: uint8,
  uniqueness: uint8,
});

export const VerdictType: Ssz<Verdict> = choice(['accept', 'reject']);

export type ContributionReview = {
  readonly seq: number;
  readonly quality: Quality;
  /** To accept is also to confirm the declared facts: digest, items, tokens, bytes, shapes, copied and novel runs, sketch. */
  readonly verdict: Verdict;
};

export const contributionReview: Kind<ContributionReview> = {
  id: 7,
  version: 1,
  name: 'contributionReview',
  payload: container<ContributionReview>({ seq: uint32, quality: QualityType, verdict: VerdictType }),
  action: ({ seq, verdict, quality: q }) =>
    `${verdict} contribution ${seq}: authenticity ${q.authenticity}, ownership ${q.ownership}, ` +
    `quality ${q.quality}, uniqueness ${q.uniqueness}`,
  check: ({ quality }) =>
    Object.values(quality).some((score) => score > 100)
      ? fault('REVIEW_QUALITY', 'each part of the quality is 0 to 100')
      : undefined,
  gas: () => 5_000n,
  accounts: noAccounts,
  contentRoots: noContent,
};
