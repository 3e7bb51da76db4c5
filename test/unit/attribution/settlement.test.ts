import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../../src/lib/errors.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import {
  CLAIM_LISTS,
  type Claim,
  ClaimType,
  type Match,
  type Shared,
} from '../../../state/attribution/claim.ts';
import { DEFAULT_PARAMETERS, OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Attribution } from '../../../state/attribution/scores.ts';
import { type ClaimContext, settleClaim } from '../../../state/attribution/settlement.ts';

/** An output of 100 tokens of 10 bits each. */
const context: ClaimContext = {
  outputTokens: 100,
  promptTokens: 50,
  matchBitsMin: 96,
  parameters: DEFAULT_PARAMETERS,
  commons: new Set(),
  rules: rulesOf(1),
};
/** Rules by which several owners may have brought a run. */
const SHARING = rulesOf(2);

const sum = (position: number): number => 2560 * position;
const match = (
  start: number,
  end: number,
  contribution: ContributionId,
  over: Partial<Match> = {},
): Match => ({
  start,
  end,
  contribution,
  item: 0,
  pos: 0,
  ...over,
});

/** A claim with the sums that follow from its borders. */
const claimOf = (x: Claim['x'], matches: Claim['matches'], outputTokens = 100): Claim => ({
  x,
  matches,
  shared: [],
  info: [...new Set([...x, ...matches].flatMap(({ start, end }) => [start, end])).add(outputTokens)]
    .sort((a, b) => a - b)
    .map(sum),
});

/** 4 owns tokens 10 to 40, and 6 the ten after them. */
const sharedClaim = (shared: readonly Shared[]): Claim => {
  const claim = claimOf([], [match(10, 40, 4), match(30, 50, 6)]);
  return { ...claim, shared, info: bordersOf({ ...claim, shared }, 100).map(sum) };
};
const run = (start: number, end: number, over: Partial<Shared> = {}): Shared => ({
  match: 0,
  start,
  end,
  contribution: 8,
  item: 0,
  pos: 0,
  ...over,
});

const codeOf = (result: Result<Attribution>): string => (result.ok ? 'OK' : result.fault.code);
const settle = (claim: Claim, over: Partial<ClaimContext> = {}): string =>
  codeOf(settleClaim(claim, { ...context, ...over }));

