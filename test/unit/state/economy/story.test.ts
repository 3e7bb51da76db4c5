/** From data to balance, every sum worked out by hand. */

import { describe, expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import type { ContributionId, ModelId } from '../../../../src/lib/ids.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import type { Params } from '../../../../state/params.ts';
import { getContribution } from '../../../../state/queries/contributions.ts';
import { getModel } from '../../../../state/queries/models.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import type { ReceiptBody } from '../../../../state/tx/receipt.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  contribute,
  createDatanet,
  creator,
  deposit,
  everyone,
  owner,
  pinOf,
  receiptBody,
  registerModel,
  sendReceipts,
  trainer,
} from './scenes.ts';
import { type Actor, actor, bytes32, World } from './world.ts';

const south = actor('south');
const north = actor('north');

/** 100 base units an output token, nothing for the prompt: an output of 100 tokens costs 10,000, and 1,000 of compute. */
const PRICES = { in: 0n, out: 100_000n };
const answer = (name: string): ReceiptBody => receiptBody(name, { compute: 1_000n, fee: 10_000n });

type Owned = readonly {
  readonly start: number;
  readonly end: number;
  readonly contribution: ContributionId;
}[];

const settle = (world: World, batch: Root, owned: readonly Owned[], from = 0): void => {
  const claims = owned.map((matches, i) => withoutPicks(from + i, claimOf(100, matches)));
  world.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
};

/** Serves one answer for each element, settles it, and waits for the end of the epoch in which that is final. */
const serveEpoch = (world: World, model: ModelId, owned: readonly Owned[]): void => {
  world.until(world.height + ((10n - (world.height % 10n)) % 10n));
  const batch = sendReceipts(
    world,
    model,
    owned.map((_, i) => answer(`${world.height} ${i}`)),
  );
  settle(world, batch, owned);
  world.until(world.height + 8n);
};

const claimable = (world: World, who: Actor) =>
  getRewards(world.view, who.address, { from: 0, limit: 100 }).claimable;

/** What a claim of everything adds to the balance, fees aside. */
const claimAll = (world: World, who: Actor): bigint => {
  const { contributions, models, stake } = getRewards(world.view, who.address, { from: 0, limit: 100 });
  const before = potTotal(world.view, 'rewards');
  world.run(who, rewardClaim, {
    contributions: contributions.map(({ contribution }) => contribution),
    models: models.map(({ model }) => model),
    stake: stake.length > 0,
  });
  return before - potTotal(world.view, 'rewards');
};

