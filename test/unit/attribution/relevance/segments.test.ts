import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Holders, Room } from '../../../../src/attribution/engine/holders.ts';
import type { Scope } from '../../../../src/attribution/engine/scope.ts';
import { COMMONS, commonsAt, type Segment } from '../../../../src/attribution/engine/segment.ts';
import { mergeSegments, type Texts } from '../../../../src/attribution/engine/segment-builder.ts';
import { readSegment, writeSegment } from '../../../../src/attribution/engine/segment-file.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { findSections } from '../../../../src/attribution/relevance.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import { halfWordsAt } from '../../../../state/attribution/phrases.ts';
import type { Section } from '../../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import { pick, randomFrom } from '../../../../tools/lib/random.ts';
import { freshFolder, KEY, segmentOf, segmentsOf, textsOf, wordsOf } from '../engine/support.ts';
import { tokensOf } from '../support.ts';
import { bruteSections, type RelevanceWorld, worldOf } from './worlds.ts';

/** All worlds are searched with it, as a thread searches for all outputs that it traces. */
const ROOM = new Room();

/** Puts the contributions of a world into segments of two Datanets. @returns what is expected, and what the engine finds */
const compared = (world: RelevanceWorld, seed: number): readonly [readonly Section[], readonly Section[]] => {
  const random = randomFrom(seed);
  const { version } = world;
  const rules = rulesOf(version);
  const order = world.contributions.map((_, i) => ({ i, key: random(3) === 0 ? random(1000) : i }));
  const counts = [0, 0];
  const placed = new Map<number, { readonly datanet: 0 | 1; readonly index: number }>();
  for (const { i } of order.toSorted((a, b) => a.key - b.key)) {
    const datanet = random(3) === 0 ? 1 : 0;
    const roll = random(14);
    const index = roll === 0 ? COMMONS : (counts[datanet] ?? 0);
    if (index !== COMMONS) counts[datanet] = index + 1;
    placed.set(i, { datanet, index: roll === 1 ? commonsAt(index) : index });
  }
  const pins = counts.map((count) => (random(2) === 0 ? count : random(count + 1)));
  const voided = new Set(
    world.contributions.filter(() => random(6) === 0).map(({ contribution }) => contribution),
  );
  const scope: Scope = {
    datanets: new Map(pins.map((pin, datanet) => [datanet, pin])),
    voided,
    struck: new Map(world.contributions.map(({ contribution, struck }) => [contribution, struck])),
  };
  const key = { start: random(2 ** 32), multiplier: random(3) === 0 ? random(4) : random(2 ** 32) };
  const segments = segmentsOf(
    world.contributions.map(({ contribution, items, novelRuns }, i) => {
      const { datanet, index } = placed.get(i) ?? { datanet: 0, index: 0 };
      return { ...textsOf(contribution, index, items, version), novelRuns, datanet, cut: random(3) };
    }),
    { merged: random(2) === 0, key, longList: pick(random, [0, 4, 4096]) },
  );
  const output = tokensOf(world.output, version);
  const patience = pick(random, [-1, 0, 4, 4]);
  const found = findSections(new Holders(key, segments, scope, patience, ROOM), {
    rules,
    output,
    prompt: tokensOf(world.prompt, version),
    info: rules.informationOf(infoTable(), output),
    nobodys: Uint8Array.from(world.nobodys, Number),
  });
  const contributions = world.contributions.filter(({ contribution }, i) => {
    const { datanet, index } = placed.get(i) ?? { datanet: 0, index: 0 };
    return index < (pins[datanet] ?? 0) && !voided.has(contribution);
  });
  return [bruteSections({ ...world, contributions }), found];
};

const seeds = fc.noBias(fc.nat(0x7fff_ffff));

