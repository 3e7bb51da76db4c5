/**
 * Finds the first eligible item, in the order of (seq, item, pos), that holds a stretch of tokens, in all segments.
 *
 * For each window, the shortest of the lists of its runs is walked in order. What stands beside a candidate's run is
 * told by its signature, so most candidates are refused without a look at the texts; those that pass are compared
 * token by token, so no hash is ever trusted. Where lists are long because texts were made to repeat themselves, the
 * suffix automaton takes over, so that no answer costs more than a few looks at each token held.
 */
import type { Tokens } from '../../../state/attribution/pt1.ts';
import { invariant } from '../../lib/errors.ts';
import type { FirstHolders, Place } from '../corpus-index.ts';
import { NOWHERE, type WindowList, WindowScan } from '../suffix-automaton.ts';
import type { HashKey } from './lexicon.ts';
import { bucketOf, bucketScale } from './postings.ts';
import { EngineQuery } from './query.ts';
import { isEligible, runsOf, type Scope, type Share, shareOf } from './scope.ts';
import { contributionUpTo, lastUpTo, type Segment } from './segment.ts';
import { GRAM, STRETCH, signatureMask } from './winnow.ts';

/** An item that holds a window: `item` is numbered through the segment, which begins it at `start`. */
type Hit = { readonly segment: Segment; readonly item: number; readonly start: number; readonly seq: number };

/** Places are numbers: the rank of the item among those found, and the token in it. */
const RANK = 2 ** 32;

/** From `from` on, up to `to`: the first signature that agrees with `wanted` in the bits of `mask`. */
const nextAgreeing = (
  signatures: Int32Array,
  from: number,
  to: number,
  wanted: number,
  mask: number,
): number => {
  let i = from;
  while (i < to && (((signatures[i] ?? 0) ^ wanted) & mask) !== 0) i += 1;
  return i;
};

/** How many tokens agree, `query` from `at` on and `held` from `place` on, up to `limit`. */
const agreeing = (
  query: Int32Array,
  at: number,
  held: Uint16Array | Uint32Array,
  place: number,
  limit: number,
): number => {
  let length = 0;
  while (length < limit && query[at + length] === held[place + length]) length += 1;
  return length;
};

/** The item's number within its contribution. */
const itemOf = ({ segment, item, seq }: Hit): number =>
  item - (segment.items[contributionUpTo(segment, seq)] ?? 0);

/** Only places of the share below this may come before the hit. */
const placesBefore = ({ segment, end }: Share, hit: Hit | undefined): number => {
  if (hit === undefined) return end;
  if (hit.segment === segment) return 0;
  const contribution = contributionUpTo(segment, hit.seq) + 1;
  return Math.min(end, segment.starts[segment.items[contribution] ?? 0] ?? 0);
};

/** What one call has found so far. */
type Found = { readonly hits: (Hit | undefined)[]; readonly places: Float64Array };

