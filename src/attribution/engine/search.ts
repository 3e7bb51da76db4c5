/**
 * Finds windows in the lists of one segment. For each window, the list of one of its runs is walked in order; what
 * stands beside a candidate's run is told by its signature, so most candidates are refused without a look at the
 * texts. Those that pass are compared token by token, so no hash is ever trusted.
 *
 * All windows are walked together, in rounds: each goes to its next candidates, then all of those are read, then
 * compared. A read of memory that no cache holds costs as much as a hundred comparisons, but many at once cost hardly
 * more than one, if none waits for another.
 */
import type { WindowList } from '../suffix-automaton.ts';
import { bucketOf, bucketScale } from './postings.ts';
import type { EngineQuery } from './query.ts';
import type { Range } from './repeats.ts';
import type { Segment } from './segment.ts';
import { intervalOf } from './suffix-interval.ts';
import { firstFrom, type Slab, TOGETHER, type Walk } from './walk.ts';
import { GRAM, SIDE, STRETCH, signatureMask } from './winnow.ts';

/** Settles a window that stands at a place of the segment, or lets it look further. */
export type TakePlace = (window: number, place: number) => boolean;

export type Search = {
  readonly segment: Segment;
  readonly query: EngineQuery;
  readonly windows: WindowList;
  /** Returns the place below which a window's places are of interest; 0 if the window needs none. */
  readonly before: (window: number) => number;
  /**
   * Returns the next stretch of places, from `place` on, in which the window may be settled; it begins at `place` or
   * later, and is not empty. What lies between two stretches is skipped, however much it is. Left out, it is everything.
   */
  readonly stretch?: (window: number, place: number) => readonly [from: number, to: number];
  /**
   * Returns the place from which on a window may be settled: at first, if `place` is undefined, and after a place that holds
   * the window and did not settle it. Left out, it is every later place.
   */
  readonly resume?: (window: number, place: number | undefined) => number;
  /**
   * Returns the first place that may settle a window, of those where a range of the suffixes of what the segment repeats
   * begins, or Infinity if none of them may; undefined if only the lists can tell.
   */
  readonly firstOf: (window: number, range: Range) => number | undefined;
  /** With room for the windows; of no meaning before and after. */
  readonly walk: Walk;
  /** Not cleared while `lists` has any. */
  readonly slab: Slab;
  /** The lists of the query in each segment, as far as they were needed. */
  readonly lists: Map<Segment, Lists>;
  readonly take: TakePlace;
  /** The approximate number of signatures and tokens that may be looked at. */
  readonly limit: number;
};

/** Returns the place of the first signature in [from, to) that agrees with `wanted` in the bits of `mask`. */
const nextAgreeing = (
  signatures: Uint16Array,
  from: number,
  to: number,
  wanted: number,
  mask: number,
): number => {
  let i = from;
  while (i < to && (((signatures[i] ?? 0) ^ wanted) & mask) !== 0) i += 1;
  return i;
};

/** Returns how many tokens agree, at most `limit`, between `query` from `at` on and the segment from `place` on. */
export const agreeing = (
  query: Int32Array,
  at: number,
  { low, high }: Segment,
  place: number,
  limit: number,
): number => {
  let length = 0;
  if (high.length === 0) while (length < limit && query[at + length] === low[place + length]) length += 1;
  else
    while (
      length < limit &&
      query[at + length] === ((low[place + length] ?? 0) | ((high[place + length] ?? 0) << 16))
    )
      length += 1;
  return length;
};

/** Tokens of a window, on one side of a run, that its signature does not know. */
const unknown = (tokens: number): number => (tokens > SIDE ? tokens - SIDE : 0);

/** Reads one element for each of the places, none of which waits for another; gives what keeps that from being left out. */
const touch = (array: Uint16Array | Uint32Array, places: Uint32Array | Int32Array, count: number): number => {
  let all = 0;
  for (let k = 0; k < count; k++) all ^= array[places[k] ?? 0] ?? 0;
  return all;
};

/** Two tokens of a stretch of 8 are not of its run of 6: those after it, those before it, or one of each. */
const AFTER = signatureMask(0, 2);
const AROUND = signatureMask(1, 1);
const BEFORE = signatureMask(2, 0);
/** Lists longer than this are not looked through for a run that nobody holds. */
const SHORT = 64;
/** Lists that are no longer than this are walked whole: to find the next stretch costs as much as so many postings. */
const FEW = 32;

