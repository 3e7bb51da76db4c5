/** Texts as numbers, one for each different word, and the phrases in them. */

import { halfWordsOf, phraseEnd } from '../../../state/attribution/phrases.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { wordsOf } from '../collections.ts';

/** The words of a text by number, and how many half words each is. */
export type Numbered = { readonly numbers: Uint32Array; readonly halfWords: Uint8Array };

/** The words of some texts. Every text is numbered once, so that many indexes can be made of it. */
export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts = new WeakMap<Tokens, Numbered>();

  numbered(tokens: Tokens): Numbered {
    const known = this.#texts.get(tokens);
    if (known !== undefined) return known;
    const text = {
      numbers: Uint32Array.from(wordsOf(tokens), (word) => this.#numberOf(word)),
      halfWords: halfWordsOf(rulesOf(RULES_DEFAULT), tokens),
    };
    this.#texts.set(tokens, text);
    return text;
  }

  #numberOf(word: string): number {
    const number = this.#numbers.get(word) ?? this.#numbers.size;
    this.#numbers.set(word, number);
    return number;
  }
}

/** A phrase of a text: its tokens, and a key that is the same for the same words. */
export type Phrase = { readonly start: number; readonly end: number; readonly key: string };

/** Returns the phrases of a text, one for each token at which one begins. */
export const phrasesOf = ({ numbers, halfWords }: Numbered): readonly Phrase[] => {
  const phrases: Phrase[] = [];
  for (let start = 0; start < numbers.length; start++) {
    const end = phraseEnd(halfWords, start);
    if (end === undefined) break;
    let key = '';
    for (let i = start; i < end; i++) {
      const number = numbers[i] ?? 0;
      key += String.fromCharCode(number & 0xffff, number >>> 16);
    }
    phrases.push({ start, end, key });
  }
  return phrases;
};
