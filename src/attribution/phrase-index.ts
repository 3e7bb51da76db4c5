/**
 * An index in memory of the phrases of texts. Each phrase is posted in the list of its hash, at each of its places. A query walks
 * the list of a phrase, in order, and compares tokens, so it never relies on a hash.
 *
 * A list has at most 64 places in each chunk, and a walk ends in the third chunk that has the phrase. Hashes start from a random
 * number, so that nobody can write phrases that share a list.
 */
import type { NovelRun } from '../../state/attribution/novel-runs.ts';
import { CHUNK_TOKENS } from '../../state/attribution/parameters.ts';
import { halfWordsAt, PHRASE_HALF_WORDS } from '../../state/attribution/phrases.ts';
import { BEARERS_MAX } from '../../state/attribution/relevance.ts';
import type { TextRules } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { GramLists, grownTo, NONE } from './gram-lists.ts';
import type { PhraseHolders, PhrasePlace, StruckRuns } from './phrase-holders.ts';
import type { WindowList } from './suffix-automaton.ts';
import { SEPARATOR, UNKNOWN, Vocabulary } from './vocabulary.ts';

const [SEED = 0] = crypto.getRandomValues(new Uint32Array(1));

/** Returns a number for ids[from .. to). */
const hashOf = (ids: Uint32Array, from: number, to: number): number => {
  let hash = SEED;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ (ids[i] ?? 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  }
  return (hash ^ (hash >>> 13)) >>> 0;
};

type Struck = ReadonlyMap<ContributionId, StruckRuns>;
const NOTHING_STRUCK: Struck = new Map();

type Item = {
  readonly contribution: ContributionId;
  readonly item: number;
  /** Its first place. */
  readonly start: number;
  readonly tokens: number;
  /** Its novel runs, ascending, and their indices among those of the contribution. */
  readonly runs: readonly Run[];
};

type Run = NovelRun & { readonly index: number };

/** Returns the first of some runs, ascending and apart, that has a token of [start, end) and is not struck. */
const runOver = (
  runs: readonly Run[],
  start: number,
  end: number,
  struck: StruckRuns | undefined,
): Run | undefined => {
  if (struck === 'all') return undefined;
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  for (let run = runs[low]; run !== undefined && run.start < end; run = runs[++low])
    if (struck?.has(run.index) !== true) return run;
  return undefined;
};

export class PhraseIndex implements PhraseHolders {
  readonly #rules: Pick<TextRules, 'codePoints'>;
  readonly #vocabulary = new Vocabulary();
  /** The ids of all items. SEPARATOR follows each item, so that no comparison extends past its end. */
  #ids: Uint32Array;
  #length = 0;
  /** The half words of each id. */
  #halfWords = new Uint8Array(512);
  readonly #items: Item[] = [];
  readonly #lists: GramLists;

  /** @param expected - the number of tokens to reserve memory for */
  constructor(rules: Pick<TextRules, 'codePoints'>, expected = 1024) {
    this.#rules = rules;
    this.#ids = new Uint32Array(expected);
    this.#lists = new GramLists(expected);
  }

