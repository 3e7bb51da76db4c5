/** Which epochs close in which block, if more end than a block may close. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Height, toHeight } from '../../../../src/lib/brands.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import {
  addReceipt,
  closeEpoch,
  NO_SUMS,
  receiptWeights,
  relevanceWeights,
} from '../../../../state/attribution/epoch.ts';
import { acceptedOf, setAccepted } from '../../../../state/modules/data/contributions.ts';
import { paidByNovelty } from '../../../../state/modules/data/novelty-shares.ts';
import { account, move, pot } from '../../../../state/modules/ledger/accounts.ts';
import { addTotals, totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { controlBpsOf } from '../../../../state/modules/models/calibrations.ts';
import { addVersion, knownVersion, versionCountOf } from '../../../../state/modules/models/models.ts';
import { addDue, openClosing, takeClosing } from '../../../../state/modules/pay/closing.ts';
import { CLOSING_WORK, EPOCH_WORK } from '../../../../state/modules/pay/epoch-close.ts';
import { addDataMoney, type DataMoney, runningEpochOf } from '../../../../state/modules/pay/epochs.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { getEpoch, getModel } from '../../../../state/queries/models.ts';
import {
  alice,
  contribute,
  createDatanet,
  creator,
  everyone,
  pinOf,
  registerModel,
  writable,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

const digits = (amount: bigint): number => (amount === 0n ? 0 : amount.toString(16).length);

describe('epochs that have ended', () => {
  const receipts = fc.array(fc.record({ model: fc.nat(6), data: fc.bigInt({ min: 0n, max: 70_000n }) }), {
    maxLength: 20,
  });

  it('each close once, in no more work than a block may do and one more, the dearest first', () => {
    fc.assert(
      fc.property(
        fc.array(receipts, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (epochs, work, cost) => {
          const view = new Map<string, Uint8Array>();
          const open = new Map<string, bigint>();
          const waiting = new Map<string, bigint>();
          const whole = new Map<string, bigint>();
          const rested = new Set<string>();
          const closed = new Set<string>();
          const closeSome = (): void => {
            let spent = 0;
            takeClosing(view, work, ({ model, end }, room) => {
              expect(room).toBe(work - spent);
              expect(spent).toBeLessThan(work);
              const name = `${end}/${model}`;
              const data = waiting.get(name);
              spent += data === undefined ? 1 : cost;
              if (data === undefined) {
                expect(closed).toContain(name);
                return { work: 1, rest: undefined };
              }
              // The rest of one may also come by an entry that it grew out of before, which has a higher level.
              const most = rested.has(name) ? (whole.get(name) ?? 0n) : data;
              for (const other of waiting.values()) expect(digits(other)).toBeLessThanOrEqual(digits(most));
              // With half of its data money paid, the rest waits for its turn anew.
              if (cost > 3 && data > 1n && cost >= room) {
                waiting.set(name, data / 2n);
                rested.add(name);
                return { work: cost, rest: data / 2n };
              }
              waiting.delete(name);
              closed.add(name);
              return { work: cost, rest: undefined };
            });
            // Nothing waits while there is time for it.
            if (spent < work) expect(waiting.size).toBe(0);
          };
          let height = 0n;
          for (const epoch of epochs) {
            const end = toHeight(height + 3n);
            for (const { model, data } of epoch) {
              const before = open.get(`${end}/${model}`);
              const after = (before ?? 0n) + data;
              open.set(`${end}/${model}`, after);
              addDue(view, { model, end }, before, after);
            }
            while (height < end) {
              height += 1n;
              if (height === end) {
                openClosing(view, end);
                for (const [name, data] of open) {
                  waiting.set(name, data);
                  whole.set(name, data);
                }
                open.clear();
              }
              closeSome();
            }
          }
          for (let blocks = 0; view.size > 0; blocks++) {
            expect(blocks).toBeLessThan(500);
            closeSome();
          }
          expect(waiting.size).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of one model with many versions close over several blocks, as if it had been in one', () => {
    const PINS = 16;
    const VERSIONS = 300;
    const world = new World(everyone);
    const contributions = Array.from({ length: PINS }, (_, i) => {
      const datanet = createDatanet(world, { name: `net ${i}` });
      return { datanet, contribution: contribute(world, alice, datanet, `text ${i}`) };
    });
    const pins = contributions.map(({ datanet }) => pinOf(world, datanet));
    const many = registerModel(world, pins, { name: 'many versions' });
    const other = registerModel(world, pins, { name: 'one version' });
    const view = writable(world);
    const version = knownVersion(view, many, 1);
    while (versionCountOf(view, many) < VERSIONS)
      addVersion(view, many, { ...version, manifest: bytes32(`version ${versionCountOf(view, many)}`) });
    const pay = (model: ModelId, data: readonly bigint[]): Height => {
      const sum = sumBig(data);
      expect(move(view, account(creator.address), pot('dataPools'), sum)).toBeUndefined();
      addTotals(view, { fees: sum });
      const block = { ...world.context, height: toHeight(world.height + 1n) };
      addDataMoney(
        { view, block, emit: () => undefined },
        model,
        data.map((each, i) => ({ version: i + 1, data: each, attribution: undefined })),
      );
      return getEpoch(world.view, model, block.height).end;
    };
    world.until((world.height / 10n + 1n) * 10n);
    // Less for each version than the other model has, and more in all.
    const end = pay(
      many,
      Array.from({ length: VERSIONS }, (_, i) => (i === 7 ? 0n : 170n)),
    );
    pay(other, [5_000n]);
    world.until(end);
    const each = 1 + PINS;
    const paid = (): number => world.lastEnd.filter(({ type }) => type === 'remainderPaid').length;
    const first = Math.ceil((CLOSING_WORK - EPOCH_WORK) / each);
    // The version without data money is none of those that wait.
    expect(paid()).toBe(first * PINS);
    expect(getEpoch(world.view, many, end).closed).toBeUndefined();
    expect(runningEpochOf(world.view, many)).toBeUndefined();
    // What comes meanwhile is of the next epoch. Money is whole after every block (`World`).
    const next = pay(many, [900n]);
    world.block();
    expect(getEpoch(world.view, other, end).closed).toMatchObject({ remainder: 5_000n });
    expect(getEpoch(world.view, many, end).closed).toBeUndefined();
    world.block();
    world.block();
    const whole = 170n * BigInt(VERSIONS - 1);
    expect(getEpoch(world.view, many, end).closed).toMatchObject({
      unsettled: whole,
      remainder: whole,
      remainderToTreasury: 0n,
    });
    expect(getModel(world.view, many)?.history).toMatchObject({ epochs: 1n, remainder: whole });
    // All of it has gone to contributions, but for what they cannot claim of a base unit.
    world.until(next);
    expect(getEpoch(world.view, many, next).closed).toMatchObject({ remainder: 900n });
    const earned = contributions.map(({ datanet, contribution }) => {
      const share = { acceptance: 0, novelTokens: 100n };
      expect(acceptedOf(world.view, contribution)).toMatchObject(share);
      return paidByNovelty(world.view, datanet, share);
    });
    const everything = whole + 5_000n + 900n;
    const dust = everything - sumBig(earned);
    expect(dust).toBeGreaterThanOrEqual(0n);
    expect(dust).toBeLessThanOrEqual(BigInt(PINS));
    expect(
      [...world.state.keys()].filter((key) =>
        /^due\/(?:epochs|closing|levels)|^epochs\/\d+\/\d+\//.test(key),
      ),
    ).toEqual([]);
  });

  it('with many contributions close over several blocks, and pay each what it would have got in one', () => {
    const COUNT = 5_000;
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const first = contribute(world, alice, datanet, 'text');
    const model = registerModel(world, [pinOf(world, datanet)]);
    const view = writable(world);
    const accepted = acceptedOf(view, first);
    if (accepted === undefined) expect.fail('it is accepted');
    for (let i = 1; i < COUNT; i++) setAccepted(view, first + i, accepted);
    const total = 2 * COUNT;
    // Every third has no share of the relevance that is worth a base unit.
    const shareOf = (i: number): bigint => (i % 3 === 0 ? 0n : BigInt(200_000 + i));
    const attribution = {
      scores: Array.from({ length: COUNT }, (_, i) => ({ contribution: first + i, score: 1 + (i % 2) })),
      total,
      shared: 0,
      coverageBps: 5_000,
      relevance: Array.from({ length: COUNT }, (_, i) => ({ contribution: first + i, share: shareOf(i) })),
    };
    const pay = (data: bigint, found: DataMoney['attribution']): Height => {
      expect(move(view, account(creator.address), pot('dataPools'), data)).toBeUndefined();
      addTotals(view, { fees: data });
      const block = { ...world.context, height: toHeight(world.height + 1n) };
      addDataMoney({ view, block, emit: () => undefined }, model, [{ version: 1, data, attribution: found }]);
      return getEpoch(world.view, model, block.height).end;
    };
    world.until((world.height / 10n + 1n) * 10n);
    const DATA = 1_000_000_007n;
    const end = pay(DATA, attribution);
    const controlBps = controlBpsOf(world.view, model, 1);
    const expected = closeEpoch(
      addReceipt(NO_SUMS, DATA, attribution.coverageBps, controlBps, 0n),
      0n,
      receiptWeights(DATA, attribution),
      relevanceWeights(DATA, attribution.relevance),
      world.params.attribution.spanShareBps,
    );
    const due = (['spans', 'relevance'] as const).flatMap((track) =>
      (track === 'spans' ? expected.shares : expected.relevance)
        .slice(0, COUNT)
        .filter(({ amount }) => amount > 0n)
        .map((share) => ({ track, ...share })),
    );
    expect(due.filter(({ track }) => track === 'relevance').length).toBeGreaterThan(COUNT / 2);
    const before = totalsOf(world.view);
    const paid: typeof due = [];
    const blocks: number[] = [];
    world.until(toHeight(end - 1n));
    let next = end;
    while (getEpoch(world.view, model, end).closed === undefined) {
      world.block(); // It holds the money whole.
      const now = world.lastEnd.flatMap(({ type, data }) =>
        type === 'spansPaid' || type === 'relevancePaid'
          ? [
              {
                track: type === 'spansPaid' ? ('spans' as const) : ('relevance' as const),
                contribution: data.contribution,
                amount: data.amount,
              },
            ]
          : [],
      );
      paid.push(...now);
      blocks.push(now.length);
      // Totals, the pot and what can be claimed go with the payments.
      const of = (track: 'spans' | 'relevance'): bigint =>
        sumBig(paid.filter((each) => each.track === track).map(({ amount }) => amount));
      expect(totalsOf(world.view).data - before.data).toBe(of('spans'));
      expect(totalsOf(world.view).relevance - before.relevance).toBe(of('relevance'));
      for (const { contribution } of now.slice(-3)) {
        const credited = paid.filter((each) => each.contribution === contribution);
        const earned = contributionEarned(world.view, contribution, accepted);
        expect(earned.spans + earned.relevance).toBe(sumBig(credited.map(({ amount }) => amount)));
      }
      if (blocks.length === 2) {
        expect(runningEpochOf(world.view, model)).toBeUndefined();
        next = pay(900n, undefined);
        expect(next).toBe(end + 10n);
      }
    }
    expect(paid).toEqual(due);
    expect(blocks.length).toBeGreaterThan(due.length / CLOSING_WORK);
    expect(blocks.length).toBeLessThan(due.length / CLOSING_WORK + 2);
    for (const count of blocks) expect(count).toBeLessThanOrEqual(CLOSING_WORK);
    expect(getEpoch(world.view, model, end).closed).toMatchObject({
      spans: expected.spanPool,
      relevance: expected.relevancePaid,
      remainder: expected.remainder,
    });
    expect(getModel(world.view, model)?.history).toMatchObject({
      epochs: 1n,
      spans: expected.spanPool,
      relevance: expected.relevancePaid,
    });
    expect(runningEpochOf(world.view, model)?.unsettled).toBe(900n);
    world.until(next);
    expect(getEpoch(world.view, model, next).closed).toMatchObject({ remainder: 900n, spans: 0n });
    expect(world.lastEnd.filter(({ type }) => type === 'spansPaid')).toEqual([]);
    expect(
      [...world.state.keys()].filter((key) =>
        /^due\/(?:epochs|closing|levels)|^epochs\/\d+\/\d+\//.test(key),
      ),
    ).toEqual([]);
  });

  it('that weigh contributions with too little money to pay them are work all the same', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    contribute(world, alice, datanet, 'text');
    const pins = [pinOf(world, datanet)];
    const models = Array.from({ length: 4 }, (_, i) => registerModel(world, pins, { name: `model ${i}` }));
    const view = writable(world);
    world.until((world.height / 10n + 1n) * 10n);
    const relevance = Array.from({ length: 20_000 }, (_, i) => ({
      contribution: 1_000 + i,
      share: 200_000n,
    }));
    let end = world.height;
    for (const model of models) {
      expect(move(view, account(creator.address), pot('dataPools'), 1n)).toBeUndefined();
      addTotals(view, { fees: 1n });
      const block = { ...world.context, height: toHeight(world.height + 1n) };
      addDataMoney({ view, block, emit: () => undefined }, model, [
        {
          version: 1,
          data: 1n,
          attribution: { scores: [], total: 1, shared: 0, coverageBps: 0, relevance },
        },
      ]);
      end = getEpoch(world.view, model, block.height).end;
    }
    const closed: number[] = [];
    world.until(toHeight(end - 1n));
    for (let block = 0; block < 4; block++) {
      world.block();
      closed.push(world.lastEnd.filter(({ type }) => type === 'epochClosed').length);
    }
    // A block begins to close two, which is 2,500 work. It has none left for the version of the second, which waits its turn.
    expect(closed).toEqual([1, 1, 2, 0]);
  });

  it('of models that pay nobody are work all the same', () => {
    const world = new World(everyone);
    // Each has a version, whose part goes to the treasury.
    const perBlock = Math.floor(CLOSING_WORK / (EPOCH_WORK + 1));
    const models = Array.from({ length: perBlock + 1 }, (_, i) =>
      registerModel(world, [], { name: `model ${i}` }),
    );
    const view = writable(world);
    world.until((world.height / 10n + 1n) * 10n);
    const block = { ...world.context, height: toHeight(world.height + 1n) };
    for (const model of models) {
      expect(move(view, account(creator.address), pot('dataPools'), 1n)).toBeUndefined();
      addTotals(view, { fees: 1n });
      addDataMoney({ view, block, emit: () => undefined }, model, [
        { version: 1, data: 1n, attribution: undefined },
      ]);
    }
    const closed: number[] = [];
    world.until(getEpoch(world.view, 1, block.height).end - 1n);
    for (let each = 0; each < 3; each++) {
      world.block();
      closed.push(world.lastEnd.filter(({ type }) => type === 'epochClosed').length);
    }
    expect(closed).toEqual([perBlock, 1, 0]);
  });

  it('of many models close in the blocks that follow, whole and as of their own end', () => {
    const PINS = 16;
    const world = new World(everyone);
    const pins = Array.from({ length: PINS }, (_, i) => {
      const datanet = createDatanet(world, { name: `net ${i}` });
      contribute(world, alice, datanet, `text ${i}`);
      return pinOf(world, datanet);
    });
    const each = EPOCH_WORK + 1 + PINS;
    const models = Array.from({ length: Math.ceil(CLOSING_WORK / each) + 20 }, (_, i) =>
      registerModel(world, pins, { name: `model ${i}` }),
    );
    const view = writable(world);
    const pay = (model: ModelId, data: bigint): Height => {
      expect(move(view, account(creator.address), pot('dataPools'), data)).toBeUndefined();
      addTotals(view, { fees: data });
      const block = { ...world.context, height: toHeight(world.height + 1n) };
      addDataMoney({ view, block, emit: () => undefined }, model, [
        { version: 1, data, attribution: undefined },
      ]);
      return getEpoch(world.view, model, block.height).end;
    };
    // Not so close to the end of the epoch that a payment falls into the next one.
    world.until((world.height / 10n + 1n) * 10n);
    const last = models.at(-1) ?? 0;
    const [end] = models.map((model) => pay(model, model === last ? 1_000_000n : 1_000n));
    if (end === undefined) expect.fail('there are models');
    const closed = (): readonly ModelId[] =>
      world.lastEnd.flatMap(({ type, data }) => (type === 'epochClosed' ? [data.model] : []));

    world.until(end);
    const first = closed();
    expect(first[0]).toBe(last);
    expect(first.length).toBe(Math.ceil(CLOSING_WORK / each));
    const [late] = models.filter((model) => !first.includes(model));
    if (late === undefined) expect.fail('some are left');
    expect(getEpoch(world.view, late, end).closed).toBeUndefined();
    expect(runningEpochOf(world.view, late)?.unsettled).toBe(1_000n);
    // What comes now is of the next epoch, though the last one has not closed.
    const next = pay(late, 500n);
    expect(next).toBe(end + 10n);
    world.block();
    expect([...first, ...closed()].sort((a, b) => a - b)).toEqual(models);
    expect(world.lastEnd.flatMap(({ type, data }) => (type === 'remainderPaid' ? [data.epoch] : []))).toEqual(
      new Array<Height>((models.length - first.length) * PINS).fill(end),
    );
    expect(getEpoch(world.view, late, end).closed).toMatchObject({ unsettled: 1_000n, remainder: 1_000n });
    expect(runningEpochOf(world.view, late)?.unsettled).toBe(500n);
    world.until(next);
    expect(closed()).toEqual([late]);
    expect(getEpoch(world.view, late, next).closed).toMatchObject({ unsettled: 500n });
  });
});
