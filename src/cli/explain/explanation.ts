/**
 * The explanation of one receipt: whose words its output repeats, how much they weigh, who is paid how much by it, and
 * where each fact can be checked. It is plain data, which `terminal.ts` and `html.ts` show. The texts are as their
 * authors wrote them, so the views have to make them safe.
 */
import type { ContributionId } from '../../lib/ids.ts';
import type { OwnPart, OwnSide, Payment, Source } from './parts.ts';
import type { SharedPhrases } from './shared-phrases.ts';
import type { AlsoHeld, Asked, Bringer, Tracing } from './tracing.ts';

/** Positions are tokens; information is in Q8 bits; amounts in base units. */
export type Explanation = {
  readonly receipt: ReceiptFacts;
  readonly status: ReceiptStatus;
  readonly output: OutputText;
  /** The owners of parts of the output, commons among them, by contribution id. */
  readonly contributors: readonly Contributor[];
  /** The spans, in the order of the output. */
  readonly spans: readonly OwnedSpan[];
  /** What several owners brought independently, by the claim, in the order of the output. */
  readonly shared: readonly SharedWords[];
  /** What it shares with the data beside spans, by the claim; undefined until there is a settlement. */
  readonly phrases: SharedPhrases | undefined;
  /** Undefined until there is a settlement. */
  readonly coverage: Coverage | undefined;
  /** What the texts say, whatever was claimed; undefined if they were not searched. */
  readonly tracing: Tracing | undefined;
  /** Why the contribution that was asked about is paid or not; undefined if none was. */
  readonly asked: Asked | undefined;
  /** The names of accounts, as far as this machine knows them, by address. */
  readonly names: Readonly<Record<string, string>>;
  readonly calibration: CalibrationView;
  readonly money: Money;
  /** What of the model's data money goes to its own owner; undefined if the owner has no part in its data. */
  readonly own: OwnSide | undefined;
  /** The place of each fact on the chain, in the order of time. */
  readonly chain: readonly ChainFact[];
  /** One sentence for each thing that is missing or inconsistent. */
  readonly gaps: readonly string[];
};

export type ReceiptFacts = {
  readonly id: string;
  readonly model: { readonly id: number; readonly name: string };
  readonly payer: string;
  readonly provider: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** The height and state root of the newest block that the node knew. */
  readonly asOf: { readonly height: string; readonly stateRoot: string };
};

/**
 * Why a claim was reverted: a witness refuted it; nobody answered a demand for its texts; or the attestor gave no excuses for
 * a chunk that adds more than a pick of it.
 */
export type Reversion = 'refuted' | 'unanswered' | 'outdone';

/** How far the settlement has come; heights are of blocks. */
export type ReceiptStatus =
  | {
      readonly type: 'open';
      /** The last block in which it may be settled; null while its version of the model is being calibrated. */
      readonly deadline: string | null;
      /** The last claim that was reverted, if there was one. */
      readonly reverted?: { readonly height: string; readonly because: Reversion };
    }
  /** The chain refuses every settlement of it, because its texts are private. */
  | {
      readonly type: 'unsettleable';
      /** The block after which it expires; null while its version of the model is being calibrated. */
      readonly deadline: string | null;
      readonly because: 'private';
    }
  /** Attestors have to lock more behind its claim, base units, until block `until`, or it is dropped. */
  | { readonly type: 'short'; readonly missing: string; readonly until: string }
  | { readonly type: 'settled'; readonly finalAt: string; readonly demands: number }
  | { readonly type: 'final'; readonly finalAt: string }
  /** Nobody settled it in time. */
  | { readonly type: 'expired' }
  /** Its commitments turned out to be malformed. */
  | { readonly type: 'void' };

export type OutputText =
  | { readonly available: true; readonly pieces: readonly Piece[] }
  | { readonly available: false; readonly reason: string };

/** A stretch of the output's text; together they are the whole of it. */
export type Piece =
  | { readonly type: 'plain'; readonly text: string }
  /** `uncredited`: its place in the runs of {@link Tracing}, of words that stand in the data and are credited to nobody. */
  | { readonly type: 'echo'; readonly text: string; readonly uncredited?: number }
  | { readonly type: 'uncredited'; readonly text: string; readonly uncredited: number }
  /** `shared`: its place in {@link Explanation.shared}. `uncredited` too, if the texts say that somebody owns it. */
  | { readonly type: 'shared'; readonly text: string; readonly shared: number; readonly uncredited?: number }
  /** `span`: its place in {@link Explanation.spans}. */
  | { readonly type: 'span'; readonly text: string; readonly span: number };