describe('one Datanet, one model, three answers', () => {
  const world = new World([...everyone, north]);
  const datanet = createDatanet(world, {
    commons: { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n },
  });
  const a = contribute(world, alice, datanet, 'a');
  const b = contribute(world, bob, datanet, 'b', { novelRuns: [{ item: 0, start: 40, end: 100 }] });
  const shares = [{ account: trainer.address, role: 'trainer' as const, bps: 3_000 }];
  const model = registerModel(world, [pinOf(world, datanet)], { prices: PRICES, shares });
  deposit(world, 1_000_000n);
  const treasury = potTotal(world.view, 'treasury');
  serveEpoch(world, model, [
    [{ start: 0, end: 40, contribution: a }],
    [
      { start: 10, end: 30, contribution: a },
      { start: 50, end: 80, contribution: b },
    ],
    // The notice belongs to nobody, though all of the answer stands in it.
    [{ start: 60, end: 100, contribution: 1 }],
  ]);

  it('splits 33,000 into its eight parts', () => {
    expect(totalsOf(world.view)).toEqual({
      receipts: 3n,
      settled: 3n,
      unsettled: 0n,
      voided: 0n,
      upheld: 0n,
      refuted: 0n,
      answered: 0n,
      fees: 33_000n,
      burned: 1_500n,
      treasury: 900n,
      attestors: 600n,
      challengers: 0n,
      providers: 3_000n,
      apps: 0n,
      model: 6_000n,
      stakers: 6_000n,
      // D = 5,000 each; a = 4000, 5000 and 0 bps: E = 45,000,000, of which 0.8 is paid.
      data: 3_600n,
      relevance: 0n,
      remainder: 11_400n,
      remainderToTreasury: 0n,
      shared: 0n,
      refunded: 0n,
      bondRewards: 0n,
      burnedBonds: 0n,
      forfeitedBonds: 0n,
      forfeitedShares: 0n,
    });
    expect(potTotal(world.view, 'treasury') - treasury).toBe(900n);
    expect(potTotal(world.view, 'dataPools')).toBe(0n);
    expect(potTotal(world.view, 'heldFees')).toBe(0n);
  });

  it('pays the attestor at once', () => {
    expect(world.balance(actor('attestor payout'))).toBe(600n);
  });

  it('shares the span pool by information owned, weighted with money, and the remainder by novel tokens', () => {
    // A_a : A_b = (0.4 + 0.2) : 0.3, so 2,400 and 1,200 of 3,600; 100 : 60 novel tokens of 11,400.
    expect(claimable(world, alice)).toEqual({
      spans: 2_400n,
      relevance: 0n,
      remainder: 7_125n,
      models: 0n,
      stake: 0n,
    });
    expect(claimable(world, bob)).toEqual({
      spans: 1_200n,
      relevance: 0n,
      remainder: 4_275n,
      models: 0n,
      stake: 0n,
    });
    expect(claimable(world, creator)).toEqual({
      spans: 0n,
      relevance: 0n,
      remainder: 0n,
      models: 0n,
      stake: 0n,
    });
  });

  it("shares the model's part between its owner and its trainer, the stakers' part by stake", () => {
    expect(claimable(world, owner).models).toBe(4_200n);
    expect(claimable(world, trainer).models).toBe(1_800n);
    expect(claimable(world, north).stake).toBe(1_000n);
    expect(claimable(world, south).stake).toBe(5_000n);
  });

  it('publishes what the model has earned and how much of its outputs is covered', () => {
    expect(getModel(world.view, model)).toMatchObject({
      earned: 6_000n,
      coverageBps: 3_000,
      debt: 0n,
      running: undefined,
      history: {
        epochs: 1n,
        settled: 3n,
        data: 15_000n,
        spans: 3_600n,
        relevance: 0n,
        remainder: 11_400n,
      },
    });
  });

  it('refuses claims of what is not the sender’s', () => {
    const claim = (who: Actor, change: object) =>
      world.refusal(who, rewardClaim, { contributions: [], models: [], stake: false, ...change });
    expect(claim(alice, { contributions: [b, a] })).toBe('invalid: REWARD_ORDER');
    expect(claim(owner, { models: [model, model] })).toBe('invalid: REWARD_ORDER');
    expect(claim(alice, { contributions: [a, b] })).toBe('REWARD_NOT_OWNER');
    expect(claim(creator, { contributions: [1] })).toBe('REWARD_NOT_OWNER');
    expect(claim(alice, { contributions: [99] })).toBe('REWARD_NOT_OWNER');
    expect(claim(alice, { models: [model] })).toBe('REWARD_NOT_PARTY');
    expect(claim(owner, { models: [model + 1] })).toBe('REWARD_NOT_PARTY');
    expect(claim(alice, { stake: true })).toBe('REWARD_NOTHING');
    expect(claim(alice, {})).toBe('REWARD_NOTHING');
  });

  it('turns credits into balance once, to the last base unit', () => {
    expect([alice, bob, owner, trainer, north, south].map((who) => claimAll(world, who))).toEqual([
      9_525n,
      5_475n,
      4_200n,
      1_800n,
      1_000n,
      5_000n,
    ]);
    expect(potTotal(world.view, 'rewards')).toBe(0n);
    expect(world.refusal(alice, rewardClaim, { contributions: [a], models: [], stake: false })).toBe(
      'REWARD_NOTHING',
    );
    expect(getRewards(world.view, alice.address, { from: 0, limit: 9 })).toMatchObject({
      claimed: { spans: 2_400n, relevance: 0n, remainder: 7_125n, models: 0n, stake: 0n },
      claimable: { spans: 0n, remainder: 0n },
      contributionsTotal: 1,
    });
    expect(getContribution(world.view, a)).toMatchObject({
      accepted: {
        earned: { spans: 2_400n, remainder: 7_125n },
        claimed: { spans: 2_400n, remainder: 7_125n },
      },
    });
  });

  it('goes on in the next epoch', () => {
    serveEpoch(world, model, [[{ start: 0, end: 50, contribution: b }]]);
    // E = 5,000 · 5000, of which 2,000 is paid; 3,000 is remainder.
    expect(claimable(world, bob)).toEqual({
      spans: 2_000n,
      relevance: 0n,
      remainder: 1_125n,
      models: 0n,
      stake: 0n,
    });
    expect(claimable(world, alice)).toEqual({
      spans: 0n,
      relevance: 0n,
      remainder: 1_875n,
      models: 0n,
      stake: 0n,
    });
    expect(claimAll(world, bob)).toBe(3_125n);
    expect(getRewards(world.view, bob.address, { from: 0, limit: 9 }).claimed).toEqual({
      spans: 3_200n,
      relevance: 0n,
      remainder: 5_400n,
      models: 0n,
      stake: 0n,
    });
  });
});

