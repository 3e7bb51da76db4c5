/** A text that is asked about: its tokens as segments know them, and its runs. Made once, for all segments. */
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { WindowList } from '../suffix-automaton.ts';
import { type HashKey, Lexicon } from './lexicon.ts';
import { phrasePrint } from './phrase-reader.ts';
import type { Segment } from './segment.ts';
import { Winnower } from './winnow.ts';

export class EngineQuery {
  readonly tokens: number;
  /** The number of chosen runs. */
  readonly runs: number;
  readonly winnower = new Winnower();
  /** Its distinct tokens, and by token which of them it is: each is looked up once in a segment. */
  readonly #lexicon: Lexicon;
  readonly #names: Int32Array;
  readonly #ids = new Map<Segment, Int32Array>();

  constructor(key: HashKey, { bytes, offsets, count }: Tokens) {
    this.tokens = count;
    this.#lexicon = new Lexicon(key, Math.max(1, count >>> 1));
    this.#names = new Int32Array(count);
    const words = new Int32Array(4);
    for (let i = 0; i < count; i++) {
      const from = offsets[i] ?? 0;
      const size = (offsets[i + 1] ?? 0) - from;
      words.fill(0);
      for (let k = 0; k < size; k++)
        words[k >>> 2] = (words[k >>> 2] ?? 0) | ((bytes[from + k] ?? 0) << ((k & 3) << 3));
      this.#names[i] = this.#lexicon.intern(words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);
    }
    this.winnower.reserve(count, count);
    this.#lexicon.hashesOf(this.#names, count, this.winnower.hashes);
    this.runs = this.winnower.winnow(count);
  }

  /** Returns the fingerprint of each phrase. */
  phrasePrints({ starts, ends, count }: WindowList): Int32Array {
    const { hashes } = this.winnower;
    return Int32Array.from({ length: count }, (_, i) => phrasePrint(hashes, starts[i] ?? 0, ends[i] ?? 0));
  }

  /** The ids that the tokens have in a segment. */
  idsIn(segment: Segment): Int32Array {
    let ids = this.#ids.get(segment);
    if (ids === undefined) {
      const known = this.#lexicon.idsIn(segment);
      ids = new Int32Array(this.tokens);
      for (let i = 0; i < ids.length; i++) ids[i] = known[this.#names[i] ?? 0] ?? 0;
      this.#ids.set(segment, ids);
    }
    return ids;
  }
}
