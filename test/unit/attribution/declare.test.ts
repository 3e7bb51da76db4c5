/** Declarations of true texts, held against brute force over all earlier items; and false ones, which are found. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declare, type FullDeclaration } from '../../../src/attribution/declaration.ts';
import { declarationFault, type ItemTokens } from '../../../src/attribution/declaration-check.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { checkDeclaration, derivePassages } from '../../../state/attribution/declaration.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { RULES_DEFAULT, type RulesVersion } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { oracleNovel, oracleTokens } from '../../oracle/oracle.ts';
import { textCase } from './cases.ts';
import { tokensOf } from './support.ts';

const COPY_MIN = 5;
const FIRST_SEQ = 4;

type Contribution = { readonly contribution: ContributionId; readonly items: readonly string[] };

const declaredItem = (text: string, i: number, version: RulesVersion) => {
  const tokens = tokensOf(text, version);
  return { tokens, promptTokens: tokens.count === 0 ? 0 : i % (tokens.count + 1) };
};

const newIndex = (imin: number, version: RulesVersion) =>
  new DatanetIndex(infoTable(), { ...DEFAULT_PARAMETERS, matchBitsMin: imin, copyMin: COPY_MIN, version });

/** By position: does it lie in COPY_MIN tokens that an earlier item holds? */
const bruteCopied = (tokens: readonly string[], earlier: readonly (readonly string[])[]): boolean[] => {
  const grams = new Set(
    earlier
      .flatMap((item) => item.map((_, i) => item.slice(i, i + COPY_MIN)).filter((g) => g.length === COPY_MIN))
      .map(String),
  );
  const copied = tokens.map(() => false);
  for (let i = 0; i + COPY_MIN <= tokens.length; i++)
    if (grams.has(String(tokens.slice(i, i + COPY_MIN)))) copied.fill(true, i, i + COPY_MIN);
  return copied;
};

const marked = (
  length: number,
  runs: readonly { readonly start: number; readonly end: number }[],
): boolean[] => {
  const marks = Array.from({ length }, () => false);
  for (const { start, end } of runs) marks.fill(true, start, end);
  return marks;
};

/** What was declared of a Datanet's contributions, in order, each held against the oracle and the chain's own check. */
const declareAll = (
  contributions: readonly Contribution[],
  imin: number,
  version: RulesVersion = RULES_DEFAULT,
): FullDeclaration[] => {
  const index = newIndex(imin, version);
  const earlier: string[][] = [];
  const sources = new Map<string, string[]>();
  return contributions.map(({ contribution, items }) => {
    const declared = declare(
      index,
      contribution,
      items.map((text, i) => declaredItem(text, i, version)),
    );
    for (const [item, text] of items.entries()) {
      const tokens = oracleTokens(text, version);
      const own = <R extends { readonly item: number }>(runs: readonly R[]) =>
        runs.filter((r) => r.item === item);
      expect(marked(tokens.length, own(declared.novelRuns))).toEqual(
        oracleNovel(tokens, earlier, imin, version),
      );
      expect(marked(tokens.length, own(declared.copied))).toEqual(bruteCopied(tokens, earlier));
      for (const { start, end, contribution: from, sourceItem, sourcePos } of own(declared.copied))
        expect(tokens.slice(start, end)).toEqual(
          sources.get(`${from}/${sourceItem}`)?.slice(sourcePos, sourcePos + end - start),
        );
      earlier.push(tokens);
      sources.set(`${contribution}/${item}`, tokens);
    }
    // The chain takes no empty items, and this rule is all that they break.
    if (declared.shapes.every(({ tokens }) => tokens > 0)) {
      const tokens = declared.shapes.reduce((sum, shape) => sum + shape.tokens, 0);
      expect(
        checkDeclaration(declared, { contribution, tokens: BigInt(tokens), copyMin: COPY_MIN }),
      ).toBeUndefined();
      expect(derivePassages(declared).passages.filter(({ type }) => type === 'copied')).toHaveLength(
        declared.copied.length,
      );
    }
    return declared;
  });
};

const contributionsOf = (corpus: readonly (readonly string[])[], last: string): Contribution[] =>
  [...corpus, [last]].map((items, i) => ({ contribution: FIRST_SEQ + 3 * i, items }));

