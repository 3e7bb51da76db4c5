import { describe, expect, test } from 'vitest';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import type { Claim, Match, Shared } from '../../../../state/attribution/claim.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { PassagesOpening } from '../../../../state/attribution/openings.ts';
import { rulesOf, rulesOfDraw } from '../../../../state/attribution/rules.ts';
import { judgeClaim } from '../../../../state/attribution/witness/claim.ts';
import type { CalibrationDraw, ClaimSubject } from '../../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { accountOf, bitsOf, contributionOf, rules, table, wordsOf } from './texts.ts';

/**
 * Item 1 of contribution 9 is drawn from: tokens 30 to 60 of it stand in item 0 of contribution 4 from token 20 on, whose
 * prompt part ends at token 30. Of the one tokens 100 to 130 are copied in two runs, of the other tokens 60 to 80.
 */
const shared = wordsOf(30, 'held');
const ownText = `${wordsOf(30, 'own')} ${shared} ${wordsOf(90, 'more')}`;
const ownTokens = 150;
const promptTokens = 10;
const own = contributionOf([wordsOf(20, 'first'), ownText], promptTokens);
const other = contributionOf([`${wordsOf(20, 'a')} ${shared} ${wordsOf(60, 'b')}`], 30);

const run = (item: number, start: number, end: number) => ({
  item,
  start,
  end,
  contribution: 1,
  sourceItem: 0,
  sourcePos: 0,
});
const ownPassages = provePassages(
  derivePassages({
    shapes: [
      { tokens: 20, promptTokens },
      { tokens: ownTokens, promptTokens },
    ],
    copied: [run(1, 100, 120), run(1, 110, 130)],
  }).passages,
);
const otherPassages = provePassages(
  derivePassages({ shapes: [{ tokens: 110, promptTokens: 30 }], copied: [run(0, 60, 80)] }).passages,
);

/** The output is tokens 10 to 150 of the item: those copied bear nothing. */
const from = promptTokens;
const bits = bitsOf(ownText).map((each, i) => (i >= 100 && i < 130 ? 0 : each));
const sumBefore = (position: number): number =>
  bits.subarray(from, from + position).reduce((sum, each) => sum + each, 0);

const match: Match = { start: 20, end: 50, contribution: 4, item: 0, pos: 20 };
const claimOf = (matches: readonly Match[], borders: readonly number[]): Claim => ({
  x: [],
  matches,
  shared: [],
  info: borders.map(sumBefore),
});
const honest = claimOf([match], [20, 50, 140]);
const none = claimOf([], [140]);

const drawn: CalibrationDraw = {
  own: { root: ownPassages.root, struck: new Set() },
  rank: 30,
  contribution: 9,
  item: 1,
  position: 30,
  tokens: ownTokens,
  promptTokens,
  complete: true,
};

const contribution = { contribution: 9, root: own.root, items: own.items };
const subjectOf = (
  claim: Claim,
  draw: Partial<CalibrationDraw>,
  change: Partial<ClaimSubject>,
): ClaimSubject => ({
  claim,
  output: { type: 'stretch', contribution, item: 1, from, tokens: ownTokens - from },
  prompt: { type: 'stretch', contribution, item: 1, from: 0, tokens: promptTokens },
  matchBitsMin: 96,
  parameters: { matchTokensMin: 8, matchTokensMax: 256, promptMin: 8 },
  rules,
  table,
  source: (contribution) => {
    const source =
      contribution === 4 ? { ...other, passages: otherPassages } : { ...own, passages: ownPassages };
    const { root, items, passages } = source;
    return { contribution, root, items, passages: { root: passages.root, struck: new Set() } };
  },
  commons: new Set(),
  brought: () => undefined,
  relevance: undefined,
  calibration: { ...drawn, ...draw },
  ...change,
});

const judged = (
  claim: Claim,
  witness: Witness,
  draw: Partial<CalibrationDraw> = {},
  change: Partial<ClaimSubject> = {},
): string => {
  const verdict = judgeClaim(subjectOf(claim, draw, change), witness);
  return verdict.ok ? `${verdict.value.type} ${verdict.value.reason}` : verdict.fault.code;
};