export class Holders implements FirstHolders<EngineQuery> {
  readonly gram = STRETCH;
  readonly #key: HashKey;
  /** By their least seq. */
  readonly #shares: readonly Share[];
  readonly #scope: Scope;
  readonly #patience: number;
  /** By rank, of the last call: the items found. */
  #ranked: readonly Hit[] = [];
  /** By segment and item, so that each has one identity; and the last. */
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
      .sort((a, b) => (a.segment.seqs[0] ?? 0) - (b.segment.seqs[0] ?? 0));
  }

  prepare(tokens: Tokens): EngineQuery {
    return new EngineQuery(this.#key, tokens);
  }

  /** As {@link FirstHolders.firsts}; places are good until the next call. */
  firsts(query: EngineQuery, windows: WindowList): Float64Array {
    const found: Found = {
      hits: new Array<Hit | undefined>(windows.count).fill(undefined),
      places: new Float64Array(windows.count).fill(NOWHERE),
    };
    for (const share of this.#shares) this.#search(share, query, windows, found);
    this.#ranked = [...new Set(found.hits)]
      .filter((hit) => hit !== undefined)
      .sort((a, b) => a.seq - b.seq || a.item - b.item);
    const ranks = new Map(this.#ranked.map((hit, rank) => [hit, rank]));
    for (const [i, hit] of found.hits.entries())
      if (hit !== undefined)
        found.places[i] = (ranks.get(hit) ?? 0) * RANK + (found.places[i] ?? 0) - hit.start;
    return found.places;
  }

  extent(query: EngineQuery, at: number, place: number, limit: number): number {
    const { segment, start } = this.#hitOf(place);
    const most = Math.min(limit, query.tokens - at);
    return agreeing(query.idsIn(segment), at, segment.ids, start + (place % RANK), most);
  }

  locate(place: number): Place {
    const hit = this.#hitOf(place);
    return { seq: hit.seq, item: itemOf(hit), pos: place % RANK };
  }

  #hitOf(place: number): Hit {
    const hit = this.#ranked[Math.floor(place / RANK)];
    invariant(hit !== undefined, 'a place is one that the last call gave');
    return hit;
  }

  #search(share: Share, query: EngineQuery, windows: WindowList, found: Found): void {
    const { segment, except } = share;
    const { directory, places, signatures, ids } = segment;
    const { positions, prints, chosen, signatures: asked } = query.winnower;
    const scale = bucketScale(directory);
    const from = new Uint32Array(query.runs);
    const to = new Uint32Array(query.runs);
    for (let run = 0; run < query.runs; run++) {
      const bucket = bucketOf(prints[run] ?? 0, scale);
      from[run] = directory[bucket] ?? 0;
      to[run] = directory[bucket + 1] ?? 0;
    }
    const limit = this.#patience * (ids.length + 16 * query.tokens);
    let steps = 0;
    for (let i = 0; i < windows.count; i++) {
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      const before = placesBefore(share, found.hits[i]);
      if (before === 0) continue;
      // The shortest list among the runs of the window's stretches, each of which any holder has chosen as well.
      let run = chosen[start] ?? 0;
      const last = chosen[end - STRETCH] ?? 0;
      for (let other = run + 1; other <= last; other++)
        if ((to[other] ?? 0) - (from[other] ?? 0) < (to[run] ?? 0) - (from[run] ?? 0)) run = other;
      const first = from[run] ?? 0;
      const listed = to[run] ?? 0;
      if (listed === first) continue;
      const ahead = (positions[run] ?? 0) - start;
      const mask = signatureMask(ahead, end - start - ahead - GRAM);
      const wanted = asked[run] ?? 0;
      let at = nextAgreeing(signatures, first, listed, wanted, mask);
      for (; at < listed; at = nextAgreeing(signatures, at + 1, listed, wanted, mask)) {
        const place = (places[at] ?? 0) - ahead;
        if (place >= before) break;
        if (place < 0 || (place >= except[0] && place < except[1])) continue;
        const length = agreeing(query.idsIn(segment), start, ids, place, end - start);
        steps += 1 + length;
        if (length === end - start && this.#take(share, i, place, length, found)) break;
      }
      steps += at - first;
      if (steps > limit) {
        this.#scan(share, query, windows, found);
        return;
      }
    }
  }

  /** As the lists would, in one pass over all that may answer. */
  #scan(share: Share, query: EngineQuery, windows: WindowList, found: Found): void {
    const { segment } = share;
    const before = Float64Array.from(found.hits, (hit) => placesBefore(share, hit));
    const scan = new WindowScan(query.idsIn(segment), windows, (i, place) => {
      const tokens = (windows.ends[i] ?? 0) - (windows.starts[i] ?? 0);
      return place >= (before[i] ?? 0) || this.#take(share, i, place, tokens, found);
    });
    for (const [from, to] of runsOf(share, this.#scope)) scan.scan(segment.ids, from, to);
  }

  /** Takes a place that holds window i, if it may answer. */
  #take({ segment, whole }: Share, i: number, place: number, tokens: number, found: Found): boolean {
    const hit = this.#itemAt(segment, place);
    if (!whole && !isEligible(segment, this.#scope, hit.item)) return false;
    const { accepts } = this.#scope;
    if (accepts !== undefined && !accepts(hit.seq, itemOf(hit), place - hit.start, tokens)) return false;
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
      const seq = segment.seqs[lastUpTo(segment.items, item)] ?? 0;
      hit = { segment, item, start: segment.starts[item] ?? 0, seq };
      hits.set(item, hit);
    }
    this.#last = hit;
    return hit;
  }
}
