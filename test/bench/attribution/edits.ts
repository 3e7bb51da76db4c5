/** Text grown from real text: some of its words changed, its sentences shuffled. */
import { pick, type Random } from '../../../tools/lib/random.ts';

/** By sentence: its words, each with the space after it. */
export type Sentences = readonly (readonly string[])[];

/** Scripts that are written without spaces: each of their letters is a word, and has no space after it. */
const LETTER = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]';
const SENTENCE_END = /(?<=[.?!\n])\s+|(?<=[。！？])/u;
const WORD = new RegExp(`${LETTER}|(?:(?!${LETTER})\\S)+`, 'gu');
const IS_LETTER = new RegExp(`^${LETTER}`, 'u');

const spaced = (word: string): string => (IS_LETTER.test(word) ? word : `${word} `);

export const sentencesOf = (text: string): Sentences =>
  text
    .split(SENTENCE_END)
    .map((sentence) => (sentence.match(WORD) ?? []).map(spaced))
    .filter((words) => words.length > 0);

/** The share of words that is changed, in per cent: from, and up to. */
const EDITED = { least: 10, most: 30 } as const;

const shuffled = (random: Random, sentences: Sentences): Sentences => {
  const out = [...sentences];
  for (let i = out.length - 1; i > 0; i--) {
    const j = random(i + 1);
    const [a, b] = [out[i] ?? [], out[j] ?? []];
    out[i] = b;
    out[j] = a;
  }
  return out;
};

/** Of the changed words three in five become another one, one is left out, one gets another before it. */
export const edited = (random: Random, sentences: Sentences, words: readonly string[]): string => {
  const share = EDITED.least + random(EDITED.most - EDITED.least + 1);
  const out: string[] = [];
  for (const sentence of shuffled(random, sentences))
    for (const word of sentence) {
      if (random(100) >= share) out.push(word);
      else {
        const kind = random(5);
        if (kind !== 3) out.push(pick(random, words));
        if (kind === 4) out.push(word);
      }
    }
  return out.join('').trimEnd();
};
