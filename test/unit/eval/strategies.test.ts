/** The texts that programs make of the data's own words, and how it is seen that one takes too much. */
import { describe, expect, test } from 'vitest';
import { tokensOf, wordsOf } from '../../../tools/eval/collections.ts';
import { type World, worldOf } from '../../../tools/eval/relevance/world.ts';
import { holds } from '../../../tools/eval/section.ts';
import {
  type Attempted,
  attempt,
  type Variant,
  variantsOf,
} from '../../../tools/eval/strategies/attempts.ts';
import { bagOfCommonWords, bagOfWords } from '../../../tools/eval/strategies/bags.ts';
import { chains } from '../../../tools/eval/strategies/chains.ts';
import { denseClones, plainClones } from '../../../tools/eval/strategies/clones.ts';
import { condensed } from '../../../tools/eval/strategies/condensed.ts';
import { costOf, earnedByAttestors } from '../../../tools/eval/strategies/cost.ts';
import { randomSigns, rowsOf } from '../../../tools/eval/strategies/foreign.ts';
import { strategiesWith } from '../../../tools/eval/strategies/list.ts';
import { markov } from '../../../tools/eval/strategies/markov.ts';
import {
  bytesOf,
  type Generator,
  type Row,
  runAt,
  taken,
  tokensFor,
} from '../../../tools/eval/strategies/rows.ts';
import { prompted, systemPrompt } from '../../../tools/eval/strategies/system-prompt.ts';
import { strategies } from '../../../tools/eval/strategies.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';
import { wordsFrom } from './support.ts';

const row = (text: string): Row => text.split(' ');

const IDIOM = 'so the answer is as follows in all';
const ROWS = times(30, (i) => row(`${wordsFrom(i, 20)} ${IDIOM} ${wordsFrom(100 + i, 20)}`));
const LETTERS = times(30, (i) => times(40, (j) => String.fromCodePoint(0x4e00 + ((7 * i + 13 * j) % 200))));

const make = (generator: Generator, bytes: number, rows: readonly Row[] = ROWS): readonly Row[] =>
  generator({ rows, random: randomFrom(1) }, bytes);

const sizeOf = (rows: readonly Row[]): number => rows.reduce((sum, each) => sum + bytesOf(each), 0);

const runsIn = (rows: readonly Row[], tokens: number): readonly string[] =>
  rows.flatMap((each) => times(Math.max(0, each.length - tokens + 1), (at) => runAt(each, at, tokens)));

describe('rows', () => {
  test('are taken while there is room', () => {
    expect(taken([['a'], [], ['b', 'c'], ['d']], 6)).toEqual([['a'], ['b', 'c']]);
  });

  test('have the bytes of a line without needless spaces', () => {
    expect(bytesOf(['日', '本', 'go', 'on', '語'])).toBe(Buffer.byteLength('日本go on語\n'));
  });

  test('of letters have two tokens for a word', () => {
    expect(tokensFor(3, ROWS)).toBe(3);
    expect(tokensFor(3, LETTERS)).toBe(6);
  });
});

