import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumBig } from '../../../src/lib/math.ts';
import { closeEpoch, NO_SUMS, relevanceWeights } from '../../../state/attribution/epoch.ts';
import {
  addedBy,
  checkSections,
  nobodysOf,
  type PickedChunk,
  relevanceShares,
  SECTION_TOKENS,
  type Section,
  type SectionContext,
} from '../../../state/attribution/relevance.ts';

const BITS = 2560;
const TOKENS = 600;
const TOTAL = TOKENS * BITS;
const context: SectionContext = {
  outputTokens: TOKENS,
  infoMin: 0,
  total: TOTAL,
  nobodys: new Uint8Array(TOKENS),
};

const phrase = (at: number, change: Partial<PickedChunk['phrases'][number]> = {}) => ({
  at,
  place: 0,
  bits: BITS,
  novelRun: 0,
  ...change,
});

const pick = (
  contribution: number,
  from: number,
  phrases: number,
  change: Partial<PickedChunk> = {},
): PickedChunk => ({
  contribution,
  item: 0,
  chunk: 0,
  phrases: Array.from({ length: phrases }, (_, i) => phrase(from + i)),
  ...change,
});

const sections = (first: readonly PickedChunk[], second: readonly PickedChunk[] = []): readonly Section[] => [
  { information: SECTION_TOKENS * BITS, picks: first },
  { information: (TOKENS - SECTION_TOKENS) * BITS, picks: second },
];

const codeOf = (claimed: readonly Section[], change: Partial<SectionContext> = {}): string => {
  const checked = checkSections(claimed, { ...context, ...change });
  return checked.ok ? 'ok' : checked.fault.code;
};

describe('the structure of sections', () => {
  test('is that of an honest claim', () => {
    expect(codeOf(sections([pick(3, 10, 4), pick(1, 20, 3), pick(2, 30, 3)], [pick(3, 520, 2)]))).toBe('ok');
    expect(codeOf(sections([]))).toBe('ok');
    expect(codeOf([], { outputTokens: 0, total: 0, nobodys: new Uint8Array() })).toBe('ok');
  });

  test.each([
    ['a section too few', 'CLAIM_SECTION_COUNT', sections([]).slice(0, 1)],
    ['a section too many', 'CLAIM_SECTION_COUNT', [...sections([]), { information: 0, picks: [] }]],
    [
      'less information than the output has',
      'CLAIM_SECTION_INFORMATION',
      [...sections([]).slice(0, 1), { information: 1, picks: [] }],
    ],
    [
      'more than tokens can bear',
      'CLAIM_SECTION_INFORMATION',
      [
        { information: TOTAL, picks: [] },
        { information: 0, picks: [] },
      ].map((each, i) => (i === 1 ? { ...each, information: 88 * 6144 + 1 } : each)),
    ],
    ['a pick with one phrase', 'CLAIM_PICK_FEW', sections([pick(1, 10, 1)])],
    ['a chunk past the end of any item', 'CLAIM_PICK_RANGE', sections([pick(1, 10, 2, { chunk: 1024 })])],
    ['picks that do not descend', 'CLAIM_PICK_ORDER', sections([pick(1, 10, 2), pick(2, 20, 3)])],
    ['picks of one gain that do not ascend', 'CLAIM_PICK_ORDER', sections([pick(2, 10, 3), pick(1, 20, 3)])],
    ['a chunk twice', 'CLAIM_PICK_REPEATED', sections([pick(1, 10, 3), pick(1, 20, 2)])],
    ['a phrase of another section', 'CLAIM_PHRASE_RANGE', sections([pick(1, 510, 2)])],
    ['a phrase past the end', 'CLAIM_PHRASE_RANGE', sections([], [pick(1, 597, 2)])],
    [
      'a token past the end of the chunk',
      'CLAIM_PHRASE_RANGE',
      sections([pick(1, 10, 2, { phrases: [phrase(10), phrase(11, { place: 64 })] })]),
    ],
    [
      'a token past the end of any item',
      'CLAIM_PHRASE_RANGE',
      sections([pick(1, 10, 2, { chunk: 1023, phrases: [phrase(10), phrase(11, { place: 62 })] })]),
    ],
    [
      'a phrase without information',
      'CLAIM_PHRASE_BITS',
      sections([pick(1, 10, 2, { phrases: [phrase(10, { bits: 0 }), phrase(11)] })]),
    ],
    [
      'a phrase of too much',
      'CLAIM_PHRASE_BITS',
      sections([pick(1, 10, 2, { phrases: [phrase(10, { bits: 6145 }), phrase(11)] })]),
    ],
    [
      'phrases that do not ascend',
      'CLAIM_PHRASE_ORDER',
      sections([pick(1, 10, 2, { phrases: [phrase(11), phrase(10)] })]),
    ],
    [
      'a phrase twice in a pick',
      'CLAIM_PHRASE_ORDER',
      sections([pick(1, 10, 2, { phrases: [phrase(10), phrase(10)] })]),
    ],
    ['a phrase of two picks', 'CLAIM_PHRASE_REPEATED', sections([pick(1, 10, 3), pick(2, 12, 2)])],
  ])('is refused with %s', (_, code, claimed) => {
    expect(codeOf(claimed)).toBe(code);
  });

  test("knows the positions that are nobody's by the spans", () => {
    const nobodys = nobodysOf(
      {
        spans: [
          { start: 0, end: 12, contribution: 7, score: 0 },
          { start: 30, end: 40, contribution: 1, score: 0 },
        ],
        sharedSpans: [{ start: 50, end: 60, contribution: 1, score: 0 }],
      },
      new Set([7]),
      TOKENS,
    );
    expect(codeOf(sections([pick(1, 12, 2)]), { nobodys })).toBe('ok');
    expect(codeOf(sections([pick(1, 11, 2)]), { nobodys })).toBe('CLAIM_PHRASE_NOBODYS');
    expect(codeOf(sections([pick(1, 30, 2)]), { nobodys })).toBe('ok');
    expect(codeOf(sections([pick(1, 48, 2)]), { nobodys })).toBe('ok');
    expect(codeOf(sections([pick(1, 49, 2)]), { nobodys })).toBe('CLAIM_PHRASE_NOBODYS');
  });
});