describe('a settlement', () => {
  test('computes owners, scores, S, T and a from a claim', () => {
    const claim = claimOf(
      [{ start: 20, end: 30, place: 3 }],
      [match(10, 40, 7), match(30, 50, 2, { item: 4, pos: 100 }), match(60, 70, 9)],
    );
    expect(unwrap(settleClaim(claim, { ...context, commons: new Set([9]) }))).toEqual({
      excluded: [{ start: 20, end: 30 }],
      spans: [
        { start: 10, end: 20, contribution: 7, score: sum(10) },
        { start: 30, end: 50, contribution: 2, score: sum(20) },
        { start: 60, end: 70, contribution: 9, score: sum(10) },
      ],
      scores: [
        { contribution: 2, score: sum(20) },
        { contribution: 7, score: sum(10) },
      ],
      sharedSpans: [],
      total: sum(100),
      covered: sum(30),
      shared: 0,
      coverageBps: 3000,
    });
  });

  test('of nothing covers nothing, and T is at least 1', () => {
    expect(unwrap(settleClaim(claimOf([], []), context))).toMatchObject({ covered: 0, total: sum(100) });
    const empty = settleClaim({ x: [], matches: [], shared: [], info: [0] }, { ...context, outputTokens: 0 });
    expect(unwrap(empty)).toMatchObject({ covered: 0, total: 1, coverageBps: 0 });
  });

  test('merges echoes that touch or overlap into one run of X', () => {
    const x = [
      { start: 0, end: 10, place: 0 },
      { start: 5, end: 15, place: 20 },
      { start: 15, end: 25, place: 0 },
    ];
    expect(unwrap(settleClaim(claimOf(x, []), context)).excluded).toEqual([{ start: 0, end: 25 }]);
  });

  test.each<[string, string, Claim]>([
    ['an echo of seven tokens', 'CLAIM_ECHO_SHORT', claimOf([{ start: 0, end: 7, place: 0 }], [])],
    ['an echo that ends before it starts', 'CLAIM_ECHO_SHORT', claimOf([{ start: 9, end: 2, place: 0 }], [])],
    [
      'an echo past the end of the output',
      'CLAIM_ECHO_RANGE',
      claimOf([{ start: 93, end: 101, place: 0 }], []),
    ],
    [
      'an echo past the end of the prompt',
      'CLAIM_ECHO_RANGE',
      claimOf([{ start: 0, end: 8, place: 43 }], []),
    ],
    [
      'echoes out of order',
      'CLAIM_ECHO_ORDER',
      claimOf(
        [
          { start: 10, end: 20, place: 0 },
          { start: 0, end: 30, place: 0 },
        ],
        [],
      ),
    ],
    [
      'an echo within another',
      'CLAIM_ECHO_ORDER',
      claimOf(
        [
          { start: 10, end: 30, place: 0 },
          { start: 11, end: 30, place: 0 },
        ],
        [],
      ),
    ],
    ['a match of seven tokens', 'CLAIM_MATCH_SHORT', claimOf([], [match(0, 7, 1)])],
    ['a match that ends before it starts', 'CLAIM_MATCH_SHORT', claimOf([], [match(20, 10, 1)])],
    ['a match past the end of the output', 'CLAIM_MATCH_RANGE', claimOf([], [match(90, 101, 1)])],
    [
      'a match past the end of any item',
      'CLAIM_MATCH_RANGE',
      claimOf([], [match(0, 10, 1, { pos: 65_527 })]),
    ],
    ['matches out of order', 'CLAIM_MATCH_ORDER', claimOf([], [match(10, 20, 1), match(0, 10, 2)])],
    ['a match twice', 'CLAIM_MATCH_ORDER', claimOf([], [match(0, 10, 1), match(0, 10, 1)])],
    ['a sum too many', 'CLAIM_INFO_COUNT', { x: [], matches: [], shared: [], info: [0, sum(100)] }],
    [
      'a sum too few',
      'CLAIM_INFO_COUNT',
      { x: [], matches: [match(5, 20, 1)], shared: [], info: [sum(5), sum(100)] },
    ],
    [
      'a token of less than a bit',
      'CLAIM_INFO_SUM',
      { x: [], matches: [], shared: [], info: [256 * 100 - 1] },
    ],
    [
      'a token of more than 24 bits',
      'CLAIM_INFO_SUM',
      { x: [], matches: [], shared: [], info: [6144 * 100 + 1] },
    ],
    [
      'sums that fall',
      'CLAIM_INFO_SUM',
      { x: [], matches: [match(5, 20, 1)], shared: [], info: [sum(5), sum(4), sum(100)] },
    ],
    [
      'bits before the first token',
      'CLAIM_INFO_SUM',
      { x: [], matches: [match(0, 20, 1)], shared: [], info: [1, sum(20), sum(100)] },
    ],
    ['a match of 90 bits', 'CLAIM_MATCH_INFORMATION', claimOf([], [match(0, 9, 1)])],
    [
      'a match of 90 bits outside of the echo',
      'CLAIM_MATCH_INFORMATION',
      claimOf([{ start: 9, end: 20, place: 0 }], [match(0, 20, 1)]),
    ],
    [
      'a match under earlier ones',
      'CLAIM_MATCH_IDLE',
      claimOf([], [match(0, 20, 1), match(5, 25, 2), match(10, 40, 1)]),
    ],
  ])('refuses %s as %s', (_what, code, claim) => {
    expect(settle(claim)).toBe(code);
  });

  test.each<[string, string, readonly Shared[], Partial<ClaimContext>]>([
    ['a run of a calibration, or of version 1', 'CLAIM_SHARED_RULES', [run(10, 40)], { rules: rulesOf(1) }],
    ['a run of no match', 'CLAIM_SHARED_MATCH', [run(10, 40, { match: 2 })], {}],
    ['a run that starts before its match', 'CLAIM_SHARED_MATCH', [run(9, 40)], {}],
    ['a run that ends after its match', 'CLAIM_SHARED_MATCH', [run(10, 41)], {}],
    ['a run of seven tokens', 'CLAIM_SHARED_SHORT', [run(10, 17)], {}],
    ['a run that ends before it starts', 'CLAIM_SHARED_SHORT', [run(30, 20)], {}],
    ['a run past the end of any item', 'CLAIM_SHARED_RANGE', [run(10, 40, { pos: 65_507 })], {}],
    ['a run of an earlier contribution', 'CLAIM_SHARED_EARLIER', [run(10, 40, { contribution: 3 })], {}],
    ['a run of the same contribution', 'CLAIM_SHARED_EARLIER', [run(10, 40, { contribution: 4 })], {}],
    ['runs out of order', 'CLAIM_SHARED_ORDER', [run(12, 40), run(10, 40)], {}],
    ['a run twice', 'CLAIM_SHARED_ORDER', [run(10, 40), run(10, 40)], {}],
    ['a run of 90 bits', 'CLAIM_SHARED_INFORMATION', [run(10, 19)], {}],
    [
      'a run of a match of which another owns all of it',
      'CLAIM_SHARED_IDLE',
      [run(30, 40, { match: 1, contribution: 9 })],
      {},
    ],
  ])('refuses %s as %s', (_what, code, shared, over) => {
    expect(settle(sharedClaim(shared), { rules: SHARING, ...over })).toBe(code);
  });

  test('takes shared runs that are just within: 8 tokens, 96 bits, all of its match, the end of an item', () => {
    const may = { rules: SHARING };
    expect(settle(sharedClaim([run(10, 40)]), may)).toBe('OK');
    expect(settle(sharedClaim([run(10, 40, { pos: 65_506 })]), may)).toBe('OK');
    expect(settle(sharedClaim([run(10, 18)]), { ...may, matchBitsMin: 80 })).toBe('OK');
    expect(settle(sharedClaim([run(10, 18)]), { ...may, matchBitsMin: 81 })).toBe('CLAIM_SHARED_INFORMATION');
    const wide = { ...may, outputTokens: 300 };
    const long = (tokens: number): Claim => {
      const claim = claimOf([], [match(0, 200, 4)], 300);
      const shared = [run(20, 20 + tokens)];
      return { ...claim, shared, info: bordersOf({ ...claim, shared }, 300).map(sum) };
    };
    expect(settle(long(128), wide)).toBe('OK');
    expect(settle(long(129), wide)).toBe('CLAIM_SHARED_LONG');
  });

  test('gives to nobody what several brought, and to each what it brought alone', () => {
    // Match 0 is of 4 from 10 to 40, match 1 of 6 from 30 to 50.
    const shared = [run(20, 35, { contribution: 8 }), run(30, 45, { match: 1, contribution: 9 })];
    const settled = unwrap(settleClaim(sharedClaim(shared), { ...context, rules: SHARING }));
    expect(settled).toMatchObject({
      spans: [
        { start: 10, end: 20, contribution: 4, score: sum(10) },
        { start: 35, end: 40, contribution: 4, score: sum(5) },
        { start: 45, end: 50, contribution: 6, score: sum(5) },
      ],
      sharedSpans: [
        { start: 20, end: 35, contribution: 4, score: sum(15) },
        { start: 40, end: 45, contribution: 6, score: sum(5) },
      ],
      scores: [
        { contribution: 4, score: sum(15) },
        { contribution: 6, score: sum(5) },
      ],
      covered: sum(20),
      shared: sum(20),
      coverageBps: 2000,
    });
  });

  test('lets a commons come first, whatever its id, by the rules that say so', () => {
    const claim = claimOf([], [match(10, 40, 4), match(30, 50, 6)]);
    const commons = new Set([6]);
    const spansOf = (over: Partial<ClaimContext>) =>
      unwrap(settleClaim(claim, { ...context, ...over })).spans.map(({ start, end }) => [start, end]);
    expect(spansOf({ commons })).toEqual([
      [10, 40],
      [40, 50],
    ]);
    expect(spansOf({ commons, rules: rulesOf(2) })).toEqual([
      [10, 30],
      [30, 50],
    ]);
    expect(unwrap(settleClaim(claim, { ...context, commons, rules: rulesOf(2) })).covered).toBe(sum(20));
  });

  test('refuses a match of 257 tokens, and takes one of 256', () => {
    const wide = { outputTokens: 300 };
    expect(settle(claimOf([], [match(0, 256, 1)], 300), wide)).toBe('OK');
    expect(settle(claimOf([], [match(0, 257, 1)], 300), wide)).toBe('CLAIM_MATCH_LONG');
  });

  test('takes what is just within: 8 tokens, the ends of the texts, 96 bits to the unit', () => {
    expect(settle(claimOf([{ start: 92, end: 100, place: 42 }], []))).toBe('OK');
    const rich = (bits: number): Claim => ({
      x: [],
      matches: [match(92, 100, 1)],
      shared: [],
      info: [sum(92), sum(92) + bits],
    });
    expect(settle(rich(96 * 256))).toBe('OK');
    expect(settle(rich(96 * 256 - 1))).toBe('CLAIM_MATCH_INFORMATION');
    expect(settle(rich(96 * 256), { matchBitsMin: 97 })).toBe('CLAIM_MATCH_INFORMATION');
  });

  test('gives each position to the least contribution over it, whatever is claimed, or refuses the claim', () => {
    const at = (max: number): fc.Arbitrary<number> => fc.noBias(fc.nat(max));
    const run = fc.record({ start: at(80), length: at(30), contribution: at(4), pos: at(70_000) });
    const anyClaim = fc.record({
      x: fc.array(run, { maxLength: 3 }),
      matches: fc.array(run, { minLength: 1, maxLength: 5, size: 'max' }),
      skew: fc.array(at(3), { maxLength: 3 }),
    });
    const codes = new Map<string, number>();
    fc.assert(
      fc.property(anyClaim, ({ x, matches, skew }) => {
        const sorted = claimOf(
          x
            .map(({ start, length }) => ({ start, end: Math.min(start + 8 + length, 102), place: 0 }))
            .sort((a, b) => a.start - b.start),
          matches
            .map(({ start, length, contribution, pos }) =>
              match(start, Math.min(start + 9 + length, 102), contribution, { pos }),
            )
            .sort((a, b) => a.start - b.start || a.end - b.end),
        );
        const claim = { ...sorted, info: sorted.info.map((value, i) => value + (skew[i] ?? 0)) };
        const result = settleClaim(claim, context);
        const code = codeOf(result);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (!result.ok) return;
        const over = <T extends { start: number; end: number }>(list: readonly T[], t: number): T[] =>
          list.filter(({ start, end }) => start <= t && t < end);
        for (let t = 0; t < context.outputTokens; t++) {
          const echoed = over(claim.x, t).length > 0;
          const least = Math.min(...over(claim.matches, t).map(({ contribution }) => contribution));
          const owners = over(result.value.spans, t).map(({ contribution }) => contribution);
          expect(owners).toEqual(echoed || least === Number.POSITIVE_INFINITY ? [] : [least]);
          expect(over(result.value.excluded, t).length).toBe(echoed ? 1 : 0);
        }
        const { spans, scores, covered, total, coverageBps } = result.value;
        expect(scores.reduce((all, { score }) => all + score, 0)).toBe(covered);
        expect(spans.reduce((all, { score }) => all + score, 0)).toBe(covered);
        expect(coverageBps).toBe(Math.floor((10_000 * covered) / total));
      }),
      { numRuns: 3000 },
    );
    expect([...codes.keys()].every((code) => code === 'OK' || code.startsWith('CLAIM_'))).toBe(true);
    expect(codes.get('OK')).toBeGreaterThan(300);
    expect(codes.size).toBeGreaterThan(4);
  });

  test('of the most and the most overlapping matches costs little', () => {
    const matches = Array.from({ length: CLAIM_LISTS.match.max - 255 }, (_, i) =>
      match(i, i + 256, CLAIM_LISTS.match.max - i),
    );
    const claim = claimOf([], matches, OUTPUT_TOKENS_MAX);
    const before = process.cpuUsage().user;
    expect(settle(claim, { outputTokens: OUTPUT_TOKENS_MAX })).toBe('OK');
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });
});

