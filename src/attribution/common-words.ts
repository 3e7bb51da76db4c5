/**
 * Finds which contributions hold the words of a text: whose words somebody proposes as a commons, and who else has brought
 * them (docs/attribution.md#commons-by-proposal).
 */
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import { windowsOf } from './copied-runs.ts';
import { CorpusIndex } from './corpus-index.ts';
import { batchesOf } from './many-texts.ts';
import { NOWHERE } from './suffix-automaton.ts';

/** A contribution, and how many tokens of the text lie in runs of copyMin tokens or more that it holds. */
export type WordsHeld = { readonly contribution: ContributionId; readonly tokens: number };

/** Returns how many tokens the windows cover whose stretch is among `held`. Windows ascend. */
const coveredBy = (held: ReadonlySet<number>, firsts: Float64Array, length: number): number => {
  let covered = 0;
  let end = 0;
  for (const [start, place] of firsts.entries()) {
    if (!held.has(place)) continue;
    covered += start + length - Math.max(start, end);
    end = start + length;
  }
  return covered;
};

/**
 * Returns the contributions that hold a run of a text, ascending by id. One pass over each of them is enough: equal stretches
 * of the text have one number, that of the first place where it holds them.
 *
 * @param items - the text
 * @param contributions - ascending by id
 */
export const wordsHeld = (
  items: readonly Tokens[],
  contributions: readonly { readonly contribution: ContributionId; readonly items: readonly Tokens[] }[],
  copyMin: number,
): readonly WordsHeld[] => {
  const index = new CorpusIndex(copyMin);
  for (const [item, tokens] of items.entries()) index.append(0, item, tokens);
  const firstsOf = (texts: readonly Tokens[]): readonly Float64Array[] =>
    [...batchesOf(index, texts)].flatMap((batch) =>
      batch.ask(({ count }) => windowsOf(count, copyMin)).map(({ places }) => places),
    );
  const own = firstsOf(items);
  return contributions.flatMap(({ contribution, items: theirs }) => {
    const held = new Set(firstsOf(theirs).flatMap((places) => [...places].filter((at) => at !== NOWHERE)));
    const tokens = own.reduce((sum, firsts) => sum + coveredBy(held, firsts, copyMin), 0);
    return tokens === 0 ? [] : [{ contribution, tokens }];
  });
};
