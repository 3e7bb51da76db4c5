import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corpusOf } from '../../../src/attribution/corpus.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type Trace, type TraceRules, trace } from '../../../src/attribution/tracer.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import { type OracleOrigin, oracleTokens, oracleTrace } from '../../oracle/oracle.ts';
import { manyNumbers, type TextCase, textCase } from './cases.ts';
import { wordsOf } from './engine/support.ts';
import { tokensOf } from './support.ts';

/** By contribution id; undefined for a commons. */
type Origins = readonly (OracleOrigin | undefined)[];

const traceRules = ({ imin, version }: TextCase, over: Partial<TraceRules>): TraceRules => ({
  ...DEFAULT_PARAMETERS,
  matchBitsMin: imin,
  version,
  ...over,
});

const traceOf = (given: TextCase, origins: Origins, over: Partial<TraceRules> = {}): Trace => {
  const { corpus, prompt, output, version } = given;
  const rules = traceRules(given, over);
  const commons = new Set(corpus.flatMap((_, id) => (origins[id] === undefined ? [id] : [])));
  const indexed = corpusOf(
    corpus.map((items, contribution) => {
      const origin = origins[contribution];
      return {
        contribution,
        items: items.map((text) => tokensOf(text, version)),
        brought: origin && {
          owner: new Uint8Array(20).fill(Number(origin.owner)) as Address,
          commit: toHeight(BigInt(origin.commit)),
          reveal: toHeight(BigInt(origin.reveal)),
        },
      };
    }),
    commons,
    rules,
  );
  const texts = { output: tokensOf(output, version), prompt: tokensOf(prompt, version) };
  return trace(indexed.index, infoTable(), texts, rules, commons);
};

const expectOracle = (given: TextCase, origins: Origins, over: Partial<TraceRules> = {}): Trace => {
  const { version, corpus, imin } = given;
  const rules = traceRules(given, over);
  const commons = new Set(corpus.flatMap((_, id) => (origins[id] === undefined ? [id] : [])));
  const words = {
    corpus: corpus.map((items) => items.map((text) => oracleTokens(text, version))),
    prompt: oracleTokens(given.prompt, version),
    output: oracleTokens(given.output, version),
  };
  const {
    owners: _owners,
    seconds,
    excluded,
    tokens,
    ...expected
  } = oracleTrace({
    ...words,
    version,
    imin,
    commons,
    origins,
    lmax: rules.matchTokensMax,
  });
  const traced = traceOf(given, origins, over);
  const { claim, attribution } = traced;
  expect(attribution).toEqual({ ...expected, excluded: excluded.map(([start, end]) => ({ start, end })) });
  const settled = settleClaim(claim, {
    outputTokens: tokens,
    promptTokens: words.prompt.length,
    matchBitsMin: imin,
    parameters: rules,
    commons,
    rules: rulesOf(version),
  });
  expect(unwrap(settled)).toEqual(attribution);
  for (const { start, end, contribution, item, pos } of [...claim.matches, ...claim.shared])
    expect(words.corpus[contribution]?.[item]?.slice(pos, pos + end - start)).toEqual(
      words.output.slice(start, end),
    );
  // One match and one run at most for each position.
  expect(claim.shared.length).toBeLessThanOrEqual(seconds.filter((second) => second !== null).length);
  expect(claim.matches.length).toBeLessThanOrEqual(tokens);
  return traced;
};

const MANY = 16;

type World = {
  readonly given: TextCase;
  readonly owners: readonly number[];
  readonly gaps: readonly number[];
  readonly delays: readonly number[];
  readonly kinds: readonly number[];
  readonly matchTokensMax: number;
};

const worldOf = (size: number): fc.Arbitrary<World> =>
  fc.record({
    given: textCase(size),
    owners: manyNumbers(MANY, 2),
    gaps: manyNumbers(MANY, 2),
    delays: manyNumbers(MANY, 6),
    kinds: manyNumbers(MANY, 9),
    matchTokensMax: fc.constantFrom(256, 256, 30, 9),
  });

