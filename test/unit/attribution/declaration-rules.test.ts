import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CopiedRun,
  checkDeclaration,
  type Declaration,
  derivePassages,
  type ItemShape,
} from '../../../state/attribution/declaration.ts';
import { PASSAGES_MAX, PassagesType } from '../../../state/attribution/passages.ts';
import { passagesRoot } from '../../../state/attribution/passages-root.ts';

const SEQ = 9;
const COPY_MIN = 16;

const shape = (tokens: number, promptTokens = 0): ItemShape => ({ tokens, promptTokens });
const run = (item: number, start: number, end: number, change: Partial<CopiedRun> = {}): CopiedRun => ({
  item,
  start,
  end,
  contribution: 3,
  sourceItem: 0,
  sourcePos: 0,
  ...change,
});
const novel = (item: number, start: number, end: number) => ({ item, start, end });

const codeOf = (change: Partial<Declaration>, tokens = 200n): string => {
  const declaration = { shapes: [shape(100, 10), shape(100)], copied: [], novelRuns: [], ...change };
  return checkDeclaration(declaration, { contribution: SEQ, tokens, copyMin: COPY_MIN })?.code ?? 'ok';
};

describe('a declaration', () => {
  test('gives every item a length, and a prompt part that fits, and no more tokens than there are', () => {
    expect(codeOf({})).toBe('ok');
    expect(codeOf({ shapes: [shape(100, 100), shape(100, 0)] })).toBe('ok');
    expect(codeOf({ shapes: [shape(65_536)] }, 65_536n)).toBe('ok');
    const bad: readonly (readonly [readonly ItemShape[], bigint])[] = [
      [[shape(0), shape(200)], 200n],
      [[shape(65_537)], 65_537n],
      [[shape(100, 101), shape(100)], 200n],
      [[shape(100), shape(100)], 199n],
      [[shape(100), shape(100)], 201n],
      [[], 200n],
      [Array.from({ length: 70_000 }, () => shape(65_536)), 0n],
    ];
    for (const [shapes, tokens] of bad) expect(codeOf({ shapes }, tokens)).toBe('CONTRIBUTION_SHAPES');
  });

  test('names novel runs in order, within their items and apart', () => {
    expect(codeOf({ novelRuns: [novel(0, 0, 50), novel(0, 50, 100), novel(1, 0, 100)] })).toBe('ok');
    for (const novelRuns of [
      [novel(0, 5, 5)],
      [novel(0, 9, 5)],
      [novel(0, 0, 101)],
      [novel(2, 0, 10)],
      [novel(0, 0, 10), novel(0, 9, 20)],
      [novel(0, 0, 10), novel(0, 0, 10)],
      [novel(1, 0, 10), novel(0, 0, 10)],
      [novel(0, 0, 0xffff_ffff)],
    ])
      expect(codeOf({ novelRuns })).toBe('CONTRIBUTION_NOVEL_RUNS');
  });

  test('names copied runs of copyMin, each reaching further, none idle, all from before', () => {
    for (const copied of [
      [run(0, 0, 16)],
      [run(0, 0, 30), run(0, 20, 50), run(0, 30, 60), run(1, 0, 100)],
      [run(1, 0, 100, { contribution: SEQ, sourceItem: 0 })],
      [run(0, 0, 100, { contribution: 1, sourceItem: 70_000, sourcePos: 65_436 })],
    ])
      expect(codeOf({ copied })).toBe('ok');
    for (const copied of [
      [run(0, 0, 15)],
      [run(0, 90, 101)],
      [run(0, 90, 106)],
      [run(0, 30, 14)],
      [run(2, 0, 16)],
      [run(0, 0, 0xffff_ffff)],
      // No earlier source: a later contribution, the item itself, a later item.
      [run(0, 0, 16, { contribution: SEQ + 1 })],
      [run(0, 40, 60, { contribution: SEQ, sourceItem: 0 })],
      [run(0, 0, 16, { contribution: SEQ, sourceItem: 1 })],
      // Past the end of the longest item there can be, and of the one it names.
      [run(0, 0, 16, { sourcePos: 65_521 })],
      [run(1, 0, 16, { contribution: SEQ, sourceItem: 0, sourcePos: 85 })],
      // Out of order, or no further than the one before.
      [run(1, 0, 16), run(0, 0, 16)],
      [run(0, 0, 30), run(0, 0, 40)],
      [run(0, 0, 30), run(0, 5, 30)],
      [run(0, 5, 30), run(0, 0, 40)],
      // The third makes the second idle.
      [run(0, 0, 30), run(0, 10, 40), run(0, 29, 60)],
    ])
      expect(codeOf({ copied })).toBe('CONTRIBUTION_COPIED');
  });
});

