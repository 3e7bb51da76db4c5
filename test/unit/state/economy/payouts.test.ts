/** What models and their ancestors are credited when the receipts of a batch end. */
import { describe, expect, it } from 'vitest';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import { ANCESTORS_MAX } from '../../../../state/modules/models/models.ts';
import { ANCESTOR_BPS, modelEarned } from '../../../../state/modules/pay/rewards.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { chargeOfReceipt } from '../../../../state/tx/receipt.ts';
import { deposit, everyone, laneGroup, PRICES, provider, receiptBody, registerModel } from './scenes.ts';
import { World } from './world.ts';

/** High enough that the eighth ancestor is paid something for one receipt. */
const DEAR = { in: 100n * PRICES.in, out: 100n * PRICES.out };

/** A receipt of each of these models in one batch, until nobody has settled them in time. Returns the credits of models. */
const expired = (world: World, models: readonly ModelId[]) => {
  const { fee } = receiptBody('');
  const receipts = models.map((model, i) => receiptBody(`${i}`, { model, fee: 100n * fee }));
  deposit(world, sumBig(receipts.map(chargeOfReceipt)));
  world.run(provider, inferenceReceipt, { groups: [laneGroup(world, receipts)] });
  const { settleEpochs, epochBlocks } = world.params.attribution;
  world.until(world.height + BigInt(settleEpochs * epochBlocks));
  return world.lastEnd.flatMap(({ type, data }) => (type === 'modelPaid' ? [data] : []));
};

describe('a batch whose receipts end', () => {
  it('credits an ancestor once for all that were made from it, to the unit as if for each', () => {
    const world = new World(everyone);
    const base = registerModel(world, [], { kind: 'base', prices: DEAR });
    const one = registerModel(world, [], { base, prices: DEAR });
    const other = registerModel(world, [], { base, prices: DEAR });
    const paid = expired(world, [other, one, other, base]);
    expect(paid.map(({ model, descendants, receipts }) => [model, descendants, receipts.indexes])).toEqual([
      [base, [other, one], [0, 1, 2]],
      [other, [], [0, 2]],
      [one, [], [1]],
      [base, [], [3]],
    ]);
    const [ofBase, ofOther, ofOne, own] = paid.map(({ amount }) => amount);
    // Three receipts of a model that has a base, and one of the base itself: each pays the same fee.
    const fee = own ?? 0n;
    const part = (amount: bigint): bigint => (amount * (ANCESTOR_BPS[0] ?? 0n)) / 10_000n;
    expect([ofBase, ofOther, ofOne]).toEqual([
      part(2n * fee) + part(fee),
      2n * fee - part(2n * fee),
      fee - part(fee),
    ]);
    expect(modelEarned(world.view, base)).toBe((ofBase ?? 0n) + fee);
  });

  it('credits no more models than it names and those have ancestors, however many share them', () => {
    const world = new World(everyone);
    let base: ModelId | undefined;
    for (let generation = 0; generation < ANCESTORS_MAX; generation++)
      base = registerModel(world, [], { kind: base === undefined ? 'base' : 'adapter', base, prices: DEAR });
    const models = Array.from({ length: 20 }, () => registerModel(world, [], { base, prices: DEAR }));
    expect(expired(world, models)).toHaveLength(20 + ANCESTORS_MAX);
  });
});
