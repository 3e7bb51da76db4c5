/** What a witness is held against, as values: the state's part of a dispute. */

import type { Root } from '../../../src/lib/brands.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../claim.ts';
import type { InfoTable } from '../info1.ts';
import type { AttributionParameters } from '../parameters.ts';

/** A contribution's commitment. `items` as declared. */
export type ContributionSource = {
  readonly contribution: ContributionId;
  readonly root: Root;
  readonly items: number;
};

/** A committed output or prompt. `tokens` as the receipt declares them, `tokensMax` the limit of its type. */
export type CommittedText = {
  readonly type: 'text';
  readonly root: Root;
  readonly tokensMax: number;
  readonly tokens: number;
};

/** Tokens [from, from + tokens) of an item: the output, or the prompt part, of a calibration's draw. */
export type ItemStretch = {
  readonly type: 'stretch';
  readonly contribution: ContributionSource;
  readonly item: number;
  readonly from: number;
  readonly tokens: number;
};

/** Where a claim's texts are committed, and so how their tokens are proven. */
export type TextSource = CommittedText | ItemStretch;

/** A contribution's passages, and which of them no longer count as declared, as of the height that matters. */
export type PassagesSource = {
  readonly root: Root;
  /** Indices of passages that turned out to be copied. */
  readonly struck: ReadonlySet<number>;
};

/** A contribution that the claim may draw on. `passages` is undefined for a commons, which is never copied. */
export type EligibleSource = ContributionSource & { readonly passages: PassagesSource | undefined };

/** The subject's part for one draw of a calibration. */
export type CalibrationDraw = {
  /** The passages of the item, in the contribution drawn from. */
  readonly own: PassagesSource;
  /**
   * The place of the token drawn among the contribution's tokens of type `data`, from 0: the draw's number less those of
   * the contributions before it.
   */
  readonly rank: number;
  /** The contribution id, as claimed. The item itself is not matched against. */
  readonly contribution: ContributionId;
  readonly item: number;
  readonly position: number;
  /** Of the item, as claimed; 0 if the contribution is void, which the chain sees to itself. */
  readonly tokens: number;
  readonly promptTokens: number;
  /** True at the step that meets the bar, where every match counts; false at the step before, where enough are shown. */
  readonly complete: boolean;
};

/** A claim whose structure was checked (`settleClaim`), its texts, and what it may draw on. */
export type ClaimSubject = {
  readonly claim: Claim;
  readonly output: TextSource;
  readonly prompt: TextSource;
  /** Imin that the claim is held to, in bits. */
  readonly matchBitsMin: number;
  readonly parameters: Pick<AttributionParameters, 'matchTokensMin' | 'matchTokensMax' | 'promptMin'>;
  readonly table: InfoTable;
  /** Undefined if the claim may not draw on it. */
  readonly source: (contribution: ContributionId) => EligibleSource | undefined;
  /** Undefined for a settlement. */
  readonly calibration: CalibrationDraw | undefined;
};

/** A receipt, whatever was or was not claimed of it. */
export type ReceiptSubject = {
  readonly output: CommittedText;
  readonly prompt: CommittedText;
  readonly table: InfoTable;
};

/** The declaration that a contribution made when it was revealed. */
export type ContributionSubject = ContributionSource & {
  readonly passages: PassagesSource;
  readonly novelRuns: {
    readonly root: Root;
    /** Indices of runs that turned out not to be novel. */
    readonly struck: ReadonlySet<number>;
  };
  /** `matchBitsMin` that of novelty: genesis', whatever a model's calibration asks for. */
  readonly parameters: Pick<
    AttributionParameters,
    'matchTokensMin' | 'matchTokensMax' | 'matchBitsMin' | 'copyMin'
  >;
  readonly table: InfoTable;
  /** Another contribution of the Datanet with a lower contribution id that was revealed, or a commons of it. */
  readonly earlier: (contribution: ContributionId) => ContributionSource | undefined;
  /** What copied runs may have been declared to stand in: the same, and what is void since. */
  readonly cited: (contribution: ContributionId) => ContributionSource | undefined;
  /** The output of a receipt of a block before the contribution's commit. */
  readonly output: (batch: Root, index: number) => CommittedText | undefined;
};

/** What an accepted witness brings down. `reason` is a stable code of what it has shown. */
export type Upheld =
  | { readonly type: 'claim'; readonly reason: string }
  | { readonly type: 'receipt'; readonly reason: string }
  | { readonly type: 'contribution'; readonly reason: string }
  /** `source`: the contribution id that holds the words, the contribution's own included; undefined if an output does. */
  | {
      readonly type: 'novelRun';
      readonly reason: string;
      readonly index: number;
      readonly tokens: number;
      readonly source: number | undefined;
    }
  | { readonly type: 'passage'; readonly reason: string; readonly index: number; readonly source: number };

/** Chunks that an answer has to open. */
export type Demanded = {
  readonly source:
    | CommittedText
    | { readonly type: 'item'; readonly contribution: ContributionSource; readonly item: number };
  readonly first: number;
  readonly count: number;
};
