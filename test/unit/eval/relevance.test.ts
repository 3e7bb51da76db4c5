/** The relevance track as the evaluation plays it: its picks are those of the oracle, and its epochs pay what there is. */
import { describe, expect, test } from 'vitest';
import type { TokenRun } from '../../../src/attribution/novelty.ts';
import { type Contribution, tokensOf, wordsOf } from '../../../tools/eval/collections.ts';
import { type DemoTracks, playDemo } from '../../../tools/eval/relevance/demo.ts';
import { PhraseIndex } from '../../../tools/eval/relevance/phrase-index.ts';
import { sectionsOf, weightsOf } from '../../../tools/eval/relevance/picks.ts';
import { rewrittenRows } from '../../../tools/eval/relevance/rewritten.ts';
import { play, shareBefore, shareNow } from '../../../tools/eval/relevance/tracks.ts';
import { Words } from '../../../tools/eval/relevance/words.ts';
import { allAnswers, sampled, type World, worldOf } from '../../../tools/eval/relevance/world.ts';
import { relevance } from '../../../tools/eval/relevance.ts';
import { holds } from '../../../tools/eval/section.ts';
import type { TextCollection } from '../../../tools/eval/texts/text.ts';
import { informationEach } from '../../../tools/eval/tracer.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { type OracleHolder, oracleRelevance } from '../../oracle/relevance.ts';
import { wordsFrom } from './support.ts';

const VOCABULARY = [...'abcdef', 'long', 'words', ...'日本語の文章', '🙂'];

const textFrom = (random: Random, count: number): string =>
  times(count, () => pick(random, VOCABULARY)).join(' ');

/** Returns runs that ascend without overlap, as a contributor might declare them. */
const runsFrom = (random: Random, count: number): readonly TokenRun[] => {
  const runs: TokenRun[] = [];
  for (let at = random(4); at < count; ) {
    const end = Math.min(count, at + 1 + random(20));
    runs.push({ start: at, end });
    at = end + random(12);
  }
  return runs;
};

const itemOf = (text: string) => ({ tokens: tokensOf(text), promptTokens: 0 });

const quiet = (): void => undefined;

const NOTHING = { spans: 0n, novelty: 0n, relevance: 0n };

describe('the picks of an index in memory', () => {
  test('are those of the oracle, in whatever parts it was built', () => {
    const random = randomFrom(5);
    for (let world = 0; world < 40; world++) {
      const contributions = times(
        1 + random(5),
        (i): Contribution => ({
          contribution: 3 * i + 1,
          owner: `owner ${i}`,
          items: times(1 + random(3), () => itemOf(textFrom(random, 1 + random(150)))),
          ...(random(5) === 0 ? { commons: true } : {}),
        }),
      );
      const novel = contributions.map(({ items }) =>
        items.map(({ tokens }) => runsFrom(random, tokens.count)),
      );
      const cut = random(contributions.length + 1);
      const words = new Words();
      const index = new PhraseIndex(
        words,
        new PhraseIndex(words).addAll(contributions.slice(0, cut), novel.slice(0, cut).flat()),
      ).addAll(contributions.slice(cut), novel.slice(cut).flat());

      const output = tokensOf(textFrom(random, random(world % 8 === 0 ? 1_200 : 200)));
      const prompt = tokensOf(textFrom(random, random(40)));
      const nobodys = Uint8Array.from({ length: output.count }, () => (random(6) === 0 ? 1 : 0));
      const info = informationEach(output);
      const sections = sectionsOf(
        { output: words.numbered(output), prompt: words.numbered(prompt), info, nobodys },
        index,
      );
      const expected = oracleRelevance({
        output: wordsOf(output),
        prompt: wordsOf(prompt),
        info: [...info],
        nobodys: new Set([...nobodys.keys()].filter((at) => nobodys[at] === 1)),
        contributions: contributions.map(
          ({ contribution, items, commons }, i): OracleHolder => ({
            contribution,
            items: items.map(({ tokens }) => wordsOf(tokens)),
            novelRuns: (novel[i] ?? []).flatMap((runs, item) => runs.map((run) => ({ item, ...run }))),
            ...(commons === true ? { commons } : {}),
          }),
        ),
        data: 1_000n,
      });
      expect(
        sections.map(({ information, picks }) => ({
          information,
          picks: picks.map(({ chunk, phrases }) => ({ ...index.chunkAt(chunk), phrases })),
        })),
      ).toEqual(
        expected.sections.map(({ information, picks }) => ({
          information,
          picks: picks.map(({ phrases, ...chunk }) => ({ ...chunk, phrases: phrases.map(({ at }) => at) })),
        })),
      );
      const total = Math.max(
        1,
        info.reduce((sum, each) => sum + each, 0),
      );
      const weights = [...weightsOf(sections, index, { data: 1_000n, total })];
      expect(weights.toSorted(([a], [b]) => a - b)).toEqual(
        expected.weights.map(({ contribution, weight }) => [contribution, weight]),
      );
    }
  });
});

const SCALE = { thin: 1, seed: 1, draws: 32 };

const ADA = wordsFrom(1, 200);
const BOB = wordsFrom(2, 200);
const EVE = wordsFrom(3, 200);

