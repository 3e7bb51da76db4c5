/**
 * Finds the first eligible item, in the order of (contribution id, item, pos), that holds a stretch of tokens, in all segments: by
 * their lists, or, where those are long because texts were made to repeat themselves, by the suffix automaton. So no
 * answer costs more than a few looks at each token held.
 */

import type { Tokens } from '../../../state/attribution/tokens.ts';
import { invariant } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { FirstHolders, Place } from '../corpus-index.ts';
import { NOWHERE, type WindowList, WindowScan } from '../suffix-automaton.ts';
import type { HashKey } from './lexicon.ts';
import { EngineQuery } from './query.ts';
import { isEligible, runsOf, type Scope, type Share, shareOf } from './scope.ts';
import { agreeing, searchLists, Walk } from './search.ts';
import { contributionUpTo, lastUpTo, type Segment } from './segment.ts';
import { STRETCH } from './winnow.ts';

/** An item that holds a window: `item` is numbered through the segment, which begins it at `start`. */
type Hit = {
  readonly segment: Segment;
  readonly item: number;
  readonly start: number;
  readonly contribution: ContributionId;
  /** Its number within its contribution. */
  readonly number: number;
};

/** Places are numbers: the rank of the item among those found, and the token in it. */
const RANK = 2 ** 32;

/** Only places of the share below this may come before the hit. */
const placesBefore = ({ segment, end }: Share, hit: Hit | undefined): number => {
  if (hit === undefined) return end;
  if (hit.segment === segment) return 0;
  const contribution = contributionUpTo(segment, hit.contribution) + 1;
  return Math.min(end, segment.starts[segment.items[contribution] ?? 0] ?? 0);
};

/** The places that one call has found so far. */
type Found = { readonly hits: (Hit | undefined)[]; readonly places: Float64Array };

export class Holders implements FirstHolders<EngineQuery> {
  readonly gram = STRETCH;
  readonly #key: HashKey;
  /** The shares of segments, ordered by their least contribution id. */
  readonly #shares: readonly Share[];
  readonly #scope: Scope;
  readonly #patience: number;
  /** The items that the last call found, by rank. */
  #ranked: readonly Hit[] = [];
  /** The items that were found, by segment and item, so that each is one object; and the last one. */
  readonly #hits = new Map<Segment, Map<number, Hit>>();
  #last: Hit | undefined;

  /**
   * @param key - that of all segments
   * @param patience - how many looks the lists of a segment may cost before the automaton takes over, as a multiple
   *   of what that costs; below 0 it always does
   */
  constructor(key: HashKey, segments: readonly Segment[], scope: Scope, patience = 4) {
    this.#key = key;
    this.#scope = scope;
    this.#patience = patience;
    this.#shares = segments
      .map((segment) => shareOf(segment, scope))
      .filter((share) => share !== undefined)
      .sort((a, b) => (a.segment.contributions[0] ?? 0) - (b.segment.contributions[0] ?? 0));
  }

  prepare(tokens: Tokens): EngineQuery {
    return new EngineQuery(this.#key, tokens);
  }

  /** Does the same as {@link FirstHolders.firsts}; places are valid until the next call. */
  firsts(query: EngineQuery, windows: WindowList): Float64Array {
    const found: Found = {
      hits: new Array<Hit | undefined>(windows.count).fill(undefined),
      places: new Float64Array(windows.count).fill(NOWHERE),
    };
    this.#hits.clear();
    this.#last = undefined;
    const walk = new Walk(windows.count);
    for (const share of this.#shares) this.#search(share, query, windows, found, walk);
    this.#ranked = [...new Set(found.hits)]
      .filter((hit) => hit !== undefined)
      .sort((a, b) => a.contribution - b.contribution || a.item - b.item);
    const ranks = new Map(this.#ranked.map((hit, rank) => [hit, rank]));
    for (const [i, hit] of found.hits.entries())
      if (hit !== undefined)
        found.places[i] = (ranks.get(hit) ?? 0) * RANK + (found.places[i] ?? 0) - hit.start;
    return found.places;
  }

  extent(query: EngineQuery, at: number, place: number, limit: number): number {
    const { segment, start } = this.#hitOf(place);
    const most = Math.min(limit, query.tokens - at);
    return agreeing(query.idsIn(segment), at, segment, start + (place % RANK), most);
  }

  locate(place: number): Place {
    const hit = this.#hitOf(place);
    return { contribution: hit.contribution, item: hit.number, pos: place % RANK };
  }

  #hitOf(place: number): Hit {
    const hit = this.#ranked[Math.floor(place / RANK)];
    invariant(hit !== undefined, 'a place is one that the last call gave');
    return hit;
  }

  #search(share: Share, query: EngineQuery, windows: WindowList, found: Found, walk: Walk): void {
    const { segment, except } = share;
    const before = (i: number): number => placesBefore(share, found.hits[i]);
    const take = (i: number, place: number): boolean =>
      (place < except[0] || place >= except[1]) && this.#take(share, i, place, windows, found);
    const limit = this.#patience * (segment.low.length + 16 * query.tokens);
    if (limit >= 0 && searchLists({ segment, query, windows, before, walk, take, limit })) return;
    // One pass over everything that may answer, with the results that the lists would give. The hits that were found
    // serve as bounds.
    const nearer = Float64Array.from(found.hits, (hit) => placesBefore(share, hit));
    const scan = new WindowScan(
      query.idsIn(segment),
      windows,
      (i, place) => place >= (nearer[i] ?? 0) || this.#take(share, i, place, windows, found),
    );
    for (const [from, to] of runsOf(share, this.#scope)) scan.scan(segment.low, segment.high, from, to);
  }

  /** Takes a place that holds window i, if it may answer. */
  #take({ segment, whole }: Share, i: number, place: number, windows: WindowList, found: Found): boolean {
    const hit = this.#itemAt(segment, place);
    if (!whole && !isEligible(segment, this.#scope, hit.item)) return false;
    const { accepts } = this.#scope;
    const tokens = (windows.ends[i] ?? 0) - (windows.starts[i] ?? 0);
    if (accepts !== undefined && !accepts(hit.contribution, hit.number, place - hit.start, tokens))
      return false;
    found.hits[i] = hit;
    found.places[i] = place;
    return true;
  }

  #itemAt(segment: Segment, place: number): Hit {
    const last = this.#last;
    if (
      last !== undefined &&
      last.segment === segment &&
      last.start <= place &&
      place < (segment.starts[last.item + 1] ?? 0)
    )
      return last;
    const item = lastUpTo(segment.starts, place);
    let hits = this.#hits.get(segment);
    if (hits === undefined) {
      hits = new Map();
      this.#hits.set(segment, hits);
    }
    let hit = hits.get(item);
    if (hit === undefined) {
      const place = lastUpTo(segment.items, item);
      const number = item - (segment.items[place] ?? 0);
      const contribution = segment.contributions[place] ?? 0;
      hit = { segment, item, start: segment.starts[item] ?? 0, contribution, number };
      hits.set(item, hit);
    }
    this.#last = hit;
    return hit;
  }
}
