/** The part of `npm run fuzz:attribution` that every run of the tests does, and whether the fuzzer finds anything. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import type { WindowList } from '../../../src/attribution/suffix-automaton.ts';
import { type TraceRules, trace } from '../../../src/attribution/tracer.ts';
import { type Engine, type OpenEngine, openEngine } from '../../bench/attribution/engine.ts';
import { caseOf, eligibleOf } from '../../fuzz/attribution/cases.ts';
import { FEATURES, judge } from '../../fuzz/attribution/judge.ts';
import { fuzz } from '../../fuzz/attribution/run.ts';
import { tokensOf } from './support.ts';

test('the engine is the oracle on cases made to break it', { timeout: 120_000 }, async () => {
  const seed = randomInt(2 ** 32);
  const report = await fuzz({ seed, cases: 3000, open: openEngine });
  expect(report.failure, `seed ${report.failure?.seed}`).toBeUndefined();
  // None of what the cases are for is missing from them.
  for (const feature of FEATURES) expect(report.features[feature], feature).toBeGreaterThan(30);
});

/** An index that answers wrongly now and then. */
class SpoiltIndex extends CorpusIndex {
  readonly #spoil: (places: Float64Array, windows: WindowList) => void;
  constructor(gram: number, spoil: (places: Float64Array, windows: WindowList) => void) {
    super(gram);
    this.#spoil = spoil;
  }

  override firsts(query: Parameters<CorpusIndex['firsts']>[0], windows: WindowList): Float64Array {
    const places = super.firsts(query, windows);
    this.#spoil(places, windows);
    return places;
  }
}

const engineOf = (index: CorpusIndex, spoilRules = (rules: TraceRules): TraceRules => rules): Engine => ({
  add: (seq, items) => {
    const decoder = new TextDecoder();
    for (const [item, text] of items.entries()) index.append(seq, item, tokensOf(decoder.decode(text)));
  },
  seal: async () => undefined,
  trace: (texts, rules, commons) => trace(index, infoTable(), texts, spoilRules(rules), commons),
  close: async () => undefined,
});

const spoilt =
  (spoil: (places: Float64Array, windows: WindowList) => void): OpenEngine =>
  (gram) =>
    engineOf(new SpoiltIndex(gram, spoil));
const spoiltRules =
  (change: (rules: TraceRules) => Partial<TraceRules>): OpenEngine =>
  (gram) =>
    engineOf(new CorpusIndex(gram), (rules) => ({ ...rules, ...change(rules) }));

describe('the fuzzer finds, and makes small, an engine that', () => {
  const planted: readonly (readonly [bug: string, open: OpenEngine])[] = [
    [
      'misses the last window of an output',
      spoilt((places) => {
        if (places.length > 0) places[places.length - 1] = -1;
      }),
    ],
    [
      'misses windows of 100 tokens',
      spoilt((places, { starts, ends, count }) => {
        for (let i = 0; i < count; i++) if ((ends[i] ?? 0) - (starts[i] ?? 0) >= 100) places[i] = -1;
      }),
    ],
    [
      'misses one window in 64 that is held',
      spoilt((places, { starts }) => {
        for (const [i, start] of starts.subarray(0, places.length).entries())
          if (start % 64 === 63) places[i] = -1;
      }),
    ],
    [
      'asks for one bit too few',
      spoiltRules(({ matchBitsMin }) => ({ matchBitsMin: Math.max(0, matchBitsMin - 1) })),
    ],
    ['lets an echo be one token shorter', spoiltRules(({ promptMin }) => ({ promptMin: promptMin - 1 }))],
    [
      'lets a match be one token longer',
      spoiltRules(({ matchTokensMax }) => ({ matchTokensMax: matchTokensMax + 1 })),
    ],
  ];

  test.each(planted)('%s', { timeout: 120_000 }, async (_bug, open) => {
    const { failure } = await fuzz({ seed: 1, cases: 3000, open });
    if (failure === undefined) expect.fail('nothing was found');
    const found = caseOf(failure.seed);
    const words = ({ contributions, output, prompt }: typeof found): number =>
      contributions.flatMap(({ items }) => items).reduce((sum, { length }) => sum + length, 0) +
      output.length +
      prompt.length;
    expect(words(failure.shrunken)).toBeLessThan(words(found));
    expect(eligibleOf(failure.shrunken).length).toBeLessThanOrEqual(3);
    expect((await judge(failure.shrunken, open)).ok).toBe(false);
    expect(await judge(failure.shrunken, openEngine)).toMatchObject({ ok: true });
  });
});
