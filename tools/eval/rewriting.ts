/** Makes the texts of attackers, from the contributions of others or from nothing. */
import type { Random } from '../lib/random.ts';
import { type Contribution, type Item, textOf, tokensOf, wordsOf } from './collections.ts';

const LETTERS = 'bcdfghjklmnpqrstvwxz';

/** Returns a word that nobody else uses: it has only consonants. */
export const junkWord = (random: Random): string =>
  Array.from({ length: 9 }, () => LETTERS[random(LETTERS.length)] ?? 'q').join('');

export const junkWords = (count: number, random: Random): readonly string[] =>
  Array.from({ length: count }, () => junkWord(random));

export const itemOf = (words: readonly string[], promptTokens = 0): Item => ({
  tokens: tokensOf(textOf(words)),
  promptTokens,
});

/** Returns the item with words appended. */
export const padded = ({ tokens, promptTokens }: Item, words: readonly string[]): Item =>
  itemOf([...wordsOf(tokens), ...words], promptTokens);

/** Returns the item with a new word inserted after every `every` of its words. */
export const salted = ({ tokens, promptTokens }: Item, every: number, random: Random): Item => {
  let inPrompt = promptTokens;
  const words = wordsOf(tokens).flatMap((word, i) => {
    if ((i + 1) % every !== 0) return [word];
    if (i < promptTokens) inPrompt += 1;
    return [word, junkWord(random)];
  });
  return itemOf(words, inPrompt);
};

/** Returns the same contributions under another owner, after all others, with each item changed. */
export const reregistered = (
  contributions: readonly Contribution[],
  owner: string,
  change: (item: Item) => Item,
): readonly Contribution[] => {
  const last = contributions.at(-1)?.contribution ?? 0;
  return contributions.map(({ items }, i) => ({
    contribution: last + i + 1,
    owner,
    items: items.map(change),
  }));
};

export const tokensIn = (contributions: readonly Contribution[]): number =>
  contributions.flatMap(({ items }) => items).reduce((sum, { tokens }) => sum + tokens.count, 0);
