/** What tracing asks of an index: who holds a stretch of tokens first, and which other owner does. */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { WindowList } from './suffix-automaton.ts';

/** The place of a stretch: item `item` of contribution `contribution`, from its token `pos` on. */
export type Place = { readonly contribution: ContributionId; readonly item: number; readonly pos: number };

/** The queries that tracing makes of an index. Places are numbers; those of `firsts` are in the order of the index. */
export interface FirstHolders<Q> {
  /** The length of the shortest stretch that can be searched for, in tokens. */
  readonly gram: number;
  prepare(tokens: Tokens): Q;
  /**
   * Returns the first place that holds each window of the query, or `NOWHERE`. No window may be shorter than
   * `gram`. The places of one call cannot be compared with those of another, and are valid until the next call.
   */
  firsts(query: Q, windows: WindowList): Float64Array;
  /**
   * Returns, for each window, the first place that holds it in a contribution of another owner than that of the first
   * place, if it was committed no later than that one was revealed, or `NOWHERE`. It has none if its first place is
   * of a commons, or of a contribution of which is not known who brought it.
   *
   * @param firsts - what `firsts` has returned last, for the same query and windows, or `NOWHERE` for a window
   * of no interest
   */
  others(query: Q, windows: WindowList, firsts: Float64Array): Float64Array;
  /** Returns how many tokens from query[at] on equal those from `place` on, at most `limit`. */
  extent(query: Q, at: number, place: number, limit: number): number;
  /**
   * Returns the item of a place. `place` must come from `firsts` or `others`, or be another one in the same item.
   */
  locate(place: number): Place;
}