  /**
   * Adds a contribution, whose id must be above those before.
   * @param novelRuns - as declared
   */
  append(contribution: ContributionId, items: readonly Tokens[], novelRuns: readonly NovelRun[]): void {
    invariant(contribution > (this.#items.at(-1)?.contribution ?? -1), 'contributions are added in order');
    const runs = Map.groupBy(
      novelRuns.map((run, index) => ({ ...run, index })),
      ({ item }) => item,
    );
    for (const [item, tokens] of items.entries()) this.#add(contribution, item, tokens, runs.get(item) ?? []);
  }

  firstChunks(text: Tokens, phrases: WindowList): readonly (readonly PhrasePlace[])[] {
    return this.#firstChunks(text, phrases, NOTHING_STRUCK);
  }

  /** Returns the same without the novel runs of contributions that are struck. */
  without(struck: ReadonlyMap<ContributionId, StruckRuns>): PhraseHolders {
    return { firstChunks: (text, phrases) => this.#firstChunks(text, phrases, struck) };
  }

  #firstChunks(
    text: Tokens,
    { starts, ends, count }: WindowList,
    struck: Struck,
  ): readonly (readonly PhrasePlace[])[] {
    const ids = this.#vocabulary.lookup(text);
    return Array.from({ length: count }, (_, i) => this.#placesOf(ids, starts[i] ?? 0, ends[i] ?? 0, struck));
  }

  #add(contribution: ContributionId, item: number, tokens: Tokens, runs: Item['runs']): void {
    const ids = this.#vocabulary.intern(tokens);
    for (let i = 0; i < ids.length; i++) this.#learn(ids[i] ?? 0, tokens.bytes, tokens.offsets[i] ?? 0);
    const start = this.#length;
    this.#ids = grownTo(this.#ids, start + ids.length + 1);
    this.#ids.set(ids, start);
    this.#ids[start + ids.length] = SEPARATOR;
    this.#length = start + ids.length + 1;
    const added = { contribution, item, start, tokens: ids.length, runs };
    this.#items.push(added);
    if (this.#length <= this.#lists.room) {
      this.#post(added);
      return;
    }
    this.#lists.clear(this.#length);
    for (const each of this.#items) this.#post(each);
  }

  #learn(id: number, bytes: Uint8Array, from: number): void {
    if (id >= this.#halfWords.length) {
      const halfWords = new Uint8Array(2 * id);
      halfWords.set(this.#halfWords);
      this.#halfWords = halfWords;
    }
    if (this.#halfWords[id] === 0) this.#halfWords[id] = halfWordsAt(this.#rules.codePoints, bytes, from);
  }

  /** Posts the phrases of an item. */
  #post({ start, tokens }: Item): void {
    const past = start + tokens;
    let end = start;
    let halfWords = 0;
    for (let at = start; at < past; at++) {
      while (halfWords < PHRASE_HALF_WORDS && end < past)
        halfWords += this.#halfWords[this.#ids[end++] ?? 0] ?? 0;
      if (halfWords < PHRASE_HALF_WORDS) return;
      this.#lists.postAt(at, hashOf(this.#ids, at, end));
      halfWords -= this.#halfWords[this.#ids[at] ?? 0] ?? 0;
    }
  }

  /** Returns the last item that begins at a place or before it. */
  #itemAt(place: number): Item {
    let low = 0;
    let high = this.#items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#items[middle]?.start ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    const item = this.#items[low];
    invariant(item !== undefined, 'an index that has a place has an item');
    return item;
  }

  #placesOf(ids: Uint32Array, start: number, end: number, struck: Struck): readonly PhrasePlace[] {
    const found: PhrasePlace[] = [];
    for (let i = start; i < end; i++) if (ids[i] === UNKNOWN) return found;
    /** The end of the chunk of the last place found. */
    let past = 0;
    for (let at = this.#lists.first(hashOf(ids, start, end)); at !== NONE; at = this.#lists.next(at)) {
      const last = found.at(-1);
      if (at >= past && found.length === BEARERS_MAX) return found;
      if ((at < past && last?.novelRun !== undefined) || !this.#standsAt(ids, start, end, at)) continue;
      const item = this.#itemAt(at);
      const pos = at - item.start;
      const novelRun = runOver(item.runs, pos, pos + end - start, struck.get(item.contribution))?.index;
      if (at < past) {
        if (novelRun === undefined) continue;
        found.pop();
      }
      found.push({ contribution: item.contribution, item: item.item, pos, novelRun });
      // The item may end before the chunk would.
      const next = CHUNK_TOKENS * (1 + Math.floor(pos / CHUNK_TOKENS));
      past = item.start + Math.min(item.tokens, next);
    }
    return found;
  }

  #standsAt(ids: Uint32Array, start: number, end: number, at: number): boolean {
    let i = start;
    while (i < end && ids[i] === this.#ids[at + i - start]) i += 1;
    return i === end;
  }
}
