/**
 * Finds the first item, in the order of (contribution id, item, pos), that holds a stretch of tokens. Every run of
 * `gram` tokens is posted under its hash. A query walks the shortest list among the grams of the stretch, in order, and
 * compares tokens, so it never relies on a hash. If lists are long because texts repeat themselves, the suffix
 * automaton answers instead, so that the cost of a query is limited to a few looks at each token in the index. Items
 * are appended in the order of contribution id, then item.
 *
 * The results are defined by {@link FirstHolders}, so another index (winnowed, segmented, on disk) can take the place
 * of this one.
 */

import type { Tokens } from '../../state/attribution/tokens.ts';
import { invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { gramHashes } from './grams.ts';
import { NOWHERE, type WindowList, WindowScan } from './suffix-automaton.ts';
import { SEPARATOR, Vocabulary } from './vocabulary.ts';

/** A stretch of a text that was prepared for queries. */
export type Query = { readonly ids: Uint32Array; readonly hashes: Uint32Array };

/** The place of a stretch: item `item` of contribution `contribution`, from its token `pos` on. */
export type Place = { readonly contribution: ContributionId; readonly item: number; readonly pos: number };

/** The queries that tracing makes of an index. Places are numbers in the order of (contribution id, item, pos). */
export interface FirstHolders<Q = Query> {
  /** The length of the shortest stretch that can be searched for, in tokens. */
  readonly gram: number;
  prepare(tokens: Tokens): Q;
  /**
   * Returns the first place that holds each window of the query, or {@link NOWHERE}. No window may be shorter than
   * `gram`. The places of one call cannot be compared with those of another, and are valid until the next call.
   */
  firsts(query: Q, windows: WindowList): Float64Array;
  /** Returns how many tokens from query[at] on equal those from `place` on, at most `limit`. */
  extent(query: Q, at: number, place: number, limit: number): number;
  /** Returns the item of a place. `place` must come from `firsts`, or be a later one in the same item. */
  locate(place: number): Place;
}

/** The high bits of ids, of which this index has none. */
const NO_BITS = new Uint8Array(0);
/** Marks the end of a list of postings. */
const NONE = 0xffff_ffff;

const grownTo = (array: Uint32Array, length: number): Uint32Array => {
  if (length <= array.length) return array;
  const out = new Uint32Array(Math.max(length, 2 * array.length));
  out.set(array);
  return out;
};

export class CorpusIndex implements FirstHolders {
  readonly gram: number;
  readonly #vocabulary = new Vocabulary();
  /** The ids of all items. SEPARATOR follows each item, so that no comparison extends past its end. */
  #ids: Uint32Array;
  #length = 0;
  /** The next posting in the list of each posting. The positions of one hash ascend. */
  #next: Uint32Array;
  /** The first and the last posting of each bucket, and their number. The number of buckets is a power of two. */
  #heads: Uint32Array;
  #tails: Uint32Array;
  #counts: Uint32Array;
  /** The start of each item in #ids, its contribution id, and its index in the contribution. */
  readonly #starts: number[] = [];
  readonly #contributions: number[] = [];
  readonly #items: number[] = [];

  /** The number of tokens that the current query has looked at. */
  #steps = 0;
  readonly #patience: number;

  /**
   * @param gram - Lmin: no shorter stretch can be searched for
   * @param expected - the number of tokens to reserve memory for
   * @param patience - how many tokens a query may look at in the lists before the automaton takes over, as a multiple
   * of the cost of the automaton; below 0 the automaton always answers
   */
  constructor(gram: number, expected = 1024, patience = 4) {
    invariant(gram >= 1, 'a gram has at least one token');
    this.gram = gram;
    this.#patience = patience;
    this.#ids = new Uint32Array(expected);
    this.#next = new Uint32Array(expected);
    const buckets = 1 << Math.max(4, 32 - Math.clz32(expected));
    this.#heads = new Uint32Array(buckets).fill(NONE);
    this.#tails = new Uint32Array(buckets);
    this.#counts = new Uint32Array(buckets);
  }

  /** The number of tokens, separators included. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends item `item` of contribution `contribution`, which must come after all that were appended. @returns its
   * first place
   */
  append(contribution: ContributionId, item: number, tokens: Tokens): number {
    const lastContribution = this.#contributions.at(-1) ?? -1;
    invariant(
      contribution > lastContribution ||
        (contribution === lastContribution && item > (this.#items.at(-1) ?? -1)),
      'items are added in the order of contribution, then item',
    );
    const ids = this.#vocabulary.intern(tokens);
    const start = this.#length;
    const end = start + ids.length;
    this.#ids = grownTo(this.#ids, end + 1);
    this.#next = grownTo(this.#next, end + 1);
    this.#ids.set(ids, start);
    this.#ids[end] = SEPARATOR;
    this.#length = end + 1;
    this.#starts.push(start);
    this.#contributions.push(contribution);
    this.#items.push(item);
    if (this.#length > this.#heads.length) this.#rebuild();
    else this.#post(start, gramHashes(ids, this.gram));
    return start;
  }

  prepare(tokens: Tokens): Query {
    const ids = this.#vocabulary.lookup(tokens);
    return { ids, hashes: gramHashes(ids, this.gram) };
  }

  firsts(query: Query, windows: WindowList): Float64Array {
    const places = new Float64Array(windows.count).fill(NOWHERE);
    // The last gram up to each position that no item holds. No item holds a window that contains such a gram.
    const unheld = new Int32Array(query.hashes.length);
    for (let at = 0, last = -1; at < unheld.length; at++) {
      if (this.#holders(query, at) === 0) last = at;
      unheld[at] = last;
    }
    this.#steps = 0;
    // The cost of the automaton: one look at each token in the index, and about sixteen per token of the query to build
    // it.
    const limit = this.#patience * (this.#length + 16 * query.ids.length);
    for (let i = 0; i < windows.count; i++) {
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      if ((unheld[end - this.gram] ?? -1) >= start) continue;
      places[i] = this.#walk(query, start, end);
      // The texts repeat themselves, so from here on one pass over everything is cheaper than the lists.
      if (this.#steps > limit) {
        this.#scan(query, windows, places);
        break;
      }
    }
    return places;
  }

  /** Answers the windows of a query in one pass over everything, with the results that the lists would give. */
  #scan(query: Query, windows: WindowList, places: Float64Array): void {
    const take = (window: number, place: number): boolean => {
      places[window] = place;
      return true;
    };
    // UNKNOWN, the greatest 32-bit number, is negative as a signed one.
    new WindowScan(Int32Array.from(query.ids), windows, take).scan(this.#ids, NO_BITS, 0, this.#length);
  }

  /** Returns how many postings share the list of the gram at `at`. It is 0 only if no item holds the gram. */
  #holders(query: Query, at: number): number {
    return this.#counts[(query.hashes[at] ?? 0) & (this.#heads.length - 1)] ?? 0;
  }

  /**
   * Walks the shortest list among the grams of query[start .. end), in order, up to the first place that holds all of
   * it.
   */
  #walk(query: Query, start: number, end: number): number {
    let rarest = start;
    let least = this.#holders(query, start);
    for (let at = start + 1; at + this.gram <= end; at++) {
      const count = this.#holders(query, at);
      if (count < least) {
        least = count;
        rarest = at;
      }
    }
    const { ids } = query;
    const corpus = this.#ids;
    const ahead = rarest - start;
    const bucket = (query.hashes[rarest] ?? 0) & (this.#heads.length - 1);
    for (let at = this.#heads[bucket] ?? NONE; at !== NONE; at = this.#next[at] ?? NONE) {
      // The gram itself is compared first, because that detects a collision of hashes at once.
      let i = rarest;
      let j = at;
      while (i < end && ids[i] === corpus[j]) {
        i += 1;
        j += 1;
      }
      this.#steps += 1 + i - rarest;
      if (i < end || at < ahead) continue;
      i = start;
      j = at - ahead;
      while (i < rarest && ids[i] === corpus[j]) {
        i += 1;
        j += 1;
      }
      this.#steps += i - start;
      if (i === rarest) return at - ahead;
    }
    return NOWHERE;
  }

  extent(query: Query, at: number, place: number, limit: number): number {
    const { ids } = query;
    const most = Math.min(limit, ids.length - at);
    let length = 0;
    while (length < most && ids[at + length] === this.#ids[place + length]) length += 1;
    return length;
  }

  /**
   * Makes tokens [start, end) of the item that begins at place `first` equal to nothing, until the returned function is
   * called. Nothing may be appended in the meantime.
   */
  mask(first: number, start: number, end: number): () => void {
    const were = this.#ids.slice(first + start, first + end);
    this.#ids.fill(SEPARATOR, first + start, first + end);
    return () => this.#ids.set(were, first + start);
  }

  locate(place: number): Place {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return {
      contribution: this.#contributions[low] ?? 0,
      item: this.#items[low] ?? 0,
      pos: place - (this.#starts[low] ?? 0),
    };
  }

  #post(start: number, hashes: Uint32Array): void {
    const mask = this.#heads.length - 1;
    for (let i = 0; i < hashes.length; i++) {
      const bucket = (hashes[i] ?? 0) & mask;
      const at = start + i;
      if (this.#heads[bucket] === NONE) this.#heads[bucket] = at;
      else this.#next[this.#tails[bucket] ?? 0] = at;
      this.#tails[bucket] = at;
      this.#next[at] = NONE;
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    }
  }

  /** Enlarges the table to at least one bucket per token, and posts everything again. */
  #rebuild(): void {
    let buckets = this.#heads.length;
    while (buckets < this.#length) buckets *= 2;
    this.#heads = new Uint32Array(buckets).fill(NONE);
    this.#tails = new Uint32Array(buckets);
    this.#counts = new Uint32Array(buckets);
    for (const [i, start] of this.#starts.entries()) {
      const end = (this.#starts[i + 1] ?? this.#length) - 1;
      this.#post(start, gramHashes(this.#ids.subarray(start, end), this.gram));
    }
  }
}
