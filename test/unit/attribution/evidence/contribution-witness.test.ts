import { describe, expect, test } from 'vitest';
import { proveNoItem, type TextEvidence } from '../../../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import { type Declaration, derivePassages } from '../../../../state/attribution/declaration.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import { judgeContribution } from '../../../../state/attribution/witness/contribution.ts';
import { judgeReceipt } from '../../../../state/attribution/witness/receipt.ts';
import type { ContributionSubject } from '../../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { bitsOf, contributionOf, rules, spoiltItem, spoiltText, table, textOf, wordsOf } from './texts.ts';

/** Tokens 50 to 80 of item 1 of contribution 6 stand in item 0 of contribution 2, and in its own item 0, from 10 on. */
const shared = wordsOf(30, 'held');
const own = contributionOf(
  [`${wordsOf(10, 'x')} ${shared}`, `${wordsOf(50, 'own')} ${shared} ${wordsOf(20, 'tail')}`],
  5,
);
const two = contributionOf([`${wordsOf(10, 'a')} ${shared} b`]);
/** And tokens 90 to 100 and 6 more in an output, from 3 on. */
const outputText = `the cat sat ${wordsOf(20, 'tail')} ${wordsOf(5, 'z')}`;
const output = textOf(outputText, OUTPUT_TOKENS_MAX);
const batch = sha256();

const declaration: Declaration = {
  shapes: [
    { tokens: 40, promptTokens: 5 },
    { tokens: 100, promptTokens: 5 },
  ],
  copied: [{ item: 1, start: 50, end: 70, contribution: 2, sourceItem: 0, sourcePos: 10 }],
  novelRuns: [
    { item: 0, start: 0, end: 40 },
    { item: 1, start: 0, end: 51 },
    { item: 1, start: 80, end: 100 },
  ],
};

const worldOf = (declared: Declaration) => ({
  passages: provePassages(derivePassages(declared).passages),
  runs: proveNovelRuns(declared.novelRuns),
});
type Declared = ReturnType<typeof worldOf>;
const world = worldOf(declaration);

const subjectOf = (
  { passages, runs }: Declared,
  change: Partial<ContributionSubject>,
): ContributionSubject => ({
  contribution: 6,
  root: own.root,
  items: own.items,
  passages: { root: passages.root, struck: new Set() },
  novelRuns: { root: runs.root, struck: new Set() },
  parameters: { matchTokensMin: 8, matchTokensMax: 256, matchBitsMin: 96, copyMin: 16 },
  rules,
  table,
  earlier: (contribution) =>
    contribution === 2 || contribution === 8 ? { contribution, root: two.root, items: two.items } : undefined,
  cited: (contribution) =>
    contribution === 2 ? { contribution, root: two.root, items: two.items } : undefined,
  output: (id, index) => (Buffer.compare(id, batch) === 0 && index === 4 ? output.committed : undefined),
  ...change,
});

const judged = (witness: Witness, change: Partial<ContributionSubject> = {}, declared = world): string => {
  const verdict = judgeContribution(subjectOf(declared, change), witness);
  if (!verdict.ok) return verdict.fault.code;
  const { value } = verdict;
  if (value.type === 'novelRun')
    return `run ${value.index} of ${value.tokens} ${value.reason} ${value.source}`;
  return value.type === 'passage'
    ? `passage ${value.index} ${value.source}`
    : `${value.type} ${value.reason}`;
};

type Held = {
  start?: number;
  end?: number;
  contribution?: ContributionId;
  item?: number;
  pos?: number;
  own?: never;
  source?: never;
};

/** Tokens of item 1, by default all that are shared, in contribution 2. */
const held = ({ start = 50, end = 80, contribution = 2, item = 0, pos = 10 + start - 50 }: Held = {}) => ({
  start,
  end,
  own: own.item(1).open(start, end),
  contribution,
  item,
  pos,
  source: (contribution === 6 ? own : two).item(item).open(pos, pos + end - start),
});

const overlap = (run: number, of: Held = {}, change: object = {}): Witness => ({
  type: 'overlap',
  value: { run: world.runs.open(run), ...held(of), ...change },
});

