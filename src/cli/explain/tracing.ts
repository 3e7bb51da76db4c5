/**
 * What the texts say about an answer, found by searching them and not by reading the claim: who holds which words, and why
 * words that stand in the data are not credited. It is plain data, as the rest of an explanation.
 */
import type { ContributionId } from '../../lib/ids.ts';
import type { Payment, Source } from './parts.ts';
import type { PhrasePayment } from './shared-phrases.ts';
import type { Standing } from './standing.ts';

/** A contribution that holds words of the answer: [start, end) of the answer, in item `item` from its token `pos` on. */
export type Holder = {
  readonly contribution: ContributionId;
  /** Null for a commons, which nobody owns. */
  readonly owner: string | null;
  readonly name: string | null;
  readonly datanet: { readonly id: number; readonly name: string };
  readonly standing: Standing;
  readonly start: number;
  readonly end: number;
  readonly item: number;
  readonly pos: number;
};

/** The names of accounts, by their addresses as 0x-hex; undefined for one without a name. */
export type Names = (address: string) => string | undefined;

/** One of those who brought the same words independently. Heights are of blocks, in decimal. */
export type Bringer = {
  readonly contribution: ContributionId;
  readonly owner: string;
  readonly name: string | null;
  readonly committedAt: string;
  readonly revealedAt: string;
};

/**
 * Why words that a contribution holds are not credited to it. A new rule by which words belong to nobody is one more type.
 */
export type Reason =
  /** All of them stand in the prompt. */
  | { readonly type: 'echo' }
  /** Outside of the echo they bear `score` (Q8 bits), less than Imin. `echoed` of them stand in the prompt. */
  | { readonly type: 'bits'; readonly score: number; readonly echoed: number }
  /** They are `words` words, fewer than a match has. */
  | { readonly type: 'short'; readonly words: number }
  /** The run bears Imin, but not all of the words lie within as many tokens as a match may have that do. */
  | { readonly type: 'spread' }
  /** The outputs of the model may not be traced to the contribution. */
  | { readonly type: 'ineligible'; readonly standing: Standing }
  /** They would count, but nobody has settled the receipt. */
  | { readonly type: 'unsettled' }
  /** The version of the model is not calibrated yet, or nothing tells its data from coincidence. */
  | { readonly type: 'uncalibrated' | 'unattributed' }
  /** They would count, and the claim leaves them out, or gives them to a later contribution: it is false. */
  | { readonly type: 'unclaimed' }
  /**
   * They are nobody's, because two owners brought them independently: `second` was committed no later than `first`,
   * which comes first, was revealed.
   */
  | { readonly type: 'shared'; readonly first: Bringer; readonly second: Bringer }
  /** Another contribution owns them: an earlier one, or one that holds more of the words around them. */
  | { readonly type: 'other'; readonly contribution: ContributionId; readonly commons: boolean };

/** Words that stand in the data, and that are credited to nobody. */
export type Uncredited = {
  /** The run of the answer: it cannot be longer. */
  readonly start: number;
  readonly end: number;
  /** The information of all its words, in Q8 bits. */
  readonly score: number;
  /** The parts of it that are marked as this run in the answer: others of its words are credited, or of another run. */
  readonly marked: readonly { readonly start: number; readonly end: number }[];
  readonly holder: Holder;
  /** Others that hold the whole run: the first few, and how many there are. */
  readonly others: readonly ContributionId[];
  readonly otherCount: number;
  readonly reason: Reason;
  readonly excerpt: Source['excerpt'];
};

/** One that holds words of a span besides its owner, and whether the texts give some of them to it. */
export type AlsoHolder = Holder & { readonly isEntitled: boolean };

/** Who holds words of a span besides its owner: the first few, and how many there are. */
export type AlsoHeld = { readonly holders: readonly AlsoHolder[]; readonly count: number };

export type Tracing =
  | {
      readonly available: true;
      /** Imin, by which it was judged, in bits. */
      readonly matchBits: number;
      readonly matchTokensMin: number;
      /** The fewest words in a row that were searched for. */
      readonly runTokensMin: number;
      readonly matchTokensMax: number;
      /** How many contributions were read: of the model, and of those that its outputs may not be traced to. */
      readonly read: { readonly ofModel: number; readonly others: number };
      /** Contributions of the model whose texts the node lacks. */
      readonly missing: readonly ContributionId[];
      /** How many contributions of the model were not read, because that would be too much. */
      readonly unread: number;
      /**
       * Whether the claim gives each word to whom the texts say, or to nobody as they say, and the information that it bears.
       * Null without a claim, or if texts that are missing could make the difference.
       */
      readonly agrees: boolean | null;
      /** What the claim says otherwise than the texts. */
      readonly disagreements: readonly ('owners' | 'information')[];
      /** The information of words that stand in the data, but are neither credited nor echo, in Q8 bits. */
      readonly held: number;
      /** The information of words that were found nowhere. */
      readonly nowhere: number;
      readonly uncredited: readonly Uncredited[];
      /** How many such runs there are beyond those. */
      readonly more: number;
    }
  | { readonly available: false; readonly reason: string };

/** A part of the answer that the contribution holds, and what became of it. */
export type AskedPart = {
  readonly start: number;
  readonly end: number;
  readonly item: number;
  readonly pos: number;
  readonly score: number;
  readonly fate: { readonly type: 'credited' } | Reason;
  readonly excerpt: Source['excerpt'];
};

/** Why one contribution is paid or not. */
export type Asked = {
  readonly contribution: ContributionId;
  readonly owner: string | null;
  readonly name: string | null;
  readonly datanet: { readonly id: number; readonly name: string };
  readonly standing: Standing;
  readonly verdict: AskedVerdict;
  /**
   * What relevance pays it for the phrases that the answer shares with it. Null if none of its chunks was picked, undefined
   * if nobody has settled the receipt.
   */
  readonly phrases:
    | {
        readonly picks: number;
        readonly phrases: number;
        readonly amount: bigint;
        readonly nothing: PhrasePayment['nothing'];
        readonly basis: Payment['basis'];
      }
    | null
    | undefined;
  /** The parts of the answer that it holds, in its order: the first few. */
  readonly parts: readonly AskedPart[];
  readonly more: number;
};

export type AskedVerdict =
  /** Its words are credited; `score` in Q8 bits. The payment is null if none follows from them. */
  | {
      readonly type: 'credited';
      readonly score: number;
      readonly payment: Pick<Payment, 'amount' | 'basis' | 'nothing'> | null;
    }
  /** Its words are credited to it as a commons, for which nobody is paid. */
  | { readonly type: 'commons'; readonly score: number }
  /** The receipt is void, or has expired. */
  | { readonly type: 'receipt' }
  /** A text is missing, so that nothing can be compared: only what the claim says is known. */
  | { readonly type: 'outputMissing' | 'textMissing' }
  /** It holds no run that is long enough to be searched for; the longest has `longest`. */
  | { readonly type: 'none'; readonly longest: number }
  | Reason;
