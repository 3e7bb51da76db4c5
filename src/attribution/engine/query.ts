/** A text that is asked about: its tokens as segments know them, and its runs. Made once, for all segments. */
import type { Tokens } from '../../../state/attribution/pt1.ts';
import { type HashKey, hashOfWords, lookUp, WORDS_PER_TOKEN } from './lexicon.ts';
import type { Segment } from './segment.ts';
import { Winnower } from './winnow.ts';

export class EngineQuery {
  readonly tokens: number;
  /** How many runs were chosen. */
  readonly runs: number;
  readonly winnower = new Winnower();
  readonly #words: Int32Array;
  readonly #hashes: Int32Array;
  readonly #ids = new Map<Segment, Int32Array>();

  constructor(key: HashKey, { bytes, offsets, count }: Tokens) {
    this.tokens = count;
    this.winnower.reserve(count);
    const { hashes } = this.winnower;
    const words = new Int32Array(WORDS_PER_TOKEN * count);
    for (let i = 0, at = 0; i < count; i++, at += WORDS_PER_TOKEN) {
      const from = offsets[i] ?? 0;
      const size = (offsets[i + 1] ?? 0) - from;
      for (let k = 0; k < size; k++)
        words[at + (k >>> 2)] = (words[at + (k >>> 2)] ?? 0) | ((bytes[from + k] ?? 0) << ((k & 3) << 3));
      hashes[i] = hashOfWords(
        key,
        words[at] ?? 0,
        words[at + 1] ?? 0,
        words[at + 2] ?? 0,
        words[at + 3] ?? 0,
      );
    }
    this.#words = words;
    this.#hashes = hashes;
    this.runs = this.winnower.winnow(count);
  }

  /** The ids that the tokens have in a segment. */
  idsIn(segment: Segment): Int32Array {
    let ids = this.#ids.get(segment);
    if (ids === undefined) {
      ids = lookUp(segment, this.#words, this.#hashes, this.tokens);
      this.#ids.set(segment, ids);
    }
    return ids;
  }
}