describe('the encoding of a claim', () => {
  const claim = claimOf([{ start: 20, end: 30, place: 3 }], [match(10, 40, 7, { item: 1, pos: 2 })]);

  test('comes back from bytes and from JSON as it was', () => {
    expect(unwrap(ClaimType.decode(ClaimType.encode(claim)))).toEqual(claim);
    expect(unwrap(ClaimType.fromJson(ClaimType.toJson(claim)))).toEqual(claim);
    expect(ClaimType.toJson(claim)).toEqual(JSON.parse(JSON.stringify(claim)));
  });

  test('refuses integers past their range, lists past their limit and bytes that were cut or added to', () => {
    expect(ClaimType.check({ ...claim, matches: [match(0, 65_536, 1)] })?.code).toBe('SSZ_RANGE');
    expect(
      ClaimType.check({
        ...claim,
        x: Array.from({ length: CLAIM_LISTS.echo.max + 1 }, () => ({ start: 0, end: 8, place: 0 })),
      })?.code,
    ).toBe('SSZ_RANGE');
    const bytes = ClaimType.encode(claim);
    expect(ClaimType.decode(bytes.subarray(1))).toMatchObject({ ok: false, fault: { code: 'SSZ_DECODE' } });
    expect(ClaimType.decode(Uint8Array.of(...bytes, 0))).toMatchObject({
      ok: false,
      fault: { code: 'SSZ_DECODE' },
    });
  });
});
