/**
 * Finds the first item, in the order of (contribution id, item, pos), that holds a stretch of tokens. Every run of `gram` tokens is
 * posted under its hash; a query walks the shortest list among the grams of the stretch, in order, and compares
 * tokens, so a hash is never trusted. Where lists are long because everything repeats, the suffix automaton answers
 * instead, so that no query costs more than a few looks at each token held. Appending is incremental, in the order of
 * contribution id, then item.
 *
 * What it gives is defined by meaning, so another index (winnowed, segmented, on disk) may take its place behind
 * {@link FirstHolders}.
 */

import type { Tokens } from '../../state/attribution/pt1.ts';
import { invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { gramHashes } from './grams.ts';
import { NOWHERE, type WindowList, WindowScan } from './suffix-automaton.ts';
import { SEPARATOR, Vocabulary } from './vocabulary.ts';

/** A stretch of a text that was prepared for queries. */
export type Query = { readonly ids: Uint32Array; readonly hashes: Uint32Array };

/** Where a stretch stands: item `item` of contribution `contribution`, from token `pos` on. */
export type Place = { readonly contribution: ContributionId; readonly item: number; readonly pos: number };

/** What tracing asks of an index. Places are numbers whose order is that of (contribution id, item, pos). */
export interface FirstHolders<Q = Query> {
  /** The tokens of the shortest stretch that can be asked for. */
  readonly gram: number;
  prepare(tokens: Tokens): Q;
  /**
   * The first place that holds each window of the query, none shorter than `gram`; or {@link NOWHERE}. Places of one
   * call need not compare with those of another, nor outlive it.
   */
  firsts(query: Q, windows: WindowList): Float64Array;
  /** How many tokens from query[at] on equal those from `place` on, at most `limit`. */
  extent(query: Q, at: number, place: number, limit: number): number;
  /** `place` must be one that `firsts` gave, or further on in the same item. */
  locate(place: number): Place;
}

/** Its ids have no bits besides. */
const NO_BITS = new Uint8Array(0);
/** The end of a list of postings. */
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
  /** The ids of all items, each followed by SEPARATOR, so that no comparison runs past the end of an item. */
  #ids: Uint32Array;
  #length = 0;
  /** The posting after each one in its list: the positions of one hash, ascending. */
  #next: Uint32Array;
  /** By bucket, a power of two of them: first and last posting, and their number. */
  #heads: Uint32Array;
  #tails: Uint32Array;
  #counts: Uint32Array;
  /** By item: where it starts in #ids, its contribution id, its index in its contribution. */
  readonly #starts: number[] = [];
  readonly #contributions: number[] = [];
  readonly #items: number[] = [];

  /** Tokens that the query at hand has looked at. */
  #steps = 0;
  readonly #patience: number;

  /**
   * @param gram - Lmin: no shorter stretch can be asked for
   * @param expected - tokens to reserve room for
   * @param patience - how many tokens the lists of a query may make it look at before the automaton takes over, as a
   *   multiple of what that costs; below 0 it always does
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

  /** Tokens in all, separators included. */
  get length(): number {
    return this.#length;
  }

  /** Adds item `item` of contribution `contribution`, which must come after all that were added. Returns its first place. */
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
    // The last gram, up to each, that nobody holds: no window over it stands anywhere.
    const unheld = new Int32Array(query.hashes.length);
    for (let at = 0, last = -1; at < unheld.length; at++) {
      if (this.#holders(query, at) === 0) last = at;
      unheld[at] = last;
    }
    this.#steps = 0;
    // What the automaton costs: a look at each token held, and some sixteen for each of the query to build it.
    const limit = this.#patience * (this.#length + 16 * query.ids.length);
    for (let i = 0; i < windows.count; i++) {
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      if ((unheld[end - this.gram] ?? -1) >= start) continue;
      places[i] = this.#walk(query, start, end);
      // Texts made to repeat themselves: from here on one pass over everything is cheaper than the lists.
      if (this.#steps > limit) {
        this.#scan(query, windows, places);
        break;
      }
    }
    return places;
  }

  /** As the lists would, in one pass. */
  #scan(query: Query, windows: WindowList, places: Float64Array): void {
    const take = (window: number, place: number): boolean => {
      places[window] = place;
      return true;
    };
    // UNKNOWN, the greatest number of 32 bits, is negative as a signed one.
    new WindowScan(Int32Array.from(query.ids), windows, take).scan(this.#ids, NO_BITS, 0, this.#length);
  }

  /** How many postings share the list of the gram at `at`; 0 only if nobody holds it. */
  #holders(query: Query, at: number): number {
    return this.#counts[(query.hashes[at] ?? 0) & (this.#heads.length - 1)] ?? 0;
  }

  /** Walks the shortest list among the grams of query[start .. end), in order, up to the first place that holds it. */
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
      // The gram itself first: it tells a collision of hashes at once.
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
   * Makes tokens [start, end) of the item that begins at place `first` equal to nothing, until the function returned is
   * called. Nothing may be appended meanwhile.
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

  /** At least a bucket for each token, and everything posted again. */
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