type Better = (Witness & { type: 'better' })['value'];
const better = (change: Partial<Better> = {}): Witness => {
  const { start = 20, end = 50, pos = 20 } = change;
  return {
    type: 'better',
    value: {
      position: start,
      start,
      end,
      contribution: 4,
      item: 0,
      pos,
      output: own.item(1).open(from + start, from + end),
      source: other.item(0).open(pos, pos + end - start),
      outputPassages: ownPassages.over(1, from + start, from + end),
      sourcePassages: otherPassages.over(0, pos, pos + end - start),
      ...change,
    },
  };
};

describe('BETTER, in a calibration', () => {
  test('shows that nothing of it is copied, over the end of a prompt part too', () => {
    expect(judged(none, better())).toBe('claim BETTER_UNCLAIMED');
    const opening = (better() as Witness & { type: 'better' }).value.sourcePassages;
    expect(opening?.passages.map(({ type }) => type)).toEqual(['prompt', 'data']);
  });

  test('proves nothing without the passages of the whole window', () => {
    const parts: readonly PassagesOpening[] = [
      otherPassages.open(0, 1),
      otherPassages.open(1, 1),
      otherPassages.open(0, 0),
    ];
    for (const part of parts) expect(judged(none, better({ sourcePassages: part }))).toBe('WITNESS_PASSAGES');
    expect(judged(none, better({ sourcePassages: undefined }))).toBe('WITNESS_PASSAGES');
    expect(judged(none, better({ outputPassages: undefined }))).toBe('WITNESS_PASSAGES');
    // Of another item, and of another contribution.
    expect(judged(none, better({ outputPassages: ownPassages.open(0, 2) }))).toBe('WITNESS_PASSAGES');
    expect(judged(none, better({ outputPassages: otherPassages.open(1, 1) }))).toBe('WITNESS_ROOT');
  });

  test('proves nothing by what is copied, on either side, declared or struck', () => {
    const index = ownPassages.over(1, 30, 31).first;
    const struck = new Set([index]);
    const ownOf = (change: Partial<CalibrationDraw['own']>) => ({ own: { ...drawn.own, ...change } });
    expect(judged(none, better(), ownOf({ struck }))).toBe('WITNESS_COPIED');
    expect(judged(none, better(), ownOf({ struck: new Set([index + 1]) }))).toBe('claim BETTER_UNCLAIMED');
    const source = (change: object) => ({
      source: () => ({
        contribution: 4,
        root: other.root,
        items: 1,
        passages: { root: otherPassages.root, struck: new Set<number>(), ...change },
      }),
    });
    expect(judged(none, better(), {}, source({ struck: new Set([1]) }))).toBe('WITNESS_COPIED');
    expect(judged(none, better(), {}, source({}))).toBe('claim BETTER_UNCLAIMED');
  });

  test('ends where the stretch that was drawn ends, though its item goes on', () => {
    const cut = (tokens: number) =>
      ({ output: { type: 'stretch', contribution, item: 1, from, tokens } }) as const;
    expect(judged(none, better(), {}, cut(50))).toBe('claim BETTER_UNCLAIMED');
    expect(judged(none, better(), {}, cut(49))).toBe('WITNESS_NOT_OPENED');
  });

  test('takes a commons as it is, and asks for no passages of it', () => {
    const source = () => ({ contribution: 4, root: other.root, items: 1, passages: undefined });
    expect(judged(none, better({ sourcePassages: undefined }), {}, { source })).toBe(
      'claim BETTER_UNCLAIMED',
    );
    expect(judged(none, better(), {}, { source })).toBe('WITNESS_PASSAGES');
  });

  test('is by no match with the item itself, but with another of its contribution', () => {
    const itself = better({
      contribution: 9,
      item: 1,
      pos: 30,
      source: own.item(1).open(30, 60),
      sourcePassages: ownPassages.over(1, 30, 60),
    });
    expect(judged(none, itself)).toBe('WITNESS_INELIGIBLE');
    expect(judged(none, itself, { item: 0 })).toBe('claim BETTER_UNCLAIMED');
  });

  test('at the step before the bar is about what is claimed, and not about what is left out', () => {
    const late = claimOf([{ ...match, contribution: 9 }], [20, 50, 140]);
    expect(judged(none, better(), { complete: false })).toBe('WITNESS_UNCLAIMED');
    expect(judged(late, better(), { complete: false })).toBe('claim BETTER_EARLIER');
    expect(judged(late, better({ position: 49 }), { complete: false })).toBe('claim BETTER_EARLIER');
  });
});

