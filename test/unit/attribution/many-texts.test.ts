/** Many texts are asked about at once: with the answers that each would get alone, and with work that grows with the texts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowsOf } from '../../../src/attribution/copied-runs.ts';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { batchesOf } from '../../../src/attribution/many-texts.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import { NOWHERE } from '../../../src/attribution/suffix-automaton.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { stringsOf, tokensOf } from './support.ts';

const GRAM = 3;
/** The length of the runs that have a table. */
const RUN = 5;

/** Texts of few words, so that they repeat each other and themselves. */
const texts = fc.array(
  fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }).map((words) => words.join(' ')),
  { minLength: 1, maxLength: 8 },
);

describe('many texts', () => {
  test.each([
    ['the lists', 1000, undefined],
    ['the automaton', -1, undefined],
    ['the table of runs', 1000, RUN],
    ['the table and the automaton', -1, RUN],
  ])('are answered by %s as each is by comparing it with all before it', (_, patience, run) => {
    fc.assert(
      fc.property(texts, fc.integer({ min: GRAM, max: 9 }), (all, length) => {
        const items = all.map((text) => tokensOf(text));
        const index = new CorpusIndex(GRAM, 1, patience, run);
        const starts = items.map((tokens, i) => index.append(i, 0, tokens));
        const answers = [...batchesOf(index, items, starts)].flatMap((batch) =>
          batch.ask(({ count }) => windowsOf(count, length)),
        );
        for (const [i, { places, extent }] of answers.entries()) {
          const own = stringsOf(items[i] ?? tokensOf(''));
          const earlier = items.slice(0, i).map(stringsOf);
          for (const [start, place] of places.entries()) {
            const window = own.slice(start, start + length).join(' ');
            const [found] = earlier.flatMap((words, contribution) => {
              const pos = words.findIndex((_, at) => words.slice(at, at + length).join(' ') === window);
              return pos < 0 ? [] : [{ contribution, item: 0, pos }];
            });
            expect(place === NOWHERE ? undefined : index.locate(place)).toEqual(found);
            if (found === undefined) continue;
            const source = earlier[found.contribution]?.slice(found.pos) ?? [];
            const differs = source.findIndex((word, at) => word !== own[start + at]);
            expect(extent(start, place)).toBe(differs < 0 ? source.length : differs);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** Items of `per` words of a text that is made of these phrases in random order. */
const itemsOf = (phrases: readonly string[], words: number, per: number) => {
  const random = randomFrom(1);
  const text: string[] = [];
  while (text.length < words) text.push(...(phrases[random(phrases.length)] ?? '').split(' '));
  return Array.from({ length: Math.floor(words / per) }, (_, i) =>
    tokensOf(text.slice(i * per, (i + 1) * per).join(' ')),
  );
};

/** Phrases of common words: some of them in a row are a match, so there are many windows that begin alike. */
const PHRASES = Array.from({ length: 10 }, (_, i) =>
  Array.from(
    { length: 8 },
    (_, j) => ['the', 'of', 'and', 'to', 'in', 'a', 'is', 'it'][(i + 3 * j) % 8],
  ).join(' '),
);

describe('the work of a declaration', () => {
  test.each([
    ['two words at random', ['yes', 'no'], 200, 50],
    ['three words at random', ['one', 'two', 'three'], 200, 50],
    ['three words at random in short items', ['one', 'two', 'three'], 20, 50],
    ['common phrases at random', PHRASES, 200, 200],
  ])('grows with the text, of %s too', (_, phrases, per, looksPerWord) => {
    for (const words of [10_000, 30_000]) {
      const index = new DatanetIndex(infoTable());
      index.addAll(1, itemsOf(phrases, words, per));
      expect(index.looks / words).toBeLessThan(looksPerWord);
    }
  });
});
