/** The oracle of the relevance track, on worlds that a reader can check by hand. */
import { describe, expect, test } from 'vitest';
import { times } from '../../../tools/lib/random.ts';
import {
  type OracleHolder,
  type OracleRelevanceCase,
  oraclePhraseEnd,
  oracleRelevance,
} from '../../oracle/relevance.ts';

const wordsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(' '));

/** A contribution whose items are novel as a whole. */
const holder = (contribution: number, ...items: readonly string[]): OracleHolder => ({
  contribution,
  items: items.map(wordsOf),
  novelRuns: items.map((text, item) => ({ item, start: 0, end: wordsOf(text).length })),
});

/** An answer whose tokens all bear 100 units. */
const answer = (
  text: string,
  contributions: readonly OracleHolder[],
  more: Partial<OracleRelevanceCase> = {},
): OracleRelevanceCase => ({
  output: wordsOf(text),
  info: wordsOf(text).map(() => 100),
  prompt: [],
  contributions,
  ...more,
});

/** The picks of each section, as `contribution/item/chunk: at@place ...`. */
const picksOf = (given: OracleRelevanceCase): readonly (readonly string[])[] =>
  oracleRelevance(given).sections.map(({ picks }) =>
    picks.map(
      ({ contribution, item, chunk, phrases }) =>
        `${contribution}/${item}/${chunk}: ${phrases.map(({ at, place }) => `${at}@${place}`).join(' ')}`,
    ),
  );

/** So many words that nobody else uses. */
const filler = (count: number, name = 'x'): string => times(count, (i) => `${name}${i}`).join(' ');

describe('a phrase', () => {
  test.each([
    ['three words', 'a b c d', 3],
    ['six letters', '日 本 語 の 文 章 だ', 6],
    ['a letter, two words and a letter', '日 a b 本 c', 4],
    ['a word and four letters', 'a 日 本 語 の 文', 5],
    ['letters, then a word that makes it longer than needed', '日 a 本 b', 4],
    ['five letters and a word', '日 本 語 の 文 a', 6],
    ['a sign of its own counts as a letter', '🙂 🙂 🙂 🙂 🙂 🙂 🙂', 6],
  ])('is the shortest run of three words: %s', (_, text, end) => {
    expect(oraclePhraseEnd(wordsOf(text), 0)).toBe(end);
  });

  test('does not begin where the text ends before it', () => {
    expect(oraclePhraseEnd(wordsOf('a b'), 0)).toBeUndefined();
    expect(oraclePhraseEnd(wordsOf('日 本 語 の 文'), 0)).toBeUndefined();
    expect(oraclePhraseEnd(wordsOf('a b c'), 1)).toBeUndefined();
  });

  test('bears the mean information of its tokens, rounded down', () => {
    const given = answer('a b c d', [holder(1, 'a b c d')], { info: [100, 100, 101, 7] });
    expect(oracleRelevance(given).sections[0]?.picks[0]?.phrases.map(({ bits }) => bits)).toEqual([100, 69]);
  });

  test('that bears nothing does not count', () => {
    expect(picksOf(answer('a b c d', [holder(1, 'a b c d')], { info: [0, 0, 2, 4] }))).toEqual([[]]);
  });
});

describe('what counts', () => {
  const data = [holder(1, 'a b c d e f')];

  test('is every phrase that the data holds', () => {
    expect(picksOf(answer('a b c d e f', data))).toEqual([['1/0/0: 0@0 1@1 2@2 3@3']]);
  });

  test('is nothing of the prompt', () => {
    expect(picksOf(answer('a b c d e f', data, { prompt: wordsOf('q b c d r') }))).toEqual([
      ['1/0/0: 0@0 2@2 3@3'],
    ]);
  });

  test('is no phrase whose first token belongs to nobody, though later tokens may', () => {
    expect(picksOf(answer('a b c d e f', data, { nobodys: new Set([1, 5]) }))).toEqual([
      ['1/0/0: 0@0 2@2 3@3'],
    ]);
  });

  test('counts once per section, at the first position that is not nobody’s', () => {
    const twice = 'a b c d y a b c d';
    expect(picksOf(answer(twice, data))).toEqual([['1/0/0: 0@0 1@1']]);
    expect(picksOf(answer(twice, data, { nobodys: new Set([0]) }))).toEqual([['1/0/0: 1@1 5@0']]);
  });

  test('lies in one section', () => {
    // The second section begins with c, so `a b c` and `b c d` lie in none.
    const text = `${filler(508)} y z a b c d e f`;
    expect(picksOf(answer(text, data))).toEqual([[], ['1/0/0: 512@2 513@3']]);
  });

  test('counts again in the next section', () => {
    const text = `a b c d ${filler(508)} a b c d`;
    expect(picksOf(answer(text, data))).toEqual([['1/0/0: 0@0 1@1'], ['1/0/0: 512@0 513@1']]);
  });
});

