/** Texts for the tests of the evaluation. */
import { randomFrom, times } from '../../../tools/lib/random.ts';

/** Returns a text of so many random words. Texts of different seeds share no run of words. */
export const wordsFrom = (seed: number, count: number): string => {
  const random = randomFrom(seed);
  return times(count, () => `word${random(100_000)}`).join(' ');
};