/** Runs of an item in the form that a declaration asks for, from gaps and lengths. */
const copiedOf = (item: number, tokens: number, seeds: readonly number[]): CopiedRun[] => {
  const runs: CopiedRun[] = [];
  for (const seed of seeds) {
    const before = runs.at(-1);
    const first = runs.at(-2);
    const least = Math.max(before === undefined ? 0 : before.start + 1, first?.end ?? 0);
    const start = least + (seed % 23);
    const end = Math.max(start + COPY_MIN, (before?.end ?? 0) + 1) + (seed % 7);
    if (end > tokens) break;
    runs.push(run(item, start, end, { sourcePos: seed % 1000 }));
  }
  return runs;
};

const declared: fc.Arbitrary<Pick<Declaration, 'shapes' | 'copied'>> = fc
  .array(
    fc.record({
      tokens: fc.integer({ min: 1, max: 200 }),
      prompt: fc.nat(100),
      seeds: fc.array(fc.nat(10_000), { maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((items) => ({
    shapes: items.map(({ tokens, prompt }) => shape(tokens, Math.min(tokens, prompt))),
    copied: items.flatMap(({ tokens, seeds }, item) => copiedOf(item, tokens, seeds)),
  }));

describe('passages', () => {
  test('say of every position what it is, count the data before them, and stand in order', () => {
    fc.assert(
      fc.property(declared, ({ shapes, copied }) => {
        const tokens = shapes.reduce((sum, item) => sum + item.tokens, 0);
        const fault = checkDeclaration(
          { shapes, copied, novelRuns: [] },
          { contribution: SEQ, tokens: BigInt(tokens), copyMin: COPY_MIN },
        );
        expect(fault).toBeUndefined();
        const { passages, dataTokens } = derivePassages({ shapes, copied });
        let data = 0;
        const types = shapes.map((item) => Array.from({ length: item.tokens }, () => ''));
        for (const [i, { item, start, end, before, type }] of passages.entries()) {
          expect(before).toBe(data);
          expect(end).toBeGreaterThan(start);
          if (type === 'data') data += end - start;
          for (let at = start; at < end; at++) {
            const own = types[item];
            if (own === undefined) throw new Error('a passage of an item that is none');
            if (own[at] !== '') expect([type, own[at]]).toEqual(['copied', 'copied']);
            own[at] = type;
          }
          const previous = passages[i - 1];
          if (previous?.item === item) {
            expect(start).toBeGreaterThan(previous.start);
            expect(end).toBeGreaterThan(previous.end);
          } else if (previous !== undefined) expect(item).toBe(previous.item + 1);
        }
        expect(dataTokens).toBe(data);
        const expected = shapes.map(({ tokens: count, promptTokens }, item) =>
          Array.from({ length: count }, (_, at) => {
            if (copied.some((each) => each.item === item && each.start <= at && at < each.end))
              return 'copied';
            return at < promptTokens ? 'prompt' : 'data';
          }),
        );
        expect(types).toEqual(expected);
        expect(passages.filter(({ type }) => type === 'copied')).toMatchObject(copied);
      }),
      { numRuns: 500 },
    );
  });

  test('have the root of their SSZ list, however many they are', () => {
    const passages = derivePassages({
      shapes: Array.from({ length: 700 }, (_, i) => shape(9 + i, i % 9)),
      copied: [run(3, 1, 20)],
    });
    fc.assert(
      fc.property(fc.nat(passages.passages.length), (count) => {
        const some = passages.passages.slice(0, count);
        expect(passagesRoot(some)).toEqual(PassagesType.root(some));
      }),
      { numRuns: 30, examples: [[0], [1], [2], [3], [1024]] },
    );
  });

  test('are never more than their tree has room for, by what a transaction can hold', () => {
    const items = 16_384;
    const shapes = Array.from({ length: items }, () => shape(60, 5));
    const copied = shapes.map((_, item) => run(item, 10, 30));
    expect(8 * items + 24 * copied.length).toBeGreaterThan(256 * 1024);
    expect(derivePassages({ shapes, copied }).passages.length).toBeLessThan(PASSAGES_MAX);
  });
});