describe('a chunk bears a phrase', () => {
  test('that begins in it, and may end in the next chunk of the item', () => {
    const item = `${filler(61)} a b c d e f`;
    expect(picksOf(answer('a b c d e f', [holder(1, item)]))).toEqual([['1/0/0: 0@61 1@62 2@63']]);
    expect(picksOf(answer('a b c d e f g', [holder(1, `${item} g`)]))).toEqual([
      ['1/0/0: 0@61 1@62 2@63', '1/0/1: 3@0 4@1'],
    ]);
  });

  test('that does not run on into another item', () => {
    expect(picksOf(answer('a b c d e', [holder(1, 'a b c d', 'e f')]))).toEqual([['1/0/0: 0@0 1@1']]);
  });

  test('of which one token is new there: over the border of a copied run', () => {
    // Tokens 0 to 3 are copied, so `b c d` is, and `c d e` is not.
    const copier: OracleHolder = {
      contribution: 1,
      items: [wordsOf('a b c d e f')],
      novelRuns: [{ item: 0, start: 4, end: 6 }],
    };
    expect(picksOf(answer('a b c d e f', [copier]))).toEqual([['1/0/0: 2@2 3@3']]);
  });

  test('by the first novel run that has a token of it, unless it is struck', () => {
    const runs = [
      { item: 0, start: 0, end: 2 },
      { item: 0, start: 2, end: 4 },
      { item: 0, start: 4, end: 6 },
    ];
    const own: OracleHolder = { contribution: 1, items: [wordsOf('a b c d e f')], novelRuns: runs };
    const runsOf = (struck: ReadonlySet<number>) =>
      oracleRelevance(answer('a b c d e f', [{ ...own, struck }])).sections[0]?.picks[0]?.phrases.map(
        ({ at, novelRun }) => [at, novelRun],
      );
    expect(runsOf(new Set())).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(runsOf(new Set([0]))).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(runsOf(new Set([0, 1]))).toEqual([
      [2, 2],
      [3, 2],
    ]);
    expect(runsOf(new Set([0, 1, 2]))).toBeUndefined();
  });

  test('at its first place there', () => {
    expect(picksOf(answer('a b c d', [holder(1, 'a b c y a b c d')]))).toEqual([['1/0/0: 0@0 1@5']]);
  });

  test('unless it is of a commons', () => {
    expect(picksOf(answer('a b c d', [{ ...holder(1, 'a b c d'), commons: true }]))).toEqual([[]]);
  });
});

describe('bearers', () => {
  test('are among the first three chunks that hold a phrase, in the order of contribution, item and chunk', () => {
    const four = [4, 3, 2, 1].map((id) => holder(id, 'a b c d'));
    expect(picksOf(answer('a b c d', four))).toEqual([['1/0/0: 0@0 1@1']]);
    // The fourth holds two phrases more, and bears none but those.
    const more = [...four.slice(1), holder(4, 'a b c d e f')];
    expect(picksOf(answer('a b c d e f', more))).toEqual([['1/0/0: 0@0 1@1', '4/0/0: 2@2 3@3']]);
    // The third holds the same and bears all four.
    const third = [...four.slice(2), holder(3, 'a b c d e f')];
    expect(picksOf(answer('a b c d e f', third))).toEqual([['3/0/0: 0@0 1@1 2@2 3@3']]);
  });

  test('are none of those that copied it, which count among the three', () => {
    const copier = (id: number): OracleHolder => ({ ...holder(id, 'a b c d'), novelRuns: [] });
    const last = holder(4, 'a b c d');
    expect(picksOf(answer('a b c d', [copier(1), copier(2), last]))).toEqual([['4/0/0: 0@0 1@1']]);
    expect(picksOf(answer('a b c d', [copier(1), copier(2), copier(3), last]))).toEqual([[]]);
    expect(picksOf(answer('a b c d', [holder(1, 'a b c d'), copier(2), copier(3), last]))).toEqual([
      ['1/0/0: 0@0 1@1'],
    ]);
  });

  test('are chunks, not places, so one chunk that holds a phrase often is one bearer', () => {
    const often = holder(1, 'a b c y a b c z a b c w');
    expect(picksOf(answer('a b c d', [often, holder(2, 'a b c d')]))).toEqual([['2/0/0: 0@0 1@1']]);
  });
});