describe('a novel run', () => {
  test('is refuted by a match with an earlier item that holds one of its tokens', () => {
    expect(judged(overlap(1))).toBe('run 1 of 51 OVERLAP 2');
    expect(judged(overlap(1, { contribution: 6 }))).toBe('run 1 of 51 OVERLAP 6');
  });

  test('stands where the match is beside it, or of another item', () => {
    expect(judged(overlap(2))).toBe('WITNESS_WINDOW');
    expect(judged(overlap(1, { start: 51 }))).toBe('WITNESS_WINDOW');
    expect(judged(overlap(0, { start: 39, end: 69, pos: 0 }))).toBe('WITNESS_OPENING');
  });

  test('is not refuted by fewer tokens, or less information, than a match has', () => {
    const least = (matchBitsMin: number, matchTokensMax = 256) => ({
      parameters: { matchTokensMin: 8, matchTokensMax, matchBitsMin, copyMin: 16 },
    });
    expect(judged(overlap(1, { end: 58 }), least(0))).toBe('run 1 of 51 OVERLAP 2');
    expect(judged(overlap(1, { end: 57 }), least(0))).toBe('WITNESS_WINDOW');
    expect(judged(overlap(1, { end: 58 }), least(0, 8))).toBe('run 1 of 51 OVERLAP 2');
    expect(judged(overlap(1, { end: 59 }), least(0, 8))).toBe('WITNESS_WINDOW');
    const information = bitsOf(shared).reduce((sum, bits) => sum + bits, 0);
    const whole = Math.floor(information / 256);
    expect(judged(overlap(1), least(whole))).toBe('run 1 of 51 OVERLAP 2');
    expect(judged(overlap(1), least(whole + 1))).toBe('WITNESS_INFORMATION');
  });

  test('is refuted with the tokens before the match, which decide about its information', () => {
    // Tokens 60 to 64 of the own item stand again at the start of its second chunk, and in contribution 2.
    const words = `${wordsOf(4, 'rep')} ${wordsOf(12, 'new')}`;
    const text = `${wordsOf(60, 'own')} ${wordsOf(4, 'rep')} ${words} ${wordsOf(30, 'tail')}`;
    const repeating = contributionOf([text]);
    const source = contributionOf([words]);
    const declared = worldOf({
      shapes: [{ tokens: 110, promptTokens: 0 }],
      copied: [],
      novelRuns: [{ item: 0, start: 64, end: 80 }],
    });
    const witness = (opened: number): Witness => ({
      type: 'overlap',
      value: {
        run: declared.runs.open(0),
        start: 64,
        end: 80,
        own: repeating.item(0).open(opened, 80),
        contribution: 2,
        item: 0,
        pos: 0,
        source: source.item(0).open(0, 16),
      },
    });
    const whole = Math.floor(
      bitsOf(text)
        .subarray(64, 80)
        .reduce((sum, bits) => sum + bits, 0) / 256,
    );
    const of = (opened: number, matchBitsMin: number): string =>
      judged(
        witness(opened),
        {
          root: repeating.root,
          items: 1,
          earlier: () => ({ contribution: 2, root: source.root, items: 1 }),
          parameters: { matchTokensMin: 8, matchTokensMax: 256, matchBitsMin, copyMin: 16 },
        },
        declared,
      );
    expect(of(57, whole)).toBe('run 0 of 16 OVERLAP 2');
    expect(of(57, whole + 1)).toBe('WITNESS_INFORMATION');
    expect(of(64, whole)).toBe('WITNESS_NOT_OPENED');
    expect(of(64, whole + 1)).toBe('WITNESS_NOT_OPENED');
  });

  test('is refuted by an earlier item only', () => {
    expect(judged(overlap(1, { contribution: 6, item: 1, pos: 50 }))).toBe('WITNESS_INELIGIBLE');
    expect(judged(overlap(1, { contribution: 8 }))).toBe('WITNESS_INELIGIBLE');
    expect(judged(overlap(1, { contribution: 3 }))).toBe('WITNESS_INELIGIBLE');
  });

  test('stands where the texts differ, end or are not opened', () => {
    expect(judged(overlap(1, { start: 49, pos: 9 }))).toBe('WITNESS_DIFFERS');
    expect(judged(overlap(1, { end: 81 }))).toBe('WITNESS_DIFFERS');
    expect(judged(overlap(1, {}, { source: two.item(0).open(0, 0) }))).toBe('WITNESS_NOT_OPENED');
    expect(judged(overlap(1, {}, { own: own.item(1).open(64, 80) }))).toBe('WITNESS_NOT_OPENED');
  });

  test('is struck once', () => {
    const struck = { novelRuns: { root: world.runs.root, struck: new Set([1]) } };
    expect(judged(overlap(1), struck)).toBe('WITNESS_STRUCK');
    expect(judged({ type: 'overlap', value: { run: { ...world.runs.open(1), index: 0 }, ...held() } })).toBe(
      'WITNESS_ROOT',
    );
  });

  const harvest = (start: number, end: number, at: number, change: object = {}): Witness => ({
    type: 'harvest',
    value: {
      run: world.runs.open(2),
      start,
      end,
      own: own.item(1).open(start, end),
      batch,
      index: 4,
      at,
      output: output.open(at, at + end - start),
      ...change,
    },
  });

  test('is refuted by a stretch of an output that was recorded before', () => {
    expect(judged(harvest(80, 96, 3))).toBe('run 2 of 20 HARVEST undefined');
    expect(judged(harvest(80, 100, 3))).toBe('run 2 of 20 HARVEST undefined');
    expect(judged(harvest(80, 95, 3))).toBe('WITNESS_WINDOW');
    expect(judged(harvest(80, 96, 4))).toBe('WITNESS_DIFFERS');
    expect(judged(harvest(80, 96, 3, { index: 5 }))).toBe('WITNESS_INELIGIBLE');
    expect(judged(harvest(80, 96, 3, { run: world.runs.open(1) }))).toBe('WITNESS_WINDOW');
  });
});

