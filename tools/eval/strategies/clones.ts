/**
 * Clones of rows of the data: as they are, which a Datanet that does not have them takes for new, or with new words inserted so
 * densely that nothing between them counts as copied.
 */
import { shuffled } from '../../lib/random.ts';
import { junkWord } from '../rewriting.ts';
import { type Generator, type Row, taken, tokensFor } from './rows.ts';

const EVERY_WORDS = 6;

function* salted(rows: readonly Row[], every: number, word: () => string): Iterable<Row> {
  for (const row of rows) yield row.flatMap((each, i) => ((i + 1) % every === 0 ? [each, word()] : [each]));
}

export const denseClones: Generator = ({ rows, random }, bytes) =>
  taken(
    salted(shuffled(rows, random), tokensFor(EVERY_WORDS, rows), () => junkWord(random)),
    bytes,
  );

export const plainClones: Generator = ({ rows, random }, bytes) => taken(shuffled(rows, random), bytes);
