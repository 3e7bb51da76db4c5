/**
 * What an answer shares with the data beside whole matches: the chunks that the claim picks, the phrases that each adds, and what
 * they are paid. It is plain data, as the rest of an explanation.
 */
import type { ContributionId } from '../../lib/ids.ts';
import type { OwnPart, Payment } from './parts.ts';

/** Positions are tokens; information is in Q8 bits; amounts in base units. */
export type SharedPhrases = {
  readonly sections: readonly PhraseSection[];
  /** All picks, in the order of the sections. */
  readonly picks: readonly ChunkPick[];
  /** What the picks of each contribution come to, by contribution id. */
  readonly sharers: readonly Sharer[];
  /** What spans, and what several brought, leave of the data money of this receipt: relevance divides it. */
  readonly pool: bigint;
  /** What of it no chunk was found for. */
  readonly unfound: bigint;
  readonly basis: Payment['basis'];
};

/** A section of the answer. */
export type PhraseSection = {
  readonly start: number;
  readonly end: number;
  readonly information: number;
  /** The bits that its picks add together. A tenth of the information is paid in full. */
  readonly added: number;
  /** Where its picks begin and end in {@link SharedPhrases.picks}. */
  readonly picks: readonly [first: number, end: number];
  /** Its text in pieces, each with the place of the pick whose phrases it is of; undefined without the answer. */
  readonly pieces: readonly PhrasePiece[] | undefined;
};

export type PhrasePiece = { readonly text: string; readonly pick: number | undefined };

type Who = {
  readonly contribution: ContributionId;
  /** Null if it is not known. */
  readonly owner: string | null;
  readonly name: string | null;
  readonly datanet: { readonly id: number; readonly name: string; readonly licence: string } | undefined;
  /** Why it is on the side of the owner of the model; null if it is not. */
  readonly own: OwnPart | null;
};

/** An amount that is paid by relevance. */
export type PhrasePayment = {
  /** The part of the receipt's data money that it weighs, times 2^32. */
  readonly share: bigint;
  readonly amount: bigint;
  /** Why the amount is 0: there is no data money, spans have taken all of it, or it is less than a base unit. */
  readonly nothing: 'data' | 'spans' | 'rounding' | null;
};

export type ChunkPick = Who &
  PhrasePayment & {
    readonly item: number;
    readonly chunk: number;
    readonly added: number;
    readonly phrases: readonly {
      readonly start: number;
      /** Null if neither the answer nor the item is available. */
      readonly end: number | null;
      readonly bits: number;
      /** As it stands in the answer; null without it. */
      readonly text: string | null;
      /** Whether the item holds it there; null if it was not compared. */
      readonly same: boolean | null;
    }[];
    readonly text: ChunkText;
  };

/** The text of a chunk. */
export type ChunkText =
  | {
      readonly available: true;
      readonly start: number;
      readonly end: number;
      readonly pieces: readonly { readonly text: string; readonly isShared: boolean }[];
      readonly cutBefore: boolean;
      readonly cutAfter: boolean;
    }
  | { readonly available: false; readonly reason: string };

export type Sharer = Who &
  PhrasePayment & {
    /** Its picks, by their places. */
    readonly picks: readonly number[];
    readonly phrases: number;
    readonly totals: { readonly earned: bigint; readonly claimed: bigint } | undefined;
  };
