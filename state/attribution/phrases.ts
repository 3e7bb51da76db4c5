/**
 * Phrases: the shortest runs of three words, by which an answer and a contribution are compared where they share no match
 * (docs/attribution.md#relevance). In scripts that do not separate words every letter is a token of its own. It counts as
 * half a word, as two letters of them bear about as much as a word does elsewhere.
 */
import type { TextRules } from './rules.ts';
import { BASIC_PLANE, type CodePoints, OTHER, type Tokens, WORD_CLASS } from './tokens.ts';

/** A phrase has at least so many half words. */
export const PHRASE_HALF_WORDS = 6;
/** The least tokens of a phrase: three words. */
export const PHRASE_TOKENS_MIN = 3;
/** The most tokens of a phrase: six letters. */
export const PHRASE_TOKENS_MAX = 6;

/** Returns the first code point of valid UTF-8 from a place on. */
const codePointAt = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] ?? 0;
  const low = (i: number): number => (bytes[at + i] ?? 0) & 0x3f;
  if (first < 0x80) return first;
  if (first < 0xe0) return ((first & 0x1f) << 6) | low(1);
  if (first < 0xf0) return ((first & 0x0f) << 12) | (low(1) << 6) | low(2);
  return ((first & 0x07) << 18) | (low(1) << 12) | (low(2) << 6) | low(3);
};

/** Returns the number of half words of a token: 2 for a word, 1 for a letter or another sign of its own. */
export const halfWordsAt = ({ classes, classAbove }: CodePoints, bytes: Uint8Array, from: number): 1 | 2 => {
  const c = codePointAt(bytes, from);
  return (c < BASIC_PLANE ? (classes[c] ?? OTHER) : classAbove(c)) === WORD_CLASS ? 2 : 1;
};

/** Returns the half words of each token of a text. */
export const halfWordsOf = (
  { codePoints }: Pick<TextRules, 'codePoints'>,
  { bytes, offsets, count }: Tokens,
): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => halfWordsAt(codePoints, bytes, offsets[i] ?? 0));

/** Returns the position after the phrase that begins at a token; undefined if the text ends before it does. */
export const phraseEnd = (halfWords: Uint8Array, from: number): number | undefined => {
  let sum = 0;
  for (let i = from; i < halfWords.length; i++) {
    sum += halfWords[i] ?? 0;
    if (sum >= PHRASE_HALF_WORDS) return i + 1;
  }
  return undefined;
};
