import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Trace, trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { RULES_VERSIONS, rulesOf } from '../../../state/attribution/rules.ts';
import { attributeClaim, settleClaim } from '../../../state/attribution/settlement.ts';
import { type OracleAnswer, oracleTokens, oracleTrace } from '../../oracle/oracle.ts';
import { type TextCase, textCase } from './cases.ts';
import { wordsOf } from './engine/support.ts';
import { tokensOf, vectorLines } from './support.ts';

const engineTrace = (
  { corpus, prompt, output, imin, version }: TextCase,
  commons?: ReadonlySet<number>,
  patience?: number,
): Trace => {
  const index = new CorpusIndex(DEFAULT_PARAMETERS.matchTokensMin, 1, patience);
  for (const [contribution, items] of corpus.entries())
    for (const [item, text] of items.entries()) index.append(contribution, item, tokensOf(text, version));
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: imin, version };
  const texts = { output: tokensOf(output, version), prompt: tokensOf(prompt, version) };
  return trace(index, infoTable(), texts, rules, commons);
};

const oracleOf = (
  { corpus, prompt, output, imin, version }: TextCase,
  commons?: ReadonlySet<number>,
): OracleAnswer =>
  oracleTrace({
    version,
    corpus: corpus.map((items) => items.map((text) => oracleTokens(text, version))),
    prompt: oracleTokens(prompt, version),
    output: oracleTokens(output, version),
    imin,
    ...(commons && { commons }),
  });

/** What a claim gives, too: all but the holders of each position. */
type Answer = Omit<OracleAnswer, 'owners' | 'seconds'>;

const answerOf = ({ output, version }: TextCase, { attribution }: Trace): Answer => ({
  tokens: tokensOf(output, version).count,
  excluded: attribution.excluded.map(({ start, end }) => [start, end] as const),
  spans: attribution.spans,
  sharedSpans: attribution.sharedSpans,
  scores: attribution.scores,
  total: attribution.total,
  covered: attribution.covered,
  shared: attribution.shared,
  coverageBps: attribution.coverageBps,
});

/** Everything that must hold of a trace beside its result: the claim is true, well-formed, and says nothing twice. */
const expectSound = (given: TextCase, traced: Trace): void => {
  const { version } = given;
  const output = oracleTokens(given.output, version);
  const prompt = oracleTokens(given.prompt, version);
  const { claim, attribution } = traced;
  const settled = settleClaim(claim, {
    outputTokens: output.length,
    promptTokens: prompt.length,
    matchBitsMin: given.imin,
    parameters: DEFAULT_PARAMETERS,
    commons: new Set(),
    rules: rulesOf(version),
  });
  expect(unwrap(settled)).toEqual(attribution);
  for (const { start, end, place } of claim.x)
    expect(output.slice(start, end)).toEqual(prompt.slice(place, place + end - start));
  for (const { start, end, contribution, item, pos } of claim.matches) {
    expect(output.slice(start, end)).toEqual(
      oracleTokens(given.corpus[contribution]?.[item] ?? '', version).slice(pos, pos + end - start),
    );
  }
  // Idle matches are refused by their contribution id; here no match may be spared even beside others of its own contribution id.
  claim.matches.forEach((match) => {
    const others = claim.matches.filter((each) => each !== match);
    const full = attributeClaim({ ...claim, matches: others, info: [] }, output.length);
    const cover = (spans: readonly { start: number; end: number; contribution: ContributionId }[]): string =>
      JSON.stringify(spans.map(({ start, end, contribution }) => [start, end, contribution]));
    expect(cover(full.spans)).not.toBe(cover(attribution.spans));
  });
};

const expectOracle = (given: TextCase): void => {
  const { owners: _owners, seconds: _seconds, ...expected } = oracleOf(given);
  const traced = engineTrace(given);
  expect(answerOf(given, traced)).toEqual(expected);
  expectSound(given, traced);
};

