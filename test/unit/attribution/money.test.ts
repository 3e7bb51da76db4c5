import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumBig } from '../../../src/lib/math.ts';
import { apportion } from '../../../state/attribution/apportion.ts';
import {
  addReceipt,
  closeEpoch,
  type EpochSums,
  NO_SUMS,
  receiptWeights,
  sharedData,
} from '../../../state/attribution/epoch.ts';
import { type FeeShares, splitFee } from '../../../state/attribution/fees.ts';

const amount = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 0n, max: 1000n }));
const OPEN = 10n ** 18n;
const SHARES: FeeShares = {
  burnBps: 500,
  treasuryBps: 300,
  attestorBps: 200,
  modelBps: 2000,
  stakersBps: 2000,
};

describe('the split of a fee', () => {
  test('is 5, 3, 2, 20 and 20 percent, and half for the data', () => {
    expect(splitFee(10_000n, SHARES)).toEqual({
      burned: 500n,
      treasury: 300n,
      attestor: 200n,
      model: 2000n,
      stakers: 2000n,
      data: 5000n,
    });
  });

  test('gives the data every unit that rounding down leaves', () => {
    expect(splitFee(19n, SHARES)).toMatchObject({
      burned: 0n,
      model: 3n,
      stakers: 3n,
      data: 13n,
    });
  });

  test('adds up to the fee, with no part below zero, for any fee and any shares', () => {
    const bps = fc.nat(2000);
    const shares = fc.record({
      burnBps: bps,
      treasuryBps: bps,
      attestorBps: bps,
      modelBps: bps,
      stakersBps: bps,
    });
    fc.assert(
      fc.property(amount, shares, (fee, parts) => {
        const split = splitFee(fee, parts);
        expect(sumBig(Object.values(split))).toBe(fee);
        expect(Object.values(split).every((part) => part >= 0n)).toBe(true);
      }),
    );
  });
});

describe('apportioning', () => {
  test('gives what is left to the largest remainders, and in a tie to the earlier', () => {
    expect(apportion(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(apportion(10n, [5n, 3n, 7n])).toEqual([3n, 2n, 5n]);
    expect(apportion(2n, [1n, 1n, 1n, 1n])).toEqual([1n, 1n, 0n, 0n]);
  });

  test('pays nobody when nobody has a weight', () => {
    expect(apportion(10n, [])).toEqual([]);
    expect(apportion(10n, [0n, 0n])).toEqual([0n, 0n]);
  });

  test('adds up to the amount, each within one unit of its exact share, and none without a weight is paid', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 12 }), (whole, weights) => {
        const total = sumBig(weights);
        fc.pre(total > 0n);
        const shares = apportion(whole, weights);
        expect(sumBig(shares)).toBe(whole);
        weights.forEach((weight, i) => {
          const share = shares[i] ?? -1n;
          expect(share * total > whole * weight - total && share * total < whole * weight + total).toBe(true);
          if (weight === 0n) expect(share).toBe(0n);
        });
      }),
    );
  });
});

describe('the close of an epoch', () => {
  const receipt = (data: bigint, a: number, control = 0): EpochSums =>
    addReceipt(NO_SUMS, data, a, control, 0n);

  test('pays σ of the coverage in excess of the control', () => {
    const close = closeEpoch(
      receipt(1000n * OPEN, 3000, 500),
      0n,
      [{ contribution: 3, weight: 1n }],
      [],
      8000,
    );
    expect(close).toEqual({
      spanPool: 200n * OPEN,
      shares: [{ contribution: 3, amount: 200n * OPEN }],
      relevancePaid: 0n,
      relevance: [],
      remainder: 800n * OPEN,
      debt: 0n,
    });
  });

  test('carries what falls short of the control, and pays again only when that is made up for', () => {
    const weights = [{ contribution: 1, weight: 5n }];
    const short = closeEpoch(receipt(100n, 100, 600), 0n, weights, [], 8000);
    expect(short).toMatchObject({ spanPool: 0n, remainder: 100n, debt: 50_000n });
    const even = closeEpoch(receipt(100n, 1100, 600), short.debt, weights, [], 8000);
    expect(even).toMatchObject({ spanPool: 0n, remainder: 100n, debt: 0n });
    expect(closeEpoch(receipt(100n, 1100, 600), even.debt, weights, [], 10_000).spanPool).toBe(5n);
  });

  test('leaves a pool in which nobody has a weight to the remainder', () => {
    expect(closeEpoch(receipt(1000n, 10_000), 0n, [], [], 8000)).toMatchObject({
      spanPool: 0n,
      remainder: 1000n,
    });
    expect(closeEpoch(receipt(1000n, 10_000), 0n, [{ contribution: 1, weight: 0n }], [], 8000)).toMatchObject(
      {
        spanPool: 0n,
        remainder: 1000n,
      },
    );
  });

  test('weighs a receipt by its money and the part of it that a contribution explains', () => {
    expect(receiptWeights(3n, { scores: [{ contribution: 4, score: 1 }], total: 3 })).toEqual([
      { contribution: 4, weight: 2n ** 32n },
    ]);
    expect(receiptWeights(1n, { scores: [{ contribution: 4, score: 2 }], total: 3 })).toEqual([
      { contribution: 4, weight: 2863311530n },
    ]);
  });

  test('divides all data money into shares and remainder, never pays past σ, and keeps weights within uint256', () => {
    const receipts = fc.array(
      fc.record({
        data: amount,
        control: fc.nat(10_000),
        total: fc.integer({ min: 1, max: 25_165_824 }),
        others: fc.nat(1000),
        parts: fc.array(fc.record({ contribution: fc.nat(5), share: fc.nat(1000) }), { maxLength: 4 }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(receipts, amount, fc.nat(10_000), (given, debt, sigma) => {
        let sums = NO_SUMS;
        const weights = new Map<number, bigint>();
        for (const { data, control, total, others, parts } of given) {
          // Scores that add up to at most the total.
          const scores = parts.map(({ contribution, share }) => ({
            contribution,
            score: Math.floor((total * share) / 4000),
          }));
          const covered = scores.reduce((all, { score }) => all + score, 0);
          // Of what nobody earns, a part or all is shared.
          const shared = Math.floor(((total - covered) * others) / 1000);
          const due = sharedData(data, { shared, total });
          sums = addReceipt(sums, data, Math.floor((10_000 * covered) / total), control, due);
          for (const { contribution, weight } of receiptWeights(data, { scores, total }))
            weights.set(contribution, (weights.get(contribution) ?? 0n) + weight);
        }
        const list = [...weights]
          .sort(([a], [b]) => a - b)
          .map(([contribution, weight]) => ({ contribution, weight }));
        const close = closeEpoch(sums, debt, list, [], sigma);
        expect(sumBig(close.shares.map((share) => share.amount))).toBe(close.spanPool);
        expect(close.spanPool + close.remainder + sums.shared).toBe(sums.data);
        expect(close.remainder >= 0n).toBe(true);
        // The bound on the pool is never what decides, so what is shared lowers nobody else's pay.
        const wanted = sums.gain - sums.expected - debt;
        const unbound = wanted > 0n ? (BigInt(sigma) * wanted) / 10n ** 8n : 0n;
        if (list.some(({ weight }) => weight > 0n)) expect(close.spanPool).toBe(unbound);
        expect(close.spanPool * 10_000n <= BigInt(sigma) * (sums.data - sums.shared)).toBe(true);
        expect(close.debt >= 0n && (close.debt === 0n || close.spanPool === 0n)).toBe(true);
        expect(list.every(({ weight }) => weight < 2n ** 256n)).toBe(true);
      }),
    );
  });
});