/** Checks whether the list has no posting that could belong to a stretch with this run. Other runs share the list. */
const isForeign = (signatures: Uint16Array, from: number, to: number, wanted: number): boolean => {
  if (to - from > SHORT) return false;
  for (let i = from; i < to; i++) {
    const difference = (signatures[i] ?? 0) ^ wanted;
    if ((difference & AFTER) === 0 || (difference & AROUND) === 0 || (difference & BEFORE) === 0)
      return false;
  }
  return true;
};

/**
 * For each run of the query: the start and the end of its list, and the last run up to it that no item holds, or −1.
 */
export type Lists = {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly unheld: Int32Array;
  /** By window, the suffixes that begin with it, as far as they were needed; undefined if there are none. */
  readonly ranges: Map<number, Range | undefined>;
};

const listsOf = ({ segment, query, walk, slab }: Search): Lists => {
  const { directory, signatures } = segment;
  const { runs, winnower } = query;
  const scale = bucketScale(directory);
  const from = slab.take(runs);
  const to = slab.take(runs);
  const unheld = slab.take(runs);
  for (let run = 0; run < runs; run++) {
    const bucket = bucketOf(winnower.prints[run] ?? 0, scale);
    from[run] = directory[bucket] ?? 0;
    to[run] = directory[bucket + 1] ?? 0;
  }
  walk.touched ^= touch(signatures, from, runs);
  for (let run = 0, last = -1; run < runs; run++) {
    if (isForeign(signatures, from[run] ?? 0, to[run] ?? 0, winnower.signatures[run] ?? 0)) last = run;
    unheld[run] = last;
  }
  return { from, to, unheld, ranges: new Map() };
};

/** Finds a window among what the segment repeats. */
const rangeOf = (
  { segment, query, windows }: Search,
  { ranges }: Lists,
  window: number,
): Range | undefined => {
  if (ranges.has(window)) return ranges.get(window);
  const { repeats } = segment;
  const [start, end] = [windows.starts[window] ?? 0, windows.ends[window] ?? 0];
  const within = { from: 0, to: repeats.suffixes.length, known: 0 };
  const found = intervalOf(repeats, query.idsIn(segment), start, end, within);
  const range = found.held ? found : undefined;
  ranges.set(window, range);
  return range;
};

/** Checks whether a window needs no walk, as all of its runs have long lists, and what the segment repeats has settled it. */
const isSettled = (search: Search, lists: Lists, window: number, limit: number): boolean => {
  const { firstOf, take } = search;
  const range = rangeOf(search, lists, window);
  if (range === undefined) return true;
  const place = firstOf(window, range);
  return place !== undefined && (place >= limit || take(window, place));
};

/**
 * A walk for each window: over the list of one run among those of the window's stretches, each of which any holder has
 * chosen as well. The shortest is best, but for what signatures do not know: where a token of the window is out of
 * their sight, candidates have to be compared. Returns the number of suffixes looked at for windows that need no walk.
 */
const fill = (search: Search): number => {
  const { segment, query, windows, before, walk, lists } = search;
  const known = lists.get(segment) ?? listsOf(search);
  lists.set(segment, known);
  const { from, to, unheld } = known;
  const { positions, chosen, signatures } = query.winnower;
  // To find the first suffix that begins with a window, and the last one.
  const halvings = 2 * (32 - Math.clz32(segment.repeats.suffixes.length));
  let steps = 0;
  walk.count = 0;
  for (let i = 0; i < windows.count; i++) {
    const start = windows.starts[i] ?? 0;
    const end = windows.ends[i] ?? 0;
    const last = chosen[end - STRETCH] ?? 0;
    if ((unheld[last] ?? 0) >= (chosen[start] ?? 0)) continue;
    const limit = before(i);
    if (limit === 0) continue;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let shortest = Number.POSITIVE_INFINITY;
    for (let run = chosen[start] ?? 0; run <= last; run++) {
      const ahead = (positions[run] ?? 0) - start;
      const hidden = unknown(ahead) + unknown(end - start - ahead - GRAM);
      const length = (to[run] ?? 0) - (from[run] ?? 0);
      if (length < shortest) shortest = length;
      const cost = length * (1 + 2 * hidden);
      if (cost < least) {
        least = cost;
        best = run;
      }
    }
    if (shortest > segment.repeats.limit) {
      steps += halvings;
      if (isSettled(search, known, i, limit)) continue;
    }
    const ahead = (positions[best] ?? 0) - start;
    const k = walk.count++;
    walk.window[k] = i;
    walk.before[k] = limit;
    walk.ahead[k] = ahead;
    walk.mask[k] = signatureMask(ahead, end - start - ahead - GRAM);
    walk.wanted[k] = signatures[best] ?? 0;
    walk.at[k] = from[best] ?? 0;
    walk.end[k] = to[best] ?? 0;
    walk.last[k] = to[best] ?? 0;
    if ((to[best] ?? 0) - (from[best] ?? 0) <= FEW) continue;
    if (search.resume !== undefined) skip(search, k, search.resume(i, undefined));
    if (search.stretch !== undefined) {
      walk.end[k] = walk.at[k] ?? 0;
      advance(search, k);
    }
  }
  return steps;
};

