/** Condensed rows: the stretches of the data whose phrases are the most frequent, one after another. */
import {
  countRuns,
  type Generator,
  ROW_WORDS,
  type Row,
  runAt,
  taken,
  tokensFor,
  wordsOfRun,
} from './rows.ts';

const STRETCH_WORDS = 7;
const PHRASE_WORDS = 3;

/** Returns the stretches of the rows, each once, those with the most frequent phrases first. */
const stretchesOf = (rows: readonly Row[]): readonly Row[] => {
  const phrase = tokensFor(PHRASE_WORDS, rows);
  const length = tokensFor(STRETCH_WORDS, rows);
  const counts = countRuns(rows, phrase);
  const stretches = new Map<string, number>();
  for (const row of rows)
    for (let at = 0; at + length <= row.length; at += length) {
      let frequency = 0;
      for (let i = at; i + phrase <= at + length; i++) frequency += counts.get(runAt(row, i, phrase)) ?? 0;
      stretches.set(runAt(row, at, length), frequency);
    }
  return [...stretches]
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([stretch]) => wordsOfRun(stretch));
};

function* joined(stretches: readonly Row[]): Iterable<Row> {
  let row: readonly string[] = [];
  for (const stretch of stretches) {
    row = [...row, ...stretch];
    if (row.length < ROW_WORDS) continue;
    yield row;
    row = [];
  }
  yield row;
}

export const condensed: Generator = ({ rows }, bytes) => taken(joined(stretchesOf(rows)), bytes);
