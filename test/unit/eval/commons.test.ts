/** The measurement of the commons of the chain: what it takes from people who are in no data, and what owners keep. */
import { describe, expect, test } from 'vitest';
import { ZERO_ROOT } from '../../../src/lib/brands.ts';
import { commons } from '../../../tools/eval/commons.ts';
import { measureCommons } from '../../../tools/eval/people/with-commons.ts';
import { holds } from '../../../tools/eval/section.ts';
import type { Text, TextCollection } from '../../../tools/eval/texts/text.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';

const words = (seed: number, count: number): string => {
  const random = randomFrom(seed);
  return times(count, () => `word${random(100_000)}`).join(' ');
};

const LICENCE = words(1, 80);
const text = (author: string, own: number): Text => ({
  author,
  prompt: '',
  text: `${words(own, 60)} ${LICENCE} ${words(own + 1, 60)}`,
});

/** Each author has a licence in the middle of what is theirs, and so has somebody who is in no data. */
const collection: TextCollection = {
  name: 'files under a licence',
  description: 'three authors',
  data: [text('ada', 10), text('bob', 20)],
  people: [text('cleo', 30)],
};
const scale = { seed: 1, draws: 64, stretches: 20 };

describe('the commons of the chain', () => {
  test('takes what people have of it, and leaves owners what is theirs', () => {
    const { without, within, kept } = measureCommons(collection, [LICENCE], scale);
    expect(without.people).toBeCloseTo(80 / 200, 1);
    expect(within.people).toBe(0);
    expect(within.together).toBe(0);
    expect(kept).toBeGreaterThan(0.4);
    expect(kept).toBeLessThan(1);
  });

  test('changes nothing if nobody has any of it', () => {
    const { without, within, kept } = measureCommons(collection, [words(99, 80)], scale);
    expect(within).toEqual(without);
    expect(kept).toBe(1);
  });

  test('has a section whose check fails if people get more with it', () => {
    const terms = { root: ZERO_ROOT, items: 1, tokens: 80n, bytes: 700n };
    const section = commons([collection], { texts: [LICENCE], terms }, scale, () => undefined);
    expect(section.checks.map(holds)).toEqual([true]);
    expect(section.text).toContain('| files under a licence |');
    expect(section.text).toContain('1 texts of licences');
    expect(commons([], { texts: [], terms }, scale, () => undefined).checks.map(holds)).toEqual([false]);
  });
});