export type Contributor = {
  /** 1 for the first, and so on: what the views show beside its spans. */
  readonly number: number;
  readonly contribution: ContributionId;
  /** Null for a commons, which nobody owns. */
  readonly owner: string | null;
  /** The name of its owner, if this machine knows it. */
  readonly name: string | null;
  readonly datanet: { readonly id: number; readonly name: string; readonly licence: string } | undefined;
  readonly root: string | undefined;
  /** The block of its commit, which fixed its place in line. */
  readonly committedAt: string | undefined;
  /** s_c; of a commons, what it takes and nobody is paid for. */
  readonly score: number;
  /** Why it is on the side of the model's owner; null if it is not. */
  readonly own: OwnPart | null;
  /** All that it has earned by all receipts, and what of that was claimed; undefined for a commons. */
  readonly totals: { readonly earned: bigint; readonly claimed: bigint } | undefined;
};

export type OwnedSpan = {
  readonly start: number;
  readonly end: number;
  readonly score: number;
  /** Its place in {@link Explanation.contributors}. */
  readonly contributor: number;
  readonly sources: readonly Source[];
  /** Who else holds words of it; undefined if the texts were not searched. */
  readonly also: AlsoHeld | undefined;
};

/** Words that are nobody's, because two owners brought them independently. */
export type SharedWords = {
  readonly start: number;
  readonly end: number;
  readonly score: number;
  /** The one that comes first, and the one that was committed no later than the first was revealed. */
  readonly first: SharedBringer;
  readonly second: SharedBringer;
};

type SharedBringer = Bringer & {
  readonly datanet: { readonly id: number; readonly name: string; readonly licence: string };
  readonly sources: readonly Source[];
};

export type Coverage = {
  /**
   * T, and its parts: owned and paid (S), owned by a commons, brought by several owners (N), echo of the prompt,
   * unexplained.
   */
  readonly total: number;
  readonly covered: number;
  readonly commons: number;
  readonly shared: number;
  readonly echoed: number;
  readonly unexplained: number;
  /** a */
  readonly bps: number;
  readonly echoes: readonly { readonly start: number; readonly end: number }[];
};

/** How far the calibration of the model's version has come. */
export type CalibrationStanding =
  | { readonly type: 'awaited'; readonly drawAt: string }
  | { readonly type: 'drawn' }
  | { readonly type: 'claimed'; readonly finalAt: string }
  /**
   * Imin in bits, and κ. Each account's data is measured against that of the others, so data that is all of one account was
   * measured against nothing, and κ is 0.
   */
  | {
      readonly type: 'final';
      readonly matchBits: number;
      readonly controlBps: number;
      readonly isOfOneAccount: boolean;
    }
  /** No step meets the bar, or there is nothing to draw from. */
  | { readonly type: 'unattributed' };

export type CalibrationView = {
  readonly version: number;
  readonly standing: CalibrationStanding;
  /** The least Imin of the chain, bits. */
  readonly matchBitsLeast: number;
  /** a − κ of this receipt; undefined without a settlement. */
  readonly liftBps: number | undefined;
  /** The figures of the model over all closed epochs; undefined if there are none. */
  readonly model:
    | { readonly coverageBps: number; readonly controlBps: number; readonly liftBps: number }
    | undefined;
};

export type Money = {
  readonly fee: bigint;
  readonly compute: bigint;
  readonly split: {
    readonly burned: bigint;
    readonly treasury: bigint;
    readonly attestor: bigint;
    readonly model: bigint;
    readonly stakers: bigint;
    /** D */
    readonly data: bigint;
  };
  readonly spanBps: number;
  /** The part of what no track pays that goes by novel tokens. */
  readonly noveltyBps: number;
  /** ⌊D·N/T⌋: the part of D that goes to the treasury, for what several owners brought. 0 without a settlement. */
  readonly shared: bigint;
  /** The amounts that it adds to the span pool of its epoch, each ⌊σ·D·bps/10^8⌋; undefined without a settlement. */
  readonly pool: { readonly raw: bigint; readonly control: bigint; readonly net: bigint } | undefined;
  readonly epoch: EpochFacts;
  /** One for each contributor that is paid, in their order. */
  readonly payments: readonly Payment[];
};

export type EpochFacts =
  | { readonly type: 'none' }
  /**
   * The epoch in which the settlement becomes final if nothing happens has not closed. `waiting`: it has ended, and closes in a
   * later block.
   */
  | { readonly type: 'ahead' | 'running' | 'waiting'; readonly end: string }
  | {
      readonly type: 'closed';
      readonly end: string;
      readonly settled: string;
      readonly pool: bigint;
      readonly weight: bigint;
      readonly data: bigint;
      readonly relevance: bigint;
      /** What no track pays, and what of it goes to the treasury. */
      readonly remainder: bigint;
      readonly toTreasury: bigint;
      /** To the treasury, for what several owners brought. */
      readonly shared: bigint;
    };

export type ChainFact = {
  readonly what: string;
  readonly height: string | undefined;
  /** Names and values: ids, roots, addresses. */
  readonly refs: readonly (readonly [name: string, value: string])[];
};
