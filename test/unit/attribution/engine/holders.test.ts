import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Holders, Room } from '../../../../src/attribution/engine/holders.ts';
import type { Scope } from '../../../../src/attribution/engine/scope.ts';
import { acceptedAt, COMMONS, commonsAt } from '../../../../src/attribution/engine/segment.ts';
import { mergeSegments } from '../../../../src/attribution/engine/segment-builder.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { NOWHERE } from '../../../../src/attribution/suffix-automaton.ts';
import { trace } from '../../../../src/attribution/tracer.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import { oracleTokens, oracleTrace } from '../../../oracle/oracle.ts';
import { anyLongList, anyPatience, manyNumbers, type TextCase, textCase } from '../cases.ts';
import { tokensOf } from '../support.ts';
import { KEY, segmentOf, segmentsOf, textsOf } from './support.ts';

type World = {
  readonly given: TextCase;
  /** By contribution id: the Datanet of the contribution, 0 or 1. */
  readonly datanets: readonly DatanetId[];
  /** By contribution id: a number that orders the acceptances of its Datanet. */
  readonly order: readonly number[];
  /** By contribution id: the segment of its Datanet that holds it. */
  readonly cut: readonly number[];
  readonly merged: boolean;
  /** Whether contribution 0 is its Datanet's commons. */
  readonly commons: boolean;
  /** A contribution that was proposed as a commons, if there are so many. */
  readonly proposed: number;
  /** By Datanet: how many acceptances are eligible. */
  readonly pins: readonly [number, number];
  readonly patience: number;
  /** The postings that a list may have without being long. */
  readonly longList: number;
  readonly multiplier: number;
};

const MANY = 24;
/** All worlds are searched with it, as a thread searches for all outputs that it traces. */
const ROOM = new Room();

const worldOf = (size: number): fc.Arbitrary<World> =>
  fc.record({
    given: textCase(size),
    datanets: manyNumbers(MANY, 1),
    order: manyNumbers(MANY, 1000),
    cut: manyNumbers(MANY, 2),
    merged: fc.boolean(),
    commons: fc.boolean(),
    proposed: fc.nat(12),
    pins: fc.tuple(fc.nat(8), fc.nat(8)),
    patience: anyPatience,
    longList: anyLongList,
    multiplier: fc.nat(0xffff_ffff),
  });

const expectOracle = (world: World, voided: ReadonlySet<number> = new Set()): void => {
  const { given, pins } = world;
  const { version } = given;
  const key = { start: 7, multiplier: world.multiplier };
  const at = (list: readonly number[], contribution: ContributionId): number =>
    list[contribution % MANY] ?? 0;
  const isCommons = (contribution: ContributionId): boolean => world.commons && contribution === 0;
  const indexOf = (contribution: ContributionId): number =>
    given.corpus.filter(
      (_, other) =>
        !isCommons(other) &&
        at(world.datanets, other) === at(world.datanets, contribution) &&
        (at(world.order, other) < at(world.order, contribution) ||
          (at(world.order, other) === at(world.order, contribution) && other < contribution)),
    ).length;
  const placeOf = (contribution: ContributionId): number => {
    if (isCommons(contribution)) return COMMONS;
    const index = indexOf(contribution);
    return contribution === world.proposed ? commonsAt(index) : index;
  };
  const contributions = given.corpus.map((items, contribution) => ({
    ...textsOf(contribution, placeOf(contribution), items, version),
    texts: items,
    datanet: at(world.datanets, contribution),
    cut: at(world.cut, contribution),
  }));
  const { merged, longList } = world;
  const segments = segmentsOf(contributions, { merged, key, longList });
  const scope: Scope = {
    datanets: new Map([
      [0, pins[0]],
      [1, pins[1]],
    ]),
    voided,
  };
  const eligible = contributions.map(({ texts, index, datanet, contribution }) =>
    (acceptedAt(index) ?? -1) < (pins[datanet] ?? 0) && !voided.has(contribution)
      ? texts.map((text) => oracleTokens(text, version))
      : [],
  );
  const {
    owners: _owners,
    seconds: _seconds,
    ...expected
  } = oracleTrace({
    version,
    corpus: eligible,
    prompt: oracleTokens(given.prompt, version),
    output: oracleTokens(given.output, version),
    imin: given.imin,
  });
  const { attribution, claim } = trace(
    new Holders(key, segments, scope, world.patience, ROOM),
    infoTable(),
    { output: tokensOf(given.output, version), prompt: tokensOf(given.prompt, version) },
    { ...DEFAULT_PARAMETERS, matchBitsMin: given.imin, version },
  );
  expect({
    tokens: tokensOf(given.output, version).count,
    excluded: attribution.excluded.map(({ start, end }) => [start, end]),
    spans: attribution.spans,
    sharedSpans: attribution.sharedSpans,
    scores: attribution.scores,
    total: attribution.total,
    covered: attribution.covered,
    shared: attribution.shared,
    coverageBps: attribution.coverageBps,
  }).toEqual(expected);
  const output = oracleTokens(given.output, version);
  for (const { start, end, contribution, item, pos } of claim.matches)
    expect(eligible[contribution]?.[item]?.slice(pos, pos + end - start)).toEqual(output.slice(start, end));
};

