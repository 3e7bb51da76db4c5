import { describe, expect, test } from 'vitest';
import { proveNoItem } from '../../../../src/attribution/evidence/chunks.ts';
import type { Opening } from '../../../../state/attribution/openings.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { checkAnswer, demandedOf } from '../../../../state/attribution/witness/demand.ts';
import type { ClaimSubject } from '../../../../state/attribution/witness/subject.ts';
import type { Demand } from '../../../../state/attribution/witness/types.ts';
import { contributionOf, rules, spoiltText, table, textOf, wordsOf } from './texts.ts';

const output = textOf(wordsOf(140), OUTPUT_TOKENS_MAX);
const prompt = textOf(wordsOf(6000), PROMPT_TOKENS_MAX);
const contribution = contributionOf([wordsOf(700), wordsOf(64)]);
const source = { contribution: 4, root: contribution.root, items: 2, passages: undefined };

/** Claims a match with tokens 130 to 200 of item 0: chunks 2 and 3. */
const subject: ClaimSubject = {
  claim: {
    x: [],
    matches: [{ start: 0, end: 70, contribution: 4, item: 0, pos: 130 }],
    shared: [],
    info: [],
  },
  output: output.committed,
  prompt: prompt.committed,
  matchBitsMin: 96,
  parameters: { matchTokensMin: 8, matchTokensMax: 256, promptMin: 8 },
  rules,
  table,
  source: (contribution) => (contribution === 4 ? source : undefined),
  commons: new Set(),
  brought: () => undefined,
  relevance: undefined,
  calibration: undefined,
};

const demandOf = (text: Demand['text'], first: number, count: number, of: Partial<Demand> = {}): Demand => ({
  text,
  contribution: text === 'source' ? 4 : 0,
  item: 0,
  first,
  count,
  ...of,
});

const codeOf = (demand: Demand, of = subject): string => {
  const demanded = demandedOf(of, demand);
  return demanded.ok ? 'ok' : demanded.fault.code;
};

/** Whether the opening answers the demand. */
const answered = (demand: Demand, opening: Opening, of = subject): string => {
  const demanded = demandedOf(of, demand);
  if (!demanded.ok) return expect.fail(demanded.fault.message);
  const checked = checkAnswer(demanded.value, opening);
  return checked.ok ? 'ok' : checked.fault.code;
};

describe('a demand', () => {
  test('is for all of the output', () => {
    expect(codeOf(demandOf('output', 0, 3))).toBe('ok');
    for (const [first, count] of [
      [0, 2],
      [0, 4],
      [1, 2],
    ] as const)
      expect(codeOf(demandOf('output', first, count))).toBe('WITNESS_DEMAND');
  });

  test('is for up to 64 chunks that the prompt has', () => {
    for (const [first, count] of [
      [0, 64],
      [30, 64],
      [93, 1],
    ] as const)
      expect(codeOf(demandOf('prompt', first, count))).toBe('ok');
    for (const [first, count] of [
      [0, 65],
      [31, 64],
      [94, 1],
      [0, 0],
      [2 ** 32 - 1, 1],
    ] as const)
      expect(codeOf(demandOf('prompt', first, count))).toBe('WITNESS_DEMAND');
    expect(codeOf(demandOf('prompt', 0, 1, { contribution: 4 }))).toBe('WITNESS_DEMAND');
  });

  test('is for chunks of a cited item among which is one that is cited', () => {
    for (const [first, count] of [
      [2, 1],
      [3, 1],
      [0, 3],
      [3, 64],
    ] as const)
      expect(codeOf(demandOf('source', first, count))).toBe('ok');
    for (const [first, count] of [
      [0, 2],
      [4, 1],
      [4, 64],
    ] as const)
      expect(codeOf(demandOf('source', first, count))).toBe('WITNESS_DEMAND');
    expect(codeOf(demandOf('source', 2, 1, { item: 1 }))).toBe('WITNESS_DEMAND');
    expect(codeOf(demandOf('source', 2, 1, { contribution: 5 }))).toBe('WITNESS_DEMAND');
  });

  test('of a calibration’s stretch is for the chunks of its item', () => {
    const stretch = (from: number, tokens: number) =>
      ({ type: 'stretch', contribution: source, item: 0, from, tokens }) as const;
    const drawn = { ...subject, output: stretch(100, 256), prompt: stretch(0, 100) };
    expect(codeOf(demandOf('output', 1, 5), drawn)).toBe('ok');
    expect(codeOf(demandOf('output', 0, 6), drawn)).toBe('WITNESS_DEMAND');
    expect(codeOf(demandOf('prompt', 0, 2), drawn)).toBe('ok');
    expect(codeOf(demandOf('prompt', 2, 1), drawn)).toBe('WITNESS_DEMAND');
    expect(answered(demandOf('output', 1, 5), contribution.item(0).openChunks(1, 5), drawn)).toBe('ok');
    const without = { ...drawn, prompt: stretch(0, 0) };
    expect(codeOf(demandOf('prompt', 0, 1), without)).toBe('WITNESS_DEMAND');
  });
});

