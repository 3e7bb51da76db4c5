/**
 * Asks an index about many texts. A query looks at most a few times at each token of the index, however often its texts repeat
 * themselves. So one query asks about as many texts as have a fair share of the tokens of the index: the work grows with the
 * tokens of both, and not with their product.
 */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { CorpusIndex } from './corpus-index.ts';
import type { WindowList } from './suffix-automaton.ts';

/**
 * A query asks about texts of at least so many tokens, and of a part of those in the index. It may need some hundred bytes for
 * each of its tokens, so it needs about as much memory as the index.
 */
const QUERY_TOKENS_MIN = 1 << 16;
const PART_OF_INDEX = 4;

/** What an index holds of a text. */
export type Answer = {
  readonly tokens: Tokens;
  /** The windows of the text that were asked about, and the first place of each, or `NOWHERE`. */
  readonly windows: WindowList;
  readonly places: Float64Array;
  /** Returns how many tokens of the text from `at` on equal those from `place` on. */
  readonly extent: (at: number, place: number) => number;
};

/** Puts the windows of several texts into one list. @param starts - where each text begins in the query */
const joined = (lists: readonly WindowList[], starts: readonly number[]): WindowList => {
  const count = lists.reduce((sum, list) => sum + list.count, 0);
  const all = { starts: new Uint32Array(count), ends: new Uint32Array(count), count };
  let at = 0;
  for (const [i, list] of lists.entries()) {
    const from = starts[i] ?? 0;
    for (let window = 0; window < list.count; window++, at++) {
      all.starts[at] = from + (list.starts[window] ?? 0);
      all.ends[at] = from + (list.ends[window] ?? 0);
    }
  }
  return all;
};

/** Texts that one query asks about. */
export class Batch {
  readonly #index: CorpusIndex;
  readonly #texts: readonly Tokens[];
  readonly #prepared: ReturnType<CorpusIndex['prepareAll']>;

  /** @param before - for each text, the place before which it is searched for; everywhere if undefined */
  constructor(index: CorpusIndex, texts: readonly Tokens[], before: readonly number[] | undefined) {
    this.#index = index;
    this.#texts = texts;
    this.#prepared = index.prepareAll(texts, before);
  }

  /** Returns the answer for each text, in order. @param windowsOf - the windows of a text that are asked about */
  ask(windowsOf: (tokens: Tokens) => WindowList): readonly Answer[] {
    const { query, starts } = this.#prepared;
    const lists = this.#texts.map(windowsOf);
    const all = this.#index.firsts(query, joined(lists, starts));
    let at = 0;
    return this.#texts.map((tokens, i) => {
      const from = starts[i] ?? 0;
      const windows = lists[i] ?? windowsOf(tokens);
      const places = all.subarray(at, at + windows.count);
      at += windows.count;
      return {
        tokens,
        windows,
        places,
        extent: (start, place) => this.#index.extent(query, from + start, place, Number.POSITIVE_INFINITY),
      };
    });
  }
}

/**
 * Yields the texts in batches, in order. Nothing may be added to the index in the meantime.
 * @param before - for each text, the place before which it is searched for; everywhere if left out
 */
export function* batchesOf(
  index: CorpusIndex,
  texts: readonly Tokens[],
  before?: readonly number[],
): Generator<Batch> {
  const least = Math.max(QUERY_TOKENS_MIN, index.length / PART_OF_INDEX);
  for (let from = 0; from < texts.length; ) {
    let to = from;
    for (let tokens = 0; to < texts.length && tokens < least; to++) tokens += texts[to]?.count ?? 0;
    yield new Batch(index, texts.slice(from, to), before?.slice(from, to));
    from = to;
  }
}
