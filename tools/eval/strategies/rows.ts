/** Rows of words that a program makes from the words of a collection, up to a number of bytes. */
import { halfWordsOf } from '../../../state/attribution/phrases.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import type { Random } from '../../lib/random.ts';
import { textOf, tokensOf } from '../collections.ts';

export type Row = readonly string[];

/** What an attacker knows: the rows of the data, and chance. */
export type Material = { readonly rows: readonly Row[]; readonly random: Random };

/** Makes rows of about so many bytes. It makes fewer where it runs out of material. */
export type Generator = (material: Material, bytes: number) => readonly Row[];

/** About as many words as a chunk has tokens. */
export const ROW_WORDS = 60;

/** Returns the bytes of a row as a line. Only between two words there has to be a space. */
export const bytesOf = (row: Row): number => {
  const tokens = tokensOf(textOf(row));
  const halves = halfWordsOf(rulesOf(RULES_DEFAULT), tokens);
  const spaces = halves.filter((each, i) => each === 2 && halves[i + 1] === 2).length;
  return tokens.bytes.length + spaces + 1;
};

/** Takes rows while there is room for them. Empty rows are left out. */
export const taken = (rows: Iterable<Row>, bytes: number): readonly Row[] => {
  const out: Row[] = [];
  let left = bytes;
  for (const row of rows) {
    if (row.length === 0) continue;
    left -= bytesOf(row);
    if (left < 0) break;
    out.push(row);
  }
  return out;
};

/** Whether most tokens of the rows are letters, so that about two of them stand for a word. */
const isOfLetters = (rows: readonly Row[]): boolean => {
  const halves = halfWordsOf(rulesOf(RULES_DEFAULT), tokensOf(textOf(rows.slice(0, 200).flat())));
  return halves.reduce((sum, each) => sum + each, 0) < 1.5 * halves.length;
};

/** Returns how many tokens of these rows stand for so many words. */
export const tokensFor = (words: number, rows: readonly Row[]): number =>
  isOfLetters(rows) ? 2 * words : words;

const SEPARATOR = ' ';

/** Returns how often each run of so many tokens stands in the rows, by the run as one string. */
export const countRuns = (rows: readonly Row[], tokens: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const row of rows)
    for (let at = 0; at + tokens <= row.length; at++) {
      const run = runAt(row, at, tokens);
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
  return counts;
};

export const runAt = (row: Row, at: number, tokens: number): string =>
  row.slice(at, at + tokens).join(SEPARATOR);

export const wordsOfRun = (run: string): Row => run.split(SEPARATOR);

/** Returns the keys of counts, the most frequent first. */
export const byFrequency = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([key]) => key);
