/**
 * An index of texts in memory. It finds the first item that holds a stretch of tokens, and the first one of another owner
 * that is independent of it. Every run of `gram` tokens is posted in the list of its hash. A query walks the shortest list
 * among those of the stretch's grams, in order, and compares tokens, so it never relies on a hash. If lists are long because
 * texts repeat themselves, the suffix automaton answers instead. So a query costs at most a few looks at each token in the
 * index.
 *
 * The first item is the one that was appended first. Callers append contributions in the order of rank (`inOrderOfRank` in
 * corpus.ts): by contribution id, and in version 2 of the rules with all commons before the others.
 *
 * {@link FirstHolders} defines the results, so another index (winnowed, segmented, on disk) can take the place of this one.
 */

import type { Brought } from '../../state/attribution/shared.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { FirstHolders, Place } from './first-holders.ts';
import { FirstRuns } from './first-runs.ts';
import { GramLists, grownTo, NONE } from './gram-lists.ts';
import { gramHashes } from './grams.ts';
import { type Source, Sources } from './sources.ts';
import { NOWHERE, type WindowList, WindowScan } from './suffix-automaton.ts';
import { SEPARATOR, UNKNOWN, Vocabulary } from './vocabulary.ts';

/** Stretches of texts that were prepared for queries. */
export type Query = {
  readonly ids: Uint32Array;
  readonly hashes: Uint32Array;
  /** By position, the place before which `firsts` searches; everywhere if it is undefined. */
  readonly before: Uint32Array | undefined;
  /** By position, the first place of the run that begins there, or NONE; undefined if the index has no table of runs. */
  readonly runs: Uint32Array | undefined;
};

/** The high bits of ids, of which this index has none. */
const NO_BITS = new Uint8Array(0);

/** Every place comes before NONE. */
const beforeAt = ({ before }: Query, position: number): number =>
  before === undefined ? NONE : (before[position] ?? 0);

/** Returns, for each of the first positions, the last one up to it of which `isHeld` is false, or −1. */
const lastUnheld = (positions: number, isHeld: (at: number) => boolean): Int32Array => {
  const unheld = new Int32Array(positions);
  for (let at = 0, last = -1; at < positions; at++) {
    if (!isHeld(at)) last = at;
    unheld[at] = last;
  }
  return unheld;
};

export class CorpusIndex implements FirstHolders<Query> {
  readonly gram: number;
  readonly #vocabulary = new Vocabulary();
  /** The ids of all items. SEPARATOR follows each item, so that no comparison extends past its end. */
  #ids: Uint32Array;
  #length = 0;
  readonly #lists: GramLists;
  /** The start of each item in #ids, its contribution id, and its index in the contribution. */
  readonly #starts: number[] = [];
  readonly #contributions: number[] = [];
  readonly #items: number[] = [];
  /** The first places of all runs of one length; undefined if nobody asks for it. */
  readonly #runs: FirstRuns | undefined;
  readonly #sources = new Sources();
  /** For each posting, the next one in its list that is of another owner. It is computed when it is needed. */
  #nextOther: Uint32Array | undefined;
  /** The owner whose texts are hidden. Walks leap over what it repeats. */
  #hidden: number | undefined;

  /** The steps of the last call, and of those before it. */
  #steps = 0;
  #stepsBefore = 0;
  readonly #patience: number;

  /**
   * @param gram - Lmin: no shorter stretch can be searched for
   * @param expected - the number of tokens to reserve memory for
   * @param patience - how many tokens a query may look at in the lists before the automaton takes over, as a multiple
   * of the cost of the automaton; below 0 the automaton always answers
   * @param run - windows of exactly so many tokens are found in a table; then nothing can be masked or hidden
   */
  constructor(gram: number, expected = 1024, patience = 4, run?: number) {
    invariant(gram >= 1, 'a gram has at least one token');
    this.gram = gram;
    this.#patience = patience;
    this.#ids = new Uint32Array(expected);
    this.#lists = new GramLists(expected);
    this.#runs = run === undefined ? undefined : new FirstRuns(run);
    this.#runs?.clear(this.#lists.room);
  }

  /** Returns an index of the texts of a Datanet, in which windows of copyMin tokens are found in a table. */
  static ofDatanet({
    matchTokensMin,
    copyMin,
  }: {
    readonly matchTokensMin: number;
    readonly copyMin: number;
  }): CorpusIndex {
    return new CorpusIndex(Math.min(matchTokensMin, copyMin), undefined, undefined, copyMin);
  }

