/** What a model pays to the side of its own owner: shown, and not forbidden. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DatanetId, ModelId } from '../../../../src/lib/ids.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import { getModel, getOwnDatanets } from '../../../../state/queries/models.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { datanetCreate } from '../../../../state/tx/datanet-create.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  contribute,
  createDatanet,
  datanetTerms,
  deposit,
  everyone,
  owner,
  pinOf,
  receiptBody,
  registerModel,
  reviewers,
  sendReceipts,
} from './scenes.ts';
import { World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World(everyone);
});

/** A Datanet that the owner of the models has created. */
const ownDatanet = (): DatanetId => {
  const { events } = world.run(owner, datanetCreate, datanetTerms({ name: 'own' }));
  return Number(events.find((event) => event.type === 'datanetCreated')?.data.datanet);
};

/** Spans [10, 40) of an answer of 100 tokens for each of these contributions in turn, until its epoch has closed. */
const serve = (model: ModelId, contributions: readonly number[]): void => {
  deposit(world, 1_000_000n);
  const receipts = contributions.map((contribution) => receiptBody(`of ${model} and ${contribution}`));
  const batch = sendReceipts(world, model, receipts);
  const claims = contributions.map((contribution, index) =>
    withoutPicks(index, claimOf(100, [{ start: 10, end: 40, contribution }])),
  );
  world.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
  world.until(world.height + 20n);
};

const modelOf = (model: ModelId) => {
  const info = getModel(world.view, model);
  if (info === undefined) throw new Error('it is registered');
  return info;
};

describe('the figures of a model', () => {
  it('count nothing for its owner where all of its data is of others', () => {
    const datanet = createDatanet(world);
    const a = contribute(world, alice, datanet, 'a');
    const model = registerModel(world, [pinOf(world, datanet)]);
    serve(model, [a]);
    const { own, ownBps, history } = modelOf(model);
    expect(history.spans).toBeGreaterThan(0n);
    expect(history.remainder).toBeGreaterThan(0n);
    expect(own).toEqual({ contributions: 0n, datanets: 0n });
    expect(ownBps).toBe(0);
  });

  it('count all that went to a Datanet of its owner, by words and by volume', () => {
    const datanet = ownDatanet();
    const a = contribute(world, alice, datanet, 'a');
    const b = contribute(world, owner, datanet, 'b');
    const model = registerModel(world, [pinOf(world, datanet)]);
    serve(model, [a, b]);
    const { own, ownBps, history } = modelOf(model);
    // Both receipts are alike, and an odd unit goes to the first.
    expect(own.contributions).toBe(history.spans / 2n);
    expect(own.datanets).toBe(history.spans - history.spans / 2n + history.remainder);
    expect(ownBps).toBe(10_000);
  });

  it('count a Datanet that its owner reviews, and in Datanets of others the contributions of the owner', () => {
    const reviewed = createDatanet(world, { reviewers: [...reviewers, owner].map(({ address }) => address) });
    const others = createDatanet(world);
    const inReviewed = contribute(world, alice, reviewed, 'a');
    const ofOwner = contribute(world, owner, others, 'b');
    const ofBob = contribute(world, bob, others, 'c');
    const model = registerModel(world, [pinOf(world, reviewed), pinOf(world, others)]);
    serve(model, [inReviewed, ofOwner, ofBob]);
    const { own, ownBps, history } = modelOf(model);
    const third = history.spans / 3n;
    // By volume a third of what is left is for the Datanet that the owner reviews.
    const volume = history.remainder / 3n;
    expect(own.contributions).toBe(third);
    // Both are rounded up: what is left over goes to what comes first.
    expect(own.datanets).toBe(third + 1n + volume + 1n);
    expect(ownBps).toBe(
      Number(((own.contributions + own.datanets) * 10_000n) / (history.spans + history.remainder)),
    );
    expect(ownBps).toBeGreaterThan(3_000);
    expect(ownBps).toBeLessThan(7_000);
  });

  it('add up over epochs', () => {
    const datanet = ownDatanet();
    const a = contribute(world, owner, datanet, 'a');
    const model = registerModel(world, [pinOf(world, datanet)]);
    serve(model, [a]);
    const before = modelOf(model);
    serve(model, [a, a]);
    const after = modelOf(model);
    expect(after.own.contributions).toBe(after.history.spans);
    expect(after.own.datanets).toBe(after.history.remainder);
    expect(after.own.contributions).toBeGreaterThan(before.own.contributions);
  });
});

describe('the Datanets of a model', () => {
  it('are listed with what its owner is to them, also where nothing was paid yet', () => {
    const others = createDatanet(world);
    const own = ownDatanet();
    const both = Number(
      world
        .run(
          owner,
          datanetCreate,
          datanetTerms({
            access: 'permissioned',
            contributors: [owner.address],
            reviewers: [owner, ...reviewers].map(({ address }) => address),
          }),
        )
        .events.find((event) => event.type === 'datanetCreated')?.data.datanet,
    );
    for (const [index, datanet] of [others, own].entries())
      contribute(world, alice, datanet, `text ${index}`);
    contribute(world, owner, both, 'mine');
    const base = registerModel(
      world,
      [others, own, both].map((datanet) => pinOf(world, datanet)),
    );
    const expected = [
      { datanet: own, roles: ['owner'] },
      { datanet: both, roles: ['owner', 'reviewer', 'contributor'] },
    ];
    expect(getOwnDatanets(world.view, base, knownVersion(world.view, base, 1))).toEqual(expected);
    // What a model draws on through its base counts alike.
    const made = registerModel(world, [], { base });
    expect(getOwnDatanets(world.view, made, knownVersion(world.view, made, 1))).toEqual(expected);
  });
});
