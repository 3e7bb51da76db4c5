/**
 * Changes texts as people do who use others' words: some words, the punctuation, the names, the order of
 * sentences.
 */
import { pick, type Random, shuffled } from '../../lib/random.ts';

/** A word, or a letter of a script that does not separate words. */
const LETTER = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}';
export const WORDS = new RegExp(`[${LETTER}]|[[\\p{L}\\p{M}\\p{N}_]--[${LETTER}]]+`, 'gv');

const MARKS = ['.', ',', ';', ':', '!', '?', '-', '(', ')', '"', "'"] as const;

/** The rarer words are names; this many of the commonest words of a collection are none. */
const COMMON_WORDS = 200;

export type Language = {
  readonly words: readonly string[];
  readonly common: ReadonlySet<string>;
};

/** Learns the words of texts, in the order of the texts. */
export const languageOf = (texts: readonly string[]): Language => {
  const counts = new Map<string, number>();
  const words = texts.flatMap((text) => text.match(WORDS) ?? []);
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, COMMON_WORDS);
  return { words, common: new Set(common.map(([word]) => word)) };
};

export type Change = {
  readonly name: string;
  readonly make: (text: string, language: Language, random: Random) => string;
};

const otherThan = <T>(random: Random, from: readonly T[], not: T): T => {
  for (let i = 0; i < 100; i++) {
    const found = pick(random, from);
    if (found !== not) return found;
  }
  throw new RangeError('everything is the same');
};

const replaced = (share: number): Change => ({
  name: `${share} % of words`,
  make: (text, { words }, random) =>
    text.replace(WORDS, (word) => (random(100) < share ? otherThan(random, words, word) : word)),
});

export const CHANGES: readonly Change[] = [
  ...[0, 10, 30, 50].map(replaced),
  {
    name: 'punctuation',
    make: (text, _, random) =>
      text.replace(/[[\p{P}\p{S}]--_]/gv, (mark) => otherThan<string>(random, MARKS, mark)),
  },
  {
    name: 'renaming',
    make: (text, { words, common }, random) => {
      const names = new Map<string, string>();
      return text.replace(WORDS, (word) => {
        if (common.has(word)) return word;
        const known = names.get(word);
        if (known !== undefined) return known;
        // A fifth of the names, each of them everywhere.
        const name = random(5) === 0 ? otherThan(random, words, word) : word;
        names.set(word, name);
        return name;
      });
    },
  },
  {
    name: 'reordering',
    make: (text, _, random) => shuffled(text.split(/(?<=[.!?;。]\s)|(?<=[。\n])/v), random).join(''),
  },
];