describe('picks', () => {
  test('are those that add most to those before, and at least two phrases', () => {
    const data = [
      holder(1, 'a b c d e'), // three phrases
      holder(2, 'c d e f g h'), // four, of which the first is the last of 1
      holder(3, 'g h i'), // one
    ];
    expect(picksOf(answer('a b c d e f g h i', data))).toEqual([
      ['2/0/0: 2@0 3@1 4@2 5@3', '1/0/0: 0@0 1@1'],
    ]);
  });

  test('go by information, not by number', () => {
    const info = [1, 1, 1, 1, 1, 1, 1, 600, 600, 600, 600];
    const given = answer('a b c d e y z p q r s', [holder(1, 'a b c d e'), holder(2, 'p q r s')], { info });
    expect(picksOf(given)).toEqual([['2/0/0: 7@0 8@1', '1/0/0: 0@0 1@1 2@2']]);
  });

  test('of which two add the same go by contribution, item and chunk', () => {
    const text = 'a b c d x p q r s x k l m n';
    const far = `${filler(64, 'u')} k l m n`;
    expect(picksOf(answer(text, [holder(7, 'p q r s', far), holder(3, 'a b c d')]))).toEqual([
      ['3/0/0: 0@0 1@1', '7/0/0: 5@0 6@1', '7/1/1: 10@0 11@1'],
    ]);
  });

  test('are sixteen at most', () => {
    const rows = times(20, (i) => filler(4, `row${i}w`));
    const given = answer(rows.join(' '), [holder(1, ...rows)]);
    expect(picksOf(given)[0]?.map((pick) => pick.split(':')[0])).toEqual(times(16, (i) => `1/${i}/0`));
  });
});

describe('weights', () => {
  const whole = 2n ** 32n;

  test('are by what each pick added, and in full once a tenth of the section is shared', () => {
    // 40 tokens of 100, and four phrases of 100: a tenth, of which the picks share half each.
    const given = answer(`a b c d ${filler(32)} p q r s`, [holder(1, 'a b c d'), holder(2, 'p q r s')]);
    expect(oracleRelevance(given).weights).toEqual([
      { contribution: 1, weight: whole / 2n },
      { contribution: 2, weight: whole / 2n },
    ]);
  });

  test('are less where less is shared', () => {
    // 80 tokens of 100, and two phrases of 100: a fortieth, so a quarter of the money is paid.
    const given = answer(`a b c d ${filler(76)}`, [holder(1, 'a b c d')], { data: 1_000n });
    expect(oracleRelevance(given).weights).toEqual([{ contribution: 1, weight: 250n * whole }]);
  });

  test('of a section are by its part of the information of the answer, and the rest is nobody’s', () => {
    const given = answer(`a b c d ${filler(508)} ${filler(512, 'y')}`, [holder(1, 'a b c d')]);
    const { sections, weights } = oracleRelevance(given);
    expect(sections.map(({ information }) => information)).toEqual([51_200, 51_200]);
    // The first section is half of the answer; of it 200 of 51,200 is shared, and ten times that is paid.
    expect(weights).toEqual([{ contribution: 1, weight: (whole * 2_000n) / 102_400n }]);
  });

  test('add up over the picks of a contribution, each rounded down', () => {
    const given = answer('a b c d x p q r s', [holder(1, 'a b c d', 'p q r s')], {
      info: [7, 7, 7, 7, 0, 3, 3, 3, 3],
    });
    // The picks add 14 and 6 of 20; all is paid, as 200 is more than the 40 that there is.
    expect(oracleRelevance(given).weights).toEqual([
      { contribution: 1, weight: (14n * 40n * whole) / (20n * 40n) + (6n * 40n * whole) / (20n * 40n) },
    ]);
  });

  test('of an empty answer, or of one without information, are none', () => {
    expect(oracleRelevance(answer('', [holder(1, 'a b c d')]))).toEqual({ sections: [], weights: [] });
    const blank = answer('a b c d', [holder(1, 'a b c d')], { info: [0, 0, 0, 0] });
    expect(oracleRelevance(blank)).toEqual({ sections: [{ information: 0, picks: [] }], weights: [] });
  });
});