describe('a declaration', () => {
  test('is the oracle’s and brute force’s, and one that the chain takes, on hostile texts', () => {
    fc.assert(
      fc.property(textCase(60), ({ corpus, output, imin, version }) => {
        declareAll(contributionsOf(corpus, output), imin, version);
      }),
      { numRuns: 700 },
    );
  });

  test('cites of a copy put together from two texts each of them, once', () => {
    const words = (name: string) => Array.from({ length: 20 }, (_, i) => `${name}${i}`);
    const [a, b] = [words('alpha'), words('beta')];
    const mixed = [...a.slice(3, 15), ...b.slice(1, 18), 'end'];
    const [, , declared] = declareAll(contributionsOf([[a.join(' ')], [b.join(' ')]], mixed.join(' ')), 96);
    expect(declared?.copied).toEqual([
      { item: 0, start: 0, end: 12, contribution: 4, sourceItem: 0, sourcePos: 3 },
      { item: 0, start: 12, end: 29, contribution: 7, sourceItem: 0, sourcePos: 1 },
    ]);
  });

  test('cuts long novel runs, so that a strike takes no more than a piece', () => {
    const text = Array.from({ length: 1_000 }, (_, i) => `rare${i}`).join(' ');
    const [declared] = declareAll([{ contribution: 1, items: [text] }], 96);
    expect(declared?.novelRuns).toEqual([
      { item: 0, start: 0, end: 256 },
      { item: 0, start: 256, end: 512 },
      { item: 0, start: 512, end: 768 },
      { item: 0, start: 768, end: 1_000 },
    ]);
  });
});

describe('a reviewer', () => {
  const words = (name: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${name}${from + i}`);
  const earlierText = words('old', 0, 60).join(' ');
  const ownText = [...words('new', 0, 40), ...words('old', 10, 40), ...words('new', 40, 60)].join(' ');
  const index = newIndex(96, RULES_DEFAULT);
  declare(index, 1, [{ tokens: tokensOf(earlierText), promptTokens: 0 }]);
  const items = [{ tokens: tokensOf(ownText), promptTokens: 5 }];
  const truth = declare(index, 2, items);
  const texts = new Map<string, Tokens>([
    ['1/0', tokensOf(earlierText)],
    ['2/0', tokensOf(ownText)],
  ]);
  const itemTokens: ItemTokens = (contribution, item) => texts.get(`${contribution}/${item}`);
  const codeOf = (change: Partial<FullDeclaration>) =>
    declarationFault(2, { ...truth, ...change }, truth, itemTokens)?.code ?? 'ok';
  const [copied] = truth.copied;
  if (copied === undefined) throw new Error('thirty words are copied');
  const parts = (from: number, to: number) => ({
    ...copied,
    start: copied.start + from,
    end: copied.start + to,
    sourcePos: copied.sourcePos + from,
  });

  test('finds nothing in a true declaration, in one with less novelty, or in one with the same copies in other runs', () => {
    expect(truth).toMatchObject({
      copied: [{ start: 40, end: 70, contribution: 1, sourcePos: 10 }],
      novelRuns: [
        { item: 0, start: 0, end: 40 },
        { item: 0, start: 70, end: 90 },
      ],
    });
    expect(codeOf({})).toBe('ok');
    expect(codeOf({ novelRuns: [] })).toBe('ok');
    expect(codeOf({ novelRuns: [{ item: 0, start: 3, end: 9 }] })).toBe('ok');
    expect(codeOf({ copied: [parts(0, 12), parts(8, 30)] })).toBe('ok');
  });

  test('finds each thing that is false', () => {
    expect(codeOf({ shapes: [{ tokens: 90, promptTokens: 6 }] })).toBe('DECLARATION_SHAPES');
    expect(codeOf({ shapes: [{ tokens: 89, promptTokens: 5 }] })).toBe('DECLARATION_SHAPES');
    expect(codeOf({ shapes: [] })).toBe('DECLARATION_SHAPES');
    expect(codeOf({ novelRuns: [{ item: 0, start: 0, end: 41 }] })).toBe('DECLARATION_NOVEL');
    expect(codeOf({ novelRuns: [{ item: 0, start: 69, end: 90 }] })).toBe('DECLARATION_NOVEL');
    expect(codeOf({ copied: [] })).toBe('DECLARATION_COPIED');
    expect(codeOf({ copied: [parts(0, 29)] })).toBe('DECLARATION_COPIED');
    expect(codeOf({ copied: [parts(1, 30)] })).toBe('DECLARATION_COPIED');
    expect(codeOf({ copied: [parts(0, 12), parts(13, 30)] })).toBe('DECLARATION_COPIED');
    expect(codeOf({ copied: [{ ...copied, sourcePos: 11 }] })).toBe('DECLARATION_SOURCE');
    expect(codeOf({ copied: [{ ...copied, start: 39 }] })).toBe('DECLARATION_SOURCE');
    expect(codeOf({ copied: [{ ...copied, sourceItem: 1 }] })).toBe('DECLARATION_SOURCE');
    expect(codeOf({ sketch: [...truth.sketch.slice(1), 7] })).toBe('DECLARATION_SKETCH');
  });
});