describe('what a program makes', () => {
  const all: readonly (readonly [string, Generator])[] = [
    ['bag of words', bagOfWords],
    ['bag of common words', bagOfCommonWords],
    ['Markov text', markov],
    ['random signs', randomSigns],
  ];
  test.each(all)('fills the bytes it is given, and follows from its seed: %s', (_, generator) => {
    const rows = make(generator, 5_000);
    expect(sizeOf(rows)).toBeLessThanOrEqual(5_000);
    expect(sizeOf(rows)).toBeGreaterThan(4_000);
    expect(make(generator, 5_000)).toEqual(rows);
    expect(rows.map((each) => wordsOf(tokensOf(each.join(' '))))).toEqual(rows);
  });

  test.each([bagOfWords, bagOfCommonWords, markov, chains, condensed, denseClones, plainClones])(
    'is nothing if there is no data',
    (generator) => {
      expect(make(generator, 1_000, [])).toEqual([]);
    },
  );

  test('of common words has no other words', () => {
    const common = [row('a b'), row('a b'), ...times(3_000, (i) => [`once${i}`, `twice${i}`, `twice${i}`])];
    const words = new Set(make(bagOfCommonWords, 200_000, common).flat());
    expect(words.has('a')).toBe(true);
    expect(words.size).toBe(3_000);
    expect([...words].filter((word) => word.startsWith('once')).length).toBe(0);
  });

  test('as Markov text has only runs of three words that the data has', () => {
    const known = new Set(runsIn(ROWS, 3));
    expect(runsIn(make(markov, 5_000), 3).filter((run) => !known.has(run))).toEqual([]);
  });

  test('as chains begins with the most frequent phrases, and has each phrase once', () => {
    const rows = make(chains, 5_000);
    expect(rows[0]?.join(' ')).toContain('answer is as follows in all');
    const runs = runsIn(rows, 3);
    expect(new Set(runs).size).toBe(runs.length);
    const known = new Set(runsIn(ROWS, 3));
    expect(runs.filter((run) => !known.has(run))).toEqual([]);
    const ofLetters = make(chains, 5_000, LETTERS);
    const knownLetters = new Set(runsIn(LETTERS, 6));
    expect(runsIn(ofLetters, 6).filter((run) => !knownLetters.has(run))).toEqual([]);
  });

  test('as condensed rows joins the stretches of seven words with the most frequent phrases', () => {
    const frequent = times(5, (i) => row(`${IDIOM.split(' ').slice(0, 7).join(' ')} ${wordsFrom(i, 7)}`));
    const [first = []] = make(condensed, 2_000, [...frequent, ...ROWS]);
    expect(first.slice(0, 7).join(' ')).toBe(IDIOM.split(' ').slice(0, 7).join(' '));
    const stretches = times(Math.floor(first.length / 7), (i) => runAt(first, 7 * i, 7));
    expect(new Set(stretches).size).toBe(stretches.length);
  });

  test('as dense clones has a new word after every sixth, or after twelve letters', () => {
    const known = new Set(ROWS.flat());
    for (const clone of make(denseClones, 3_000))
      expect(clone.map((word, i) => known.has(word) !== (i % 7 === 6))).not.toContain(false);
    const [letters = []] = make(denseClones, 3_000, LETTERS);
    expect(letters.findIndex((word) => word.length > 1)).toBe(12);
  });

  test('as a system prompt stands in every prompt, and one row of it in every answer', () => {
    const rows = systemPrompt({ rows: ROWS, random: randomFrom(1) });
    const question = { prompt: tokensOf('how many'), output: tokensOf('there are two') };
    const [answer] = prompted([question], rows, randomFrom(1));
    expect(wordsOf(answer?.prompt ?? tokensOf(''))).toEqual([...rows.flat(), 'how', 'many']);
    const words = wordsOf(answer?.output ?? tokensOf(''));
    expect(words.slice(-3)).toEqual(['there', 'are', 'two']);
    expect(rows.map((each) => each.join(' '))).toContain(words.slice(0, -3).join(' '));
  });

  test('or others have written is taken in its order', () => {
    expect(make(rowsOf([['x'], ['y'], ['z']]), 4)).toEqual([['x'], ['y']]);
  });
});

describe('the cost', () => {
  const novel = times(10, () => [{ start: 0, end: 60 }]);
  const one = { novel, copied: [], bytes: 100_000, contributions: 1 };

  test('is a bond per contribution and byte and for two reviewers, and fees that are next to nothing', () => {
    const { bonds, fees, forgone } = costOf(one);
    expect(bonds).toBeCloseTo(1 + 0.01 + 2 * 0.1);
    expect(fees).toBeGreaterThan(0);
    expect(fees).toBeLessThan(1e-9);
    expect(forgone).toBe(0);
    expect(costOf({ ...one, contributions: 20 }).bonds).toBeCloseTo(20 * 1.2 + 0.01);
  });

  test('counts the contributions that many runs need', () => {
    const runs = (count: number) => [times(count, (i) => ({ start: 2 * i, end: 2 * i + 1 }))];
    expect(costOf({ ...one, novel: runs(40_000), bytes: 0 }).bonds).toBeCloseTo(3 * 1.2);
    // Eleven thousand copied runs of 24 bytes need a second transaction.
    expect(costOf({ ...one, copied: runs(11_000), bytes: 0 }).bonds).toBeCloseTo(2 * 1.2);
  });

  test('of settling nothing is a fee part of two per cent, where the data money is a half', () => {
    expect(earnedByAttestors(10n ** 18n)).toBeCloseTo(0.04);
  });
});

const worldWith = (rows: readonly Row[]): World =>
  worldOf(
    {
      name: 'rows',
      description: 'of two authors',
      data: rows.map((each, i) => ({ author: `author ${i % 2}`, prompt: '', text: each.join(' ') })),
      people: rows.map((each) => ({ author: 'zoe', prompt: '', text: each.slice(0, 25).join(' ') })),
    },
    { thin: 1, seed: 1, draws: 32 },
  );

