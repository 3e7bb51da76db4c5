/**
 * Any history of epochs, held against the rules as docs/attribution.md#money puts them, worked out here apart from
 * the chain: the signed carry, the two bounds of the pool, one rounding by largest remainder, and all else remainder.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId, ModelId } from '../../../../src/lib/ids.ts';
import { minBig } from '../../../../src/lib/math.ts';
import { acceptedOf } from '../../../../state/modules/data/contributions.ts';
import { account, move, pot, potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { addTotals, totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { addDataMoney } from '../../../../state/modules/pay/epochs.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { getModel } from '../../../../state/queries/models.ts';
import {
  alice,
  bob,
  contribute,
  createDatanet,
  creator,
  everyone,
  pinOf,
  registerModel,
  trainer,
} from './scenes.ts';
import { World } from './world.ts';

type Score = { readonly contribution: ContributionId; readonly score: number };
type Receipt = {
  readonly data: bigint;
  /** Undefined: nobody settled it. */
  readonly attribution:
    | { readonly scores: readonly Score[]; readonly total: number; readonly shared: number }
    | undefined;
};

/** floor(a/b), b > 0. */
const floored = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));

/** One model by the page: what each epoch pays, by contribution id, and what it carries on. */
class Rules {
  carry = 0n;
  spans = new Map<number, bigint>();
  readonly sums = { settled: 0n, data: 0n, gain: 0n, expected: 0n, spans: 0n, remainder: 0n, shared: 0n };
  readonly #sigma: bigint;
  readonly #kappa: bigint;

  constructor(sigmaBps: number, controlBps: number) {
    this.#sigma = BigInt(sigmaBps);
    this.#kappa = BigInt(controlBps);
  }

