/** What the RPC tells of calibrations, status by status, and of the versions of a model. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { broughtOf } from '../../../state/modules/data/contributions.ts';
import { modelCalibration } from '../../../state/tx/model-calibration.ts';
import { manifestRoot } from '../../../state/tx/model-manifest.ts';
import { modelRevision } from '../../../state/tx/model-revision.ts';
import { honestClaim, register, scene, seedOf } from '../state/economy/calibration-scenes.ts';
import { alice, attestor, bob, owner, pinOf } from '../state/economy/scenes.ts';
import { bytes32 } from '../state/economy/world.ts';
import { testServer } from './server.ts';

const { world, datanet, contributions } = scene();
const { node } = testServer();
const server = testServer({
  node: { ...node, read: (query) => query({ height: world.height, view: world.view }) },
});
const old = pinOf(world, datanet.id);
const model = register(world, [old]);
const empty = register(world, []);
const told = (id = model) => server.call('model_getCalibration', { id });

describe('a calibration', () => {
  test('is returned at each stage, from its draws to its numbers', async () => {
    const [firstAt, secondAt] = [String(world.height + 1n), String(world.height + 2n)];
    expect(await told()).toMatchObject({
      version: 1,
      status: 'pending',
      endedAt: null,
      rounds: [
        { round: 0, status: 'awaited', drawAt: firstAt, draw: null, claim: null },
        { round: 1, status: 'awaited', drawAt: secondAt, draw: null, claim: null },
      ],
    });
    world.until(world.height + 2n);
    const [first, second] = [0, 1].map((round) =>
      toHex(seedOf(world, model, { round: round === 0 ? 0 : 1 })),
    );
    expect(first).not.toBe(second);
    expect(await told()).toMatchObject({
      status: 'pending',
      rounds: [
        { status: 'drawn', drawAt: null, draw: { seed: first, height: firstAt } },
        { status: 'drawn', drawAt: null, draw: { seed: second, height: secondAt } },
      ],
    });
    const claim = honestClaim(world, contributions, model, { round: 1 });
    const { id } = world.run(attestor, modelCalibration, claim);
    const claimed = world.height;
    const held = {
      id: toHex(id),
      attestor: toHex(attestor.address),
      level: claim.level,
      finalAt: String(claimed + 3n),
      bond: '100',
    };
    const none = { matchBits: null, controlBps: null };
    expect(await told()).toMatchObject({
      ...none,
      rounds: [{ status: 'drawn' }, { status: 'claimed', claim: held, ...none }],
    });
    world.run(attestor, modelCalibration, honestClaim(world, contributions, model));
    world.until(claimed + 3n);
    expect(await told()).toMatchObject({
      ...none,
      status: 'pending',
      rounds: [{ status: 'claimed' }, { status: 'final', claim: held, controlBps: 0 }],
    });
    world.until(claimed + 4n);
    expect(await told()).toMatchObject({
      status: 'calibrated',
      endedAt: String(world.height),
      controlBps: 0,
      rounds: [{ status: 'final' }, { status: 'final', claim: held }],
      figures: { data: '0', coverageBps: '0', controlBps: '0', liftBps: '0' },
    });
    expect(await told(empty)).toMatchObject({
      ...none,
      status: 'unattributed',
      rounds: [
        { status: 'unattributed', draw: null, ...none },
        { status: 'unattributed', draw: null, ...none },
      ],
    });
  });

  test('is of a version that there is', async () => {
    const code = 'MODEL_NOT_FOUND';
    for (const method of ['model_getCalibration', 'model_getVersion', 'model_getDrawOrder'])
      for (const params of [{ id: 99 }, { id: model, version: 3 }])
        expect(await server.refusal(method, params)).toMatchObject({ data: { code } });
  });
});

describe('the order of the draw', () => {
  test('is that of the acceptance, with the tokens that may be drawn', async () => {
    const [a, b] = contributions;
    const blocksOf = (contribution = 0) => {
      const { commit, reveal } = broughtOf(world.view, contribution) ?? expect.fail('it was revealed');
      return { commit: commit.toString(), reveal: reveal.toString() };
    };
    const all = await server.call('model_getDrawOrder', { id: model });
    expect(all).toMatchObject({
      total: 2,
      contributions: [
        {
          contribution: a?.contribution,
          datanet: datanet.id,
          acceptance: 0,
          brought: { owner: toHex(alice.address), ...blocksOf(a?.contribution) },
          voidedAt: null,
        },
        {
          contribution: b?.contribution,
          datanet: datanet.id,
          acceptance: 1,
          brought: { owner: toHex(bob.address), ...blocksOf(b?.contribution) },
          voidedAt: null,
        },
      ],
    });
    const rest = await server.call('model_getDrawOrder', { id: model, from: 1, limit: 1 });
    expect(rest).toMatchObject({ total: 2, contributions: [{ contribution: b?.contribution }] });
  });
});

describe('a version', () => {
  test('is returned with its manifest; without a number it is the current one', async () => {
    datanet.contribute(bob, 'more words that nobody else has');
    const pin = pinOf(world, datanet.id);
    world.run(owner, modelRevision, {
      model,
      rules: 2,
      weights: bytes32('weights 2'),
      recipe: bytes32('recipe 2'),
      transcript: bytes32('transcript 2'),
      evaluationRoot: bytes32('evaluation 2'),
      template: bytes32('template 2'),
      manifest: [pin],
      evaluation: [],
    });
    expect(await server.call('model_get', { id: model })).toMatchObject({
      version: 2,
      manifest: toHex(manifestRoot([pin])),
    });
    expect(await server.call('model_getVersion', { id: model })).toMatchObject({
      version: 2,
      pins: [{ count: 3 }],
      eligible: [{ datanet: datanet.id, count: 3, dataTokens: '156' }],
      rules: 2,
      weights: toHex(bytes32('weights 2')),
      transcript: toHex(bytes32('transcript 2')),
      evaluationRoot: toHex(bytes32('evaluation 2')),
      template: toHex(bytes32('template 2')),
    });
    expect(await server.call('model_getVersion', { id: model, version: 1 })).toMatchObject({
      manifest: toHex(manifestRoot([old])),
      eligible: [{ count: 2 }],
    });
    expect(await told()).toMatchObject({ version: 2, status: 'pending' });
    const listed = async (params: object) => server.call('model_getContributions', { id: model, ...params });
    const any = expect.anything();
    expect(await listed({ version: 1 })).toMatchObject({ contributions: [any, any], next: null });
    expect(await listed({})).toMatchObject({ contributions: [any, any, any], next: null });
  });
});