/** Every contribution comes twice, the second time in the opposite order. */
const expectWorld = ({ given, owners, gaps, delays, kinds, matchTokensMax }: World): void => {
  const corpus = [...given.corpus, ...given.corpus.toReversed()].slice(0, MANY);
  let height = 1;
  const origins = corpus.map((_, id): OracleOrigin | undefined => {
    height += gaps[id] ?? 0;
    const commit = height;
    return kinds[id] === 0
      ? undefined
      : { owner: String(owners[id] ?? 0), commit, reveal: commit + (delays[id] ?? 0) };
  });
  expectOracle({ ...given, corpus }, origins, { matchTokensMax });
};

describe('what several owners brought', () => {
  test('is what the oracle finds, on short hostile texts', () => {
    fc.assert(fc.property(worldOf(40), expectWorld), { numRuns: 2500 });
  });

  test('is what the oracle finds, on longer ones', () => {
    fc.assert(fc.property(worldOf(150), expectWorld), { numRuns: 300 });
  });
});

const broughtBy = (owner: string, commit: number, reveal: number): OracleOrigin => ({
  owner,
  commit,
  reveal,
});

describe('a text that two brought', () => {
  const text = wordsOf(600, 1);
  const given: TextCase = { corpus: [[text], [text]], prompt: '', output: text, imin: 96, version: 2 };
  const first = broughtBy('1', 1, 5);

  test('is nobody’s if the second was committed by the block of the first reveal', () => {
    const { claim, attribution } = expectOracle(given, [first, broughtBy('2', 5, 9)]);
    expect(attribution).toMatchObject({ covered: 0, scores: [], shared: attribution.total });
    // As few as their limits allow.
    expect(claim.matches).toHaveLength(Math.ceil(600 / 256));
    expect(claim.shared).toHaveLength(Math.ceil(600 / 128));
  });

  test.each([
    ['was committed a block later', broughtBy('2', 6, 9)],
    ['is of the same owner', broughtBy('1', 5, 9)],
  ])('is the first one’s if the second %s', (_why, second) => {
    const { claim, attribution } = expectOracle(given, [first, second]);
    expect(claim.shared).toEqual([]);
    expect(attribution.scores).toMatchObject([{ contribution: 0, score: attribution.total }]);
  });

  test('is the first one’s by version 1', () => {
    const { claim } = expectOracle({ ...given, version: 1 }, [first, broughtBy('2', 5, 9)]);
    expect(claim.shared).toEqual([]);
  });

  test('is the first one’s where two who came later have it', () => {
    const { attribution } = expectOracle({ ...given, corpus: [[text], [text], [text]] }, [
      first,
      broughtBy('2', 7, 9),
      broughtBy('3', 7, 9),
    ]);
    expect(attribution.shared).toBe(0);
  });

  test('belongs to nobody if a commons with a higher id has it', () => {
    const { claim, attribution } = expectOracle(given, [first, undefined]);
    expect(claim.shared).toEqual([]);
    expect(claim.matches.every(({ contribution }) => contribution === 1)).toBe(true);
    expect(attribution).toMatchObject({ covered: 0, scores: [], shared: 0 });
  });

  test('is the first one’s if it bears so little that 129 tokens are needed', () => {
    const short = given.output.split(' ').slice(0, 200).join(' ');
    const bits = (tokens: number): number =>
      traceOf({ ...given, output: short.split(' ').slice(0, tokens).join(' ') }, [first, undefined])
        .attribution.total / 256;
    for (const [imin, isShared] of [
      [Math.floor(bits(128)), true],
      [Math.floor(bits(140)), false],
    ] as const) {
      const { attribution } = expectOracle({ ...given, output: short, imin }, [first, broughtBy('2', 5, 9)]);
      expect(attribution.shared > 0).toBe(isShared);
      if (!isShared) expect(attribution.covered).toBeGreaterThan(0);
    }
  });

  test('is nobody’s only as far as both have it', () => {
    const words = text.split(' ');
    const part = words.slice(100, 130).join(' ');
    const { attribution } = expectOracle({ ...given, corpus: [[text], [part]] }, [
      first,
      broughtBy('2', 5, 9),
    ]);
    expect(attribution.sharedSpans).toMatchObject([{ start: 100, end: 130 }]);
    expect(attribution.spans).toMatchObject([
      { start: 0, end: 100 },
      { start: 130, end: 600 },
    ]);
  });
});
