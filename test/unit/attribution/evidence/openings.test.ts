import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proveNoItem, proveOpened, type TextEvidence } from '../../../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../../../src/attribution/evidence/declared.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { outputRoot, promptRoot, TextChunkType } from '../../../../state/attribution/commitment.ts';
import { layOutItem, layOutText } from '../../../../state/attribution/malformed.ts';
import { foldRange, mixInLength, numberLeaf, pairRoot } from '../../../../state/attribution/merkle-range.ts';
import { type NovelRun, NovelRunsType } from '../../../../state/attribution/novel-runs.ts';
import {
  isAbsent,
  type Opening,
  OpeningType,
  openItem,
  openNovelRun,
  openPassages,
  openText,
} from '../../../../state/attribution/openings.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { type Passage, PassagesType } from '../../../../state/attribution/passages.ts';
import { tokenAt } from '../../../../state/attribution/tokens.ts';
import { saltedOf, tokensOf } from '../support.ts';
import { bitsOf, contributionOf, saltOf, TEXT_SALT, textOf, wordsOf } from './texts.ts';

const opens = (opening: Opening, root: Root, tokensMax = OUTPUT_TOKENS_MAX): boolean =>
  opening.type === 'text' ? openText(opening.value, root, tokensMax).ok : openItem(opening.value, root).ok;

/** Whether exactly the tokens of the chunks that [start, end) touches can be read, and are those of the text. */
const readsBack = (
  evidence: TextEvidence,
  text: string,
  start: number,
  end: number,
  tokensMax: number,
): boolean => {
  const tokens = tokensOf(text);
  const opening = evidence.open(start, end);
  const stretch = unwrap(
    opening.type === 'text'
      ? layOutText(unwrap(openText(opening.value, evidence.root, tokensMax)), tokensMax)
      : layOutItem(unwrap(openItem(opening.value, evidence.root))),
  );
  const first = Math.floor(start / 64) * 64;
  const past = start < end ? Math.ceil(end / 64) * 64 : first;
  for (let i = 0; i < tokens.count + 70; i++) {
    const expected = i >= first && i < past && i < tokens.count ? tokenAt(tokens, i) : undefined;
    const actual = stretch.token(i);
    if (
      actual === undefined
        ? expected !== undefined
        : Buffer.compare(actual, expected ?? new Uint8Array()) !== 0
    )
      return false;
  }
  return stretch.tokens === tokens.count;
};

const stretches = fc
  .record({ count: fc.integer({ min: 0, max: 330 }), a: fc.nat(400), b: fc.nat(400) })
  .map(({ count, a, b }) => {
    const [start, end] = [a % (count + 1), b % (count + 1)].sort((x, y) => x - y);
    return { text: wordsOf(count), start: start ?? 0, end: end ?? 0 };
  });