describe('the segments of the engine', () => {
  test('give what the oracle gives, however contributions are cut, merged, ordered and pinned', () => {
    fc.assert(
      fc.property(worldOf(40), (world) => expectOracle(world)),
      { numRuns: 3000 },
    );
  });

  test('give it for longer texts', () => {
    fc.assert(
      fc.property(worldOf(150), (world) => expectOracle(world)),
      { numRuns: 600 },
    );
  });

  test('give it without what is void', () => {
    const voided = fc.uniqueArray(fc.nat(6), { minLength: 1 }).map((contributions) => new Set(contributions));
    fc.assert(fc.property(worldOf(60), voided, expectOracle), { numRuns: 2000 });
  });
});

describe('texts that repeat themselves', () => {
  test('cost one reading of the segment, and not a walk of every list for every window', () => {
    // Each of some 4,000 windows would walk a list of 120,000 places, every one of which fails after 30 tokens.
    const text = `${'a '.repeat(30)}b `.repeat(2000);
    const segment = segmentOf(0, [textsOf(0, 0, [text]), textsOf(1, 1, [text])]);
    const output = tokensOf('a '.repeat(4096));
    const asked = (scope: Partial<Scope>): number => {
      const before = process.cpuUsage();
      const holders = new Holders(KEY, [segment], { datanets: new Map([[0, 2]]), ...scope });
      const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: 512 };
      expect(trace(holders, infoTable(), { output, prompt: tokensOf('') }, rules).attribution.covered).toBe(
        0,
      );
      return process.cpuUsage(before).user;
    };
    for (const scope of [{}, { datanets: new Map([[0, 1]]) }, { voided: new Set([0]) }])
      expect(asked(scope)).toBeLessThan(3_000_000);
  });

  test('are found where they first stand, deep in a list as well', () => {
    const corpus = Array.from({ length: 300 }, (_, contribution) => [
      `${'a '.repeat(9 + (contribution % 40))}b${contribution}`,
    ]);
    const segment = segmentOf(
      0,
      corpus.map((items, contribution) => textsOf(contribution, contribution, items)),
    );
    const holders = new Holders(KEY, [segment], { datanets: new Map([[0, 300]]) });
    const query = holders.prepare(tokensOf('a '.repeat(60)));
    const places = holders.firsts(query, {
      starts: Uint32Array.of(0, 0, 0, 0),
      ends: Uint32Array.of(9, 25, 48, 49),
      count: 4,
    });
    expect(Array.from(places, (place) => (place === NOWHERE ? undefined : holders.locate(place)))).toEqual([
      { contribution: 0, item: 0, pos: 0 },
      { contribution: 16, item: 0, pos: 0 },
      { contribution: 39, item: 0, pos: 0 },
      undefined,
    ]);
  });
});

test('one room serves outputs of any length, one after the other', () => {
  const items = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 150 }, (_, k) => `w${(i * 61 + k * k) % 997}`).join(' '),
  );
  const segment = segmentOf(
    0,
    items.map((item, contribution) => textsOf(contribution, contribution, [item])),
  );
  const scope: Scope = { datanets: new Map([[0, 40]]) };
  const room = new Room();
  const traced = (output: string, shared?: Room) =>
    trace(
      new Holders(KEY, [segment], scope, undefined, shared),
      infoTable(),
      { output: tokensOf(output), prompt: tokensOf('') },
      { ...DEFAULT_PARAMETERS, matchBitsMin: 96, version: RULES_DEFAULT },
    );
  // 150, 6,000, 150 and 3,000 tokens: the room grows once, and holds what the longer one has left in it.
  for (const output of [items.slice(3, 4), items, items.slice(7, 8), items.slice(0, 20)].map((each) =>
    each.join(' '),
  )) {
    const fresh = traced(output);
    expect(fresh.attribution.coverageBps).toBe(10_000);
    expect(traced(output, room)).toEqual(fresh);
  }
});

describe('a segment of more distinct tokens than two bytes can number', () => {
  test('tells apart those that two bytes would not, and is merged as it is', () => {
    const words = Array.from({ length: 140_000 }, (_, i) => `u${i}`);
    const items = Array.from({ length: 14 }, (_, i) => words.slice(10_000 * i, 10_000 * (i + 1)).join(' '));
    const half = [0, 1].map((part) =>
      segmentOf(0, [textsOf(part, part, items.slice(7 * part, 7 * part + 7))]),
    );
    const whole = segmentOf(0, [textsOf(0, 0, items.slice(0, 7)), textsOf(1, 1, items.slice(7))]);
    const merged = unwrap(mergeSegments(KEY, half));
    expect(whole.high.length).toBe(whole.low.length);
    expect([merged.low, merged.high, merged.words]).toEqual([whole.low, whole.high, whole.words]);
    for (const patience of [-1, 4])
      for (const at of [100, 65_636, 65_525, 131_172]) {
        const holders = new Holders(KEY, [merged], { datanets: new Map([[0, 2]]) }, patience);
        const query = holders.prepare(tokensOf(words.slice(at, at + 30).join(' ')));
        const [place = NOWHERE] = holders.firsts(query, {
          starts: Uint32Array.of(0),
          ends: Uint32Array.of(20),
          count: 1,
        });
        const contribution = at < 70_000 ? 0 : 1;
        const item = Math.floor(at / 10_000) - 7 * contribution;
        expect(holders.locate(place)).toEqual({ contribution, item, pos: at % 10_000 });
        expect(holders.extent(query, 20, place + 20, 99)).toBe(10);
      }
  });
});