/** Three authors of whom the answers repeat every fourth word or so of one, in runs of five. */
const collection: TextCollection = {
  name: 'three authors',
  description: 'of whom ada is repeated',
  data: [
    { author: 'ada', prompt: '', text: ADA },
    { author: 'bob', prompt: '', text: BOB },
    { author: 'eve', prompt: '', text: EVE },
  ],
  people: [
    {
      author: 'zoe',
      prompt: '',
      text: times(20, (i) => [...ADA.split(' ').slice(7 * i, 7 * i + 5), `own${i}`].join(' ')).join(' '),
    },
    { author: 'zoe', prompt: '', text: wordsFrom(9, 100) },
  ],
};

const whole = (world: World, answers = allAnswers(world)) => {
  const { contributions, rules, words, index } = world;
  return play({ contributions, inferences: answers, rules, words, provenance: world, index });
};

describe('an epoch', () => {
  const world = worldOf(collection, SCALE);
  const paid = whole(world);

  test('pays by novel tokens before, and by what is shared now', () => {
    const shares = [...paid.byOwner].map(([owner, income]) => [
      owner,
      Math.round(100 * shareBefore(income, paid)),
      Math.round(100 * shareNow(income, paid)),
    ]);
    // The second answer shares nothing, so its money goes to the treasury.
    const ofFirst = Math.round(
      (100 * Number(whole(world, allAnswers(world).slice(0, 1)).data)) / Number(paid.data),
    );
    expect(shares).toEqual([
      ['ada', 33, ofFirst],
      ['bob', 33, 0],
      ['eve', 33, 0],
    ]);
  });

  test('pays D, to the base unit', () => {
    expect(paid.spans + paid.relevance + paid.treasury).toBe(paid.data);
    expect([...paid.byOwner.values()].reduce((sum, each) => sum + each.relevance, 0n)).toBe(paid.relevance);
  });

  test('is the same with an index that is built at once', () => {
    const { contributions, rules, words } = world;
    const again = play({ contributions, inferences: allAnswers(world), rules, words });
    expect(again).toEqual(paid);
  });

  test('pays nobody for what a commons holds', () => {
    const noticed = worldOf({ ...collection, notice: ADA }, SCALE);
    const { byOwner, relevance: toChunks } = whole(noticed);
    expect(byOwner.has('nobody')).toBe(false);
    // The notice came first, so nothing of ada is novel.
    expect(toChunks).toBe(0n);
  });

  test('goes to the author of a rewritten row', () => {
    const { before, now } = rewrittenRows(world, 1);
    expect(before).toBeLessThan(0.5);
    expect(now).toBeGreaterThan(0.8);
  });

  test('of a sample has fewer answers of each', () => {
    const many: World = { ...world, answers: [...world.answers, ...world.answers] };
    expect(sampled(many, 2).answers.map(({ inferences }) => inferences.length)).toEqual([1, 1]);
    expect(sampled(many, 4)).toEqual(many);
  });

  test('holds out one author in four where all are in the data', () => {
    const four = { ...collection, people: 'each author in turn' as const };
    const data = [...collection.data, { author: 'kim', prompt: '', text: wordsFrom(4, 60) }];
    const { contributions, answers } = worldOf({ ...four, data }, SCALE);
    expect(contributions.map(({ owner }) => owner)).toEqual(['ada', 'bob', 'eve']);
    expect(answers.map(({ inferences }) => inferences.length)).toEqual([1]);
  });
});

describe('the demo', () => {
  const { models, byOwner } = playDemo(8, 1, 64);

  test('pays all data money of its three models, to ten people, four authors and a copyist', () => {
    expect(models).toHaveLength(3);
    for (const { paid } of models) expect(paid.spans + paid.relevance + paid.treasury).toBe(paid.data);
    expect([...byOwner.keys()].slice(0, 10)).toEqual(times(10, (i) => `contributor ${i + 1}`));
    expect(byOwner.size).toBe(15);
  });

  test('pays for words where a model answers with what entries say, and for phrases where it writes', () => {
    const [maths, registry, small] = models.map(({ paid }) => paid);
    expect(Number(maths?.relevance)).toBeGreaterThan(100 * Number(maths?.spans));
    expect(Number(registry?.spans)).toBeGreaterThan(Number(registry?.relevance));
    expect(Number(small?.spans)).toBeGreaterThan(Number(small?.relevance));
  });

  test('pays most to the first now, and paid everybody about the same before', () => {
    const [first, ...others] = [...byOwner.values()].slice(0, 10);
    for (const other of others) {
      expect(Number(other.novelty) / Number(first?.novelty)).toBeCloseTo(1, 0);
      expect(Number(other.relevance)).toBeLessThan(Number(first?.relevance));
    }
  });
});

describe('the section', () => {
  const demo: DemoTracks = { models: [], byOwner: new Map([['ada', NOTHING]]) };

  test('holds on a collection in which the authors are told apart', () => {
    const section = relevance([worldOf(collection, SCALE)], demo, 1, quiet);
    expect(section.checks.filter((each) => !holds(each))).toEqual([]);
    expect(section.text).toContain('| three authors, people | 2 |');
    expect(section.text).toContain('| ada | 0.00 % | 0.00 % | 0.00 % | 0.00 % |');
    expect(section.fallsShort?.[0]).toContain('the largest of a contributor of the demo was 0.0 % of D');
  });

  test('holds of nothing if there is no collection', () => {
    expect(relevance([], demo, 1, quiet).checks.some(holds)).toBe(false);
  });
});