describe('an opening', () => {
  test('is of the root that the commitment has', () => {
    for (const count of [0, 1, 63, 64, 65, 200]) {
      const text = saltedOf(wordsOf(count), TEXT_SALT);
      const info = bitsOf(wordsOf(count));
      expect(textOf(wordsOf(count), OUTPUT_TOKENS_MAX).root).toEqual(unwrap(outputRoot(text, info)));
      expect(textOf(wordsOf(count), PROMPT_TOKENS_MAX).root).toEqual(unwrap(promptRoot(text, info)));
    }
  });

  test('of an output or a prompt gives the tokens of the chunks opened, and no others', () => {
    fc.assert(
      fc.property(stretches, fc.constantFrom(OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX), (given, tokensMax) => {
        const { text, start, end } = given;
        expect(readsBack(textOf(text, tokensMax), text, start, end, tokensMax)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('of an item gives the tokens of the chunks opened, and no others', () => {
    fc.assert(
      fc.property(stretches, fc.nat(2), ({ text, start, end }, item) => {
        const texts = [wordsOf(5), wordsOf(70, 'other'), ''].with(item, text);
        expect(readsBack(contributionOf(texts).item(item), text, start, end, 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('with any byte changed is of no root, or of another text', () => {
    const output = textOf(wordsOf(150), OUTPUT_TOKENS_MAX);
    const item = contributionOf([wordsOf(150), wordsOf(3, 'x')], 2).item(0);
    for (const [evidence, opening] of [
      [output, output.open(70, 75)],
      [item, item.open(70, 75)],
    ] as const) {
      const encoded = OpeningType.encode(opening);
      let decoded = 0;
      for (let at = 0; at < encoded.length; at++) {
        const changed = OpeningType.decode(encoded.with(at, (encoded[at] ?? 0) ^ (1 << (at % 8))));
        if (!changed.ok) continue;
        decoded += 1;
        expect(opens(changed.value, evidence.root)).toBe(false);
      }
      expect(decoded).toBeGreaterThan(encoded.length / 2);
      expect(opens(opening, evidence.root)).toBe(true);
    }
  });

  test('shows nothing past the length of a list, whatever stands in its tree', () => {
    const both = textOf(wordsOf(128), OUTPUT_TOKENS_MAX);
    const opening = both.openChunks(1, 1);
    if (opening.type !== 'text') return expect.fail('a text is opened');
    const { value } = opening;
    const { tokens, information, bytes, chunks, first, branch } = value;
    const elements = unwrap(
      foldRange(
        chunks.map((chunk) => TextChunkType.root(chunk)),
        first,
        6,
        branch,
      ),
    );
    // The same tree of chunks, of which the list is said to have one only.
    const rootWith = (count: number): Root =>
      pairRoot(
        pairRoot(mixInLength(elements, count), numberLeaf(tokens)),
        pairRoot(numberLeaf(information), numberLeaf(bytes)),
      );
    expect(opens(opening, rootWith(2))).toBe(true);
    expect(opens({ ...opening, value: { ...value, count: 1 } }, rootWith(1))).toBe(false);
    expect(opens({ ...opening, value: { ...value, count: 3 } }, rootWith(3))).toBe(true);
  });

  test('of a prompt is not one of an output of the same words', () => {
    const prompt = textOf(wordsOf(10), PROMPT_TOKENS_MAX);
    expect(opens(prompt.open(0, 10), prompt.root, PROMPT_TOKENS_MAX)).toBe(true);
    expect(opens(prompt.open(0, 10), prompt.root, OUTPUT_TOKENS_MAX)).toBe(false);
  });

  test('shows that a contribution has no such item, and only of those past its end', () => {
    const contribution = contributionOf([wordsOf(5), wordsOf(6)]);
    const opening = proveNoItem(contribution, 2);
    if (opening.type !== 'item') return expect.fail('an item is opened');
    expect(isAbsent(unwrap(openItem(opening.value, contribution.root)))).toBe(true);
    const { value } = opening;
    expect(openItem({ ...value, item: 70_000 }, contribution.root).ok).toBe(true);
    for (const lie of [
      { item: 1 },
      { items: 1, item: 1 },
      { items: 0, item: 0 },
      { tokens: 1 },
      { count: 1 },
      { source: { ...value.source, bytes: 1 } },
      { source: { ...value.source, hash: saltOf(0) } },
    ])
      expect(openItem({ ...value, ...lie }, contribution.root)).toMatchObject({
        fault: { code: 'WITNESS_ROOT' },
      });
  });

  test('can be made of a larger one without the rest of the text', () => {
    fc.assert(
      fc.property(stretches, fc.nat(400), fc.nat(400), ({ text, start, end }, a, b) => {
        const output = textOf(text, OUTPUT_TOKENS_MAX);
        const item = contributionOf([text]).item(0);
        for (const evidence of [output, item]) {
          const known = proveOpened(evidence.open(start, end), evidence.root, OUTPUT_TOKENS_MAX);
          expect(known.root).toEqual(evidence.root);
          const from = start + (end > start ? a % (end - start) : 0);
          const to = Math.min(end, from + (b % 70));
          expect(known.open(from, to)).toEqual(evidence.open(from, to));
        }
      }),
      { numRuns: 60 },
    );
  });
});

const passage = (item: number, start: number, end: number, type: Passage['type'] = 'data'): Passage => ({
  item,
  start,
  end,
  before: 0,
  type,
  contribution: 0,
  sourceItem: 0,
  sourcePos: 0,
});

describe('an opening of what a contribution declared', () => {
  const passages = [
    passage(0, 0, 10, 'prompt'),
    passage(0, 10, 40),
    passage(0, 40, 60, 'copied'),
    passage(0, 50, 70, 'copied'),
    passage(0, 70, 71),
    passage(2, 0, 30, 'copied'),
    passage(2, 30, 90),
  ];
  const evidence = provePassages(passages);

  test('is of the root of its passages, whichever are opened', () => {
    expect(evidence.root).toEqual(PassagesType.root(passages));
    for (let first = 0; first <= passages.length; first++)
      for (let count = 0; first + count <= passages.length; count++) {
        const opening = evidence.open(first, count);
        expect(unwrap(openPassages(opening, evidence.root)).passages).toEqual(
          passages.slice(first, first + count),
        );
        if (count === 0) continue;
        for (const lie of [{ first: first + 1 }, { count: 8 }, { passages: opening.passages.slice(1) }])
          expect(openPassages({ ...opening, ...lie }, evidence.root).ok).toBe(false);
      }
  });

  test('finds the passages over a stretch', () => {
    const over = (item: number, start: number, end: number): readonly Passage[] =>
      evidence.over(item, start, end).passages;
    expect(over(0, 0, 71)).toEqual(passages.slice(0, 5));
    expect(over(0, 9, 10)).toEqual(passages.slice(0, 1));
    expect(over(0, 10, 40)).toEqual(passages.slice(1, 2));
    expect(over(0, 55, 56)).toEqual(passages.slice(2, 4));
    expect(over(0, 60, 61)).toEqual(passages.slice(3, 4));
    expect(over(2, 0, 90)).toEqual(passages.slice(5));
    expect(over(1, 0, 90)).toEqual([]);
    expect(over(2, 90, 95)).toEqual([]);
  });

  test('is of the root of its novel runs', () => {
    const runs: NovelRun[] = Array.from({ length: 5 }, (_, i) => ({ item: i, start: 0, end: 7 + i }));
    const proof = proveNovelRuns(runs);
    expect(proof.root).toEqual(NovelRunsType.root(runs));
    for (let i = 0; i < runs.length; i++) {
      const opening = proof.open(i);
      expect(unwrap(openNovelRun(opening, proof.root)).run).toEqual(runs[i]);
      for (const lie of [{ index: i + 1 }, { count: 6 }, { run: { item: i, start: 0, end: 9999 } }])
        expect(openNovelRun({ ...opening, ...lie }, proof.root).ok).toBe(false);
    }
  });
});