/** Takes walk k from the end of a stretch of its list to the next stretch; there is none if it stands at its end then. */
const advance = ({ segment, stretch, walk }: Search, k: number): void => {
  const { places } = segment;
  const ahead = walk.ahead[k] ?? 0;
  const last = walk.last[k] ?? 0;
  const limit = walk.before[k] ?? 0;
  let at = walk.end[k] ?? 0;
  while (at < last && stretch !== undefined) {
    const place = Math.max(0, (places[at] ?? 0) - ahead);
    if (place >= limit) break;
    const [from, to] = stretch(walk.window[k] ?? 0, place);
    const next = firstFrom(places, at, last, from + ahead);
    if (next === at) {
      walk.at[k] = at;
      walk.end[k] = firstFrom(places, at, last, to + ahead);
      return;
    }
    at = next;
  }
  walk.at[k] = last;
  walk.end[k] = last;
};

/** Takes walk k to the first posting that belongs to `place` or to a later place. */
const skip = ({ segment, walk }: Search, k: number, place: number): void => {
  const ahead = walk.ahead[k] ?? 0;
  walk.at[k] = firstFrom(segment.places, walk.at[k] ?? 0, walk.end[k] ?? 0, place + ahead);
};

/** Checks whether a place is in a stretch in which the window may be settled. */
const isWithin = ({ stretch }: Search, window: number, place: number): boolean =>
  stretch === undefined || stretch(window, place)[0] === place;

/** The most candidates of one window in a round: a place found makes those after it idle. */
const OF_ONE = 64;

/**
 * Offers every window its places, in their order. Returns how many signatures and tokens were looked at: more than the
 * limit if it came to that before all windows were settled.
 */
export const searchLists = (search: Search): number => {
  const { segment, query, windows, walk, take, resume } = search;
  const { places, signatures, low } = segment;
  let steps = fill(search);
  if (walk.count === 0) return steps;
  const asked = query.idsIn(segment);
  const { candidates } = walk;
  while (walk.count > 0) {
    const each = Math.min(OF_ONE, Math.max(1, Math.floor(TOGETHER / walk.count)));
    let found = 0;
    for (let k = 0; k < walk.count; k++) {
      const end = walk.end[k] ?? 0;
      const from = walk.at[k] ?? 0;
      const wanted = walk.wanted[k] ?? 0;
      const mask = walk.mask[k] ?? 0;
      let at = from;
      let left = each;
      for (; left > 0; left--) {
        at = nextAgreeing(signatures, at, end, wanted, mask);
        if (at === end) break;
        candidates[found++] = at;
        at += 1;
      }
      walk.at[k] = at;
      walk.found[k] = each - left;
      steps += 1 + at - from;
    }
    for (let c = 0; c < found; c++) candidates[c] = places[candidates[c] ?? 0] ?? 0;
    walk.touched ^= touch(low, candidates, found);
    let first = 0;
    let count = 0;
    for (let k = 0; k < walk.count; k++) {
      const i = walk.window[k] ?? 0;
      const start = windows.starts[i] ?? 0;
      const tokens = (windows.ends[i] ?? 0) - start;
      const ahead = walk.ahead[k] ?? 0;
      const limit = walk.before[k] ?? 0;
      let settled = false;
      // Below 0 a window would begin before the first text.
      let least = 0;
      const last = first + (walk.found[k] ?? 0);
      for (let c = first; c < last; c++) {
        const place = (candidates[c] ?? 0) - ahead;
        if (place < least) continue;
        const length = place < limit ? agreeing(asked, start, segment, place, tokens) : 0;
        steps += length;
        if (place >= limit || (length === tokens && isWithin(search, i, place) && take(i, place))) {
          settled = true;
          break;
        }
        if (length === tokens && resume !== undefined) least = resume(i, place);
      }
      first = last;
      if (settled || walk.at[k] === walk.last[k]) continue;
      if (least > 0) skip(search, k, least);
      if (walk.at[k] === walk.end[k]) {
        advance(search, k);
        steps += 1;
        if (walk.at[k] === walk.last[k]) continue;
      }
      if (count < k) walk.move(k, count);
      count += 1;
    }
    walk.count = count;
    if (steps > search.limit) break;
  }
  return steps;
};