describe('the close of an epoch', () => {
  const setUp = (change?: (params: Params) => Params) => {
    const world = new World(everyone, change);
    const datanet = createDatanet(world);
    deposit(world, 1_000_000n);
    return { world, datanet };
  };

  it('pays only what exceeds the control, and carries what falls short of it', () => {
    const { world, datanet } = setUp();
    const a = contribute(world, alice, datanet, 'a');
    const model = registerModel(world, [pinOf(world, datanet)], { prices: PRICES }, { controlBps: 3_000 });
    const spans: bigint[] = [];
    const debts: (bigint | undefined)[] = [];
    for (const end of [10, 50, 50]) {
      serveEpoch(world, model, [[{ start: 0, end, contribution: a }]]);
      spans.push(totalsOf(world.view).data);
      debts.push(getModel(world.view, model)?.debt);
    }
    // E = 5,000 · (1000 - 3000), then twice 5,000 · (5000 - 3000): −10, 0 and 10 million.
    expect(debts).toEqual([10_000_000n, 0n, 0n]);
    expect(spans).toEqual([0n, 0n, 800n]);
  });

  it('rounds once, by largest remainder, ties to the lower contribution', () => {
    const { world, datanet } = setUp();
    const contributions = ['a', 'b', 'c'].map((name) => contribute(world, alice, datanet, name));
    const model = registerModel(world, [pinOf(world, datanet)], { prices: { in: 0n, out: 2_010n } });
    world.until(80n);
    // A fee of 201: D is 101, for 10, 6, 4, 40 and 40 of it are rounded down. All of it is owned, in three equal parts
    // of 33 tokens, but for one token.
    const batch = sendReceipts(world, model, [receiptBody('r', { fee: 201n, compute: 0n })]);
    const thirds = contributions.map((contribution, i) => ({
      start: 33 * i,
      end: 33 * (i + 1),
      contribution,
    }));
    settle(world, batch, [thirds]);
    world.until(90n);
    // a = 9900 bps: the pool is ⌊0.8 · 101 · 0.99⌋ = 79, a third of it 26 and a third.
    const earned = getRewards(world.view, alice.address, { from: 0, limit: 9 }).contributions;
    expect(earned.map((each) => each.earned.spans)).toEqual([27n, 26n, 26n]);
    expect(totalsOf(world.view)).toMatchObject({ data: 79n, remainder: 22n });
  });

  it('gives the remainder to the treasury where no Datanet can take it', () => {
    const { world, datanet } = setUp();
    const copied = contribute(world, alice, datanet, 'copied', { novelRuns: [] });
    const empty = registerModel(world, [], { prices: PRICES });
    const stale = registerModel(world, [pinOf(world, datanet)], { prices: PRICES });
    const before = potTotal(world.view, 'treasury');
    serveEpoch(world, empty, [[]]);
    expect(potTotal(world.view, 'treasury') - before).toBe(5_000n + 300n);
    serveEpoch(world, stale, [[{ start: 0, end: 50, contribution: copied }]]);
    // It owns half of the answer, so 2,000 are its own; there is no novel token to share 3,000 by.
    expect(claimable(world, alice)).toMatchObject({ spans: 2_000n, remainder: 0n });
    expect(totalsOf(world.view)).toMatchObject({
      data: 2_000n,
      remainder: 8_000n,
      remainderToTreasury: 8_000n,
    });
  });

  it('shares the remainder among the Datanets of the manifest, and in each among the version that is pinned', () => {
    const { world, datanet } = setUp();
    const other = createDatanet(world);
    contribute(world, alice, datanet, 'a');
    const early = pinOf(world, datanet);
    contribute(world, bob, datanet, 'b');
    contribute(world, trainer, other, 'c', {
      tokens: 300n,
      novelRuns: [{ item: 0, start: 0, end: 300 }],
    });
    const old = registerModel(world, [early, pinOf(world, other)], { prices: PRICES });
    const young = registerModel(world, [pinOf(world, datanet), pinOf(world, other)], { prices: PRICES });
    const remainders = () => [alice, bob, trainer].map((who) => claimable(world, who).remainder);
    serveEpoch(world, old, [[]]);
    // 100 : 300 novel tokens; the younger contribution is not of that version.
    expect(remainders()).toEqual([1_250n, 0n, 3_750n]);
    serveEpoch(world, young, [[]]);
    // And 100 : 100 : 300.
    expect(remainders()).toEqual([2_250n, 1_000n, 6_750n]);
  });

  it('gives ancestors their part of what a model earns', () => {
    const { world } = setUp();
    const root = registerModel(world, [], { kind: 'base', prices: PRICES });
    const middle = registerModel(world, [], { base: root, prices: PRICES });
    const leaf = registerModel(world, [], { base: middle, prices: PRICES });
    serveEpoch(world, leaf, [[]]);
    const earned = [leaf, middle, root].map((id) => getModel(world.view, id)?.earned);
    expect(earned).toEqual([1_700n, 200n, 100n]);
    expect(totalsOf(world.view).model).toBe(2_000n);
  });

  it('counts in the epoch in which a settlement becomes final, its last block included', () => {
    const { world, datanet } = setUp();
    const a = contribute(world, alice, datanet, 'a');
    const model = registerModel(world, [pinOf(world, datanet)], { prices: PRICES });
    world.until(49n);
    const batch = sendReceipts(world, model, [answer('x'), answer('y')]);
    world.until(56n);
    settle(world, batch, [[{ start: 0, end: 40, contribution: a }]]);
    settle(world, batch, [[]], 1);
    world.until(60n);
    // Block 57 is final in block 60, block 58 in block 61.
    expect(totalsOf(world.view)).toMatchObject({ settled: 1n, data: 1_600n, remainder: 3_400n });
    world.until(61n);
    expect(totalsOf(world.view)).toMatchObject({ settled: 2n, data: 1_600n, remainder: 3_400n });
    expect(potTotal(world.view, 'dataPools')).toBe(5_000n);
    world.until(70n);
    expect(totalsOf(world.view)).toMatchObject({ settled: 2n, data: 1_600n, remainder: 8_400n });
  });
});
