import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Holders } from '../../../../src/attribution/engine/holders.ts';
import { firstPlace, firstPlaceOfOthers, NO_LIMIT } from '../../../../src/attribution/engine/repeats.ts';
import type { Scope } from '../../../../src/attribution/engine/scope.ts';
import { COMMONS, type Segment } from '../../../../src/attribution/engine/segment.ts';
import { SegmentBuilder, type Texts } from '../../../../src/attribution/engine/segment-builder.ts';
import { readSegment, writeSegment } from '../../../../src/attribution/engine/segment-file.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { NOWHERE, type WindowList } from '../../../../src/attribution/suffix-automaton.ts';
import { trace } from '../../../../src/attribution/tracer.ts';
import { type Address, toHeight } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import { randomFrom } from '../../../../tools/lib/random.ts';
import { tokensOf } from '../support.ts';
import { freshFolder, KEY, segmentOf, textsOf, wordsOf } from './support.ts';

const ALL = { datanets: new Map([[0, 2 ** 31]]) };

/** Blocks of eight words in random order, in contributions of three owners by turns. */
const permuted = (blocks: number, contributions: number, each: number): readonly Texts[] => {
  const random = randomFrom(blocks);
  const block = Array.from({ length: blocks }, (_, i) => wordsOf(8, i));
  return Array.from({ length: contributions }, (_, i) => ({
    ...textsOf(i, i, [Array.from({ length: each }, () => block[random(blocks)] ?? '').join(' ')]),
    brought: {
      owner: new Uint8Array(20).fill(1 + (i % 3)) as Address,
      commit: toHeight(1n),
      reveal: toHeight(9n),
    },
  }));
};

/** All windows of so many tokens. */
const windowsOf = (tokens: number, length: number): WindowList => {
  const count = tokens - length + 1;
  return {
    starts: Uint32Array.from({ length: count }, (_, i) => i),
    ends: Uint32Array.from({ length: count }, (_, i) => i + length),
    count,
  };
};

const answersOf = (
  segments: readonly Segment[],
  output: string,
  length: number,
  patience?: number,
  scope: Scope = ALL,
) => {
  const holders = new Holders(KEY, segments, scope, patience);
  const tokens = tokensOf(output);
  const query = holders.prepare(tokens);
  const windows = windowsOf(tokens.count, length);
  const firsts = holders.firsts(query, windows);
  const others = holders.others(query, windows, firsts);
  const located = (places: Float64Array) =>
    Array.from(places, (place) => (place === NOWHERE ? undefined : holders.locate(place)));
  return { firsts: located(firsts), others: located(others), looks: holders.looks };
};

