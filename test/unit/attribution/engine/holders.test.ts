import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Holders } from '../../../../src/attribution/engine/holders.ts';
import type { Scope } from '../../../../src/attribution/engine/scope.ts';
import { COMMONS, type Segment } from '../../../../src/attribution/engine/segment.ts';
import { mergeSegments } from '../../../../src/attribution/engine/segment-builder.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { trace } from '../../../../src/attribution/tracer.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { oracleTokens, oracleTrace } from '../../../oracle/oracle.ts';
import { type TextCase, textCase } from '../cases.ts';
import { tokensOf } from '../support.ts';
import { segmentOf, textsOf } from './support.ts';

type World = {
  readonly given: TextCase;
  /** By seq: the Datanet of the contribution, 0 or 1. */
  readonly datanets: readonly number[];
  /** By seq: a number that orders the acceptances of its Datanet. */
  readonly order: readonly number[];
  /** By seq: the segment of its Datanet that holds it. */
  readonly cut: readonly number[];
  readonly merged: boolean;
  /** Whether contribution 0 is its Datanet's commons. */
  readonly commons: boolean;
  /** By Datanet: how many acceptances are eligible. */
  readonly pins: readonly [number, number];
  readonly patience: number;
  readonly multiplier: number;
};

const MANY = 24;
const numbers = (max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(max), { minLength: MANY, maxLength: MANY });

const worldOf = (size: number): fc.Arbitrary<World> =>
  fc.record({
    given: textCase(size),
    datanets: numbers(1),
    order: numbers(1000),
    cut: numbers(2),
    merged: fc.boolean(),
    commons: fc.boolean(),
    pins: fc.tuple(fc.nat(8), fc.nat(8)),
    patience: fc.constantFrom(-1, 4, Number.POSITIVE_INFINITY),
    multiplier: fc.nat(0xffff_ffff),
  });

const expectOracle = (world: World, excluded?: { readonly seq: number; readonly item: number }): void => {
  const { given, pins } = world;
  const key = { start: 7, multiplier: world.multiplier };
  const at = (list: readonly number[], seq: number): number => list[seq % MANY] ?? 0;
  const isCommons = (seq: number): boolean => world.commons && seq === 0;
  const indexOf = (seq: number): number =>
    given.corpus.filter(
      (_, other) =>
        !isCommons(other) &&
        at(world.datanets, other) === at(world.datanets, seq) &&
        (at(world.order, other) < at(world.order, seq) ||
          (at(world.order, other) === at(world.order, seq) && other < seq)),
    ).length;
  const contributions = given.corpus.map((items, seq) => ({
    ...textsOf(seq, isCommons(seq) ? COMMONS : indexOf(seq), items),
    texts: items,
    datanet: at(world.datanets, seq),
    cut: at(world.cut, seq),
  }));
  const segments: Segment[] = [];
  for (const datanet of [0, 1]) {
    const cuts = [0, 1, 2].map((cut) =>
      segmentOf(
        datanet,
        contributions.filter((each) => each.datanet === datanet && each.cut === cut),
        key,
      ),
    );
    if (world.merged) segments.push(unwrap(mergeSegments(key, cuts)));
    else segments.push(...cuts);
  }
  const scope: Scope = {
    datanets: new Map([
      [0, pins[0]],
      [1, pins[1]],
    ]),
    ...(excluded && { except: excluded }),
  };
  const eligible = contributions.map(({ texts, index, datanet, seq }) =>
    index === COMMONS || index < (pins[datanet] ?? 0)
      ? texts.map((text, item) => (seq === excluded?.seq && item === excluded.item ? [] : oracleTokens(text)))
      : [],
  );
  const { owners: _owners, ...expected } = oracleTrace({
    corpus: eligible,
    prompt: oracleTokens(given.prompt),
    output: oracleTokens(given.output),
    imin: given.imin,
  });
  const { attribution, claim } = trace(
    new Holders(key, segments, scope, world.patience),
    infoTable(),
    { output: tokensOf(given.output), prompt: tokensOf(given.prompt) },
    { ...DEFAULT_PARAMETERS, matchBitsMin: given.imin },
  );
  expect({
    tokens: tokensOf(given.output).count,
    excluded: attribution.excluded.map(({ start, end }) => [start, end]),
    spans: attribution.spans,
    scores: attribution.scores,
    total: attribution.total,
    covered: attribution.covered,
    coverageBps: attribution.coverageBps,
  }).toEqual(expected);
  const output = oracleTokens(given.output);
  for (const { start, end, seq, item, pos } of claim.matches)
    expect(eligible[seq]?.[item]?.slice(pos, pos + end - start)).toEqual(output.slice(start, end));
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

  test('give it without one item', () => {
    fc.assert(
      fc.property(worldOf(60), fc.nat(6), fc.nat(3), (world, seq, item) =>
        expectOracle(world, { seq, item }),
      ),
      { numRuns: 1500 },
    );
  });
});
