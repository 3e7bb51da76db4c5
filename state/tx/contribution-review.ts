/** One reviewer's judgement of a revealed contribution; at the Datanet's quorum it is accepted or rejected. */
import { choice } from '../../src/lib/choice.ts';
import { container, type Ssz, uint8, uint32 } from '../../src/lib/ssz.ts';

/** Each of 0 to 100. */
export type Quality = {
  readonly authenticity: number;
  readonly ownership: number;
  readonly quality: number;
  readonly uniqueness: number;
};

export type Verdict = 'accept' | 'reject';

export type ContributionReview = {
  readonly seq: number;
  readonly quality: Quality;
  /** To accept is also to confirm the declared facts: digest, items, tokens, bytes, novel runs. */
  readonly verdict: Verdict;
};

export const QualityType: Ssz<Quality> = container<Quality>({
  authenticity: uint8,
  ownership: uint8,
  quality: uint8,
  uniqueness: uint8,
});
export const VerdictType: Ssz<Verdict> = choice(['accept', 'reject']);

export const ContributionReviewType: Ssz<ContributionReview> = container<ContributionReview>({
  seq: uint32,
  quality: QualityType,
  verdict: VerdictType,
});