describe('what a segment repeats', () => {
  const contributions = permuted(3, 60, 60);
  const [, , third] = contributions.map(({ items }) => new TextDecoder().decode(items[0]));
  const output = `${third?.slice(0, 3000)} ${wordsOf(8, 2)} ${wordsOf(8, 0)} ${wordsOf(8, 0)} ${wordsOf(8, 1)}`;
  const plain = segmentOf(0, contributions);
  const repeating = segmentOf(0, contributions, KEY, 20);

  test('gives the places that the lists and the automaton give, in blocks of blocks', () => {
    expect(plain.repeats).toMatchObject({ limit: 4096, text: new Int32Array(0) });
    // Two levels of blocks above it.
    expect(repeating.repeats.suffixes.length).toBeGreaterThan(64 * 128);
    for (const length of [8, 14, 23, 60, 120]) {
      const found = answersOf([repeating], output, length);
      const { firsts, others } = found;
      expect(answersOf([plain], output, length)).toMatchObject({ firsts, others });
      expect(answersOf([repeating], output, length, -1)).toMatchObject({ firsts, others });
      expect(firsts.some((place) => place !== undefined)).toBe(true);
      if (length < 60) expect(others.some((place) => place !== undefined)).toBe(true);
    }
  });

  test('gives them of what may answer, for many scopes by turns', () => {
    const scopes: readonly Scope[] = [3, 5, 7, 11, 13, 60].map((step) => ({
      ...ALL,
      voided: new Set(contributions.map(({ contribution }) => contribution).filter((id) => id % step < 2)),
    }));
    // Accepted in another order than that of their commits.
    const reordered = contributions.map((each, i) => ({ ...each, index: (i * 7) % contributions.length }));
    const [lists, repeats] = [segmentOf(0, reordered), segmentOf(0, reordered, KEY, 20)];
    const pinned: readonly Scope[] = [1, 20, 40].map((pin) => ({ datanets: new Map([[0, pin]]) }));
    for (let round = 0; round < 2; round++)
      for (const scope of [...scopes, ...pinned]) {
        const { firsts, others } = answersOf([lists], output, 23, -1, scope);
        const found = answersOf([repeats], output, 23, Number.POSITIVE_INFINITY, scope);
        expect(found).toMatchObject({ firsts, others });
        expect(firsts.some((place) => place !== undefined)).toBe(true);
      }
  });

  test('has its own text where much is repeated, and not where a phrase is', () => {
    const { limit, text } = segmentOf(0, permuted(3, 100, 500)).repeats;
    expect(limit).toBe(4096);
    expect(text.length).toBeGreaterThan(400_000);
    const phrases = Array.from({ length: 4500 }, () => wordsOf(8, 1)).join(' | ');
    const rare = segmentOf(0, [textsOf(0, 0, [phrases]), textsOf(1, 1, [wordsOf(700_000, 2)])]);
    expect(rare.repeats).toMatchObject({ limit: 8192, text: new Int32Array(0) });
  });

  test('knows the first place of some suffixes, and the first of another owner', () => {
    const { repeats } = repeating;
    const { suffixes, regions } = repeats;
    const random = randomFrom(3);
    const starts = Array.from({ length: regions.length / 3 }, (_, i) => regions[3 * i] ?? 0);
    const found = (position: number): readonly [place: number, owner: number] => {
      const region = 3 * starts.findLastIndex((start) => start <= position);
      return [(regions[region + 1] ?? 0) + position - (regions[region] ?? 0), regions[region + 2] ?? 0];
    };
    const least = (places: readonly number[]): number => Math.min(Number.POSITIVE_INFINITY, ...places);
    for (const most of [3, 130, 5000, suffixes.length])
      for (let i = 0; i < 40; i++) {
        const from = random(suffixes.length);
        const range = { from, to: Math.min(suffixes.length, from + 1 + random(most)) };
        const all = [...suffixes.subarray(range.from, range.to)].map(found);
        expect(firstPlace(repeats, range)).toBe(least(all.map(([place]) => place)));
        for (const owner of [-2, 0, 1, 2])
          expect(firstPlaceOfOthers(repeats, range, owner)).toBe(
            least(all.flatMap(([place, its]) => (its === owner ? [] : [place]))),
          );
      }
  });

  test('is in its file', () => {
    const path = join(freshFolder(), 'segment');
    const { segment } = writeSegment(path, repeating);
    expect(unwrap(readSegment(path)).segment.repeats).toEqual(segment.repeats);
  });

  test('is left out if there is no memory to make it, which changes no answer', () => {
    const built = (limit: number): Segment => {
      const builder = new SegmentBuilder(0, KEY, 1 << 12, Number.POSITIVE_INFINITY, 20);
      for (const each of contributions) unwrap(builder.add(each));
      return builder.finish(limit);
    };
    expect(built(Number.POSITIVE_INFINITY)).toEqual(repeating);
    const without = built(1_000_000);
    expect(without.repeats).toMatchObject({ limit: NO_LIMIT, text: new Int32Array(0) });
    const { firsts, others } = answersOf([repeating], output, 14);
    expect(answersOf([without], output, 14)).toMatchObject({ firsts, others });
  });
});

