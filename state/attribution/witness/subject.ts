/** The subjects of witnesses, as values that the state provides. */

import type { Root } from '../../../src/lib/brands.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../claim.ts';
import type { Excused, Holder } from '../excuses.ts';
import type { InfoTable } from '../info1.ts';
import type { Precedence } from '../owners.ts';
import type { AttributionParameters } from '../parameters.ts';
import type { Section } from '../relevance.ts';
import type { TextRules } from '../rules.ts';
import type { Brought } from '../shared.ts';

/** The commitment of a contribution. `items` is the declared number. */
export type ContributionSource = {
  readonly contribution: ContributionId;
  readonly root: Root;
  readonly items: number;
};

/** A committed output or prompt. */
export type CommittedText = {
  readonly type: 'text';
  readonly root: Root;
  /** The limit of its type. */
  readonly tokensMax: number;
  /** The number of tokens that the receipt declares, and that of bytes. */
  readonly tokens: number;
  readonly bytes: number;
};

/** Tokens [from, from + tokens) of an item. They are the output, or the prompt, of a draw of a calibration. */
export type ItemStretch = {
  readonly type: 'stretch';
  readonly contribution: ContributionSource;
  readonly item: number;
  readonly from: number;
  readonly tokens: number;
};

/** The commitment of a text of a claim, which determines how its tokens are proven. */
export type TextSource = CommittedText | ItemStretch;

/** The passages of a contribution, and which of them no longer count as declared at the height that matters. */
export type PassagesSource = {
  readonly root: Root;
  /** The indices of the passages that a challenge struck, because they were copied. */
  readonly struck: ReadonlySet<number>;
};

/** A contribution that the claim may draw on. `passages` is undefined for a commons, which is never copied. */
export type EligibleSource = ContributionSource & { readonly passages: PassagesSource | undefined };

/** The facts about one draw of a calibration. */
export type CalibrationDraw = {
  /** The passages of the contribution that the token was drawn from. */
  readonly own: PassagesSource;
  /**
   * The place of the drawn token among the tokens of type `data` of the contribution, from 0: the number of the draw
   * minus the tokens of the contributions before it.
   */
  readonly rank: number;
  /** The contribution id, as claimed. The item itself is in no match, and by version 2 nothing of its owner's. */
  readonly contribution: ContributionId;
  readonly item: number;
  readonly position: number;
  /** The number of tokens of the item, as claimed; 0 if the contribution is void, which the chain checks itself. */
  readonly tokens: number;
  readonly promptTokens: number;
  /**
   * True at the step that meets the bar, where the claim must have every match; false at the step before, where it has
   * enough. At both steps it must have every shared run over what it claims.
   */
  readonly complete: boolean;
};

/** The novel runs that a contribution declared, and which of them no longer count as new at the height that matters. */
export type NovelRunsSource = {
  readonly root: Root;
  readonly isStruck: (index: number) => boolean;
};

/** What a claim says about the chunks that share most with an output, as far as the chain checks it (`checkSections`). */
export type RelevanceSubject = {
  readonly sections: readonly Section[];
  /** Returns the novel runs of a contribution; undefined if the claim may not draw on it, and for a commons. */
  readonly novelRuns: (contribution: ContributionId) => NovelRunsSource | undefined;
  /** Returns how the attestor has answered an `outdone` against the claim; undefined if there is no such answer. */
  readonly excused: (challenge: Root) => Excused | undefined;
  /** Returns the chunks that the answers to all `outdone` against the claim name. */
  readonly excusedHolders: () => readonly Holder[];
};

/** A claim whose structure was checked (`settleClaim`), with its texts and the contributions that it may draw on. */
export type ClaimSubject = {
  readonly claim: Claim;
  readonly output: TextSource;
  readonly prompt: TextSource;
  /** The Imin that the claim has to meet, in bits; undefined if spans are paid nothing, and the claim has no runs. */
  readonly matchBitsMin: number | undefined;
  readonly parameters: Pick<AttributionParameters, 'matchTokensMin' | 'matchTokensMax' | 'promptMin'>;
  /** The rules of the model's Datanets; of a draw of a calibration, what `rulesOfDraw` makes of them. */
  readonly rules: TextRules;
  readonly table: InfoTable;
  /**
   * Returns a contribution; undefined if the claim may not draw on it. A draw of a calibration may not draw on what the
   * owner of its item has contributed (`TextRules.excluded`).
   */
  readonly source: (contribution: ContributionId) => EligibleSource | undefined;
  /** The contributions that the claim cites and that have no owner. */
  readonly commons: Precedence['commons'];
  /** Returns who brought a contribution that the claim may draw on, and when; undefined for a commons. */
  readonly brought: (contribution: ContributionId) => Brought | undefined;
  /** The draw of a calibration; undefined for a settlement. */
  readonly calibration: CalibrationDraw | undefined;
  /** What a settlement also claims; undefined for a draw of a calibration. */
  readonly relevance: RelevanceSubject | undefined;
};

/** A receipt, whether it was settled or not. */
export type ReceiptSubject = {
  readonly output: CommittedText;
  readonly prompt: CommittedText;
  readonly rules: TextRules;
  readonly table: InfoTable;
};

/** The declaration that a contribution made when it was revealed. */
export type ContributionSubject = ContributionSource & {
  readonly passages: PassagesSource;
  readonly novelRuns: {
    readonly root: Root;
    /** The indices of the runs that a challenge struck, because they were not novel. */
    readonly struck: ReadonlySet<number>;
  };
  /** The parameters. `matchBitsMin` is that of novelty, which genesis sets, and not that of a model's calibration. */
  readonly parameters: Pick<
    AttributionParameters,
    'matchTokensMin' | 'matchTokensMax' | 'matchBitsMin' | 'copyMin'
  >;
  readonly rules: TextRules;
  readonly table: InfoTable;
  /**
   * Returns a contribution that counts as earlier: revealed, of the same Datanet, with a lower contribution id; or a
   * commons.
   */
  readonly earlier: (contribution: ContributionId) => ContributionSource | undefined;
  /** Returns a contribution that copied runs may cite: those of `earlier`, and those that became void since. */
  readonly cited: (contribution: ContributionId) => ContributionSource | undefined;
  /** Returns the output of a receipt in a block before the commit of the contribution. */
  readonly output: (batch: Root, index: number) => CommittedText | undefined;
};

/** What an accepted witness refutes. `reason` is a stable code for what it has shown. */
export type Upheld =
  | { readonly type: 'claim'; readonly reason: string }
  | { readonly type: 'receipt'; readonly reason: string }
  | { readonly type: 'contribution'; readonly reason: string }
  /**
   * A part of a declaration. `source` is the id of the contribution that holds the words, which may be the contribution
   * itself; it is undefined if an output holds them.
   */
  | {
      readonly type: 'novelRun';
      readonly reason: string;
      readonly index: number;
      readonly tokens: number;
      readonly source: ContributionId | undefined;
    }
  | {
      readonly type: 'passage';
      readonly reason: string;
      readonly index: number;
      readonly source: ContributionId;
    };

/** The chunks that an answer has to open. */
export type Demanded = {
  readonly source:
    | CommittedText
    | { readonly type: 'item'; readonly contribution: ContributionSource; readonly item: number };
  readonly first: number;
  readonly count: number;
};