describe('SHARED, in a calibration', () => {
  /** Contribution 6 holds the same 30 tokens, from token 15 on, and brought them before contribution 4 was revealed. */
  const third = contributionOf([`${wordsOf(15, 'c')} ${shared} ${wordsOf(10, 'd')}`]);
  const thirdPassages = provePassages(
    derivePassages({ shapes: [{ tokens: 55, promptTokens: 0 }], copied: [] }).passages,
  );
  const sources = (struck: Partial<Record<4 | 6, number>> = {}) => ({
    source: (of: number) => {
      const [source, passages] =
        of === 4 ? [other, otherPassages] : of === 6 ? [third, thirdPassages] : [undefined, undefined];
      const place = of === 4 ? struck[4] : struck[6];
      return (
        source && {
          contribution: of,
          root: source.root,
          items: source.items,
          passages: { root: passages.root, struck: new Set(place === undefined ? [] : [place]) },
        }
      );
    },
    brought: (of: number) => ({
      owner: accountOf(of),
      commit: toHeight(of === 4 ? 1n : 5n),
      reveal: toHeight(of === 4 ? 5n : 9n),
    }),
    rules: rulesOfDraw(rules),
  });
  type SharedFields = (Witness & { type: 'shared' })['value'];
  const witness = (change: Partial<SharedFields> = {}): Witness => {
    const { start = 20, end = 50, ownPos = 20, pos = 15 } = change;
    return {
      type: 'shared',
      value: {
        position: start,
        start,
        end,
        ownItem: 0,
        ownPos,
        contribution: 6,
        item: 0,
        pos,
        output: own.item(1).open(from + start - 7, from + end),
        own: other.item(0).open(ownPos, ownPos + end - start),
        source: third.item(0).open(pos, pos + end - start),
        outputPassages: ownPassages.over(1, from + start, from + end),
        ownPassages: otherPassages.over(0, ownPos, ownPos + end - start),
        sourcePassages: thirdPassages.over(0, pos, pos + end - start),
        ...change,
      },
    };
  };
  const shown = (
    claim: Claim,
    change: Partial<SharedFields> = {},
    draw: Partial<CalibrationDraw> = {},
    over: Partial<ClaimSubject> = {},
  ): string => judged(claim, witness(change), draw, { ...sources(), ...over });
  const run: Shared = { match: 0, start: 20, end: 50, contribution: 6, item: 0, pos: 15 };
  const right: Claim = { ...honest, shared: [run] };

  test('refutes a position that its owner did not bring alone, at both steps', () => {
    expect(shown(honest)).toBe('claim SHARED');
    expect(shown(honest, { position: 49 })).toBe('claim SHARED');
    expect(shown(honest, {}, { complete: false })).toBe('claim SHARED');
    expect(shown(right)).toBe('WITNESS_HOLDS');
  });

  test('is about what is claimed: of a position that is claimed for nobody it says nothing', () => {
    for (const complete of [true, false]) expect(shown(none, {}, { complete })).toBe('WITNESS_UNCLAIMED');
  });

  test('proves nothing without the passages of the run on all three sides', () => {
    for (const side of ['outputPassages', 'ownPassages', 'sourcePassages'] as const)
      expect(shown(honest, { [side]: undefined })).toBe('WITNESS_PASSAGES');
    expect(shown(honest, { ownPassages: otherPassages.open(0, 0) })).toBe('WITNESS_PASSAGES');
  });

  test('proves nothing by what is copied, in the output or in either contribution', () => {
    const struck = new Set([ownPassages.over(1, 30, 31).first]);
    expect(shown(honest, {}, { own: { ...drawn.own, struck } })).toBe('WITNESS_COPIED');
    expect(shown(honest, {}, {}, sources({ 4: 1 }))).toBe('WITNESS_COPIED');
    expect(shown(honest, {}, {}, sources({ 6: 0 }))).toBe('WITNESS_COPIED');
    expect(shown(honest, {}, {}, sources({ 4: 2 }))).toBe('claim SHARED');
  });

  test('has at most 64 tokens', () => {
    const most = rulesOfDraw(rules);
    expect([rules.sharedTokensMax, most.sharedTokensMax]).toEqual([128, 64]);
    expect(rulesOfDraw(rulesOf(1)).sharedTokensMax).toBe(0);
    const limited = (sharedTokensMax: number) => ({ rules: { ...most, sharedTokensMax } });
    expect(shown(honest, {}, {}, limited(30))).toBe('claim SHARED');
    expect(shown(honest, {}, {}, limited(29))).toBe('WITNESS_WINDOW');
    expect(shown(honest, {}, {}, limited(0))).toBe('WITNESS_KIND');
  });

  test('is of two others than the owner of the drawn item, who brought it independently', () => {
    expect(shown(honest, { contribution: 9 })).toBe('WITNESS_INELIGIBLE');
    const { brought } = sources();
    const late = (of: number) => ({ ...brought(of), commit: toHeight(6n) });
    expect(shown(honest, {}, {}, { brought: late })).toBe('WITNESS_DEPENDENT');
  });

  test('a run over copied words is none: that of the second contribution is shown by its passage', () => {
    const inert = (at: number, side: 'output' | 'source', passages: PassagesOpening): Witness => ({
      type: 'inert',
      value: { part: 'shared', index: 0, at, side, passages },
    });
    const passages = thirdPassages.open(0, 1);
    const of = (each: Witness, struck: Partial<Record<4 | 6, number>> = {}) =>
      judged(right, each, {}, sources(struck));
    expect(of(inert(3, 'source', passages), { 6: 0 })).toBe('claim INERT');
    expect(of(inert(3, 'source', passages))).toBe('WITNESS_HOLDS');
    expect(of(inert(30, 'source', passages), { 6: 0 })).toBe('WITNESS_INDEX');
    expect(of(inert(3, 'output', ownPassages.over(1, 33, 34)))).toBe('WITNESS_HOLDS');
    expect(judged(honest, inert(3, 'source', passages), {}, sources({ 6: 0 }))).toBe('WITNESS_INDEX');
  });
});

