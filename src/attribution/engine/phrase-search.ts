/**
 * Finds the first chunks that hold phrases in one segment. For each phrase the blocks that are listed for it are read, in their
 * order, and their tokens compared: no hash is ever trusted.
 *
 * All phrases go together, in rounds: each to its next block, then all of those are read, then compared. A read of memory that
 * no cache holds costs as much as a hundred comparisons, but many at once cost hardly more than one.
 */
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import { type WindowList, WindowScan } from '../suffix-automaton.ts';
import type { FirstChunks } from './first-chunks.ts';
import { type Hit, Hits } from './hits.ts';
import { novelRunOver } from './novel-runs.ts';
import { BLOCK_TOKENS, blockOf, layoutOf, phraseBucket, phraseEntry } from './phrase-postings.ts';
import type { EngineQuery } from './query.ts';
import { isEligibleSource, runsOf, type Scope, type Share } from './scope.ts';
import { contributionUpTo, idAt, isCommonsPlace, type Segment, startOf } from './segment.ts';
import { firstFrom } from './walk.ts';

/** The phrases that are still looked for, each on its way along its list. One serves all searches of a thread. */
export class PhraseWalk {
  phrase = new Int32Array(0);
  /** The entry of block 0, the next entry of the list, and the end of the bucket. */
  entry = new Uint32Array(0);
  at = new Uint32Array(0);
  end = new Uint32Array(0);
  /** A chunk may be taken from a token on, and before another. */
  from = new Float64Array(0);
  limit = new Float64Array(0);
  count = 0;
  /** A value without meaning: it keeps reads whose only purpose is to fill the caches. */
  touched = 0;

  reserve(phrases: number): void {
    if (phrases <= this.phrase.length) return;
    this.phrase = new Int32Array(2 * phrases);
    this.entry = new Uint32Array(2 * phrases);
    this.at = new Uint32Array(2 * phrases);
    this.end = new Uint32Array(2 * phrases);
    this.from = new Float64Array(2 * phrases);
    this.limit = new Float64Array(2 * phrases);
  }

  /** Puts walk k in the place of walk `to`, which comes before it. */
  move(k: number, to: number): void {
    this.phrase[to] = this.phrase[k] ?? 0;
    this.entry[to] = this.entry[k] ?? 0;
    this.at[to] = this.at[k] ?? 0;
    this.end[to] = this.end[k] ?? 0;
    this.from[to] = this.from[k] ?? 0;
    this.limit[to] = this.limit[k] ?? 0;
  }
}

export type PhraseSearch = {
  readonly share: Share;
  readonly scope: Scope;
  readonly query: EngineQuery;
  readonly phrases: WindowList;
  /** The fingerprint of each phrase. */
  readonly prints: Int32Array;
  readonly walk: PhraseWalk;
  readonly firstChunks: FirstChunks;
  /** The approximate number of tokens that may be looked at before all texts are read instead; below 0 they always are. */
  readonly limit: number;
};

/** Whether the segment holds every token of query[start .. end). */
const isKnown = (ids: Int32Array, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if ((ids[i] ?? 0) < 0) return false;
  return true;
};

/** Returns the token of a share from which on no chunk is among the first of a phrase that stands in others as well. */
const limitOf = ({ share: { segment, end }, firstChunks }: PhraseSearch, phrase: number): number => {
  const last = firstChunks.lastOf(phrase);
  return last === undefined ? end : Math.min(end, startOf(segment, contributionUpTo(segment, last) + 1));
};

/** A walk for each phrase whose tokens the segment has, at the bucket of its list. */
const fill = (search: PhraseSearch): void => {
  const { share, query, phrases, prints, walk } = search;
  const { segment } = share;
  const { directory, entries } = segment.phrases;
  const split = layoutOf(segment.phrases, segment.low.length);
  const ids = query.idsIn(segment);
  walk.reserve(phrases.count);
  let count = 0;
  for (let i = 0; i < phrases.count; i++) {
    if (!isKnown(ids, phrases.starts[i] ?? 0, phrases.ends[i] ?? 0)) continue;
    const print = prints[i] ?? 0;
    const bucket = phraseBucket(print, split);
    walk.phrase[count] = i;
    walk.entry[count] = phraseEntry(print, split);
    walk.at[count] = directory[bucket] ?? 0;
    walk.end[count] = directory[bucket + 1] ?? 0;
    walk.from[count] = 0;
    walk.limit[count] = limitOf(search, i);
    count += 1;
  }
  walk.count = count;
  for (let k = 0; k < count; k++) walk.touched ^= entries[walk.at[k] ?? 0] ?? 0;
};

