import { describe, expect, it } from 'vitest';
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { type DatanetId, OF_CHAIN } from '../../../../src/lib/ids.ts';
import { eligibleVersions } from '../../../../state/attribution/eligible.ts';
import {
  knownModel,
  knownVersion,
  knownVersionHead,
  partiesOf,
} from '../../../../state/modules/models/models.ts';
import { eligibleContributions } from '../../../../state/queries/contributions.ts';
import { getModel, listModels } from '../../../../state/queries/models.ts';
import { manifestRoot } from '../../../../state/tx/model-manifest.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import {
  alice,
  bob,
  contribute,
  createDatanet,
  everyone,
  modelTerms,
  owner,
  pinOf,
  registerModel,
  trainer,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

const share = (bps: number) => ({ account: trainer.address, role: 'trainer' as const, bps });

describe('modelRegistration', () => {
  it('refuses terms that contradict themselves', () => {
    const world = new World(everyone);
    const pin = (datanet: DatanetId, count = 1) => ({ datanet, count, root: ZERO_ROOT });
    const refused: readonly [string, ReturnType<typeof modelTerms>][] = [
      ['MODEL_NAME', modelTerms([], { name: '' })],
      ['MODEL_BASE', modelTerms([], { kind: 'base', base: 1 })],
      ['MODEL_MANIFEST_ORDER', modelTerms([pin(2), pin(1)])],
      ['MODEL_MANIFEST_ORDER', modelTerms([pin(1, 1), pin(1, 2)])],
      ['MODEL_MANIFEST_EMPTY', modelTerms([pin(1, 0)])],
      ['MODEL_SHARES', modelTerms([], { shares: [share(0)] })],
      ['MODEL_SHARES', modelTerms([], { shares: [share(6_000), share(4_001)] })],
      ['MODEL_ATTRIBUTION', modelTerms([], { attribution: { method: 'spans', commitments: [ZERO_ROOT] } })],
    ];
    for (const [code, terms] of refused)
      expect(world.refusal(owner, modelRegistration, terms)).toBe(`invalid: ${code}`);
  });

  it('holds every pin exactly against the versions there were', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    contribute(world, alice, datanet, 'a');
    const old = pinOf(world, datanet);
    contribute(world, bob, datanet, 'b');
    const refused = (change: Partial<typeof old>) =>
      world.refusal(owner, modelRegistration, modelTerms([{ ...old, ...change }]));
    expect(refused({ datanet: datanet + 1 })).toBe('DATANET_UNKNOWN');
    expect(refused({ count: 3 })).toBe('MODEL_PIN_COUNT');
    expect(refused({ count: 2 })).toBe('MODEL_PIN_ROOT');
    expect(refused({ root: bytes32('none') })).toBe('MODEL_PIN_ROOT');
    const model = registerModel(world, [old]);
    expect(getModel(world.view, model)?.manifest).toEqual(manifestRoot([old]));
  });

  it('has a head that says the same as the whole version, without its lists', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    contribute(world, alice, datanet, 'a');
    const model = registerModel(world, [pinOf(world, datanet)], {
      evaluation: [{ measure: 'exact match', thousandths: 512 }],
      weights: bytes32('weights'),
    });
    const { pins, evaluation, eligible, ...fields } = knownVersion(world.view, model, 1);
    expect([pins, evaluation, eligible].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(knownVersionHead(world.view, model, 1)).toMatchObject(fields);
  });

  it('takes the highest floors of its Datanets, and inherits those of its base', () => {
    const world = new World(everyone);
    const plain = createDatanet(world);
    const strict = createDatanet(world, { matchBitsFloor: 192, prices: { inMin: 2_000n, outMin: 9_000n } });
    for (const datanet of [plain, strict]) contribute(world, alice, datanet, `in ${datanet}`);
    const cheap = { in: 1_999n, out: 10_000n };
    const manifest = [pinOf(world, plain), pinOf(world, strict)];
    expect(world.refusal(owner, modelRegistration, modelTerms(manifest, { prices: cheap }))).toBe(
      'MODEL_PRICE',
    );
    const free = registerModel(world, [pinOf(world, plain)], { prices: { in: 0n, out: 0n } });
    const base = registerModel(world, manifest);
    const child = modelTerms([], { base });
    expect(world.refusal(owner, modelRegistration, { ...child, prices: { in: 2_000n, out: 8_999n } })).toBe(
      'MODEL_PRICE',
    );
    const derived = registerModel(world, [], { base });
    const bits = (id: number) => getModel(world.view, id)?.floors.matchBits;
    expect([bits(free), bits(base), bits(derived)]).toEqual([96, 192, 192]);
  });

  it('may have eight ancestors, all registered, and no more', () => {
    const world = new World(everyone);
    expect(world.refusal(owner, modelRegistration, modelTerms([], { base: 1 }))).toBe('MODEL_UNKNOWN');
    let last = registerModel(world, [], { kind: 'base' });
    for (let generation = 0; generation < 8; generation++) last = registerModel(world, [], { base: last });
    expect(getModel(world.view, last)?.ancestors).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(world.refusal(owner, modelRegistration, modelTerms([], { base: last }))).toBe('MODEL_DEPTH');
    expect(listModels(world.view, 7, 9).map(({ id }) => id)).toEqual([8, 9]);
    expect(getModel(world.view, 10)).toBeUndefined();
  });

  it('may draw on what it and its ancestors pin, and on the commons of those, by contribution', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
    const one = createDatanet(world, { commons });
    const two = createDatanet(world);
    const a = contribute(world, alice, one, 'a');
    const early = pinOf(world, one);
    const b = contribute(world, bob, one, 'b');
    const c = contribute(world, bob, two, 'c');
    const late = contribute(world, alice, one, 'late');
    const base = registerModel(world, [{ ...pinOf(world, one), ...early }], { kind: 'base' });
    const model = registerModel(world, [pinOf(world, one), pinOf(world, two)], { base });
    const younger = registerModel(world, [pinOf(world, two)], { base });
    const eligible = (id: number) =>
      eligibleContributions(world.view, knownVersion(world.view, id, 1), {
        from: 0,
        limit: 100,
      }).contributions.map(({ contribution, commons }) => [contribution, commons]);
    expect(eligible(base)).toEqual([
      [1, true],
      [a, false],
    ]);
    expect(eligible(model)).toEqual([
      [1, true],
      [a, false],
      [b, false],
      [late, false],
      [c, false],
    ]);
    expect(eligible(younger)).toEqual([
      [1, true],
      [a, false],
      [c, false],
    ]);
    expect([...eligibleVersions(knownVersion(world.view, model, 1))]).toEqual([
      [OF_CHAIN, 0],
      [one, 3],
      [two, 1],
    ]);
  });

  it('leaves its owner what its shares leave', () => {
    const world = new World(everyone);
    const shares = [
      share(2_500),
      { ...share(500), role: 'compute' as const },
      { ...share(100), account: owner.address },
    ];
    const model = knownModel(world.view, registerModel(world, [], { shares }));
    expect(partiesOf(model)).toEqual([
      { account: owner.address, bps: 7_000 },
      { account: trainer.address, bps: 3_000 },
    ]);
  });
});
