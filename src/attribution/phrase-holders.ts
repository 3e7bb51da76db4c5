/** What relevance asks of an index: in which chunks a phrase stands first (docs/attribution.md#relevance). */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { WindowList } from './suffix-automaton.ts';

/** A place at which a phrase stands: it begins at token `pos` of the item. */
export type PhrasePlace = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly pos: number;
  /**
   * The index of a novel run that has a token of the phrase there, among those that the contribution declared; undefined if
   * there is none, as in what is copied.
   */
  readonly novelRun: number | undefined;
};

/** A place at which a phrase is held: some of it is novel there. */
export type HeldPlace = PhrasePlace & { readonly novelRun: number };

/** The novel runs of a contribution that are struck, by their indices in the declaration. They make no phrase novel. */
export type StruckRuns = ReadonlySet<number> | 'all';

/** Finds the chunks in which phrases stand. A chunk is 64 tokens of one item of an eligible contribution that is no commons. */
export interface PhraseHolders {
  /**
   * Returns the first chunks in which each phrase stands, at most `BEARERS_MAX`, ascending by (contribution id, item, chunk). Of
   * each it gives the first place at which the phrase is held, with the first novel run there, or the first of all if it is
   * held at none.
   *
   * @param phrases - stretches of `text`, each of them a phrase
   */
  firstChunks(text: Tokens, phrases: WindowList): readonly (readonly PhrasePlace[])[];
}

/** The places of those chunks that bear the phrase. */
export const bearersAmong = (places: readonly PhrasePlace[]): readonly HeldPlace[] =>
  places.flatMap(({ novelRun, ...place }) => (novelRun === undefined ? [] : [{ ...place, novelRun }]));