  /** About how many tokens the last call has looked at, in the lists and with the automaton. */
  get looks(): number {
    return this.#steps;
  }

  /** About how many tokens all calls have looked at. */
  get allLooks(): number {
    return this.#stepsBefore + this.#steps + (this.#runs?.looks ?? 0);
  }

  /** The number of tokens, separators included. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends item `item` of contribution `contribution`. It comes after all items that were appended before.
   * @param brought - undefined for a commons, or if nobody asks for `others`
   * @returns its first place
   */
  append(contribution: ContributionId, item: number, tokens: Tokens, brought?: Brought): number {
    invariant(
      this.#contributions.at(-1) !== contribution || item > (this.#items.at(-1) ?? -1),
      'the items of a contribution are added in their order',
    );
    const ids = this.#vocabulary.intern(tokens);
    const start = this.#length;
    const end = start + ids.length;
    this.#ids = grownTo(this.#ids, end + 1);
    this.#ids.set(ids, start);
    this.#ids[end] = SEPARATOR;
    this.#length = end + 1;
    this.#nextOther = undefined;
    if (this.#contributions.at(-1) !== contribution) this.#sources.add(start, brought);
    this.#starts.push(start);
    this.#contributions.push(contribution);
    this.#items.push(item);
    if (this.#length > this.#lists.room) this.#rebuild();
    else {
      this.#lists.post(start, gramHashes(ids, this.gram));
      this.#runs?.post(this.#ids, start, end);
    }
    return start;
  }

  prepare(tokens: Tokens): Query {
    const ids = this.#vocabulary.lookup(tokens);
    return this.#query(ids, undefined);
  }

  /**
   * Prepares several texts as one query. No window of it that lies in more than one text is held.
   * @param before - for each text, the place before which it is searched for; everywhere if left out
   * @returns the query, and where each text begins in it
   */
  prepareAll(
    texts: readonly Tokens[],
    before?: readonly number[],
  ): { readonly query: Query; readonly starts: readonly number[] } {
    const starts: number[] = [];
    let length = 0;
    for (const { count } of texts) {
      starts.push(length);
      length += count + 1;
    }
    // One unknown token follows each text.
    const ids = new Uint32Array(length).fill(UNKNOWN);
    const places = before === undefined ? undefined : new Uint32Array(length);
    for (const [i, tokens] of texts.entries()) {
      const start = starts[i] ?? 0;
      ids.set(this.#vocabulary.lookup(tokens), start);
      places?.fill(before?.[i] ?? 0, start, start + tokens.count);
    }
    return { query: this.#query(ids, places), starts };
  }

  #query(ids: Uint32Array, before: Query['before']): Query {
    const query = { ids, hashes: gramHashes(ids, this.gram), before, runs: undefined };
    const runs = this.#runs?.find(ids, this.#ids, (at) => this.#isGramHeld(query, at));
    return { ...query, runs };
  }

  firsts(query: Query, windows: WindowList): Float64Array {
    const places = new Float64Array(windows.count).fill(NOWHERE);
    // No item holds a window that contains a gram, or a run, that no item holds.
    const unheldGrams = lastUnheld(query.hashes.length, (at) => this.#isGramHeld(query, at));
    const { runs } = query;
    const unheldRuns = runs && lastUnheld(runs.length, (at) => (runs[at] ?? NONE) < beforeAt(query, at));
    const runLength = this.#runs?.length ?? Number.POSITIVE_INFINITY;
    this.#stepsBefore += this.#steps;
    this.#steps = 0;
    const limit = this.#limit(query);
    for (let i = 0; i < windows.count; i++) {
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      if ((unheldGrams[end - this.gram] ?? -1) >= start || (unheldRuns?.[end - runLength] ?? -1) >= start)
        continue;
      if (end - start === runLength) {
        places[i] = runs?.[start] ?? NOWHERE;
        continue;
      }
      places[i] = this.#walk(query, start, end);
      // The texts repeat themselves, so from here on one pass over everything is cheaper than the lists.
      if (this.#steps > limit) {
        this.#scan(query, windows, places);
        break;
      }
    }
    return places;
  }

  others(query: Query, windows: WindowList, firsts: Float64Array): Float64Array {
    const places = new Float64Array(windows.count).fill(NOWHERE);
    const sources = Array.from(firsts, (first) => (first === NOWHERE ? undefined : this.#sources.at(first)));
    this.#stepsBefore += this.#steps;
    this.#steps = 0;
    const limit = this.#limit(query);
    for (const [i, source] of sources.entries()) {
      if (source === undefined || source.owner === undefined) continue;
      places[i] = this.#walkOthers(query, windows, i, firsts[i] ?? 0, source);
      if (this.#steps > limit) {
        this.#scanOthers(query, windows, sources, places);
        break;
      }
    }
    return places;
  }

  /** Returns how many tokens a query may look at in the lists before the automaton takes over. */
  #limit(query: Query): number {
    return this.#patience * this.#scanCost(query);
  }

  /** Returns the cost of the automaton: one look at each token in the index, and about sixteen for each of the query to build it. */
  #scanCost({ ids }: Query): number {
    return this.#length + 16 * ids.length;
  }

  /**
   * Returns the first place of window i that is of another owner and independent of the first holder, or NOWHERE. It walks on
   * from the place of the first holder, and skips what the same owner has brought.
   */
  #walkOthers(query: Query, windows: WindowList, i: number, first: number, source: Source): number {
    const start = windows.starts[i] ?? 0;
    const end = windows.ends[i] ?? 0;
    const nextOther = this.#nextOthers();
    const rarest = this.#rarest(query, start, end);
    const ahead = rarest - start;
    const until = this.#sources.independentUntil(source, this.#length);
    for (let at = nextOther[first + ahead] ?? NONE; at !== NONE && at < until; ) {
      this.#steps += 1;
      const { owner } = this.#sources.at(at);
      if (owner === source.owner || (owner !== undefined && owner === this.#hidden)) {
        at = nextOther[at] ?? NONE;
        continue;
      }
      if (owner !== undefined && this.#holds(query, start, end, rarest, at)) return at - ahead;
      at = this.#lists.next(at);
    }
    return NOWHERE;
  }

  /** Finds the second holders in one pass over everything, with the results that the lists would give. */
  #scanOthers(
    query: Query,
    windows: WindowList,
    sources: readonly (Source | undefined)[],
    places: Float64Array,
  ): void {
    const untils = Float64Array.from(sources, (source) =>
      source?.owner === undefined ? 0 : this.#sources.independentUntil(source, this.#length),
    );
    let owner = -1;
    const scan = new WindowScan(Int32Array.from(query.ids), windows, (i, place) => {
      if (place >= (untils[i] ?? 0)) return true;
      if (sources[i]?.owner === owner) return false;
      places[i] = place;
      return true;
    });
    this.#steps += this.#scanCost(query);
    places.fill(NOWHERE);
    for (const each of this.#sources.list) {
      if (each.owner === undefined || each.owner === this.#hidden) continue;
      owner = each.owner;
      scan.scan(this.#ids, NO_BITS, each.start, this.#sources.endOf(each, this.#length), owner);
    }
  }

  #nextOthers(): Uint32Array {
    if (this.#nextOther !== undefined) return this.#nextOther;
    const owners = new Int32Array(this.#length);
    for (const each of this.#sources.list)
      owners.fill(each.owner ?? -1, each.start, this.#sources.endOf(each, this.#length));
    this.#nextOther = this.#lists.nextOthers(owners);
    return this.#nextOther;
  }

  /** Answers the windows of a query in one pass over everything, with the results that the lists would give. */
  #scan(query: Query, windows: WindowList, places: Float64Array): void {
    // No later place comes before one that comes too late.
    const take = (window: number, place: number): boolean => {
      places[window] = place < beforeAt(query, windows.starts[window] ?? 0) ? place : NOWHERE;
      return true;
    };
    this.#steps += this.#scanCost(query);
    // UNKNOWN, the greatest 32-bit number, is negative as a signed one.
    const scan = new WindowScan(Int32Array.from(query.ids), windows, take);
    for (const each of this.#sources.list)
      if (each.owner === undefined || each.owner !== this.#hidden)
        scan.scan(this.#ids, NO_BITS, each.start, this.#sources.endOf(each, this.#length));
  }

  /** Whether an item may hold the gram at `at` before the place that matters: if not, none does. */
  #isGramHeld(query: Query, at: number): boolean {
    return this.#lists.first(query.hashes[at] ?? 0) < beforeAt(query, at);
  }

  /** Returns how many places share the list of the gram at `at`. */
  #holders(query: Query, at: number): number {
    return this.#lists.count(query.hashes[at] ?? 0);
  }

  /** Returns the gram of query[start .. end) whose list is shortest. */
  #rarest(query: Query, start: number, end: number): number {
    let rarest = start;
    let least = this.#holders(query, start);
    for (let at = start + 1; at + this.gram <= end; at++) {
      const count = this.#holders(query, at);
      if (count < least) {
        least = count;
        rarest = at;
      }
    }
    return rarest;
  }

  /** Walks the shortest list of query[start .. end), in order, up to the first place that holds all of it. */
  #walk(query: Query, start: number, end: number): number {
    const rarest = this.#rarest(query, start, end);
    const before = beforeAt(query, start);
    for (let at = this.#lists.first(query.hashes[rarest] ?? 0); at < before; )
      if (this.#isHidden(at)) {
        this.#steps += 1;
        at = this.#nextOthers()[at] ?? NONE;
      } else if (this.#holds(query, start, end, rarest, at)) return at - (rarest - start);
      else at = this.#lists.next(at);
    return NOWHERE;
  }

  #isHidden(at: number): boolean {
    return (
      this.#hidden !== undefined && this.#ids[at] === SEPARATOR && this.#sources.at(at).owner === this.#hidden
    );
  }

  /** Checks whether query[start .. end) stands in the texts, such that its token `rarest` stands at `at`. */
  #holds({ ids }: Query, start: number, end: number, rarest: number, at: number): boolean {
    const corpus = this.#ids;
    const ahead = rarest - start;
    // The gram itself is compared first, because that detects a collision of hashes at once.
    let i = rarest;
    let j = at;
    while (i < end && ids[i] === corpus[j]) {
      i += 1;
      j += 1;
    }
    this.#steps += 1 + i - rarest;
    if (i < end || at < ahead) return false;
    i = start;
    j = at - ahead;
    while (i < rarest && ids[i] === corpus[j]) {
      i += 1;
      j += 1;
    }
    this.#steps += i - start;
    return i === rarest;
  }

  extent(query: Query, at: number, place: number, limit: number): number {
    const { ids } = query;
    const most = Math.min(limit, ids.length - at);
    let length = 0;
    while (length < most && ids[at + length] === this.#ids[place + length]) length += 1;
    return length;
  }

  /**
   * Makes everything equal to nothing that was brought by the owner of the text at `place`, until the returned function is
   * called. Nothing may be appended or hidden in the meantime. The cost of a query does not grow with what the owner repeats.
   */
  hideOwner(place: number): () => void {
    const { owner } = this.#sources.at(place);
    invariant(owner !== undefined && this.#hidden === undefined, 'one owner is hidden at a time');
    const restore = this.#sources.list.flatMap((each) =>
      each.owner === owner
        ? [this.mask(each.start, 0, this.#sources.endOf(each, this.#length) - each.start)]
        : [],
    );
    this.#hidden = owner;
    return () => {
      this.#hidden = undefined;
      for (const each of restore) each();
    };
  }

  /**
   * Takes what is masked out of the lists, so that no query walks over it. It stays masked, and nothing may be appended
   * afterwards.
   */
  forgetMasked(): void {
    this.#rebuild();
    this.#nextOther = undefined;
  }

  /**
   * Makes tokens [start, end) of the item that begins at place `first` equal to nothing, until the returned function is
   * called. Nothing may be appended in the meantime.
   */
  mask(first: number, start: number, end: number): () => void {
    invariant(this.#runs === undefined, 'a table of runs knows nothing of what is masked');
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

  /** Enlarges the lists to at least one bucket per token, and posts everything again that is not masked. */
  #rebuild(): void {
    this.#lists.clear(this.#length);
    this.#runs?.clear(this.#lists.room);
    for (let start = 0; start < this.#length; ) {
      const end = this.#ids.indexOf(SEPARATOR, start);
      this.#lists.post(start, gramHashes(this.#ids.subarray(start, end), this.gram));
      this.#runs?.post(this.#ids, start, end);
      start = end + 1;
    }
  }
}
