/**
 * Answers that are made to be slow to trace: rows of marks, numbers in order, one word again and again, and the commonest
 * phrases of the corpus, one after the other or each led into the next. All of their runs have long lists, and most of
 * their windows stand nowhere.
 */
import { unwrap } from '../../../src/lib/errors.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import { tokenAt } from '../../../state/attribution/tokens.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import type { Sample } from './corpus.ts';

const TOKENS = 1000;
/** The tokens of a phrase: as many as a run that is posted. */
const PHRASE = 6;
/** The number of phrases that count as the commonest, and of those that lead from one into the next. */
const COMMONEST = 200;
const COMMON = 60_000;

type Phrases = {
  readonly commonest: readonly string[];
  /** The words that follow the last five of a phrase, the most common first. */
  readonly next: ReadonlyMap<string, readonly string[]>;
};

const wordsOf = (text: string): readonly string[] => {
  const tokens = unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text));
  const decoder = new TextDecoder();
  return times(tokens.count, (i) => decoder.decode(tokenAt(tokens, i)));
};

const phrasesOf = (sample: Sample): Phrases => {
  const counts = new Map<string, number>();
  for (const text of sample.texts) {
    const words = wordsOf(text);
    for (let i = 0; i + PHRASE <= words.length; i++) {
      const phrase = words.slice(i, i + PHRASE).join(' ');
      counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([phrase]) => phrase);
  const next = new Map<string, string[]>();
  for (const phrase of sorted.slice(0, COMMON)) {
    const words = phrase.split(' ');
    const before = words.slice(0, -1).join(' ');
    next.set(before, [...(next.get(before) ?? []), words.at(-1) ?? '']);
  }
  return { commonest: sorted.slice(0, COMMONEST), next };
};

/** A text in which every run is common, as far as any word can follow. */
const chained = (random: Random, { commonest, next }: Phrases): string => {
  const words: string[] = [];
  while (words.length < TOKENS) {
    const following = next.get(words.slice(1 - PHRASE).join(' '))?.slice(0, 5);
    if (following === undefined) words.push(...(pick(random, commonest) ?? '').split(' '));
    else words.push(pick(random, following));
  }
  return words.slice(0, TOKENS).join(' ');
};

export const hostileOutputs = (count: number, seed: number, sample: Sample): readonly string[] => {
  const random = randomFrom(seed);
  const phrases = phrasesOf(sample);
  if (phrases.commonest.length === 0) return [];
  const phrase = (): string => pick(random, phrases.commonest);
  const kinds: readonly (() => string)[] = [
    () => pick(random, ['=', '- ', '| --- ', '* ']).repeat(TOKENS),
    () => times(TOKENS, String).join(' '),
    () => `${phrase().split(' ')[0]} `.repeat(TOKENS),
    () => `${phrase()} ${phrase()} `.repeat(TOKENS / PHRASE / 2),
    () => times(Math.floor(TOKENS / PHRASE), phrase).join(' '),
    () => chained(random, phrases),
  ];
  return times(count, (i) => kinds[i % kinds.length]?.() ?? '');
};
