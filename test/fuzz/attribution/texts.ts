/** Hostile texts: few distinct tokens, so that everything repeats, and repeats in every way that indexes dislike. */
import { pick, type Random, times } from '../../../tools/lib/random.ts';

export type Words = readonly string[];

/** Words of about 5 to 24 bits, tokens that fold, and tokens that need no space between them. */
const ALPHABETS: readonly Words[] = [
  ['a'],
  ['a', 'b'],
  ['a', ','],
  ['zygote', 'quux'],
  ['the', 'of', 'zygote'],
  ['字'],
  ['字', '语'],
  ['Ab', 'aB', '“', '"', '.', '-'],
  ['ก', 'ข', 'ค', 'า'],
  ['字', '语', 'ก', '🙂', '漢', 'か'],
  ['the', 'cat', 'sat', 'on', 'mat', '.', 'quux', 'plugh', '字', '0', '1', '+'],
  ['the', 'cat', 'sat', 'on', 'a', 'mat', 'quux', 'plugh', 'zygote', '字'],
  times(60, (i) => `word${i}`),
  times(600, (i) => `rare${i}`),
];

/** What stands between two words: without spaces, words run together and are cut after 16 bytes. */
const GLUES: readonly string[] = [' ', ' ', ' ', ' ', ' ', ' ', '\n', '', '\u200b'];

export type Writer = {
  readonly glue: string;
  /** The alphabet's words, at random. */
  readonly letter: () => string;
  /** About `length` words. */
  readonly text: (length: number) => Words;
};

const fibonacci = (a: Words, b: Words, length: number): Words => {
  let [last, before] = [a, b];
  while (last.length < length) [last, before] = [[...last, ...before], last];
  return last.slice(0, length);
};

export const writerOf = (random: Random): Writer => {
  const alphabet = pick(random, ALPHABETS);
  const glue = pick(random, GLUES);
  const letter = (): string => pick(random, alphabet);
  const letters = (count: number): Words => times(count, letter);
  const text = (length: number): Words => {
    switch (random(8)) {
      // Periods: the same few tokens over and over.
      case 0:
      case 1: {
        const period = letters(1 + random(6));
        return times(length, (i) => period[i % period.length] ?? '');
      }
      // A period with one token changed here and there: long runs that differ late.
      case 2: {
        const period = letters(1 + random(3));
        return times(length, (i) => (random(12) === 0 ? letter() : (period[i % period.length] ?? '')));
      }
      // Many distinct repeats, all of them overlapping.
      case 3:
        return fibonacci(letters(1 + random(2)), letters(1), length);
      // Stitched from three stems, so that items share stretches of all lengths.
      case 4: {
        const stems = times(3, () => letters(1 + random(12)));
        const out: string[] = [];
        while (out.length < length) out.push(...pick(random, stems));
        return out.slice(0, length);
      }
      default:
        return letters(length);
    }
  };
  return { glue, letter, text };
};
