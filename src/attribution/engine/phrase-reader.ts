/** Finds the phrases of items, and their fingerprints. */
import { halfWordsAt, PHRASE_HALF_WORDS } from '../../../state/attribution/phrases.ts';
import { PT1 } from '../../../state/attribution/pt1.ts';
import type { Lexicon } from './lexicon.ts';

/**
 * Returns the fingerprint of tokens [from, to), from their hashes. Those start from the key of the folder, so that nobody can
 * write phrases that share one.
 */
export const phrasePrint = (hashes: Int32Array, from: number, to: number): number => {
  let print = to - from;
  for (let i = from; i < to; i++) print = (Math.imul(print, 0x2c1b3c6d) + (hashes[i] ?? 0)) | 0;
  print = Math.imul(print ^ (print >>> 16), 0x6b43a9b5);
  return print ^ (print >>> 14);
};

export class PhraseReader {
  /** For each phrase found: its fingerprint, and its first token, counted through the segment. */
  prints = new Int32Array(1024);
  tokens = new Int32Array(1024);
  /** The half words of each id below #known. */
  #halfWords = new Uint8Array(1024);
  #known = 1;
  readonly #bytes = new Uint8Array(4);
  readonly #view = new DataView(this.#bytes.buffer);

  /**
   * Reads an item, which begins at token `base` of the segment. Returns the number of phrases found.
   *
   * @param hashes - of its tokens
   */
  read(lexicon: Lexicon, ids: Int32Array, count: number, hashes: Int32Array, base: number): number {
    this.#learn(lexicon);
    if (this.prints.length < count) {
      this.prints = new Int32Array(2 * count);
      this.tokens = new Int32Array(2 * count);
    }
    const halfWords = this.#halfWords;
    let found = 0;
    let end = 0;
    let sum = 0;
    for (let at = 0; at < count; at++) {
      while (sum < PHRASE_HALF_WORDS && end < count) sum += halfWords[ids[end++] ?? 0] ?? 0;
      if (sum < PHRASE_HALF_WORDS) break;
      this.prints[found] = phrasePrint(hashes, at, end);
      this.tokens[found] = base + at;
      found += 1;
      sum -= halfWords[ids[at] ?? 0] ?? 0;
    }
    return found;
  }

  /** Learns the ids that are new in the lexicon. Both versions of the rules take the same tokens for words. */
  #learn(lexicon: Lexicon): void {
    if (lexicon.size > this.#halfWords.length) {
      const halfWords = new Uint8Array(2 * lexicon.size);
      halfWords.set(this.#halfWords);
      this.#halfWords = halfWords;
    }
    for (; this.#known < lexicon.size; this.#known++) {
      this.#view.setInt32(0, lexicon.beginningOf(this.#known), true);
      this.#halfWords[this.#known] = halfWordsAt(PT1, this.#bytes, 0);
    }
  }
}