/** Returns the first token of a segment, from `from` on and before `past`, at which query[start .. end) stands; −1 if it does not. */
const standsFrom = (
  segment: Segment,
  from: number,
  past: number,
  ids: Int32Array,
  start: number,
  end: number,
): number => {
  const { low, high } = segment;
  const first = ids[start] ?? 0;
  const firstLow = first & 0xffff;
  for (let at = from; at < past; at++) {
    if (low[at] !== firstLow) continue;
    if (high.length > 0 && idAt(segment, at) !== first) continue;
    let i = start + 1;
    while (i < end && idAt(segment, at + i - start) === ids[i]) i += 1;
    if (i === end) return at;
  }
  return -1;
};

/** Returns the token after the chunk of a token, or after its item if that ends before. */
const pastChunk = ({ starts }: Segment, { item, start }: Hit, token: number): number =>
  Math.min(starts[item + 1] ?? 0, start + CHUNK_TOKENS * (1 + Math.floor((token - start) / CHUNK_TOKENS)));

/** Where nothing more of a segment may be taken. */
const NEVER = Number.POSITIVE_INFINITY;

class PhraseWalker {
  readonly #search: PhraseSearch;
  readonly #hits = new Hits();
  readonly #ids: Int32Array;
  #eligible: NextEligible | undefined;

  constructor(search: PhraseSearch) {
    this.#search = search;
    this.#ids = search.query.idsIn(search.share.segment);
  }

  /** Takes what a block holds of the phrase of walk k. Returns the token from which on more may be taken, or NEVER. */
  visit(k: number, block: number): number {
    const { share, phrases, walk } = this.#search;
    const { segment } = share;
    const limit = walk.limit[k] ?? 0;
    const phrase = walk.phrase[k] ?? 0;
    const start = phrases.starts[phrase] ?? 0;
    const end = phrases.ends[phrase] ?? 0;
    const past = Math.min(limit, (block + 1) * BLOCK_TOKENS);
    let from = Math.max(block * BLOCK_TOKENS, walk.from[k] ?? 0);
    for (;;) {
      const token = standsFrom(segment, from, past, this.#ids, start, end);
      if (token < 0) return from;
      const hit = this.#hits.at(segment, token);
      from = this.#resume(hit, token, token + end - start, phrase);
      if (from >= past) return from;
    }
  }

  /** Takes a token at which the phrase of walk k stands. Returns whether no later one is of interest. */
  take(k: number, token: number): boolean {
    const { share, phrases, walk } = this.#search;
    if (token < (walk.from[k] ?? 0)) return false;
    if (token >= (walk.limit[k] ?? 0)) return true;
    const phrase = walk.phrase[k] ?? 0;
    const hit = this.#hits.at(share.segment, token);
    const tokens = (phrases.ends[phrase] ?? 0) - (phrases.starts[phrase] ?? 0);
    const from = this.#resume(hit, token, token + tokens, phrase);
    walk.from[k] = from;
    return from === NEVER;
  }

  /** Takes a place at which a phrase stands. Returns the token from which on another may be taken, or NEVER. */
  #resume(hit: Hit, token: number, past: number, phrase: number): number {
    const { share, scope, firstChunks } = this.#search;
    const { segment, whole } = share;
    const { source, contribution } = hit;
    if (isCommonsPlace(segment.indices[source] ?? 0)) return startOf(segment, source + 1);
    if (!whole && !isEligibleSource(segment, scope, source)) {
      this.#eligible ??= new NextEligible(segment, scope);
      return startOf(segment, this.#eligible.after(source));
    }
    const struck = scope.struck?.get(contribution);
    const novelRun = struck === 'all' ? undefined : novelRunOver(segment.novel, source, token, past, struck);
    const place = { contribution, item: hit.number, pos: token - hit.start, novelRun };
    firstChunks.add(phrase, place);
    if (firstChunks.isDoneAt(phrase, place)) return NEVER;
    // A token of the phrase may be new at a later place of the same chunk.
    return novelRun === undefined ? token + 1 : pastChunk(segment, hit, token);
  }
}

/** The contributions that are eligible, of those of a segment that is so in part. Whatever is not is looked at once. */
class NextEligible {
  readonly #segment: Segment;
  readonly #scope: Scope;
  /** By contribution that is not eligible, one after it before which none is; 0 if nothing is known. */
  readonly #next: Int32Array;

