/** Claims of receipts that hold more data money than any attestor has: 810 base units, beside bonds of 500, 300 and 200. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { backingOf } from '../../../../state/modules/receipts/backing.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import {
  challengeAs,
  type DisputeScene,
  demandOf,
  disputeScene,
  eventOf,
  type Inference,
  OUTPUT,
  PROMPT,
  type ReceiptPlace,
  send,
  settleAs,
  watcher,
} from './dispute-scenes.ts';
import { claimWith, echoWitness, malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import { attestor, bob } from './scenes.ts';
import { type Actor, actor, bytes32, type World } from './world.ts';

const second = actor('second');
const third = actor('third');
const BOND = 810n;
const WINDOW = 3n;

let scene: DisputeScene;
let world: World;
let honest: Inference;

beforeEach(() => {
  scene = disputeScene(undefined, undefined, undefined, undefined, [
    [attestor, 500n],
    [second, 300n],
    [third, 200n],
  ]);
  world = scene.world;
  honest = scene.infer(PROMPT, OUTPUT);
});

const lie = (): Claim => claimWith(honest, { x: [] });

const settled = (claim: Claim = honest.claim, by: Actor = attestor): ReceiptPlace => {
  const batch = send(scene, honest);
  return { batch, index: 0, settlement: settleAs(world, batch, [[0, claim]], by) };
};

const settling = (batch: Root, by: Actor, ...indexes: readonly number[]): string =>
  world.refusal(by, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: indexes.map((index) => withoutPicks(index, honest.claim, honest.body.tokensOut)),
  });

const back = (by: Actor, settlement: Root, amount: bigint): string =>
  world.refusal(by, attributionBacking, { settlement, amount });

const bondOf = ({ address }: Actor) => {
  const info = getAttestor(world.view, address);
  return [info?.bond, info?.locked];
};

const statusOf = (place: ReceiptPlace) => getReceipt(world.view, place)?.standing.status;

describe('a short claim', () => {
  it('is not final before others have added what is missing, and a whole window has passed since', () => {
    const { settlement, ...place } = settled();
    expect(bondOf(attestor)).toEqual([500n, 500n]);
    expect(backingOf(world.view, settlement)?.missing).toBe(310n);
    world.until(world.height + 2n * WINDOW);
    expect(statusOf({ ...place, settlement })).toBe('settled');
    expect(back(second, settlement, 200n)).toBe('success');
    world.until(world.height + 2n * WINDOW);
    expect(statusOf({ ...place, settlement })).toBe('settled');
    expect(back(third, settlement, 200n)).toBe('success');
    const whole = world.height;
    // At most what is missing is locked.
    expect([bondOf(second), bondOf(third)]).toEqual([
      [300n, 200n],
      [200n, 110n],
    ]);
    world.until(whole + WINDOW - 1n);
    expect(statusOf({ ...place, settlement })).toBe('settled');
    world.until(whole + WINDOW);
    expect(statusOf({ ...place, settlement })).toBe('final');
    expect([attestor, second, third].map(bondOf)).toEqual([
      [500n, 0n],
      [300n, 0n],
      [200n, 0n],
    ]);
    // 32 base units by 500, 200 and 110: 19.75, 7.90, 4.35.
    world.block();
    const paid = [attestor, second, third].map(({ name }) => world.balance(actor(`${name} payout`)));
    expect(paid).toEqual([20n, 8n, 4n]);
    expect(totalsOf(world.view)).toMatchObject({ settled: 1n, attestors: 32n });
  });

  it('is for receipts that no attestor could back alone', () => {
    const batch = send(scene, honest);
    expect(settling(batch, second, 0)).toBe('success');
    const rich = disputeScene(undefined, undefined, undefined, undefined, [
      [attestor, BOND],
      [second, BOND - 1n],
    ]);
    [scene, world] = [rich, rich.world];
    honest = scene.infer(PROMPT, OUTPUT);
    const other = send(scene, honest, honest);
    expect(settling(other, second, 0)).toBe('ATTESTOR_BOND');
    expect(settling(other, attestor, 0)).toBe('success');
    // Now that the first has nothing free, the second may, though not for two at once.
    expect(settling(other, second, 1)).toBe('success');
  });

  it('stands alone in its settlement', () => {
    expect(settling(send(scene, honest, honest), attestor, 0, 1)).toBe('ATTESTOR_BOND');
  });

  it('needs a sixteenth of its bond from each who joins, or all that is missing', () => {
    const { settlement } = settled();
    expect(back(second, settlement, 0n)).toBe('invalid: BACKING_ZERO');
    expect(back(second, settlement, 50n)).toBe('BACKING_SMALL');
    expect(back(second, settlement, 51n)).toBe('success');
    expect(back(second, settlement, 51n)).toBe('success');
    expect(backingOf(world.view, settlement)?.backers.map(({ amount }) => amount)).toEqual([500n, 102n]);
    expect(back(third, settlement, 200n)).toBe('success');
    expect(back(second, settlement, 7n)).toBe('BACKING_SMALL');
    expect(back(second, settlement, 8n)).toBe('success');
    expect(back(second, settlement, 8n)).toBe('BACKING_WHOLE');
  });

  it('can be joined by attestors alone, with what they have free', () => {
    const { settlement } = settled();
    expect(back(bob, settlement, 310n)).toBe('ATTESTOR_UNKNOWN');
    expect(back(second, settlement, 310n)).toBe('ATTESTOR_BOND');
    expect(back(second, bytes32('none'), 310n)).toBe('BACKING_UNKNOWN');
  });

  it('that nobody completes is dropped with the deadline: its bonds are free, and its receipt expires', () => {
    const place = settled();
    expect(back(second, place.settlement, 200n)).toBe('success');
    const deadline = getReceipt(world.view, place)?.deadline ?? 0n;
    world.until(deadline - 1n);
    expect(statusOf(place)).toBe('settled');
    world.block();
    expect(world.lastEnd.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['claimDropped', 'receiptExpired']),
    );
    expect(statusOf(place)).toBe('expired');
    expect([attestor, second].map(bondOf)).toEqual([
      [500n, 0n],
      [300n, 0n],
    ]);
    expect(back(third, place.settlement, 200n)).toBe('BACKING_WHOLE');
    expect(totalsOf(world.view)).toMatchObject({ unsettled: 1n, upheld: 0n });
    world.until(world.height + 20n);
    expect(potTotal(world.view, 'heldFees')).toBe(0n);
  });

  it('of which something is demanded is not dropped before that has ended: nobody escapes an answer', () => {
    const place = settled();
    const deadline = getReceipt(world.view, place)?.deadline ?? 0n;
    world.until(deadline - 1n);
    challengeAs(world, place, demandOf('output', { count: 3 }));
    expect(statusOf(place)).toBe('settled');
    expect(back(second, place.settlement, 300n)).toBe('SETTLEMENT_LATE');
    // Nobody answers: what is locked is lost, and the receipt has as long as at first.
    world.until(deadline + 10n);
    expect(statusOf(place)).toBe('open');
    expect(bondOf(attestor)).toEqual([0n, 0n]);
    expect(getReceipt(world.view, place)?.deadline).toBe(world.height + 20n);
  });

  it('is void with its receipt, and costs its backers nothing', () => {
    const bad = spoilt(honest);
    const batch = send(scene, bad);
    const settlement = settleAs(world, batch, [[0, honest.claim]]);
    expect(back(second, settlement, 300n)).toBe('success');
    challengeAs(world, { batch, index: 0, settlement }, malformedWitness(bad));
    expect([attestor, second].map(bondOf)).toEqual([
      [500n, 0n],
      [300n, 0n],
    ]);
  });
});

describe('a lie that is short', () => {
  it('falls before it is backed, for what its attestor had locked, and blocks nobody', () => {
    const place = settled(lie(), second);
    // Somebody else could not settle meanwhile.
    expect(settling(place.batch, attestor, 0)).toBe('SETTLEMENT_TAKEN');
    const reopened = eventOf(challengeAs(world, place, echoWitness(honest)), 'receiptReopened');
    expect(reopened).toMatchObject({ reward: '150', burned: '150' });
    expect(bondOf(second)).toEqual([0n, 0n]);
    expect(settling(place.batch, attestor, 0)).toBe('success');
  });

  it('costs those who join it what they have locked', () => {
    const place = settled(lie());
    expect(back(second, place.settlement, 300n)).toBe('success');
    expect(back(third, place.settlement, 200n)).toBe('success');
    world.until(world.height + WINDOW - 1n);
    const before = potTotal(world.view, 'burnedBonds');
    const ran = challengeAs(world, place, echoWitness(honest));
    expect(eventOf(ran, 'receiptReopened')).toMatchObject({
      reward: '405',
      burned: '405',
      backers: [{ amount: '500' }, { amount: '300' }, { amount: '10' }],
    });
    expect(potTotal(world.view, 'burnedBonds') - before).toBe(405n);
    expect([attestor, second, third].map(bondOf)).toEqual([
      [0n, 0n],
      [0n, 0n],
      [190n, 0n],
    ]);
  });

  it('leaves a receipt that can be settled and backed again', () => {
    const first = settled(lie(), second);
    challengeAs(world, first, echoWitness(honest));
    world.until((getReceipt(world.view, first)?.deadline ?? 0n) - 1n);
    const again = { ...first, settlement: settleAs(world, first.batch, [[0, honest.claim]]) };
    expect(backingOf(world.view, again.settlement)?.until).toBe(world.height);
    // In the last block nobody can add anything, and it is dropped.
    expect(statusOf(again)).toBe('expired');
    expect(bondOf(attestor)).toEqual([500n, 0n]);
  });

  it('burns as much as ever if the liar challenges itself before somebody else does', () => {
    const place = settled(lie());
    const supply = world.balance(attestor);
    const burnedGas = potTotal(world.view, 'burnedGas');
    world.run(attestor, attributionChallenge, {
      target: { type: 'receipt', value: place },
      witness: echoWitness(honest),
    });
    const gas = potTotal(world.view, 'burnedGas') - burnedGas;
    expect(world.balance(attestor) - supply + gas).toBe(250n);
    expect(bondOf(attestor)).toEqual([0n, 0n]);
    expect(potTotal(world.view, 'burnedBonds')).toBe(250n);
    // A challenge of the same by the watcher comes too late, and costs nothing but its fee.
    expect(
      world.refusal(watcher, attributionChallenge, {
        target: { type: 'receipt', value: place },
        witness: echoWitness(honest),
      }),
    ).toBe('CHALLENGE_SETTLEMENT');
  });
});
