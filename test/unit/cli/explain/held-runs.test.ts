import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunFinder } from '../../../../src/cli/explain/held-runs.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';

const tokensOf = (words: readonly string[]) => unwrap(rulesOf(2).tokenizeText(words.join(' ')));

const holds = (item: readonly string[], words: readonly string[], pos: number): boolean =>
  words.every((word, i) => item[pos + i] === word);

/** Every run of the output that an item holds and that cannot be longer, found by trying all. */
const bruteForce = (
  output: readonly string[],
  items: readonly (readonly string[])[],
  least: number,
): readonly (readonly [number, number])[] => {
  const isHeld = (start: number, end: number): boolean =>
    end <= output.length &&
    start >= 0 &&
    items.some((item) => item.some((_, pos) => holds(item, output.slice(start, end), pos)));
  const runs: (readonly [number, number])[] = [];
  for (let start = 0; start < output.length; start++)
    for (let end = start + least; end <= output.length; end++)
      if (isHeld(start, end) && !isHeld(start - 1, end) && !isHeld(start, end + 1)) runs.push([start, end]);
  return runs;
};

const word = fc.constantFrom('a', 'b', 'c');
const text = fc.array(word, { maxLength: 14 });

test('the runs are all that stand in an item and cannot be longer, each with a place that holds it', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'x'), { minLength: 1, maxLength: 14 }), {
        maxLength: 3,
      }),
      fc.integer({ min: 1, max: 5 }),
      (output, items, least) => {
        const finder = new RunFinder(tokensOf(output));
        // What was read before leaves nothing behind.
        finder.runsIn([tokensOf(['a', 'b', 'a', 'b', 'c', 'c'])], 1);
        const runs = finder.runsIn(items.map(tokensOf), least);
        expect(runs.map(({ start, end }) => [start, end])).toEqual(bruteForce(output, items, least));
        for (const { start, end, item, pos } of runs)
          expect(holds(items[item] ?? [], output.slice(start, end), pos)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('an output and a text that say one word again and again are read in one pass', () => {
  const again = tokensOf(new Array<string>(4_096).fill('word'));
  const long = tokensOf(new Array<string>(60_000).fill('word'));
  expect(new RunFinder(again).runsIn([long], 8)).toEqual([{ start: 0, end: 4_096, item: 0, pos: 0 }]);
});

test('an output without tokens holds nothing', () => {
  expect(new RunFinder(tokensOf([])).runsIn([tokensOf(['a'])], 1)).toEqual([]);
});