describe('a passage', () => {
  // Passages: of item 0 prompt and data; of item 1 prompt, data (5 to 50), copied (50 to 70), data (70 to 100).
  const passage = (index: number, of: Held = {}, count = 1): Witness => ({
    type: 'passage',
    value: { passages: world.passages.open(index, count), ...held(of) },
  });

  test('is refuted by a run of an earlier item that extends into it', () => {
    expect(judged(passage(5))).toBe('passage 5 2');
    expect(judged(passage(5, { start: 64 }))).toBe('passage 5 2');
    expect(judged(passage(5, { contribution: 6, start: 60 }))).toBe('passage 5 6');
  });

  test('stands by a run that is shorter, or beside it', () => {
    expect(judged(passage(5, { start: 65 }))).toBe('WITNESS_WINDOW');
    expect(judged(passage(5, { end: 70 }))).toBe('WITNESS_WINDOW');
    expect(judged(passage(3))).toBe('WITNESS_WINDOW');
    expect(judged(passage(1))).toBe('WITNESS_WINDOW');
    expect(judged(passage(0))).toBe('WITNESS_WINDOW');
  });

  test('that is copied, or struck, is not struck', () => {
    expect(judged(passage(4))).toBe('WITNESS_HOLDS');
    const passages = { root: world.passages.root, struck: new Set([5]) };
    expect(judged(passage(5), { passages })).toBe('WITNESS_STRUCK');
    expect(judged(passage(4, {}, 2))).toBe('WITNESS_PASSAGES');
    expect(judged(passage(4, {}, 0))).toBe('WITNESS_PASSAGES');
  });

  test('is not struck by a contribution that has not as many items as it declares', () => {
    const earlier = () => ({ contribution: 2, root: two.root, items: 2 });
    expect(judged(passage(5), { earlier })).toBe('WITNESS_MALFORMED');
    expect(judged(overlap(1), { earlier })).toBe('WITNESS_MALFORMED');
  });

  const copied = (at: number, source: TextEvidence, place: number, declared = world): Witness => ({
    type: 'copied',
    value: {
      passages: declared.passages.open(4, 1),
      at,
      own: own.item(1).open(50 + at, 51 + at),
      source: source.open(place, place + 1),
    },
  });

  test('declared copied stands where it stands in its source, and voids the contribution where not', () => {
    for (let at = 0; at < 20; at++) expect(judged(copied(at, two.item(0), 10 + at))).toBe('WITNESS_HOLDS');
    expect(judged(copied(20, two.item(0), 30))).toBe('WITNESS_INDEX');
    const [run] = declaration.copied;
    if (run === undefined) return expect.fail('something is declared copied');
    const wrong = worldOf({ ...declaration, copied: [{ ...run, end: 85 }] });
    expect(judged(copied(29, two.item(0), 39, wrong), {}, wrong)).toBe('WITNESS_HOLDS');
    expect(judged(copied(30, two.item(0), 40, wrong), {}, wrong)).toBe('contribution COPIED');
    // Past the end of the source, which has 41 tokens.
    const head: Witness = {
      type: 'copied',
      value: {
        passages: wrong.passages.open(4, 1),
        at: 31,
        own: own.item(1).open(0, 0),
        source: two.item(0).open(0, 0),
      },
    };
    expect(judged(head, {}, wrong)).toBe('contribution COPIED');
    expect(judged({ ...head, value: { ...head.value, at: 30 } }, {}, wrong)).toBe('WITNESS_NOT_OPENED');
  });

  test('is held against what it cites, though that is void and nothing else is held against it', () => {
    const [run] = declaration.copied;
    if (run === undefined) return expect.fail('something is declared copied');
    const wrong = worldOf({ ...declaration, copied: [{ ...run, end: 85 }] });
    const earlier = () => undefined;
    expect(judged(copied(30, two.item(0), 40, wrong), { earlier }, wrong)).toBe('contribution COPIED');
    expect(judged(passage(5), { earlier })).toBe('WITNESS_INELIGIBLE');
  });

  test('of its own earlier item is held against that', () => {
    const declared = worldOf({
      ...declaration,
      copied: [{ item: 1, start: 50, end: 80, contribution: 6, sourceItem: 0, sourcePos: 10 }],
    });
    for (const at of [0, 14, 29])
      expect(judged(copied(at, own.item(0), 10 + at, declared), {}, declared)).toBe('WITNESS_HOLDS');
    const shifted = worldOf({
      ...declaration,
      copied: [{ item: 1, start: 50, end: 80, contribution: 6, sourceItem: 0, sourcePos: 9 }],
    });
    expect(judged(copied(0, own.item(0), 9, shifted), {}, shifted)).toBe('contribution COPIED');
  });
});

