/**
 * The measurement of the commons of the chain: what it takes from people who are in no data, and what owners
 * keep.
 */
import { describe, expect, test } from 'vitest';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { commons, neverRaises } from '../../../tools/eval/commons.ts';
import { measure } from '../../../tools/eval/people/measure.ts';
import { VERSION_2 } from '../../../tools/eval/people/rules.ts';
import { type Credit, measureCommons } from '../../../tools/eval/people/with-commons.ts';
import { holds } from '../../../tools/eval/section.ts';
import type { Text, TextCollection } from '../../../tools/eval/texts/text.ts';
import { wordsFrom } from './support.ts';

const LICENCE = wordsFrom(1, 80);
const text = (author: string, own: number): Text => ({
  author,
  prompt: '',
  text: `${wordsFrom(own, 60)} ${LICENCE} ${wordsFrom(own + 1, 60)}`,
});

/** Each author has a licence in the middle of what is theirs, and so has somebody who is in no data. */
const collection: TextCollection = {
  name: 'files under a licence',
  description: 'three authors',
  data: [text('ada', 10), text('bob', 20)],
  people: [text('cleo', 30)],
};
const scale = { seed: 1, draws: 64, stretches: 20 };
const measured = measure(collection, VERSION_2, scale);

describe('the commons of the chain', () => {
  test('takes what people have of it, and leaves owners what is theirs', () => {
    const { without, within, kept } = measureCommons(collection, measured, [LICENCE], scale);
    expect(without.inTurn.people).toBeCloseTo(80 / 200, 1);
    expect(within.inTurn.people).toBe(0);
    expect(within.atOnce.people).toBe(0);
    expect(kept).toBeGreaterThan(0.4);
    expect(kept).toBeLessThan(1);
  });

  test('changes nothing if nobody has any of it', () => {
    const { without, within, kept } = measureCommons(collection, measured, [wordsFrom(99, 80)], scale);
    expect(within).toEqual(without);
    expect(kept).toBe(1);
  });

  test('is measured at the bar that calibration finds for each way of bringing texts', () => {
    // 14 words: more would be a copy.
    const data = ['ada', 'bob', 'cleo'].map((author, i) => ({
      author,
      prompt: '',
      text: `${wordsFrom(10 + 2 * i, 40)} ${wordsFrom(1, 14)} ${wordsFrom(11 + 2 * i, 40)}`,
    }));
    // Dean has 11 words of Ada. They bear less than Imin in turn, and more than Imin at once.
    const people = [
      {
        author: 'dean',
        prompt: '',
        text: `${wordsFrom(40, 60)} ${data[0]?.text.split(' ').slice(0, 11).join(' ')}`,
      },
    ];
    const three: TextCollection = { name: 'three', description: 'three authors share a run', data, people };
    const whole = measure(three, VERSION_2, scale);
    const { without, within } = measureCommons(three, whole, [wordsFrom(99, 80)], scale);
    expect(within).toEqual(without);
    expect(within.atOnce.imin).toBeLessThan(within.inTurn.imin ?? 0);
    expect(within.inTurn.people).toBe(0);
    expect(within.atOnce.people).toBeGreaterThan(0);
  });

  test('has a section with a row for each collection', () => {
    const terms = { root: ZERO_ROOT, items: 1, tokens: 80n, bytes: 700n };
    const sectionOf = (collections: readonly TextCollection[]) =>
      commons(
        collections,
        { texts: [LICENCE], terms },
        scale,
        () => measured,
        () => undefined,
      );
    const { checks, text: page } = sectionOf([collection]);
    expect(checks.map(holds)).toEqual([true]);
    expect(page).toContain('| files under a licence |');
    expect(page).toContain('1 texts of licences');
    expect(sectionOf([]).checks.map(holds)).toEqual([false]);
  });
});

describe('the check that the commons never raises what people get', () => {
  const credit = (people: number, imin = 128): Credit => ({ imin, kappa: 10, people });
  const none = { inTurn: credit(0), atOnce: credit(0) };

  test('holds if people get as much or less', () => {
    const without = { inTurn: credit(0.3), atOnce: credit(0.2) };
    const within = { inTurn: credit(0.3), atOnce: credit(0.1) };
    expect(neverRaises([{ without, within }])).toMatchObject({ cases: 2, failures: 0 });
  });

  test.each([
    ['in turn', { inTurn: credit(0.01), atOnce: credit(0) }],
    ['at once', { inTurn: credit(0), atOnce: credit(0.01) }],
  ])('fails if people get more %s', (_, within) => {
    const check = neverRaises([
      { without: none, within: none },
      { without: none, within },
    ]);
    expect(check).toMatchObject({ cases: 4, failures: 1, seen: '3 of 4 measurements with the same bar' });
    expect(holds(check)).toBe(false);
  });

  test('leaves out what has another bar, and does not hold if that is everything', () => {
    const lower = { inTurn: credit(0.3, 96), atOnce: credit(0) };
    expect(neverRaises([{ without: none, within: lower }])).toMatchObject({ cases: 1, failures: 0 });
    const all = { inTurn: credit(0.3, 96), atOnce: credit(0.3, 96) };
    expect(holds(neverRaises([{ without: none, within: all }]))).toBe(false);
  });
});
