/** Final claims that are false: 810 base units of data money, and 32 for the attestor of each receipt. */
import { beforeEach, describe, expect, it } from 'vitest';
import { toHeight, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { vestingOf } from '../../../../state/modules/pay/vesting.ts';
import { epochEnd } from '../../../../state/modules/receipts/receipts.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import {
  challengeAs,
  challengeRefusal,
  type DisputeScene,
  demandOf,
  disputeScene,
  eventOf,
  helper,
  type Inference,
  OUTPUT,
  PROMPT,
  type ReceiptPlace,
  send,
  settleAs,
  watcher,
} from './dispute-scenes.ts';
import { claimWith, echoWitness, infoWitness, malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import { attestor } from './scenes.ts';
import { type Actor, ATTESTOR_BOND, actor, type World } from './world.ts';

const WINDOW = 3n;
const LATE = 15n;
const BESIDE = 1_000n;
const PART = 32n;
const second = actor('second');

let scene: DisputeScene;
let world: World;
let honest: Inference;

const begin = (attestors?: readonly (readonly [Actor, bigint])[]): void => {
  scene = disputeScene(
    (params) => ({
      ...params,
      attribution: { ...params.attribution, lateProofWindow: Number(LATE), lateProofBond: BESIDE },
    }),
    undefined,
    undefined,
    undefined,
    attestors,
  );
  world = scene.world;
  honest = scene.infer(PROMPT, OUTPUT);
  // The first block of an epoch of ten.
  world.until(70n);
};

beforeEach(() => begin());

const lie = (): Claim => claimWith(honest, { x: [] });

const settled = (claim: Claim = lie(), by: Actor = attestor): ReceiptPlace => {
  const batch = send(scene, honest);
  return { batch, index: 0, settlement: settleAs(world, batch, [[0, claim]], by) };
};

/** Settles, and waits until the claim is final. */
const final = (claim: Claim = lie(), by: Actor = attestor): ReceiptPlace => {
  const place = settled(claim, by);
  world.until(world.height + WINDOW);
  expect(statusOf(place)).toBe('final');
  return place;
};

const statusOf = (place: ReceiptPlace) => getReceipt(world.view, place)?.standing.status;
const bondOf = ({ address }: Actor = attestor) => {
  const info = getAttestor(world.view, address);
  return [info?.bond, info?.locked];
};
const paid = (by: Actor = attestor): bigint => world.balance(actor(`${by.name} payout`));
const inEpoch = (height: bigint, by: Actor = attestor) =>
  vestingOf(world.view, {
    attestor: by.address,
    epoch: epochEnd(toHeight(height), world.params.attribution),
  });

describe('what an attestor earns', () => {
  it('vests when no late proof can come any more, and then the bond beside is free', () => {
    settled(honest.claim);
    expect(bondOf()).toEqual([ATTESTOR_BOND, BESIDE + 810n]);
    world.until(world.height + WINDOW);
    const finalAt = world.height;
    expect(bondOf()).toEqual([ATTESTOR_BOND, BESIDE]);
    expect([paid(), potTotal(world.view, 'vesting')]).toEqual([0n, PART]);
    world.until(finalAt + LATE - 1n);
    expect(paid()).toBe(0n);
    world.block();
    expect(world.lastEnd.map(({ type }) => type)).toContain('attestorVested');
    expect([paid(), potTotal(world.view, 'vesting')]).toEqual([PART, 0n]);
    expect(bondOf()).toEqual([ATTESTOR_BOND, 0n]);
  });

  it('vests together for an epoch, with one bond; another epoch has its own', () => {
    const first = world.height;
    settled(honest.claim);
    settled(honest.claim);
    expect(bondOf()).toEqual([ATTESTOR_BOND, BESIDE + 1_620n]);
    world.until(80n);
    settled(honest.claim);
    const last = world.height;
    expect(bondOf()).toEqual([ATTESTOR_BOND, 2n * BESIDE + 810n]);
    expect(inEpoch(first + 1n)).toMatchObject({ pending: 0, earned: 2n * PART });
    expect(inEpoch(last)).toMatchObject({ pending: 1, earned: 0n });
    world.until(last + WINDOW + LATE - 1n);
    expect(paid()).toBe(2n * PART);
    world.block();
    expect(paid()).toBe(3n * PART);
    expect([...world.state.keys()].filter((key) => /^(due\/)?vesting/.test(key))).toEqual([]);
  });

  it('waits while a claim of the epoch is pending, and vests with its end', () => {
    const place = settled(honest.claim);
    const other = settled();
    const demand = challengeAs(world, other, demandOf('output', { count: 3 }));
    world.until(world.height + 10n);
    expect(challengeOf(world.view, demand.id)?.state).toBe('unanswered');
    expect(statusOf(place)).toBe('final');
    world.until(world.height + 20n);
    expect(paid()).toBe(PART);
    expect(bondOf()).toEqual([ATTESTOR_BOND - 810n, 0n]);
  });

  it('leaves no bond locked beside claims of which none became final', () => {
    const place = settled();
    challengeAs(world, place, echoWitness(honest));
    expect(bondOf()).toEqual([ATTESTOR_BOND - 810n, 0n]);
  });
});

describe('a late proof', () => {
  it('takes what has not vested and the bond beside, half for the finder; payments stay as they are', () => {
    const place = final();
    final(honest.claim);
    const { settled: count, attestors, providers } = totalsOf(world.view);
    const before = world.balance(watcher);
    const gas = potTotal(world.view, 'burnedGas');
    const ran = challengeAs(world, place, echoWitness(honest));
    const own = potTotal(world.view, 'burnedGas') - gas;
    const lost = BESIDE + 2n * PART;
    expect(eventOf(ran, 'attestorForfeited')).toMatchObject({
      earned: String(2n * PART),
      bond: String(BESIDE),
      reward: String(lost / 2n),
      burned: String(lost / 2n),
    });
    expect(world.balance(watcher) - before + own).toBe(lost / 2n);
    expect(bondOf()).toEqual([ATTESTOR_BOND - BESIDE, 0n]);
    expect(statusOf(place)).toBe('final');
    expect(totalsOf(world.view)).toMatchObject({ settled: count, attestors, providers, upheld: 1n });
    world.until(world.height + 30n);
    expect(paid()).toBe(0n);
  });

  it('comes in time until it vests, and not after', () => {
    const place = final();
    world.until(world.height + LATE);
    expect(challengeRefusal(world, place, echoWitness(honest))).toBe('CHALLENGE_CLOSED');
    const other = final();
    world.until(world.height + LATE - 1n);
    expect(challengeRefusal(world, other, echoWitness(honest))).toBe('success');
  });

  it('takes it once for each attestor and epoch: the second loses its fee only', () => {
    const first = settled();
    const other = settled();
    world.until(world.height + WINDOW);
    challengeAs(world, first, echoWitness(honest));
    const before = world.balance(helper);
    const gas = potTotal(world.view, 'burnedGas');
    expect(challengeRefusal(world, other, echoWitness(honest), helper)).toBe('CHALLENGE_FORFEITED');
    expect(before - world.balance(helper)).toBe(potTotal(world.view, 'burnedGas') - gas);
    // The lie of another epoch is another.
    world.until(80n);
    const next = final();
    expect(challengeRefusal(world, next, echoWitness(honest))).toBe('success');
    expect(bondOf()).toEqual([ATTESTOR_BOND - 2n * BESIDE, 0n]);
  });

  it('saves a liar that finds itself half at most, and nobody finds it twice', () => {
    const place = final();
    const before = world.balance(attestor);
    const gas = potTotal(world.view, 'burnedGas');
    challengeAs(world, place, echoWitness(honest), attestor);
    const own = potTotal(world.view, 'burnedGas') - gas;
    expect(world.balance(attestor) - before + own).toBe((BESIDE + PART) / 2n);
    expect(potTotal(world.view, 'burnedBonds')).toBe((BESIDE + PART) / 2n);
    expect(challengeRefusal(world, place, echoWitness(honest))).toBe('CHALLENGE_FORFEITED');
  });

  it('burns what pending claims of the epoch earn later, and keeps its attestor from settling until the next', () => {
    const place = settled();
    world.block();
    const pending = settled(honest.claim);
    world.until(world.height + 1n);
    expect([statusOf(place), statusOf(pending)]).toEqual(['final', 'settled']);
    challengeAs(world, place, echoWitness(honest));
    const burned = potTotal(world.view, 'burnedBonds');
    const batch = send(scene, honest);
    const again = () =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, honest.claim, honest.body.tokensOut)],
      });
    expect(again()).toBe('ATTESTOR_FORFEITED');
    world.until(80n);
    expect(statusOf(pending)).toBe('final');
    expect(potTotal(world.view, 'burnedBonds') - burned).toBe(PART);
    expect(again()).toBe('success');
    world.until(world.height + 40n);
    expect(paid()).toBe(PART);
  });

  it('opens texts only: it demands nothing, and a true claim costs who challenges it the bond', () => {
    const place = final(honest.claim);
    expect(challengeRefusal(world, place, demandOf('output', { count: 1 }))).toBe('CHALLENGE_CLOSED');
    const bad = spoilt(honest);
    expect(challengeRefusal(world, { ...place, settlement: ZERO_ROOT }, malformedWitness(bad))).toBe(
      'CHALLENGE_CLOSED',
    );
    const ran = challengeAs(world, place, infoWitness(honest));
    expect(challengeOf(world.view, ran.id)).toMatchObject({ state: 'refuted' });
    expect(bondOf()).toEqual([ATTESTOR_BOND, BESIDE]);
  });

  it('is against the claim that is final, not one before it', () => {
    const place = settled();
    challengeAs(world, place, echoWitness(honest));
    settleAs(world, place.batch, [[0, honest.claim]]);
    world.until(world.height + WINDOW);
    expect(statusOf(place)).toBe('final');
    expect(challengeRefusal(world, place, echoWitness(honest))).toBe('CHALLENGE_SETTLEMENT');
  });

  it('is not against what has vested, also if its attestor joins another claim of that epoch since', () => {
    begin([
      [attestor, 1_600n],
      [second, 2_500n],
    ]);
    const lied = settled(lie(), second);
    const short = settled(honest.claim);
    world.until(world.height + LATE + 1n);
    expect(inEpoch(71n, second)).toBeUndefined();
    world.run(second, attributionBacking, { settlement: short.settlement, amount: 210n });
    const joined = world.height;
    expect(inEpoch(71n, second)).toMatchObject({ since: joined, pending: 1 });
    expect(challengeRefusal(world, lied, echoWitness(honest))).toBe('CHALLENGE_CLOSED');
    world.until(joined + WINDOW);
    expect(getReceipt(world.view, short)?.standing).toMatchObject({
      settlement: { vestsAt: joined + WINDOW + LATE },
    });
    expect(getReceipt(world.view, lied)?.standing).toMatchObject({ settlement: { vestsAt: undefined } });
  });

  it('keeps an attestor with enough from settling, and so from being in the way of those who have not', () => {
    begin([
      [attestor, 1_600n],
      [second, 10_000n],
    ]);
    const lied = final(lie(), second);
    const batch = send(scene, honest);
    const settling = () =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, honest.claim, honest.body.tokensOut)],
      });
    expect(settling()).toBe('ATTESTOR_BOND');
    challengeAs(world, lied, echoWitness(honest));
    expect(settling()).toBe('success');
  });

  it('takes it of all who backed the claim', () => {
    begin([
      [attestor, 1_600n],
      [second, 1_600n],
    ]);
    const place = settled();
    expect(bondOf()).toEqual([1_600n, 1_600n]);
    world.run(second, attributionBacking, { settlement: place.settlement, amount: 210n });
    expect(bondOf(second)).toEqual([1_600n, 1_210n]);
    world.until(world.height + WINDOW);
    expect([bondOf(), bondOf(second)]).toEqual([
      [1_600n, BESIDE],
      [1_600n, BESIDE],
    ]);
    const ran = challengeAs(world, place, echoWitness(honest));
    expect(ran.events.filter(({ type }) => type === 'attestorForfeited')).toHaveLength(2);
    expect([bondOf(), bondOf(second)]).toEqual([
      [600n, 0n],
      [600n, 0n],
    ]);
    expect(potTotal(world.view, 'vesting')).toBe(0n);
  });
});
