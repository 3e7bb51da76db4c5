import { describe, expect, test } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import {
  halfWordsOf,
  PHRASE_TOKENS_MAX,
  PHRASE_TOKENS_MIN,
  phraseEnd,
} from '../../../state/attribution/phrases.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';

const rules = rulesOf(2);
const halfWords = (text: string): Uint8Array => halfWordsOf(rules, unwrap(rules.tokenizeText(text)));
const ends = (text: string): readonly (number | undefined)[] => {
  const halves = halfWords(text);
  return Array.from(halves, (_, i) => phraseEnd(halves, i));
};

describe('half words', () => {
  test('are two of a word, also of one with digits, accents or another alphabet', () => {
    expect([...halfWords('one 2 Tür слово')]).toEqual([2, 2, 2, 2]);
  });

  test('are one of a letter of a script that does not separate words, and of other signs', () => {
    expect([...halfWords('日本語 ひ ア 한 ไ 😀')]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test('do not change with the version of the rules, but for marks, which are signs in version 1', () => {
    const first = rulesOf(1);
    expect([...halfWordsOf(first, unwrap(first.tokenizeText('one, 語')))]).toEqual([2, 1, 1]);
  });
});

describe('a phrase', () => {
  test('is three words', () => {
    expect(ends('one two three four')).toEqual([3, 4, undefined, undefined]);
  });

  test('is six letters', () => {
    expect(ends('日本語の文書だ')).toEqual([6, 7, undefined, undefined, undefined, undefined, undefined]);
  });

  test('is the shortest run with three words, counted by halves', () => {
    // 1 + 2 + 2 = 5 half words are too few, and the next one makes 7.
    expect(ends('語 one two three')).toEqual([4, 4, undefined, undefined]);
    expect(ends('one 語 語 two')).toEqual([4, undefined, undefined, undefined]);
  });

  test('never ends before the one that begins a token earlier, and has three to six tokens', () => {
    const text = 'a 日 b 本 語 c d の e f 文 書 だ g';
    const found = ends(text).flatMap((end, start) => (end === undefined ? [] : [{ start, end }]));
    for (const [i, { start, end }] of found.entries()) {
      expect(end).toBeGreaterThanOrEqual(found[i - 1]?.end ?? 0);
      expect(end - start).toBeGreaterThanOrEqual(PHRASE_TOKENS_MIN);
      expect(end - start).toBeLessThanOrEqual(PHRASE_TOKENS_MAX);
    }
  });

  test('is none in a text of two words', () => {
    expect(ends('one two')).toEqual([undefined, undefined]);
    expect(ends('')).toEqual([]);
  });
});