/** The vectors call the id of a contribution `seq`. */
type Published<T> = Omit<T, 'contribution'> & { readonly seq: number };
type PublishedAnswer = Omit<Answer, 'spans' | 'scores' | 'sharedSpans' | 'shared'> & {
  readonly spans: readonly Published<OracleAnswer['spans'][number]>[];
  readonly scores: readonly Published<OracleAnswer['scores'][number]>[];
};
const fromPublished = ({ spans, scores, ...rest }: PublishedAnswer): Answer => ({
  ...rest,
  // All is of one owner.
  sharedSpans: [],
  shared: 0,
  spans: spans.map(({ seq: contribution, ...span }) => ({ ...span, contribution })),
  scores: scores.map(({ seq: contribution, score }) => ({ contribution, score })),
});

type Vector = Omit<TextCase, 'corpus' | 'version'> & { rows: string[][]; want: PublishedAnswer };

describe('the engine', () => {
  test.each([
    [1, 'trace.jsonl'],
    [2, 'trace-2.jsonl'],
  ] as const)(
    'gives the published answer for every vector of version %i, as does the oracle, with a claim that proves it',
    (version, name) => {
      for (const { rows, prompt, output, imin, want: published } of vectorLines<Vector>(name)) {
        const want = fromPublished(published);
        const given = { corpus: rows, prompt, output, imin, version };
        expect(oracleOf(given)).toMatchObject(want);
        const traced = engineTrace(given);
        expect(answerOf(given, traced)).toEqual(want);
        expectSound(given, traced);
      }
    },
  );

  test('is the oracle on short hostile texts', () => {
    fc.assert(fc.property(textCase(40), expectOracle), { numRuns: 4000 });
  });

  test('is the oracle on longer hostile texts', () => {
    fc.assert(fc.property(textCase(150), expectOracle), { numRuns: 600 });
  });
});

describe('the suffix automaton', () => {
  test('finds what the lists of the index find', () => {
    const same = (given: TextCase): void => {
      expect(engineTrace(given, undefined, -1)).toEqual(
        engineTrace(given, undefined, Number.POSITIVE_INFINITY),
      );
    };
    fc.assert(fc.property(textCase(40), same), { numRuns: 2000 });
    fc.assert(fc.property(textCase(150), same), { numRuns: 500 });
    for (const { rows, prompt, output, imin } of vectorLines<Vector>('trace.jsonl'))
      same({ corpus: rows, prompt, output, imin, version: 1 });
  });

  test('takes over where texts were made to repeat themselves, so that a trace stays cheap', () => {
    // Each of some 4,000 windows would walk a list of 100,000 places, every one of which fails after 30 tokens.
    const corpus = [[`${'a '.repeat(30)}b `.repeat(2000)], [`${'a '.repeat(30)}b `.repeat(2000)]];
    const before = process.cpuUsage();
    // In version 2 a word again and again bears nothing, so all of it is one window, too long to match.
    for (const [version, imin] of [
      [1, 512],
      [2, 1],
      [2, 0],
    ] as const) {
      const { attribution } = engineTrace({ corpus, prompt: '', output: 'a '.repeat(4096), imin, version });
      expect(attribution.covered > 0).toBe(imin < 2);
    }
    expect(process.cpuUsage(before).user).toBeLessThan(15_000_000);
  });
});

const sentence = 'seven purple walruses juggled antique marmalade jars beside the quiet observatory';

