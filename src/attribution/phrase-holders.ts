/**
 * What relevance asks of an index: the first chunks that hold a phrase (docs/attribution.md#relevance). A chunk holds a phrase
 * if the phrase begins in it, copied or not. Of the first chunks that hold it, those bear it in which a token of it is new.
 */
import { CHUNK_TOKENS } from '../../state/attribution/parameters.ts';
import type { ChunkPlace } from '../../state/attribution/relevance.ts';
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

/** A place at which a token of a phrase is new. In one of the first chunks that hold the phrase, it makes the chunk bear it. */
export type BearingPlace = PhrasePlace & { readonly novelRun: number };

/** The novel runs of a contribution that are struck, by their indices in the declaration. They make no phrase novel. */
export type StruckRuns = ReadonlySet<number> | 'all';

/** Returns the chunk in which a place is. */
export const chunkOf = ({ contribution, item, pos }: Omit<PhrasePlace, 'novelRun'>): ChunkPlace => ({
  contribution,
  item,
  chunk: Math.floor(pos / CHUNK_TOKENS),
});

/** Finds the chunks that hold phrases. A chunk is 64 tokens of one item of an eligible contribution that is no commons. */
export interface PhraseHolders {
  /**
   * Returns the first chunks that hold each phrase, at most `BEARERS_MAX`, ascending by (contribution id, item, chunk). Of each
   * it gives the first place at which a token of the phrase is new, with the first novel run there, or the first place of all if
   * there is none.
   *
   * @param phrases - stretches of `text`, each of them a phrase
   */
  firstChunks(text: Tokens, phrases: WindowList): readonly (readonly PhrasePlace[])[];
}

/** Returns the places of the chunks that bear a phrase, of the first ones that hold it. */
export const bearersAmong = (places: readonly PhrasePlace[]): readonly BearingPlace[] =>
  places.flatMap(({ novelRun, ...place }) => (novelRun === undefined ? [] : [{ ...place, novelRun }]));