describe('the declared shape of an item', () => {
  const border = (declared: Declared, first: number, count: number, item: number): Witness => {
    const opening = own.item(item).open(0, 0);
    if (opening.type !== 'item') return expect.fail('an item is opened');
    return { type: 'border', value: { passages: declared.passages.open(first, count), item: opening.value } };
  };
  const shaped = (item: number, tokens: number, promptTokens: number): Declared =>
    worldOf({ ...declaration, shapes: declaration.shapes.with(item, { tokens, promptTokens }) });

  test('stands if it is the item’s own, whatever is opened', () => {
    for (let first = 0; first <= 6; first++)
      for (let count = 0; first + count <= 6; count++)
        for (const item of [0, 1]) expect(judged(border(world, first, count, item))).toBe('WITNESS_HOLDS');
  });

  test('voids the contribution if the item is longer or shorter, or its prompt part is', () => {
    for (const [declared, item, first, count] of [
      [shaped(0, 41, 5), 0, 1, 1],
      [shaped(0, 39, 5), 0, 1, 2],
      [shaped(1, 99, 5), 1, 5, 1],
      [shaped(1, 101, 5), 1, 5, 1],
      [shaped(0, 40, 4), 0, 1, 1],
      [shaped(0, 40, 6), 0, 0, 1],
      [shaped(0, 40, 0), 0, 0, 1],
      [shaped(1, 100, 80), 1, 4, 1],
    ] as const)
      expect(judged(border(declared, first, count, item), {}, declared)).toBe('contribution BORDER');
  });

  test('is not shown to be shorter by a passage that may not be the last of the item', () => {
    const declared = shaped(0, 39, 5);
    expect(judged(border(declared, 1, 1, 0), {}, declared)).toBe('WITNESS_HOLDS');
    expect(judged(border(declared, 0, 1, 0), {}, declared)).toBe('WITNESS_HOLDS');
    expect(judged(border(declared, 0, 0, 0), {}, declared)).toBe('WITNESS_HOLDS');
  });

  test('may have another prompt part under what is copied, where it makes no difference', () => {
    const declared = worldOf({
      ...declaration,
      shapes: declaration.shapes.with(1, { tokens: 100, promptTokens: 60 }),
      copied: [{ item: 1, start: 3, end: 70, contribution: 2, sourceItem: 0, sourcePos: 10 }],
    });
    for (let first = 2; first < 5; first++)
      expect(judged(border(declared, first, 1, 1), {}, declared)).toBe('WITNESS_HOLDS');
  });

  test('leaves out no item that has tokens', () => {
    const passages = derivePassages(declaration).passages;
    const without = (item: number) => ({
      passages: provePassages(passages.filter((passage) => passage.item !== item)),
      runs: world.runs,
    });
    expect(judged(border(without(0), 0, 1, 0), {}, without(0))).toBe('contribution BORDER');
    expect(judged(border(without(0), 1, 2, 0), {}, without(0))).toBe('WITNESS_HOLDS');
    expect(judged(border(without(1), 1, 1, 1), {}, without(1))).toBe('contribution BORDER');
    expect(judged(border(without(1), 0, 1, 1), {}, without(1))).toBe('WITNESS_HOLDS');
    const none = { passages: provePassages([]), runs: world.runs };
    expect(judged(border(none, 0, 0, 1), {}, none)).toBe('contribution BORDER');
    const claimed = border(none, 0, 0, 1);
    if (claimed.type !== 'border') return expect.fail('a border');
    const { passages: opening } = claimed.value;
    // Without a passage nothing binds where the opening begins.
    const moved = { ...world.passages.open(0, 0), first: 6 };
    expect(judged({ ...claimed, value: { ...claimed.value, passages: moved } })).toBe('WITNESS_HOLDS');
    expect(opening.count).toBe(0);
  });

  test('is of an item that there is', () => {
    const absent = proveNoItem(own, 2);
    if (absent.type !== 'item') return expect.fail('an item is opened');
    const witness: Witness = {
      type: 'border',
      value: { passages: world.passages.open(0, 6), item: absent.value },
    };
    expect(judged(witness)).toBe('WITNESS_INDEX');
  });
});

