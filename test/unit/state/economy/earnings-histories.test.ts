/**
 * Any history of payments, strikes and claims: what the index lists of contributions, models and accounts adds up to
 * what the state says they have earned, and so to what claims pay, to the base unit.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ContributionId, ModelId } from '../../../../src/lib/ids.ts';
import { SHARE_BITS } from '../../../../state/attribution/relevance.ts';
import { numberEvents } from '../../../../state/events/block-events.ts';
import type { Track } from '../../../../state/events/tracks.ts';
import type { Event } from '../../../../state/events.ts';
import type { ExecutedBlock } from '../../../../state/machine.ts';
import { acceptedOf } from '../../../../state/modules/data/contributions.ts';
import { novelTokensLeft, shareOf } from '../../../../state/modules/data/novelty-shares.ts';
import { fallDeclaration } from '../../../../state/modules/disputes/declarations.ts';
import type { HookContext } from '../../../../state/modules/kit/context.ts';
import { account, move, pot } from '../../../../state/modules/ledger/accounts.ts';
import { addTotals } from '../../../../state/modules/ledger/totals.ts';
import { addDataMoney } from '../../../../state/modules/pay/epochs.ts';
import { payOut } from '../../../../state/modules/pay/payouts.ts';
import { contributionEarned, modelEarned } from '../../../../state/modules/pay/rewards.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import {
  accountEarnings,
  contributionEarnings,
  type EarningsPage,
  type EarningsPosition,
  type EarningsQuery,
  modelEarnings,
} from '../../../../state/store/earnings.ts';
import { indexPuts } from '../../../../state/store/event-index.ts';
import { openHistory } from '../../../../state/store/history.ts';
import { transactionPuts } from '../../../../state/store/transactions.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import type { VerifiedTransaction } from '../../../../state/tx/transaction.ts';
import { overlay } from '../../../../state/view.ts';
import { memoryDatabase } from '../memory-database.ts';
import {
  alice,
  bob,
  contribute,
  createDatanet,
  creator,
  everyone,
  payer,
  pinOf,
  receiptBody,
  registerModel,
  trainer,
  writable,
} from './scenes.ts';
import { actor, bytes32, intent, World } from './world.ts';

/** A world that indexes its blocks, and what was done to its state between them as part of the next one. */
class IndexedWorld extends World {
  readonly #database = memoryDatabase();
  readonly history = openHistory(this.#database, () => this.height);
  readonly #writes = new Map<string, Uint8Array | undefined>();
  #events: Event[] = [];

  protected override execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    const executed = super.execute(transactions);
    const { transactions: own, end } = executed.events;
    const events = numberEvents({ transactions: own, end: [...this.#events, ...end] });
    for (const [key, value] of executed.writes) this.#writes.set(key, value);
    const height = toHeight(this.height);
    void this.#database.write([
      ...indexPuts(height, transactions, events, this.#writes),
      ...transactionPuts(height, transactions, executed),
    ]);
    this.#writes.clear();
    this.#events = [];
    return executed;
  }

  act<T>(what: (context: HookContext) => T): T {
    const view = overlay(this.state, writable(this));
    const block = { ...this.context, height: toHeight(this.height + 1n) };
    const done = what({ view, block, emit: (event) => this.#events.push(event) });
    for (const [key, value] of view.writes) this.#writes.set(key, value);
    view.commit();
    return done;
  }
}

const fund = ({ view }: HookContext, to: 'dataPools' | 'heldFees', amount: bigint): void =>
  expect(move(view, account(creator.address), pot(to), amount)).toBeUndefined();

const settle = (
  world: IndexedWorld,
  model: ModelId,
  data: bigint,
  contributions: readonly ContributionId[],
  cut: number,
): void =>
  world.act((context) => {
    fund(context, 'dataPools', data);
    addTotals(context.view, { fees: data });
    const scores = contributions.map((contribution, i) => ({
      contribution,
      score: 1 + ((cut + 37 * i) % 200),
    }));
    const covered = scores.reduce((sum, { score }) => sum + score, 0);
    // At most a fifth for each, so that something is left for the treasury or the novel tokens.
    const relevance = contributions.map((contribution, i) => ({
      contribution,
      share: (BigInt((cut + 53 * i) % 101) << SHARE_BITS) / 500n,
    }));
    const attribution = { scores, total: 1_000, shared: 0, coverageBps: covered * 10, relevance };
    addDataMoney(context, model, [{ version: 1, data, attribution }]);
  });

const expire = (world: IndexedWorld, model: ModelId, batch: Root, fees: readonly bigint[]): void =>
  world.act((context) => {
    const receipts = fees.map((fee) => ({
      payer: payer.address,
      lane: 0,
      model,
      version: 1,
      body: { ...receiptBody('x'), compute: 3n, fee },
    }));
    fund(
      context,
      'heldFees',
      fees.reduce((sum, fee) => sum + fee + 3n, 0n),
    );
    addTotals(context.view, { receipts: BigInt(fees.length) });
    payOut(
      context,
      { batch, provider: actor('provider').address },
      { type: 'unsettled' },
      receipts.map((receipt, index) => ({ index, receipt, outcome: undefined })),
    );
  });

const strike = (world: IndexedWorld, contribution: ContributionId, index: number, tokens: number): void =>
  world.act((context) => {
    const accepted = acceptedOf(context.view, contribution);
    const share = accepted && shareOf(accepted);
    if (accepted === undefined || share === undefined) return;
    if (novelTokensLeft(context.view, accepted.datanet, share) < BigInt(tokens)) return;
    const fall = { type: 'novelRun', reason: 'HARVEST', index, tokens, source: undefined } as const;
    fallDeclaration(context, contribution, fall, payer.address);
  });

type Sums = Readonly<Record<Track, bigint>>;

const summed = async (
  read: (query: EarningsQuery) => Promise<EarningsPage | undefined>,
  limit: number,
): Promise<Sums> => {
  const sums = {
    spans: 0n,
    relevance: 0n,
    remainder: 0n,
    forfeited: 0n,
    model: 0n,
    stake: 0n,
    attestor: 0n,
    provider: 0n,
  };
  let from: EarningsPosition | undefined = { height: toHeight(0n), index: 0, entry: 0 };
  while (from !== undefined) {
    const page: EarningsPage | undefined = await read({ from, limit });
    invariant(page !== undefined, 'it is accepted');
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    for (const { track, amount } of page.entries) sums[track] += amount;
    from = page.next;
  }
  return sums;
};

it('adds up to what contributions, models and accounts have earned, in any history', async () => {
  const action = fc.record({
    what: fc.constantFrom('settle', 'settle', 'expire', 'expire', 'strike', 'claim', 'epoch'),
    model: fc.nat(2),
    contribution: fc.nat(3),
    money: fc.oneof(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 10n ** 18n })),
    cut: fc.nat(500),
  });
  let forfeited = 0n;
  let relevant = 0n;
  let total = 0n;
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 4, maxLength: 14, size: 'max' }),
      fc.integer({ min: 1, max: 7 }),
      async (history, limit) => {
        const world = new IndexedWorld(everyone);
        const datanets = [createDatanet(world), createDatanet(world)] as const;
        const runs = (ends: readonly number[]) => ({
          novelRuns: ends.map((end, i) => ({ item: 0, start: 20 * i, end: 20 * i + end })),
        });
        const contributions = [
          contribute(world, alice, datanets[0], 'a', runs([7, 13])),
          contribute(world, bob, datanets[0], 'b', runs([11])),
          contribute(world, alice, datanets[1], 'c', runs([3, 5, 17])),
        ];
        const early = registerModel(world, [pinOf(world, datanets[0])], {}, { controlBps: 18 });
        contributions.push(contribute(world, alice, datanets[0], 'd', runs([19, 2])));
        const late = registerModel(
          world,
          datanets.map((datanet) => pinOf(world, datanet)),
          { base: early, shares: [{ account: alice.address, role: 'trainer', bps: 3_333 }] },
          { controlBps: 18 },
        );
        const models = [early, late, registerModel(world, [])];
        for (const [turn, { what, model, contribution, money, cut }] of history.entries()) {
          const id = models[model] ?? early;
          const chosen = contributions[contribution] ?? 1;
          if (what === 'settle' && model < 2)
            settle(world, id, money, model === 0 ? contributions.slice(0, 2) : contributions, cut);
          else if (what === 'expire') expire(world, id, bytes32(`batch ${turn}`), [money, BigInt(cut)]);
          else if (what === 'strike') strike(world, chosen, cut % 2, 2);
          else if (what === 'claim') {
            // What is left unclaimed is what a strike takes. A claim of nothing fails, and changes nothing.
            const claimed = [chosen];
            const by = chosen === contributions[1] ? bob : alice;
            world.block(intent(by, rewardClaim, { contributions: claimed, models: [], stake: false }));
          } else world.until(world.height + 10n);
        }
        world.until(world.height + 20n);
        const { history: past, view } = world;
        const height = world.height;
        for (const contribution of contributions) {
          const sums = await summed(
            (query) => contributionEarnings(past, view, contribution, query, height),
            limit,
          );
          const earned = contributionEarned(view, contribution, acceptedOf(view, contribution) ?? never());
          expect(sums.spans).toBe(earned.spans);
          expect(sums.relevance).toBe(earned.relevance);
          relevant += sums.relevance;
          expect(sums.remainder - sums.forfeited).toBe(earned.remainder);
          forfeited += sums.forfeited;
        }
        for (const id of models) {
          const sums = await summed((query) => modelEarnings(past, id, query, height), limit);
          expect(sums.model).toBe(modelEarned(view, id));
        }
        for (const { address } of [alice, bob, trainer, creator, actor('north'), actor('south')]) {
          const sums = await summed((query) => accountEarnings(past, view, address, query, height), limit);
          const rewards = getRewards(view, address, { from: 0, limit: 1_000 });
          const over = <T>(list: readonly T[], amount: (each: T) => bigint): bigint =>
            list.reduce((sum, each) => sum + amount(each), 0n);
          expect(sums.spans).toBe(over(rewards.contributions, ({ earned }) => earned.spans));
          expect(sums.relevance).toBe(over(rewards.contributions, ({ earned }) => earned.relevance));
          expect(sums.remainder - sums.forfeited).toBe(
            over(rewards.contributions, ({ earned }) => earned.remainder),
          );
          expect(sums.model).toBe(over(rewards.models, ({ earned }) => earned));
          expect(sums.stake).toBe(over(rewards.stake, ({ earned }) => earned));
          total += sums.remainder + sums.spans;
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(forfeited).toBeGreaterThan(0n);
  expect(relevant).toBeGreaterThan(0n);
  expect(total).toBeGreaterThan(0n);
});

const never = (): never => {
  throw new Error('it is there');
};
