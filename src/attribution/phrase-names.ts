/** The phrases of an answer, by name: two are the same if and only if they have the same number. Nothing relies on hashes. */
import { halfWordsOf, phraseEnd } from '../../state/attribution/phrases.ts';
import type { TextRules } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { UNKNOWN, Vocabulary } from './vocabulary.ts';

/** The name of a position at which no phrase begins, as the text ends too soon. */
export const NO_PHRASE = -1;

const ROOT = 0;

export class PhraseNames {
  /** The name of the phrase that begins at each position, below `count`, or NO_PHRASE. */
  readonly names: Int32Array;
  /** The token after the phrase that begins at each position; 0 if there is none. */
  readonly ends: Uint32Array;
  readonly #vocabulary = new Vocabulary();
  /**
   * The node that follows a node with a token: a tree of the phrases. No phrase is the beginning of another, so each has a leaf
   * of its own, whose number is its name.
   */
  readonly #next = new Map<number, number>();
  /** More than any id of a token. */
  readonly #width: number;
  #nodes = 1;

  constructor(rules: Pick<TextRules, 'codePoints'>, text: Tokens) {
    const ids = this.#vocabulary.intern(text);
    this.#width = text.count + 1;
    this.names = new Int32Array(text.count).fill(NO_PHRASE);
    this.ends = new Uint32Array(text.count);
    const halfWords = halfWordsOf(rules, text);
    for (let at = 0; at < text.count; at++) {
      const end = phraseEnd(halfWords, at);
      if (end === undefined) break;
      let node = ROOT;
      for (let i = at; i < end; i++) node = this.#child(node, ids[i] ?? 0);
      this.names[at] = node;
      this.ends[at] = end;
    }
  }

  /** Names are below this. */
  get count(): number {
    return this.#nodes;
  }

  /** Returns, by name, 1 for each phrase that stands somewhere in another text. */
  standingIn(other: Tokens): Uint8Array {
    const stands = new Uint8Array(this.#nodes);
    const ids = this.#vocabulary.lookup(other);
    for (let at = 0; at < ids.length; at++) {
      let node: number | undefined = ROOT;
      for (let i = at; node !== undefined && i < ids.length && ids[i] !== UNKNOWN; i++) {
        node = this.#next.get(node * this.#width + (ids[i] ?? 0));
        // Nodes above the leaves are marked too: they are the name of nothing.
        if (node !== undefined) stands[node] = 1;
      }
    }
    return stands;
  }

  #child(node: number, id: number): number {
    const key = node * this.#width + id;
    const known = this.#next.get(key);
    if (known !== undefined) return known;
    this.#next.set(key, this.#nodes);
    return this.#nodes++;
  }
}