describe('a copied position', () => {
  const inert = (at: number, side: 'output' | 'source', passages: PassagesOpening): Witness => ({
    type: 'inert',
    value: { part: 'match', index: 0, at, side, passages },
  });
  /** Tokens 85 to 125 of the output are 95 to 135 of the item; of the source 55 to 95. */
  const wide: Match = { start: 85, end: 125, contribution: 4, item: 0, pos: 55 };
  const claim = claimOf([wide], [85, 125, 140]);

  test('under a claimed match refutes it, on either side', () => {
    for (const at of [5, 20, 34]) {
      expect(judged(claim, inert(at, 'output', ownPassages.over(1, 95 + at, 96 + at)))).toBe('claim INERT');
    }
    expect(judged(claim, inert(5, 'source', otherPassages.over(0, 60, 61)))).toBe('claim INERT');
    expect(judged(claim, inert(24, 'source', otherPassages.open(0, 4)))).toBe('claim INERT');
  });

  test('beside it refutes nothing', () => {
    expect(judged(claim, inert(4, 'output', ownPassages.over(1, 99, 101)))).toBe('WITNESS_HOLDS');
    expect(judged(claim, inert(35, 'output', ownPassages.over(1, 129, 131)))).toBe('WITNESS_HOLDS');
    expect(judged(claim, inert(4, 'source', otherPassages.open(0, 4)))).toBe('WITNESS_HOLDS');
    expect(judged(claim, inert(40, 'output', ownPassages.over(1, 100, 101)))).toBe('WITNESS_INDEX');
    expect(judged(claim, inert(5, 'output', ownPassages.open(0, 0)))).toBe('WITNESS_HOLDS');
    const source = () => ({ contribution: 4, root: other.root, items: 1, passages: undefined });
    expect(judged(claim, inert(5, 'source', otherPassages.over(0, 60, 61)), {}, { source })).toBe(
      'WITNESS_PASSAGES',
    );
  });
});