describe('the work of an answer', () => {
  /** Each begins or ends with the number of its pair, and what stands between is the same everywhere. */
  const opening = (i: number): string => `o${i} ${wordsOf(9, 1)}`;
  const closing = (i: number): string => `${wordsOf(9, 2)} c${i}`;
  const pairs = (times: number): readonly Texts[] => {
    const text = Array.from({ length: times }, (_, i) => `${opening(i % 2)} ${closing(i % 2)}`).join(' ');
    return [textsOf(0, 0, [text]), textsOf(1, 1, [text])];
  };
  const looksAt = (contributions: readonly Texts[], output: string): number => {
    const holders = new Holders(KEY, [segmentOf(0, contributions, KEY, 1000)], ALL, Number.POSITIVE_INFINITY);
    const texts = { output: tokensOf(output), prompt: tokensOf('') };
    trace(holders, infoTable(), texts, { ...DEFAULT_PARAMETERS, matchBitsMin: 440 });
    return holders.looks;
  };

  test('does not grow with texts in which all runs of the answer are common, and the answer is not', () => {
    const output = `${opening(0)} ${closing(1)} ${opening(1)} ${closing(0)} `.repeat(12);
    const few = looksAt(pairs(5_000), output);
    const many = looksAt(pairs(40_000), output);
    expect(few).toBeGreaterThan(0);
    expect(many).toBeLessThan(1.5 * few);
  });

  test('does not grow with texts of permuted blocks', () => {
    const blocks = (contributions: number): readonly Texts[] => permuted(4, contributions, 500);
    const output = Array.from({ length: 60 }, (_, i) => wordsOf(8, (i * i + 3 * i) % 4)).join(' ');
    const few = looksAt(blocks(100), output);
    const many = looksAt(blocks(800), output);
    expect(few).toBeGreaterThan(0);
    expect(many).toBeLessThan(1.5 * few);
  });

  test('does not grow with texts of permuted blocks of which the first are void, or beyond the pin', () => {
    const blocks = (contributions: number): readonly Texts[] => permuted(4, contributions, 500);
    const output = Array.from({ length: 60 }, (_, i) => wordsOf(8, (i * i + 3 * i) % 4)).join(' ');
    const looks = (contributions: number, scopeOf: (half: number) => Scope): number => {
      const half = contributions / 2;
      // The second half was accepted before the first.
      const texts = blocks(contributions).map((each, i) => ({ ...each, index: (i + half) % contributions }));
      const infinite = Number.POSITIVE_INFINITY;
      return answersOf([segmentOf(0, texts, KEY, 1000)], output, 30, infinite, scopeOf(half)).looks;
    };
    const scopes: readonly ((half: number) => Scope)[] = [
      (half) => ({ ...ALL, voided: new Set(Array.from({ length: half }, (_, i) => i)) }),
      (half) => ({ datanets: new Map([[0, half]]) }),
    ];
    for (const scopeOf of scopes) {
      const few = looks(100, scopeOf);
      expect(few).toBeGreaterThan(0);
      expect(looks(800, scopeOf)).toBeLessThan(1.5 * few);
    }
  });

  test('does not grow with texts that repeat themselves beside commons, nor with the number of those', () => {
    const random = randomFrom(7);
    const text = (tokens: number): string =>
      Array.from({ length: tokens }, () => `word${random(4)}`).join(' ');
    const looks = (commons: number, others: number): number => {
      const held = Array.from({ length: commons }, (_, i) => textsOf(i, COMMONS, [text(4_000 / commons)]));
      const more = Array.from({ length: others }, (_, i) => textsOf(commons + i, i, [text(4_000)]));
      const segments = [segmentOf(0, [...held, ...more], KEY, 20)];
      const scope = { ...ALL, commonsFirst: true };
      const holders = new Holders(KEY, segments, scope, Number.POSITIVE_INFINITY);
      const output = tokensOf(text(600));
      holders.firsts(holders.prepare(output), windowsOf(output.count, 20));
      return holders.looks;
    };
    const few = looks(1, 100);
    expect(few).toBeGreaterThan(0);
    expect(looks(1, 400)).toBeLessThan(1.5 * few);
    expect(looks(16, 400)).toBeLessThan(1.5 * few);
  });
});