describe('the shares of sections', () => {
  const half = 1n << 31n;

  test('are paid in full once a tenth of the information is shared, and divided by what picks add', () => {
    const one: Section = {
      information: 100,
      picks: [
        pick(2, 0, 2, { phrases: [phrase(0, { bits: 4 }), phrase(1, { bits: 4 })] }),
        pick(1, 5, 2, { phrases: [phrase(5, { bits: 1 }), phrase(6, { bits: 1 })] }),
      ],
    };
    expect(relevanceShares([one], 100)).toEqual([
      { contribution: 1, share: (1n << 32n) / 5n },
      { contribution: 2, share: (4n * (1n << 32n)) / 5n },
    ]);
  });

  test('are less if less is shared', () => {
    const one: Section = {
      information: 400,
      picks: [pick(1, 0, 2, { phrases: [phrase(0, { bits: 10 }), phrase(1, { bits: 10 })] })],
    };
    // 20 of 400 is a twentieth, so a half is paid.
    expect(relevanceShares([one], 400)).toEqual([{ contribution: 1, share: half }]);
  });

  test('weigh a section by its information, and add up over the chunks of a contribution', () => {
    const picks = [pick(1, 0, 2), pick(1, 10, 2, { chunk: 1 })];
    const rich: Section = { information: 300, picks };
    const shares = relevanceShares([rich, { information: 100, picks: [] }], 400);
    expect(shares).toEqual([{ contribution: 1, share: (3n * (1n << 32n)) / 4n }]);
  });

  test('are none where nothing is shared', () => {
    expect(relevanceShares([{ information: 10, picks: [] }], 10)).toEqual([]);
    expect(relevanceShares([], 1)).toEqual([]);
  });

  test('never add up to more than the whole', () => {
    const bits = fc.integer({ min: 1, max: 6144 });
    const picked = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.array(bits, { minLength: 2, maxLength: 64 }))
      .map(([contribution, all]) =>
        pick(contribution, 0, 0, { phrases: all.map((each, i) => phrase(i, { bits: each })) }),
      );
    const section = fc
      .record({ picks: fc.array(picked, { maxLength: 16 }), spare: fc.nat(1_000_000) })
      .map(({ picks, spare }) => ({
        picks,
        information: spare + Math.max(0, ...picks.map(addedBy)),
      }));
    fc.assert(
      fc.property(fc.array(section, { maxLength: 8 }), (all) => {
        const total = Math.max(
          1,
          all.reduce((sum, { information }) => sum + information, 0),
        );
        const shares = relevanceShares(all, total);
        expect(sumBig(shares.map(({ share }) => share)) <= 1n << 32n).toBe(true);
      }),
    );
  });
});

describe('the close of an epoch', () => {
  const sums = { ...NO_SUMS, data: 1_000n };

  test('divides what spans leave by relevance, and leaves what no chunk was found for', () => {
    const weights = relevanceWeights(1_000n, [
      { contribution: 1, share: 1n << 31n },
      { contribution: 2, share: 1n << 30n },
    ]);
    expect(closeEpoch(sums, 0n, [], weights, 8000)).toEqual({
      spanPool: 0n,
      shares: [],
      relevancePaid: 750n,
      relevance: [
        { contribution: 1, amount: 500n },
        { contribution: 2, amount: 250n },
      ],
      remainder: 250n,
      debt: 0n,
    });
  });

  test('pays of what spans and what is shared leave, and every unit is somewhere', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 24n });
    const parts = fc.array(fc.tuple(amount, fc.bigInt({ min: 0n, max: 1n << 30n })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, fc.nat(10_000), fc.nat(10_000), (receipts, coverage, sharedPart) => {
        const data = sumBig(receipts.map(([each]) => each));
        const shared = (data * BigInt(Math.min(sharedPart, 10_000 - coverage))) / 10_000n;
        const by = new Map<number, bigint>();
        for (const [i, [each, share]] of receipts.entries())
          for (const { contribution, weight } of relevanceWeights(each, [
            { contribution: 1 + (i % 2), share },
          ]))
            by.set(contribution, (by.get(contribution) ?? 0n) + weight);
        const relevance = [...by].map(([contribution, weight]) => ({ contribution, weight }));
        const close = closeEpoch(
          { data, gain: data * BigInt(coverage), expected: 0n, shared },
          0n,
          [{ contribution: 1, weight: 1n }],
          relevance,
          8000,
        );
        expect(close.spanPool + close.relevancePaid + close.remainder + shared).toBe(data);
        expect(sumBig(close.relevance.map((each) => each.amount))).toBe(close.relevancePaid);
        expect(close.remainder >= 0n).toBe(true);
      }),
    );
  });
});