  constructor(segment: Segment, scope: Scope) {
    this.#segment = segment;
    this.#scope = scope;
    this.#next = new Int32Array(segment.contributions.length);
  }

  /** Returns the first contribution after one that is eligible, or the number of contributions. */
  after(source: number): number {
    const next = this.#next;
    let found = source + 1;
    while (found < next.length && !isEligibleSource(this.#segment, this.#scope, found))
      found = Math.max(found + 1, next[found] ?? 0);
    for (let i = source; i < found; ) {
      const known = next[i] ?? 0;
      next[i] = found;
      i = Math.max(i + 1, known);
    }
    return found;
  }
}

/** Offers the phrases that are left all places in one pass over everything that may answer. */
const scan = ({ share, scope, query, phrases, walk }: PhraseSearch, walker: PhraseWalker): void => {
  const { segment } = share;
  const left = walk.phrase.subarray(0, walk.count);
  const windows = {
    starts: Uint32Array.from(left, (phrase) => phrases.starts[phrase] ?? 0),
    ends: Uint32Array.from(left, (phrase) => phrases.ends[phrase] ?? 0),
    count: walk.count,
  };
  const pass = new WindowScan(query.idsIn(segment), windows, (k, token) => walker.take(k, token));
  for (const [from, to] of runsOf(share, scope)) pass.scan(segment.low, segment.high, from, to);
};

/** Offers every phrase the chunks of a share in which it stands, until no more can be among its first. */
export const searchPhrases = (search: PhraseSearch): void => {
  const { share, walk } = search;
  const { segment } = share;
  const { entries } = segment.phrases;
  const { low } = segment;
  const { blockBits } = layoutOf(segment.phrases, low.length);
  const blockMask = 2 ** blockBits - 1;
  fill(search);
  const walker = new PhraseWalker(search);
  for (let k = 0; k < walk.count; k++)
    walk.at[k] = firstFrom(entries, walk.at[k] ?? 0, walk.end[k] ?? 0, walk.entry[k] ?? 0);
  let looks = 0;
  while (walk.count > 0) {
    if (looks > search.limit) {
      scan(search, walker);
      return;
    }
    // Those that have a block left, all of which are read before any is looked at.
    let count = 0;
    for (let k = 0; k < walk.count; k++) {
      const at = walk.at[k] ?? 0;
      if (at === walk.end[k]) continue;
      const entry = entries[at] ?? 0;
      const block = entry - (walk.entry[k] ?? 0);
      if (block > blockMask || block * BLOCK_TOKENS >= (walk.limit[k] ?? 0)) continue;
      walk.touched ^= (low[block * BLOCK_TOKENS] ?? 0) ^ (low[block * BLOCK_TOKENS + BLOCK_TOKENS / 2] ?? 0);
      if (count < k) walk.move(k, count);
      count += 1;
    }
    walk.count = count;
    looks += BLOCK_TOKENS * count;
    count = 0;
    for (let k = 0; k < walk.count; k++) {
      const at = walk.at[k] ?? 0;
      const block = (entries[at] ?? 0) - (walk.entry[k] ?? 0);
      const from = walker.visit(k, block);
      if (from === NEVER) continue;
      walk.from[k] = from;
      const next = Math.max(block + 1, blockOf(from));
      walk.at[k] = firstFrom(entries, at + 1, walk.end[k] ?? 0, (walk.entry[k] ?? 0) + next);
      if (count < k) walk.move(k, count);
      count += 1;
    }
    walk.count = count;
  }
};
