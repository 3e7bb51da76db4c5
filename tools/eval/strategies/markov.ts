/** Markov text: each word is drawn from those that follow the two before it somewhere in the data. */
import { pick, type Random } from '../../lib/random.ts';
import { type Generator, ROW_WORDS, type Row, runAt, taken, tokensFor, wordsOfRun } from './rows.ts';

const ORDER = 2;

function* walks(rows: readonly Row[], order: number, random: Random): Iterable<Row> {
  const followers = new Map<string, string[]>();
  for (const row of rows)
    for (let at = 0; at + order < row.length; at++) {
      const context = runAt(row, at, order);
      const list = followers.get(context);
      const next = row[at + order] ?? '';
      if (list === undefined) followers.set(context, [next]);
      else list.push(next);
    }
  const contexts = [...followers.keys()];
  if (contexts.length === 0) return;
  for (;;) {
    const walk = [...wordsOfRun(pick(random, contexts))];
    while (walk.length < ROW_WORDS) {
      const next = followers.get(walk.slice(-order).join(' '));
      if (next === undefined) break;
      walk.push(pick(random, next));
    }
    yield walk;
  }
}

export const markov: Generator = ({ rows, random }, bytes) =>
  taken(walks(rows, tokensFor(ORDER, rows), random), bytes);