describe.each(RULES_VERSIONS)('the rules of version %i', (version) => {
  const oracleWords = (text: string): string[] => oracleTokens(text, version);
  const bitsOf = (output: readonly string[]): number =>
    oracleTrace({ version, output, prompt: [], corpus: [], imin: 0 }).total / 256;
  const given = (over: Partial<TextCase>): TextCase => ({
    corpus: [],
    prompt: '',
    output: '',
    imin: 96,
    version,
    ...over,
  });

  test('a text of nothing traces to nothing, and its total is 1', () => {
    const { claim, attribution } = engineTrace(given({ corpus: [[], [''], ['', sentence]] }));
    expect(claim).toEqual({ x: [], matches: [], shared: [], info: [0] });
    expect(attribution).toEqual({
      excluded: [],
      spans: [],
      sharedSpans: [],
      scores: [],
      total: 1,
      covered: 0,
      shared: 0,
      coverageBps: 0,
    });
  });

  test('a copy of more than 256 tokens is proven by several matches, each within Lmax', () => {
    const text = wordsOf(1000, 1);
    const one = given({ corpus: [[text]], output: text });
    expectOracle(one);
    const { claim, attribution } = engineTrace(one);
    expect(attribution.spans).toMatchObject([{ start: 0, end: 1000, contribution: 0 }]);
    expect(claim.matches.map(({ start, end }) => end - start)).toEqual([256, 256, 256, 232]);
  });

  test('a superset clone that comes later earns only what it added', () => {
    const output = `${sentence} zanzibar`;
    const one = given({ corpus: [[sentence], [output]], output });
    expectOracle(one);
    const words = oracleWords(sentence).length;
    expect(engineTrace(one).attribution.spans).toMatchObject([
      { start: 0, end: words, contribution: 0 },
      { start: words, end: words + 1, contribution: 1 },
    ]);
  });

  test('echoed words earn nothing, do not cut a match, and count in the total', () => {
    const words = oracleWords(wordsOf(60, 2));
    const echoed = words.slice(20, 30).join(' ');
    const one = given({ corpus: [[words.join(' ')]], prompt: `please ${echoed}`, output: words.join(' ') });
    expectOracle(one);
    const { attribution } = engineTrace(one);
    expect(attribution.excluded).toEqual([{ start: 20, end: 30 }]);
    expect(attribution.spans.map(({ start, end }) => [start, end])).toEqual([
      [0, 20],
      [30, 60],
    ]);
    expect(attribution.covered).toBeLessThan(attribution.total);
  });

  test('eight words of the prompt every twenty deny a rival nothing but those words', () => {
    const words = oracleWords(wordsOf(200, 3));
    const stolen = Array.from({ length: 10 }, (_, i) => words.slice(20 * i, 20 * i + 8).join(' ')).join(
      ' zz ',
    );
    const one = given({ corpus: [[words.join(' ')]], prompt: stolen, output: words.join(' ') });
    expectOracle(one);
    expect(engineTrace(one).attribution.spans).toHaveLength(10);
  });

  test('an output that is all prompt earns nobody anything', () => {
    const text = wordsOf(300, 4);
    const one = given({ corpus: [[text]], prompt: text, output: text });
    expectOracle(one);
    expect(engineTrace(one).claim.matches).toEqual([]);
  });

  test('seven tokens are never a match and never an echo, however rare', () => {
    const words = oracleWords(wordsOf(7, 5)).join(' ');
    expectOracle(given({ corpus: [[words]], output: words, imin: 0 }));
    expect(engineTrace(given({ corpus: [[words]], output: words, imin: 0 })).attribution.covered).toBe(0);
    expect(engineTrace(given({ prompt: words, output: words })).attribution.excluded).toEqual([]);
  });

  test('Imin is met exactly at its bits and missed one above', () => {
    const text = wordsOf(9, 6);
    const whole = bitsOf(oracleWords(text));
    for (const imin of [Math.floor(whole), Math.floor(whole) + 1])
      expectOracle(given({ corpus: [[text]], output: text, imin }));
    expect(
      engineTrace(given({ corpus: [[text]], output: text, imin: Math.floor(whole) })).attribution.covered,
    ).toBeGreaterThan(0);
    expect(
      engineTrace(given({ corpus: [[text]], output: text, imin: Math.floor(whole) + 1 })).attribution.covered,
    ).toBe(0);
  });

  test('no match crosses an item', () => {
    const words = oracleWords(wordsOf(12, 7));
    const [left, right] = [words.slice(0, 6).join(' '), words.slice(6).join(' ')];
    const one = given({ corpus: [[left, right]], output: words.join(' '), imin: 1 });
    expectOracle(one);
    expect(engineTrace(one).attribution.covered).toBe(0);
  });

  test('what a commons owns shadows later contributions and is paid to nobody', () => {
    const notice = wordsOf(30, 8);
    const one = given({ corpus: [[notice], [`${notice} ${sentence}`]], output: `${notice} ${sentence}` });
    const commons = new Set([0]);
    const { owners: _owners, seconds: _seconds, ...expected } = oracleOf(one, commons);
    const traced = engineTrace(one, commons);
    expect(answerOf(one, traced)).toEqual(expected);
    expect(traced.attribution.spans[0]).toMatchObject({ start: 0, end: 30, contribution: 0 });
    expect(traced.attribution.scores.map(({ contribution }) => contribution)).toEqual([1]);
  });

  test('the tail of a copy, which no shortest window from a start reaches, is owned all the same', () => {
    // Common words at the end bear little: from every start of the last windows more is needed than is left.
    const head = oracleWords(wordsOf(12, 9));
    const text = [...head, 'the', 'of', 'the', 'of'].join(' ');
    const one = given({ corpus: [[text]], output: text, imin: 150 });
    expectOracle(one);
    expect(engineTrace(one).attribution.spans).toMatchObject([{ start: 0, end: 16, contribution: 0 }]);
  });

  test('a window that needs 257 tokens to bear Imin is no match, one of 256 is', () => {
    const words = oracleWords(wordsOf(270, 10));
    for (const [tokens, covered] of [
      [256, true],
      [257, false],
    ] as const) {
      // Four rare words, an echo, four rare words: none may be spared.
      const text = words.slice(0, tokens);
      const ends = [...text.slice(0, 4), ...text.slice(-4)];
      const imin = bitsOf(ends);
      const prompt = text.slice(4, -4).join(' ');
      const one = given({
        corpus: [[text.join(' ')]],
        prompt,
        output: text.join(' '),
        imin: Math.floor(imin),
      });
      expectOracle(one);
      expect(engineTrace(one).attribution.covered > 0).toBe(covered);
    }
  });

  test('of all that prove a position the furthest-reaching is claimed, so matches are few', () => {
    const words = oracleWords(wordsOf(60, 11));
    const cut = (from: number, to: number): string => words.slice(from, to).join(' ');
    const one = given({ corpus: [[cut(0, 20), cut(8, 24), cut(12, 50)]], output: cut(0, 60) });
    expectOracle(one);
    expect(engineTrace(one).claim.matches.map(({ item, end }) => [item, end])).toEqual([
      [0, 20],
      [2, 50],
    ]);
  });

  test('of all echoed runs over a position the furthest-reaching is claimed, so echoes are few', () => {
    const words = oracleWords(wordsOf(60, 12));
    const cut = (from: number, to: number): string => words.slice(from, to).join(' ');
    const one = given({ prompt: [cut(0, 20), cut(12, 24), cut(16, 50)].join(' zz '), output: cut(0, 60) });
    expectOracle(one);
    expect(engineTrace(one).claim.x.map(({ end }) => end)).toEqual([20, 50]);
  });
});

describe('version 2', () => {
  const answer = (corpus: string, output: string, imin = 96): number =>
    engineTrace({ corpus: [[corpus]], prompt: '', output, imin, version: 2 }).attribution.coverageBps;
  const text = wordsOf(40, 20);

  test('credits the same words in full after every mark was changed', () => {
    const words = oracleTokens(text, 2);
    expect(answer(words.join(', '), words.map((word, i) => `${'([{"'[i % 4]}${word}!`).join(' -- '))).toBe(
      10_000,
    );
  });

  test('credits nothing for rulers, for counting, or for one word again and again', () => {
    for (const row of ['='.repeat(200), '0 1 2 '.repeat(60), 'word '.repeat(100), '| --- '.repeat(50)])
      expect(answer(row, row)).toBe(0);
    // Not even beside words that are credited.
    const { attribution } = engineTrace({
      corpus: [['- '.repeat(100)], [text]],
      prompt: '',
      output: `${'- '.repeat(100)}${text}`,
      imin: 96,
      version: 2,
    });
    expect(attribution.scores.map(({ contribution }) => contribution)).toEqual([1]);
  });
});
