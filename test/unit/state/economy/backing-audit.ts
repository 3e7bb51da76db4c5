/**
 * Holds each block against what has to be true of bonds behind claims: locked is what stands behind claims and beside what has not
 * vested, the pot of challenges holds what is open and the prices of excuses, and attestors have lost what the events say.
 */
import { expect } from 'vitest';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import { equal } from '../../../../src/lib/bytes.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import type { Event } from '../../../../state/events.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { excusedOf } from '../../../../state/modules/disputes/excused.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { attestorOf } from '../../../../state/modules/ledger/attestors.ts';
import { vestingOf } from '../../../../state/modules/pay/vesting.ts';
import { backersOf } from '../../../../state/modules/receipts/backing.ts';
import { batchStatusOf, epochEnd, settlementIdOf } from '../../../../state/modules/receipts/receipts.ts';
import { lockedBondOf, settlementOf } from '../../../../state/modules/receipts/settlements.ts';
import type { ReceiptPlace } from './dispute-scenes.ts';
import { type Actor, World } from './world.ts';

/** What a history has made so far. */
type Known = {
  readonly batches: readonly { readonly batch: Root }[];
  readonly claims: readonly { readonly place: ReceiptPlace }[];
  readonly challenges: readonly { readonly id: Root }[];
};

export class BackingAudit {
  readonly #world: World;
  readonly #attestors: readonly Actor[];
  readonly #known: Known;
  #bonds: readonly bigint[];

  constructor(world: World, attestors: readonly Actor[], known: Known) {
    this.#world = world;
    this.#attestors = attestors;
    this.#known = known;
    this.#bonds = this.#bondsNow();
    world.checkMoney = () => this.#checkAll();
  }

  /** Runs a block, and checks it once what it made is noted. */
  late<T>(run: () => T, note: (made: T) => void): T {
    this.#world.checkMoney = () => undefined;
    const made = run();
    this.#world.checkMoney = () => this.#checkAll();
    note(made);
    this.#checkAll();
    return made;
  }

  #checkAll(): void {
    World.prototype.checkMoney.call(this.#world);
    this.#check();
  }

  #bondsNow(): readonly bigint[] {
    return this.#attestors.map(({ address }) => attestorOf(this.#world.view, address)?.bond ?? 0n);
  }

  /** Held after each block. */
  #check(): void {
    const locked = this.#attestors.map(() => 0n);
    const pending = new Map<string, number>();
    for (const { batch } of this.#known.batches) {
      const status = batchStatusOf(this.#world.view, batch);
      for (const [index, each] of status.receipts.entries()) {
        if (each.status !== 'settled') continue;
        const id = settlementIdOf(status, index);
        if (id === undefined) throw new Error('a settled receipt has a settlement');
        const epoch = epochEnd(settlementOf(this.#world.view, id).height, this.#world.params.attribution);
        for (const { attestor: address, amount } of backersOf(this.#world.view, id, index)) {
          const at = this.#attestors.findIndex((each) => equal(each.address, address));
          locked[at] = (locked[at] ?? 0n) + amount;
          const name = `${at} ${epoch}`;
          pending.set(name, (pending.get(name) ?? 0) + 1);
        }
      }
    }
    for (const [at, { address }] of this.#attestors.entries()) {
      for (let epoch = 10n; epoch < this.#world.height + 10n; epoch += 10n) {
        const vesting = vestingOf(this.#world.view, { attestor: address, epoch: toHeight(epoch) });
        locked[at] = (locked[at] ?? 0n) + (vesting?.bond ?? 0n);
        expect(vesting?.pending ?? 0).toBe(pending.get(`${at} ${epoch}`) ?? 0);
      }
      expect(lockedBondOf(this.#world.view, address)).toBe(locked[at]);
    }
    const waiting = this.#known.challenges.map(({ id }) => challengeOf(this.#world.view, id));
    for (const each of waiting)
      if (each?.state === 'unanswered')
        expect((each.demand ?? each.outdone)?.answerBy).toBeLessThanOrEqual(this.#world.height);
    const open = sumBig(waiting.map((each) => (each?.state === 'open' ? each.bond : 0n)));
    const prices = this.#known.claims.flatMap(({ place }) =>
      excusedOf(this.#world.view, place).map(({ cost }) => cost),
    );
    expect(potTotal(this.#world.view, 'challengeBonds')).toBe(open + sumBig(prices));
  }

  /** What attestors have lost since is what the events say. */
  checkLosses(events: readonly Event[]): void {
    const now = this.#bondsNow();
    const lost = sumBig(this.#bonds) - sumBig(now);
    this.#bonds = now;
    const said = events.map(({ type, data }): bigint => {
      switch (type) {
        case 'receiptReopened':
          return sumBig(data.backers.map(({ amount }) => amount));
        case 'backerSlashed':
          return data.reward + data.burned;
        case 'attestorForfeited':
          return data.bond;
        default:
          return 0n;
      }
    });
    expect(lost).toBe(sumBig(said));
  }
}
