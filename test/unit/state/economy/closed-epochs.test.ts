import { expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import { closeEpoch, receiptWeights } from '../../../../state/attribution/epoch.ts';
import { getEpoch } from '../../../../state/queries/models.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
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
  pinOf,
  receiptBody,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { World } from './world.ts';

it('a closed epoch keeps what its pool was shared by, so that each receipt’s part can be worked out again', () => {
  const world = new World(everyone);
  const datanet = createDatanet(world);
  const a = contribute(world, alice, datanet, 'a');
  const b = contribute(world, bob, datanet, 'b');
  const model = registerModel(world, [pinOf(world, datanet)]);
  deposit(world, 1_000_000n);
  world.until(60n);
  const batch = sendReceipts(world, model, [receiptBody('one'), receiptBody('two', { tokensOut: 200 })]);
  const claims = [
    withoutPicks(0, claimOf(100, [{ start: 10, end: 40, contribution: a }])),
    withoutPicks(1, claimOf(200, [{ start: 10, end: 90, contribution: b }])),
  ];
  world.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
  const finalAt = world.height + 3n;
  world.until(finalAt);
  expect(getEpoch(world.view, model, toHeight(finalAt))).toEqual({ end: 70n, closed: undefined });
  world.until(70n);
  const { closed } = getEpoch(world.view, model, toHeight(finalAt));
  expect(closed).toMatchObject({ settled: 2n, unsettled: 0n, debt: 0n });

  const shares = [a, b].map((contribution, index) => {
    const receipt = getReceipt(world.view, { batch, index });
    const outcome =
      receipt !== undefined && 'settlement' in receipt.standing && receipt.standing.settlement.outcome;
    if (!outcome || receipt === undefined) throw new Error('settled');
    const [weight] = receiptWeights(receipt.split.data, outcome);
    return { contribution, weight: weight?.weight ?? 0n };
  });
  expect(closed?.weight).toBe((shares[0]?.weight ?? 0n) + (shares[1]?.weight ?? 0n));
  if (closed === undefined) return;
  const again = closeEpoch(closed.sums, closed.debt, shares, [], world.params.attribution.spanShareBps);
  expect(again.spanPool).toBe(closed.spans);
  expect(again.spanPool).toBeGreaterThan(0n);
  expect(again.remainder).toBe(closed.remainder);
  expect(getEpoch(world.view, model, toHeight(71n))).toEqual({ end: 80n, closed: undefined });
});
