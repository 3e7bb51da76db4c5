/** Bags of words: the data's own words in an order without meaning. */
import type { Random } from '../../lib/random.ts';
import { pick, times } from '../../lib/random.ts';
import { byFrequency, countRuns, type Generator, ROW_WORDS, type Row, taken } from './rows.ts';

const COMMON_WORDS = 3_000;

function* drawn(words: readonly string[], random: Random): Iterable<Row> {
  if (words.length === 0) return;
  for (;;) yield times(ROW_WORDS, () => pick(random, words));
}

/** Draws words as often as the data uses them. */
export const bagOfWords: Generator = ({ rows, random }, bytes) => taken(drawn(rows.flat(), random), bytes);

/** Draws the commonest words of the data, all of them equally often. */
export const bagOfCommonWords: Generator = ({ rows, random }, bytes) =>
  taken(drawn(byFrequency(countRuns(rows, 1)).slice(0, COMMON_WORDS), random), bytes);