describe('the picks that the engine finds', () => {
  test('are those of a brute force, however contributions are cut, merged, accepted, pinned, void and struck', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [expected, found] = compared(worldOf(seed, 60), seed);
        expect(found).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('are those of a brute force over several sections and chunks', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [expected, found] = compared(worldOf(seed, 400), seed);
        expect(found).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the first chunks of a phrase', () => {
  const TEXT = tokensOf('one two three');
  const PHRASE = { starts: Uint32Array.of(0), ends: Uint32Array.of(3), count: 1 };
  const SCOPE: Scope = { datanets: new Map([[0, 9]]) };
  const firstIn = (segments: readonly Segment[], scope = SCOPE) =>
    new Holders(KEY, segments, scope).firstChunks(TEXT, PHRASE)[0];
  /** Its second item holds the phrase at token 70, in its third run. */
  const texts = (contribution: ContributionId, index: number): Texts => ({
    ...textsOf(contribution, index, ['one two', `${wordsOf(70, 7)} one two three`]),
    novelRuns: [
      { item: 0, start: 0, end: 2 },
      { item: 1, start: 0, end: 40 },
      { item: 1, start: 72, end: 100_000 },
      { item: 1, start: 100_000, end: 100_001 },
      { item: 5, start: 0, end: 9 },
    ],
  });
  const place = (contribution: ContributionId) => ({ contribution, item: 1, pos: 70, novelRun: 2 });

  test('name the run of the declaration, also where it is wrong about the text, and after merges', () => {
    const segments = [segmentOf(0, [texts(3, 1)]), segmentOf(0, [texts(2, 0), texts(8, 2)])];
    const merged = unwrap(mergeSegments(KEY, segments));
    const again = unwrap(mergeSegments(KEY, [merged, segmentOf(0, [texts(5, 3)])]));
    expect(firstIn(segments)).toEqual([place(2), place(3), place(8)]);
    expect(firstIn([merged])).toEqual([place(2), place(3), place(8)]);
    expect(firstIn([again])).toEqual([place(2), place(3), place(5)]);
  });

  test('are not in what is erased, and those after it stay what they were', () => {
    const segments = [segmentOf(0, [texts(3, 1)]), segmentOf(0, [texts(2, 0), texts(8, 2)])];
    expect(firstIn([unwrap(mergeSegments(KEY, segments, new Set([2])))])).toEqual([place(3), place(8)]);
  });

  test('are in a segment that was written and read', () => {
    const path = join(freshFolder(), 'segment');
    writeSegment(path, segmentOf(0, [texts(3, 1)]));
    expect(firstIn([unwrap(readSegment(path)).segment])).toEqual([place(3)]);
  });

  test('are not in a run that is struck, and the next one may hold it', () => {
    const text = {
      ...texts(4, 0),
      novelRuns: [70, 71, 72].map((start) => ({ item: 1, start, end: start + 1 })),
    };
    const struck = (...runs: number[]): Scope => ({ ...SCOPE, struck: new Map([[4, new Set(runs)]]) });
    const segment = segmentOf(0, [text, texts(7, 1)]);
    expect(firstIn([segment], struck(0))).toEqual([{ ...place(4), novelRun: 1 }, place(7)]);
    expect(firstIn([segment], struck(0, 2))).toEqual([{ ...place(4), novelRun: 1 }, place(7)]);
    // It stands there all the same, and is among the first three.
    expect(firstIn([segment], struck(0, 1, 2))).toEqual([{ ...place(4), novelRun: undefined }, place(7)]);
  });
});

test('both versions of the rules take the same tokens for words', () => {
  const [first, second] = [rulesOf(1).codePoints, rulesOf(2).codePoints];
  const differing = Array.from({ length: 0x3_0000 }, (_, c) => String.fromCodePoint(c))
    .filter((text) => text.isWellFormed())
    .map((text) => tokensOf(text, 2))
    .filter(
      ({ bytes, count }) => count > 0 && halfWordsAt(first, bytes, 0) !== halfWordsAt(second, bytes, 0),
    );
  expect(differing).toEqual([]);
});