describe('a malformed commitment', () => {
  test('of a contribution voids it', () => {
    const malformed = (evidence: TextEvidence): Witness => ({
      type: 'malformed',
      value: { text: 'contribution', opening: evidence.open(0, 0) },
    });
    expect(judged(malformed(own.item(1)))).toBe('WITNESS_HOLDS');
    expect(judged(malformed(own.item(1)), { items: 3 })).toBe('contribution MALFORMED_ITEMS');
    const evil = spoiltItem(wordsOf(9), () => ({ promptTokens: 10 }));
    expect(judged(malformed(evil), { root: evil.root, items: 1 })).toBe('contribution MALFORMED_PROMPT_PART');
    expect(judged(malformed(evil))).toBe('WITNESS_ROOT');
    expect(judged({ type: 'malformed', value: { text: 'output', opening: evil.open(0, 0) } })).toBe(
      'WITNESS_OPENING',
    );
    expect(judged({ type: 'malformed', value: { text: 'contribution', opening: output.open(0, 0) } })).toBe(
      'WITNESS_OPENING',
    );
    expect(
      judged(
        { type: 'malformed', value: { text: 'contribution', opening: proveNoItem(own, 7) } },
        { items: 9 },
      ),
    ).toBe('contribution MALFORMED_ITEMS');
  });

  test('of an output or a prompt voids the receipt, each by its own', () => {
    const prompt = textOf('so what', PROMPT_TOKENS_MAX);
    const evil = spoiltText(outputText, OUTPUT_TOKENS_MAX, (_, { information }) => ({
      head: { information: information + 1 },
    }));
    const receipt = {
      output: evil.committed,
      prompt: prompt.committed,
      rules,
      table,
    };
    const of = (text: 'output' | 'prompt' | 'contribution', evidence: TextEvidence): string => {
      const verdict = judgeReceipt(receipt, {
        type: 'malformed',
        value: { text, opening: evidence.open(0, 1) },
      });
      return verdict.ok ? `${verdict.value.type} ${verdict.value.reason}` : verdict.fault.code;
    };
    expect(of('output', evil)).toBe('receipt MALFORMED_INFORMATION');
    expect(of('output', output)).toBe('WITNESS_ROOT');
    expect(of('prompt', prompt)).toBe('WITNESS_HOLDS');
    expect(of('prompt', evil)).toBe('WITNESS_ROOT');
    expect(of('contribution', evil)).toBe('WITNESS_KIND');
    expect(judgeReceipt(receipt, overlap(1))).toMatchObject({ fault: { code: 'WITNESS_KIND' } });
  });
});

test('no witness against a claim refutes a contribution', () => {
  const witness: Witness = {
    type: 'info',
    value: { border: 0, output: output.open(0, 0), passages: undefined },
  };
  expect(judged(witness)).toBe('WITNESS_KIND');
});
