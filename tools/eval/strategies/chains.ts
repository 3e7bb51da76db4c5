/** Chains of the most frequent phrases: each phrase goes on where the one before it began to, and stands once. */
import {
  byFrequency,
  countRuns,
  type Generator,
  ROW_WORDS,
  type Row,
  taken,
  tokensFor,
  wordsOfRun,
} from './rows.ts';

/** The words of a phrase. */
const PHRASE_WORDS = 3;
/** A chain of fewer words shares too little to be picked. */
const CHAIN_WORDS_MIN = 6;

const beginningOf = (phrase: readonly string[]): string => phrase.slice(0, -1).join(' ');

function* chainsOf(phrases: readonly string[], tokens: number): Iterable<Row> {
  const continuations = Map.groupBy(phrases, (phrase) => beginningOf(wordsOfRun(phrase)));
  const used = new Set<string>();
  for (const first of phrases) {
    if (used.has(first)) continue;
    const chain = [...wordsOfRun(first)];
    used.add(first);
    while (chain.length < ROW_WORDS) {
      const beginning = chain.slice(1 - tokens).join(' ');
      const next = continuations.get(beginning)?.find((phrase) => !used.has(phrase));
      if (next === undefined) break;
      used.add(next);
      chain.push(wordsOfRun(next).at(-1) ?? '');
    }
    if (chain.length >= Math.max(CHAIN_WORDS_MIN, tokens + 1)) yield chain;
  }
}

export const chains: Generator = ({ rows }, bytes) => {
  const tokens = tokensFor(PHRASE_WORDS, rows);
  return taken(chainsOf(byFrequency(countRuns(rows, tokens)), tokens), bytes);
};
