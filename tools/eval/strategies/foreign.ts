/** Text that has nothing to do with the data: random signs, and the rows of other collections. */
import { pick, times } from '../../lib/random.ts';
import { type Generator, ROW_WORDS, type Row, taken } from './rows.ts';

/** Pictures that are tokens of their own. Marks separate words by version 2 of the rules, and are no tokens at all. */
const SIGNS = times(256, (i) => String.fromCodePoint(0x1f300 + i));

const signRows = function* (next: () => string): Iterable<Row> {
  for (;;) yield times(ROW_WORDS, next);
};

export const randomSigns: Generator = ({ random }, bytes) =>
  taken(
    signRows(() => pick(random, SIGNS)),
    bytes,
  );

/** Takes rows that somebody else wrote, in their order. */
export const rowsOf =
  (rows: Iterable<Row>): Generator =>
  (_, bytes) =>
    taken(rows, bytes);
