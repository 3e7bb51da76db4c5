import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meetsBar } from '../../../state/attribution/calibration.ts';
import { controlSumsOf, DRAW_PARTS, type DrawResult } from '../../../state/attribution/control.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';

/** Contribution 12 is the second of account 1: the tens name nothing but the order. */
const accountOf = (contribution: number): string => `account ${contribution % 10}`;

const sumsOf = (draws: readonly DrawResult[], version: 1 | 2 = 2) =>
  controlSumsOf(draws, rulesOf(version), accountOf);

const draw = (
  contribution: number,
  total: number,
  scores: Readonly<Record<number, number>> = {},
): DrawResult => ({
  contribution,
  total,
  scores: Object.entries(scores).map(([id, score]) => ({ contribution: Number(id), score })),
});

const PART = DRAW_PARTS;

describe('what draws come to together', () => {
  it('is their information by version 1', () => {
    expect(sumsOf([draw(1, 100, { 2: 40, 3: 10 }), draw(2, 300)], 1)).toEqual({
      covered: 50,
      unbounded: 50,
      total: 400,
    });
  });

  it('counts every draw the same by version 2, however much it bears', () => {
    const others = Array.from({ length: 9 }, () => draw(3, 50));
    expect(sumsOf([draw(3, 10_000, { 1: 5_000 }), ...others])).toEqual({
      covered: PART / 2,
      unbounded: PART / 2,
      total: 10 * PART,
    });
    expect(sumsOf([draw(3, 10, { 1: 5 }), ...others])).toMatchObject({ covered: PART / 2, total: 10 * PART });
  });

  it('leaves out draws that bear nothing', () => {
    expect(sumsOf([draw(1, 0), draw(1, 0), draw(1, 7)])).toEqual({
      covered: 0,
      unbounded: 0,
      total: PART,
    });
  });

  it('rounds down what each contribution owns of a draw', () => {
    const others = Array.from({ length: 9 }, () => draw(4, 50));
    expect(sumsOf([draw(4, 3, { 1: 1, 2: 1 }), ...others]).covered).toBe(2 * 333_333);
  });

  it('charges the later of two contributions, whichever was drawn', () => {
    // Account 2 has one draw, so it counts for a quarter of a draw; account 1 has eight, which is more than enough.
    const early = Array.from({ length: 7 }, () => draw(1, 50));
    expect(sumsOf([draw(1, 50, { 2: 50 }), ...early, draw(2, 50)]).covered).toBe(PART / 4);
    expect(sumsOf([draw(1, 50), ...early, draw(2, 50, { 1: 50 })]).covered).toBe(PART / 4);
    // The second contribution of account 1 came later than that of account 2.
    expect(sumsOf([draw(11, 50, { 2: 50 }), ...early, draw(2, 50)]).covered).toBe(PART);
    expect(sumsOf([draw(11, 50), ...early, draw(2, 50, { 11: 50 })]).covered).toBe(PART);
  });

  it('counts nothing for an account of which nothing was drawn', () => {
    expect(sumsOf([draw(1, 50, { 2: 50 })])).toMatchObject({ covered: 0, unbounded: PART });
  });

  it('may rise where words pass to an account that has not reached its quarter', () => {
    const draws = (owner: number) => [
      draw(1, 50, { [owner]: 50 }),
      ...[2, 3, 3, 3, 3].map((id) => draw(id, 50)),
    ];
    expect(sumsOf(draws(2)).covered).toBe(PART / 4);
    expect(sumsOf(draws(3)).covered).toBe(PART);
  });

  it('leaves what those who come later repeat, if a small account comes between them and the first', () => {
    // Account 1 came first, 2 is small, and 4 came last.
    const others = Array.from({ length: 8 }, () => draw(4, 50));
    const later = draw(4, 50, { 1: 50 });
    expect(sumsOf([draw(1, 50, { 4: 50 }), later, draw(4, 50), ...others]).covered).toBe(2 * PART);
    expect(sumsOf([draw(1, 50, { 2: 50 }), later, draw(4, 50), ...others]).covered).toBe(PART);
  });

  const HONEST = fc.array(
    fc.record({ by: fc.integer({ min: 1, max: 4 }), match: fc.integer({ min: 0, max: 4 }) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  const honestDraws = (draws: readonly { readonly by: number; readonly match: number }[]) =>
    draws.map(({ by, match }) => draw(by, 100, match === 0 || match === by ? {} : { [match]: 60 }));
  const LATE = fc.array(
    fc.record({ by: fc.integer({ min: 5, max: 9 }), match: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 20 },
  );

  it('grows by at most a quarter of the draws of those who come later, whatever they hold and however many they are', () => {
    fc.assert(
      fc.property(
        HONEST,
        LATE,
        fc.array(fc.integer({ min: 5, max: 9 }), { maxLength: 60 }),
        (first, late, held) => {
          const honest = honestDraws(first);
          // What the later accounts hold of the others' draws, besides what those hold of each other.
          const copied = honest.map((each, k) => {
            const by = held[k];
            return by === undefined
              ? each
              : { ...each, scores: [...each.scores, { contribution: by, score: 40 }] };
          });
          const dense = late.map(({ by, match }) => draw(by, 100, match === by ? {} : { [match]: 100 }));
          const { covered } = sumsOf([...copied, ...dense]);
          expect(covered).toBeLessThanOrEqual(sumsOf(honest).covered + (PART / 4) * dense.length);
        },
      ),
    );
  });

  it('never grows where a claim leaves something out', () => {
    fc.assert(
      fc.property(
        HONEST,
        LATE,
        fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }),
        (first, late, left) => {
          const all = [
            ...honestDraws(first),
            ...late.map(({ by, match }) => draw(by, 100, { [match]: 100 })),
          ];
          const some = all.map((each, k) => (left[k] === true ? { ...each, scores: [] } : each));
          expect(sumsOf(some).covered).toBeLessThanOrEqual(sumsOf(all).covered);
          expect(sumsOf(some).unbounded).toBeLessThanOrEqual(sumsOf(all).unbounded);
          expect(sumsOf(some).total).toBe(sumsOf(all).total);
        },
      ),
    );
  });

  it('keeps the bar of 50 bps where less than 2 % of the draws are of later data, and nothing else is covered', () => {
    const honest = Array.from({ length: 1004 }, () => draw(1, 100));
    const dense = Array.from({ length: 20 }, (_, k) => draw(2 + (k % 2), 6_000, { [3 - (k % 2)]: 5_600 }));
    expect(meetsBar(sumsOf([...honest, ...dense]), 50)).toBe(true);
    expect(meetsBar(sumsOf([...honest, ...dense], 1), 50)).toBe(false);
  });
});
