/** What relevance asks of an index: which chunks hold a phrase first (docs/attribution.md#relevance). */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { WindowList } from './suffix-automaton.ts';

/** A place that holds a phrase: it begins at token `pos` of the item, and the novel run with this index has a token of it. */
export type PhrasePlace = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly pos: number;
  /** The index among the novel runs that the contribution declared. */
  readonly novelRun: number;
};

/** The novel runs of a contribution that are struck, by their indices in the declaration. They make no phrase novel. */
export type StruckRuns = ReadonlySet<number> | 'all';

/** Finds the chunks that hold phrases. A chunk is 64 tokens of one item of an eligible contribution that is no commons. */
export interface PhraseHolders {
  /**
   * Returns the bearers of each phrase, at most `BEARERS_MAX`: the first chunks that hold it, ascending by (contribution id, item,
   * chunk), and of each the first place at which the phrase begins in it and has a token of a novel run, with the first
   * such run.
   *
   * @param phrases - stretches of `text`, each of them a phrase
   */
  bearers(text: Tokens, phrases: WindowList): readonly (readonly PhrasePlace[])[];
}
