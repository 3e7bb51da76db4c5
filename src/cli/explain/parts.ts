/** The parts of which several lists of an explanation are made. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';

/** The place of the words of a span, or of a part of it, in the contribution that owns it. */
export type Source = {
  /** The part of the output that this shows, and the whole match that it is of. */
  readonly start: number;
  readonly end: number;
  readonly match: { readonly start: number; readonly end: number };
  readonly item: number;
  /** The position in the item of the first token of that part. */
  readonly pos: number;
  readonly excerpt:
    | {
        readonly available: true;
        readonly before: string;
        /** Text of the same match that is shown for another span: an earlier contribution owns it, or it is echo. */
        readonly matchedBefore: string;
        readonly text: string;
        readonly matchedAfter: string;
        readonly after: string;
        /** Whether the item goes on before and after the excerpt. */
        readonly cutBefore: boolean;
        readonly cutAfter: boolean;
        /** Whether the tokens are those of the output; undefined if the output is not available. */
        readonly same: boolean | undefined;
      }
    | { readonly available: false; readonly reason: string };
};

export type Payment = {
  /** The place in `Explanation.contributors`. */
  readonly contributor: number;
  /** ⌊D·s_c·2^32/T⌋: what it adds to the contributor's weight in the epoch. */
  readonly weight: bigint;
  readonly amount: bigint;
  /**
   * `exact`: the part of this receipt in what the contributor got of the closed epoch's pool, rounded down; `now`: if the
   * epoch closed as it stands; `alone`: if this receipt were the only one of its epoch.
   */
  readonly basis: 'exact' | 'now' | 'alone';
  /** Why the amount is 0; null if it is not. */
  readonly nothing: NothingPaid | null;
};

/**
 * Why a contributor whose words are credited is paid nothing. `data`: the receipt has no data money; `share`: the chain pays
 * no part of data money for spans; `habit`: the span pool is empty, because the receipts of the epoch cover no more than
 * habit does; `debt`: it is empty, because they make up for earlier epochs; `rounding`: it is less than one base unit.
 */
export type NothingPaid = 'data' | 'share' | 'habit' | 'debt' | 'rounding';

export type OwnRole = ResultOf<'model_getOwnDatanets'>['datanets'][number]['roles'][number];
type OwnDatanet = { readonly datanet: number; readonly roles: readonly OwnRole[] };

export type OwnSide = {
  /** The owner of the model, and its name, if this machine knows it. */
  readonly owner: string;
  readonly name: string | null;
  /** The Datanets that this version of the model may draw on in which its owner has a part. */
  readonly datanets: readonly OwnDatanet[];
  /** Paid in all closed epochs: to its own contributions, and to others in Datanets that it has created or reviews. */
  readonly paid: { readonly contributions: bigint; readonly datanets: bigint; readonly bps: number };
};

/** Why a contribution is on the side of the model's owner; null if it is not. */
export type OwnPart =
  | { readonly type: 'owner' }
  | { readonly type: 'datanet'; readonly roles: readonly OwnRole[] };