describe('an attempt', () => {
  const world = worldWith(ROWS);
  const list = strategiesWith(() => []);
  const variants = variantsOf(5_000);
  const played = (name: string, variant: Variant, at = world): Attempted | undefined => {
    const strategy = list.find((each) => each.name.startsWith(name));
    return strategy && attempt(strategy, at, variant, 1);
  };

  test('takes a share by volume before, and now the more the earlier it comes', () => {
    const last = played('dense clones', variants.last);
    const many = played('dense clones', variants.many);
    const first = played('dense clones', variants.first);
    expect(last?.before).toBeGreaterThan(0.03);
    expect(last?.now).toBeLessThan(0.3);
    expect(first?.now).toBeGreaterThan(last?.now ?? 1);
    expect(many?.now).toBeCloseTo(last?.now ?? 0, 2);
    expect(many?.cost.bonds).toBeGreaterThan(5 * (last?.cost.bonds ?? 0));
  });

  test('in a Datanet of its own was paid for rows that the other one has, and is not now', () => {
    expect(played('rows of the data', variants.last)?.before).toBe(0);
    const own = played('rows of the data', variants.own);
    expect(own?.before).toBeGreaterThan(0.05);
    expect(own?.now).toBe(0);
    const marks = played('random marks', variants.ownLarge);
    expect(marks?.before).toBeGreaterThan(0.15);
    expect(marks?.now).toBe(0);
  });

  test('to have nothing settled gained what spans had paid, and gains nothing now', () => {
    const unsettled = played('attestors settle nothing', variants.large);
    expect(unsettled?.before).toBeGreaterThan(0.3);
    expect(unsettled?.now).toBe(0);
    expect(unsettled?.cost.forgone).toBeGreaterThan(0);
  });

  test('that does not apply is none', () => {
    const small = variantsOf(2_000).last;
    expect(
      list.filter((each) => attempt(each, world, small, 1) === undefined).map(({ name }) => name),
    ).toEqual(['off-topic text, of another collection', 'answers of another model to the same questions']);
  });
});

describe('the section', () => {
  const world = worldWith(ROWS);
  const list = strategiesWith(() => [row(wordsFrom(77, 30))]);
  const scale = { seed: 1, dataBytes: 3_000 };
  const taking =
    (share: number): typeof attempt =>
    (strategy, { name, bytes }, variant) => ({
      strategy,
      world: { name, bytes },
      variant,
      bytes: variant.bytes,
      cost: { fees: 0, bonds: 1, forgone: 2 },
      before: 0.5,
      now: share,
    });
  const failing = (share: number): readonly string[] =>
    strategies([world], list, scale, () => undefined, taking(share))
      .checks.filter((each) => !holds(each))
      .map(({ name }) => name.split(',')[0] ?? '');

  const UNSETTLED = 'nobody gains by it that attestors settle nothing';

  test('sees whoever takes more than the limit', () => {
    expect(failing(0)).toEqual([]);
    expect(failing(0.009)).toEqual([UNSETTLED]);
    expect(failing(0.015)).toEqual(['off-topic text and random marks', UNSETTLED]);
    expect(failing(0.021)).toEqual([
      'text made of the data’s own words',
      'off-topic text and random marks',
      UNSETTLED,
    ]);
  });

  test('has the figures of each attempt, with its limit', () => {
    const { figures } = strategies([world], list, scale, () => undefined, taking(0.01));
    expect(figures.strategies).toHaveLength(6 * list.length);
    const own = /^the owner of a model pins a Datanet of its own: bag of the words/;
    expect(figures.strategies).toMatchObject([
      { place: 'last', accounts: 1, shareBps: 100, beforeBps: 5000, limitBps: 200, costOpen: 3 },
      { place: 'last', accounts: 20, limitBps: 200, comesBackOpen: 1 },
      { place: 'first', accounts: 1, limitBps: null },
      { place: 'last', datanet: 'same', bytes: 2000, limitBps: null },
      { name: expect.stringMatching(own), datanet: 'own', bytes: 200, limitBps: 200 },
      { name: expect.stringMatching(own), datanet: 'own', bytes: 2000, limitBps: null },
      ...times(6 * list.length - 6, () => ({})),
    ]);
  });

  test('names the Datanet of the owner, and what is gained where nothing is settled', () => {
    const { text, fallsShort } = strategies([world], list, scale, () => undefined, taking(0.01));
    expect(fallsShort?.[1]).toContain('100 bps, rows.');
    expect(text).toContain('**The owner of a model pins a Datanet of its own**');
    expect(text).toContain('| attestors settle nothing, to the gain of who has random marks | 0 bps |');
  });
});
