/**
 * Paying oneself (docs/economy.md#where-the-money-goes): nothing is minted for a fee, so whoever is payer, provider,
 * attestor, owner of the
 * model, staker and contributor at once, in any mix, is left with less than before: by what is burned at the least. Told
 * of real blocks, for every mix of those who are paid: an owner of several accounts is a set of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitFee } from '../../../../state/attribution/fees.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { MINTED_BPS, type Params } from '../../../../state/params.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  contribute,
  createDatanet,
  deposit,
  everyone,
  owner,
  payer,
  pinOf,
  provider,
  receiptBody,
  registerModel,
  sendReceipts,
  trainer,
} from './scenes.ts';
import { type Actor, actor, World } from './world.ts';

/** All who can get something of a fee, but for burn and treasury. */
const EARNERS: readonly Actor[] = [
  provider,
  actor('attestor payout'),
  owner,
  trainer,
  actor('north'),
  actor('south'),
  alice,
  bob,
];

const claimAll = (world: World, who: Actor): void => {
  const { contributions, models, stake } = getRewards(world.view, who.address, { from: 0, limit: 200 });
  world.refusal(who, rewardClaim, {
    contributions: contributions.map(({ contribution }) => contribution),
    models: models.map(({ model }) => model),
    stake: stake.length > 0,
  });
};

type Wash = {
  /** Model fee of a receipt. */
  readonly fee: bigint;
  readonly compute: bigint;
  readonly receipts: number;
  /** How much of the output is claimed for alice, and for bob. */
  readonly covered: readonly [number, number];
  readonly change?: (params: Params) => Params;
};

/** What each account has gained, gas aside, once everything is final, closed and claimed; and what has gone for good. */
const washed = ({ fee, compute, receipts, covered, change }: Wash) => {
  const world = new World([...everyone, actor('north'), actor('attestor payout')], change);
  const datanet = createDatanet(world);
  const [a, b] = [contribute(world, alice, datanet, 'a'), contribute(world, bob, datanet, 'b')];
  const base = registerModel(world, [pinOf(world, datanet)], { prices: { in: 0n, out: fee * 10n } });
  const shares = [{ account: trainer.address, role: 'compute' as const, bps: 3_000 }];
  const model = registerModel(world, [pinOf(world, datanet)], {
    base,
    shares,
    prices: { in: 0n, out: fee * 10n },
  });
  // Deposits, bonds and gas of what came before are no part of it.
  world.until(80n);
  const players = [payer, ...EARNERS];
  const before = new Map(players.map((who) => [who, world.balance(who)]));
  const gasOf = gasMeter(world);
  deposit(world, BigInt(receipts) * (fee + compute));
  const batch = sendReceipts(
    world,
    model,
    Array.from({ length: receipts }, (_, i) => receiptBody(`r${i}`, { fee, compute })),
  );
  const matches = [
    { start: 0, end: covered[0], contribution: a },
    { start: covered[0], end: covered[0] + covered[1], contribution: b },
  ].filter(({ start, end }) => end > start);
  const claims = Array.from({ length: receipts }, (_, index) => withoutPicks(index, claimOf(100, matches)));
  world.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
  world.until(world.height + 20n);
  for (const who of EARNERS) claimAll(world, who);
  const gained = new Map(
    players.map((who) => [who, world.balance(who) - (before.get(who) ?? 0n) + gasOf(who)] as const),
  );
  return { world, gained };
};

/** What each has paid for transactions, by the base fee of their blocks: all of it burned, there are no tips. */
const gasMeter = (world: World): ((who: Actor) => bigint) => {
  const spent = new Map<string, bigint>();
  const block = world.block.bind(world);
  world.block = (...intents) => {
    const ran = block(...intents);
    for (const [i, { result }] of ran.entries()) {
      const name = intents[i]?.from.name ?? '';
      spent.set(name, (spent.get(name) ?? 0n) + result.charge.burned + result.charge.tip);
    }
    return ran;
  };
  return ({ name }) => spent.get(name) ?? 0n;
};

const mixesOf = (players: readonly Actor[]): readonly (readonly Actor[])[] =>
  Array.from({ length: 2 ** players.length }, (_, mix) => players.filter((_who, i) => (mix >> i) & 1));

const WASHES: readonly (Wash & { readonly name: string })[] = [
  { name: 'everything covered', fee: 10_000n, compute: 1_000n, receipts: 3, covered: [60, 40] },
  { name: 'half covered', fee: 12_345n, compute: 0n, receipts: 2, covered: [50, 0] },
  { name: 'nothing covered', fee: 9_999n, compute: 77n, receipts: 4, covered: [0, 0] },
  { name: 'fees too small for most floors', fee: 20n, compute: 1n, receipts: 9, covered: [30, 30] },
  {
    name: 'all of D to spans, and the least burn that a chain may have',
    fee: 10_000n,
    compute: 500n,
    receipts: 5,
    covered: [90, 10],
    change: (params) => ({
      ...params,
      attribution: { ...params.attribution, spanShareBps: 10_000 },
      shares: { burnBps: 1, treasuryBps: 0, attestorBps: 3_000, modelBps: 3_000, stakersBps: 3_999 },
    }),
  },
];

describe.each(WASHES)('paying oneself, $name', (wash) => {
  const { world, gained } = washed(wash);
  const totals = totalsOf(world.view);
  const paid = BigInt(wash.receipts) * (wash.fee + wash.compute);

  it('leaves every mix of roles with less, by the burn at the least', () => {
    const burn = BigInt(wash.receipts) * splitFee(wash.fee, world.params.shares).burned;
    expect(totals).toMatchObject({ fees: paid, burned: burn });
    expect(burn).toBeGreaterThan(0n);
    for (const mix of mixesOf(EARNERS)) {
      const own = [payer, ...mix];
      const gain = own.reduce((sum, who) => sum + (gained.get(who) ?? 0n), 0n);
      const others = EARNERS.filter((who) => !mix.includes(who));
      const names = mix.map(({ name }) => name).join(', ');
      expect(gain, names).toBeLessThanOrEqual(-burn);
      // Exactly: what the others got, what was burned, what the treasury has, and the dust of rounding.
      const toOthers = others.reduce((sum, who) => sum + (gained.get(who) ?? 0n), 0n);
      const dust = potTotal(world.view, 'rewards');
      expect(gain, names).toBe(-(toOthers + burn + totals.treasury + totals.remainderToTreasury + dust));
    }
  });

  it('gives nobody less than nothing, and the payer’s money to the earners alone', () => {
    for (const who of EARNERS) expect(gained.get(who) ?? -1n, who.name).toBeGreaterThanOrEqual(0n);
    expect(gained.get(payer)).toBe(-paid);
    // Dust: a unit for each party, staker and contribution at most.
    expect(potTotal(world.view, 'rewards')).toBeLessThan(12n);
  });
});

it('nothing but genesis brings money into being, so that nothing is minted for a fee', () => {
  const folder = new URL('../../../../state/', import.meta.url);
  const minting = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /\bmint\b/.test(readFileSync(new URL(name, folder), 'utf8')));
  expect(minting.sort()).toEqual(['genesis.ts', 'modules/ledger/accounts.ts']);
  expect(MINTED_BPS).toBe(0n);
});