describe('INFO, in a calibration', () => {
  const borders = [0, 20, 50, 140];
  const info = (border: number, change: object = {}): Witness => {
    const [start = 0, end = 0] = borders.slice(border, border + 2);
    return {
      type: 'info',
      value: {
        border,
        output: own.item(1).open(from + start, from + end),
        passages: ownPassages.over(1, from + start, from + end),
        ...change,
      },
    };
  };

  test('adds up the piece before the border, without what is copied', () => {
    for (const border of [0, 1, 2]) {
      expect(judged(honest, info(border))).toBe('WITNESS_HOLDS');
      for (const by of [1, -1]) {
        const wrong = { ...honest, info: honest.info.map((sum, i) => (i >= border ? sum + by : sum)) };
        expect(judged(wrong, info(border))).toBe('claim INFO');
        // The first wrong sum is the one that falls: the others follow from it.
        if (border > 0) expect(judged(wrong, info(border - 1))).toBe('WITNESS_HOLDS');
      }
    }
  });

  test('counts what was struck as copied', () => {
    const struck = new Set([ownPassages.over(1, 30, 31).first]);
    expect(judged(honest, info(0), { own: { ...drawn.own, struck } })).toBe('claim INFO');
  });

  test('shows all passages over the piece, and all its tokens that are not copied', () => {
    const wrong = { ...honest, info: [1, 2, 3] };
    expect(judged(wrong, info(2, { passages: undefined }))).toBe('WITNESS_PASSAGES');
    const { first } = ownPassages.over(1, 60, 150);
    expect(judged(wrong, info(2, { passages: ownPassages.open(first, 2) }))).toBe('WITNESS_PASSAGES');
    expect(judged(wrong, info(2, { passages: ownPassages.open(first + 1, 3) }))).toBe('WITNESS_PASSAGES');
    // Only one of the two runs that lie over each other.
    expect(judged(wrong, info(2, { passages: ownPassages.open(first, 4) }))).toBe('claim INFO');
    expect(judged(wrong, info(2, { output: own.item(1).open(60, 128) }))).toBe('WITNESS_NOT_OPENED');
  });
});

describe('a draw', () => {
  const draw = (first: number, count: number, item = 1): Witness => {
    const opening = own.item(item).open(0, 0);
    if (opening.type !== 'item') return expect.fail('an item is opened');
    return { type: 'draw', value: { passages: ownPassages.open(first, count), item: opening.value } };
  };
  // Passages: of item 0 prompt and data (10 tokens), of item 1 prompt, data (10 to 100), two copied, data (130 to 150).
  const all = ownPassages.passages.length;

  test('is of the token of its rank', () => {
    expect(ownPassages.passages.map(({ before }) => before)).toEqual([0, 0, 10, 10, 100, 100, 100]);
    expect(judged(none, draw(0, all))).toBe('WITNESS_HOLDS');
    expect(judged(none, draw(3, 1), { rank: 31 })).toBe('claim DRAW_POSITION');
    expect(judged(none, draw(3, 1), { position: 31 })).toBe('claim DRAW_POSITION');
    expect(judged(none, draw(1, 1), { rank: 9 })).toBe('claim DRAW_POSITION');
    expect(judged(none, draw(1, 1), { rank: 9, item: 0, position: 19 })).toBe('WITNESS_OPENING');
    expect(judged(none, draw(0, all), { rank: 100, position: 130 })).toBe('WITNESS_HOLDS');
    expect(judged(none, draw(0, all), { rank: 99, position: 99 })).toBe('WITNESS_HOLDS');
  });

  test('is shown by the passage that holds it, and by no other', () => {
    expect(judged(none, draw(0, 3), { position: 31 })).toBe('WITNESS_PASSAGES');
    expect(judged(none, draw(4, 3), { position: 31 })).toBe('WITNESS_PASSAGES');
    expect(judged(none, draw(0, 0), { position: 31 })).toBe('WITNESS_PASSAGES');
    expect(judged(none, draw(0, all), { rank: 120 })).toBe('WITNESS_PASSAGES');
  });

  test('has the length and the prompt part of its item', () => {
    expect(judged(none, draw(3, 1), { tokens: 151 })).toBe('claim DRAW_ITEM');
    expect(judged(none, draw(3, 1), { promptTokens: 0 })).toBe('claim DRAW_ITEM');
    expect(judged(none, draw(3, 1, 0), { tokens: 151 })).toBe('WITNESS_OPENING');
  });

  test('from a void contribution is the chain’s to see', () => {
    expect(
      judged({ x: [], matches: [], shared: [], info: [0] }, draw(3, 1), { tokens: 0, item: 0, position: 0 }),
    ).toBe('WITNESS_HOLDS');
  });
});