  close(receipts: readonly Receipt[]): void {
    let [data, gain, all, settled, theirs] = [0n, 0n, 0n, 0n, 0n];
    const weights = new Map<number, bigint>();
    for (const { data: d, attribution } of receipts) {
      all += d;
      if (attribution === undefined) continue;
      settled += 1n;
      const { scores, total, shared } = attribution;
      const covered = scores.reduce((sum, { score }) => sum + score, 0);
      data += d;
      theirs += floored(d * BigInt(shared), BigInt(total));
      gain += d * floored(10_000n * BigInt(covered), BigInt(total));
      for (const { contribution, score } of scores)
        weights.set(
          contribution,
          (weights.get(contribution) ?? 0n) + floored(d * BigInt(score) * 2n ** 32n, BigInt(total)),
        );
    }
    const excess = this.carry + gain - data * this.#kappa;
    const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0n);
    const bounds = [
      floored(this.#sigma * (excess > 0n ? excess : 0n), 10n ** 8n),
      floored(this.#sigma * data, 10n ** 4n),
    ];
    const pool = whole === 0n ? 0n : bounds.reduce(minBig);
    const parts = [...weights]
      .map(([contribution, weight]) => {
        const share = whole === 0n ? 0n : floored(pool * weight, whole);
        return { contribution, share, left: pool * weight - share * whole };
      })
      .sort((a, b) => (a.left === b.left ? a.contribution - b.contribution : a.left > b.left ? -1 : 1));
    let over = pool - parts.reduce((sum, { share }) => sum + share, 0n);
    for (const { contribution, share } of parts) {
      const unit = over > 0n ? 1n : 0n;
      over -= unit;
      this.spans.set(contribution, (this.spans.get(contribution) ?? 0n) + share + unit);
    }
    this.carry = excess < 0n ? excess : 0n;
    const { sums } = this;
    sums.settled += settled;
    sums.data += data;
    sums.gain += gain;
    sums.expected += data * this.#kappa;
    sums.spans += pool;
    sums.remainder += all - pool - theirs;
    sums.shared += theirs;
  }
}

/** Two models of one chain: one of two Datanets, with a control; one without data. */
const scene = (controlBps: number, spanShareBps: number) => {
  const world = new World(everyone, (params) => ({
    ...params,
    attribution: { ...params.attribution, spanShareBps },
  }));
  const datanets = [createDatanet(world), createDatanet(world)] as const;
  const contributions = [
    contribute(world, alice, datanets[0], 'a'),
    contribute(world, bob, datanets[0], 'b', { novelRuns: [{ item: 0, start: 0, end: 7 }] }),
    contribute(world, trainer, datanets[1], 'c', { novelRuns: [] }),
    contribute(world, alice, datanets[1], 'd', { novelRuns: [{ item: 0, start: 90, end: 100 }] }),
  ];
  const pins = datanets.map((datanet) => pinOf(world, datanet));
  const models = [registerModel(world, pins, {}, { controlBps }), registerModel(world, [])];
  world.until(100n);
  return { world, contributions, models };
};

/** Receipts that became final now. */
const pay = (world: World, model: ModelId, receipts: readonly Receipt[]): void => {
  const context = {
    view: world.state,
    block: { ...world.context, height: toHeight(world.height + 1n) },
    emit: () => undefined,
  };
  for (const { data } of receipts) {
    expect(move(world.state, account(creator.address), pot('dataPools'), data)).toBeUndefined();
    addTotals(world.state, { fees: data });
  }
  addDataMoney(
    context,
    model,
    receipts.map(({ data, attribution }) => {
      const covered = attribution?.scores.reduce((sum, { score }) => sum + score, 0) ?? 0;
      const coverageBps = attribution === undefined ? 0 : Math.floor((10_000 * covered) / attribution.total);
      return { version: 1, data, attribution: attribution && { ...attribution, coverageBps, relevance: [] } };
    }),
  );
};

it('pays by the rules, in any history of epochs, and carries exactly what they say', () => {
  const money = fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 10n ** 18n }));
  const receipt = fc.record({
    model: fc.nat(1),
    data: money,
    settled: fc.boolean(),
    total: fc.integer({ min: 1, max: 100_000 }),
    cuts: fc.array(fc.nat(5_000), { minLength: 5, maxLength: 5 }),
  });
  const epochs = fc.array(fc.array(receipt, { maxLength: 5 }), { minLength: 1, maxLength: 6 });
  let carried = 0;
  fc.assert(
    fc.property(
      epochs,
      fc.constantFrom(0, 18, 3_000),
      fc.constantFrom(8_000, 10_000),
      (history, control, sigma) => {
        const { world, contributions, models } = scene(control, sigma);
        const rules = [new Rules(sigma, control), new Rules(sigma, 0)];
        const before = totalsOf(world.view);
        const treasury = potTotal(world.view, 'treasury');
        for (const epoch of history) {
          for (const [i, model] of models.entries()) {
            const receipts = epoch
              .filter((each) => each.model === i)
              .map(({ data, settled, total, cuts }): Receipt => {
                // Parts of the total that add up to no more than it.
                const scores: Score[] = [];
                let left = total;
                for (const [j, contribution] of contributions.entries()) {
                  const score = Math.min(left, cuts[j] ?? 0);
                  left -= score;
                  if (score > 0) scores.push({ contribution, score });
                }
                const shared = Math.min(left, cuts[4] ?? 0);
                return { data, attribution: settled ? { scores, total, shared } : undefined };
              });
            pay(world, model, receipts);
            if (receipts.length > 0) rules[i]?.close(receipts);
          }
          world.until(world.height + 10n);
          if (rules.some(({ carry }) => carry < 0n)) carried += 1;
          for (const [i, model] of models.entries()) {
            const { history: sums, debt, gapBps, coverageBps } = getModel(world.view, model) ?? never();
            const own = rules[i] ?? never();
            expect(sums).toMatchObject(own.sums);
            expect(debt).toBe(-own.carry);
            const all = own.sums.spans + own.sums.remainder;
            expect(gapBps).toBe(all === 0n ? 0 : Number((own.sums.remainder * 10_000n) / all));
            expect(coverageBps).toBe(own.sums.data === 0n ? 0 : Number(own.sums.gain / own.sums.data));
          }
        }
        const earned = contributions.map((contribution) => {
          const accepted = acceptedOf(world.view, contribution);
          return contributionEarned(world.view, contribution, accepted ?? never());
        });
        for (const [i, contribution] of contributions.entries())
          expect(earned[i]?.spans).toBe(
            (rules[0]?.spans.get(contribution) ?? 0n) + (rules[1]?.spans.get(contribution) ?? 0n),
          );
        // The first model's remainder goes to novel tokens, but for dust; the second has nobody to go to.
        const shares = earned.reduce((sum, { remainder }) => sum + remainder, 0n);
        const [first, second] = rules.map(({ sums }) => sums.remainder);
        const after = totalsOf(world.view);
        expect(after.remainderToTreasury - before.remainderToTreasury).toBe(second);
        const [shared, others] = rules.map(({ sums }) => sums.shared);
        expect(after.shared - before.shared).toBe((shared ?? 0n) + (others ?? 0n));
        expect(potTotal(world.view, 'treasury') - treasury).toBe(
          (second ?? 0n) + (shared ?? 0n) + (others ?? 0n),
        );
        expect((first ?? 0n) - shares).toBeGreaterThanOrEqual(0n);
        expect((first ?? 0n) - shares).toBeLessThanOrEqual(BigInt(3 * history.length));
        // Who declared no novel token has no share of it.
        expect(earned[2]?.remainder).toBe(0n);
        expect(potTotal(world.view, 'dataPools')).toBe(0n);
      },
    ),
    { numRuns: 40 },
  );
  expect(carried).toBeGreaterThan(5);
});

const never = (): never => {
  throw new Error('it is there');
};