describe('an answer', () => {
  test('opens just the chunks that were demanded, of the text that was', () => {
    const demand = demandOf('prompt', 5, 3);
    expect(answered(demand, prompt.openChunks(5, 3))).toBe('ok');
    expect(answered(demand, prompt.openChunks(5, 2))).toBe('WITNESS_ANSWER');
    expect(answered(demand, prompt.openChunks(4, 3))).toBe('WITNESS_ANSWER');
    expect(answered(demand, prompt.openChunks(5, 4))).toBe('WITNESS_ANSWER');
    expect(answered(demand, prompt.openChunks(0, 0))).toBe('WITNESS_ANSWER');
    expect(answered(demandOf('output', 0, 3), prompt.openChunks(0, 3))).toBe('WITNESS_ROOT');
    expect(answered(demandOf('output', 0, 3), contribution.item(0).openChunks(0, 3))).toBe('WITNESS_OPENING');
    expect(answered(demandOf('source', 2, 1), contribution.item(1).openChunks(0, 1))).toBe('WITNESS_OPENING');
  });

  test('past the end of an item opens what there is, and so shows that there is no more', () => {
    const demand = demandOf('source', 3, 64);
    expect(answered(demand, contribution.item(0).openChunks(3, 8))).toBe('ok');
    expect(answered(demand, contribution.item(0).openChunks(3, 7))).toBe('WITNESS_ANSWER');
    const beyond = {
      ...subject,
      claim: { ...subject.claim, matches: [{ start: 0, end: 70, contribution: 4, item: 0, pos: 9000 }] },
    };
    expect(answered(demandOf('source', 141, 1), contribution.item(0).openChunks(0, 0), beyond)).toBe('ok');
    expect(answered(demandOf('source', 141, 1), contribution.item(0).openChunks(0, 1), beyond)).toBe(
      'WITNESS_ANSWER',
    );
    const absent = {
      ...subject,
      claim: { ...subject.claim, matches: [{ start: 0, end: 70, contribution: 4, item: 2, pos: 130 }] },
    };
    expect(answered(demandOf('source', 2, 1, { item: 2 }), proveNoItem(contribution, 2), absent)).toBe('ok');
  });

  test('may show a malformed text as it is', () => {
    const evil = spoiltText(wordsOf(140), OUTPUT_TOKENS_MAX, (chunks) => ({
      chunks: chunks.map((chunk) => ({ ...chunk, tokens: new Uint8Array(3) })),
    }));
    const of = { ...subject, output: { ...subject.output, root: evil.root } as ClaimSubject['output'] };
    expect(answered(demandOf('output', 0, 3), evil.openChunks(0, 3), of)).toBe('ok');
  });
});
