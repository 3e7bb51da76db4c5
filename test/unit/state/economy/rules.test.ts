/** The versions of the rules of attribution on one chain: each has its Datanets, models, receipts and disputes. */
import { describe, expect, it } from 'vitest';
import { RULES_VERSIONS, type RulesVersion } from '../../../../state/attribution/rules.ts';
import { getModel } from '../../../../state/queries/models.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { type DatanetCreate, DatanetTermsType, datanetCreate } from '../../../../state/tx/datanet-create.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { manifestRoot } from '../../../../state/tx/model-manifest.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { modelRevision } from '../../../../state/tx/model-revision.ts';
import {
  challengeAs,
  challengeRefusal,
  disputeScene,
  eventOf,
  OUTPUT,
  PROMPT,
  send,
  settleAs,
} from './dispute-scenes.ts';
import { claimWith, echoWitness, liesOf, malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  claimOf,
  commitAs,
  contribute,
  createDatanet,
  creator,
  datanetTerms,
  deposit,
  everyone,
  modelTerms,
  owner,
  pinOf,
  provider,
  receiptBody,
  receiptGroup,
  registerModel,
  reveal,
  sendReceipts,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

describe.each(RULES_VERSIONS)('data, a model and receipts of version %i', (version) => {
  it('go from a Datanet to a final settlement, and what is false of them falls', () => {
    const scene = disputeScene(undefined, undefined, version);
    const { world, model } = scene;
    expect(getModel(world.view, model)).toMatchObject({ rules: version });
    const honest = scene.infer(PROMPT, OUTPUT);
    const lies = liesOf(scene, honest);
    const batch = send(scene, ...lies.map(() => honest), honest);
    const settlement = settleAs(world, batch, [
      ...lies.map(({ claim }, index) => [index, claim] as const),
      [lies.length, honest.claim],
    ]);
    // Each by its own witness; and what is true by none of them.
    const last = lies.length;
    for (const [index, { name, witness }] of lies.slice(0, 2).entries()) {
      expect(challengeRefusal(world, { batch, index, settlement }, witness), name).toBe('success');
      expect(getReceipt(world.view, { batch, index })?.standing.status, name).toBe('open');
    }
    challengeAs(world, { batch, index: last, settlement }, echoWitness(honest));
    world.until(world.height + 3n);
    expect(getReceipt(world.view, { batch, index: last })?.standing).toMatchObject({
      status: 'final',
      settlement: { outcome: { coverageBps: 8803 } },
    });
  });

  it.each([2, 3, 4])('have lie %i fall too', (lie) => {
    const scene = disputeScene(undefined, undefined, version);
    const honest = scene.infer(PROMPT, OUTPUT);
    const { claim, witness, name } = liesOf(scene, honest)[lie] ?? { name: 'none', claim: honest.claim };
    const batch = send(scene, honest);
    const settlement = settleAs(scene.world, batch, [[0, claim]]);
    if (witness === undefined) return expect.unreachable();
    const ran = challengeAs(scene.world, { batch, index: 0, settlement }, witness);
    expect(eventOf(ran, 'challengeUpheld'), name).toMatchObject({ falls: 'claim' });
  });

  it('have a malformed output void its receipt', () => {
    const scene = disputeScene(undefined, undefined, version);
    const bad = spoilt(scene.infer(PROMPT, OUTPUT));
    const batch = send(scene, bad);
    const settlement = settleAs(scene.world, batch, [[0, bad.claim]]);
    const ran = challengeAs(scene.world, { batch, index: 0, settlement }, malformedWitness(bad));
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({
      falls: 'receipt',
      code: 'MALFORMED_INFORMATION',
    });
  });

  it('have claims whose tokens bear as little as the rules allow, and no less', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world, { rules: version });
    contribute(world, alice, datanet, 'a', { rules: version });
    const model = registerModel(world, [pinOf(world, datanet)], { rules: version });
    deposit(world, 100_000n);
    world.until(60n);
    const batch = sendReceipts(world, model, [receiptBody('a', { rules: version })]);
    const settle = (bits: number): string =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, claimOf(100, [], bits))],
      });
    // In version 1 a token bears a bit at least; in version 2 it bears none if it repeats.
    expect(settle(0)).toBe(version === 1 ? 'CLAIM_INFO_SUM' : 'success');
    if (version === 1) expect(settle(1)).toBe('success');
  });
});

it('judges by the version of the receipt: a claim that repeats are worth something is true in version 1 alone', () => {
  const repeating = `${OUTPUT} ${'again and '.repeat(20)}`;
  const verdicts = RULES_VERSIONS.map((version) => {
    const scene = disputeScene(undefined, undefined, version);
    const honest = scene.infer(PROMPT, repeating);
    // The sums by the rules of version 1, whatever the version is.
    const claim = claimWith({ ...honest, body: { ...honest.body, rules: 1 } }, {});
    const border = claim.info.length - 1;
    const batch = send(scene, honest);
    const settlement = settleAs(scene.world, batch, [[0, claim]]);
    const output = honest.outputEvidence.open(0, 0);
    const witness = { type: 'info', value: { border, output, passages: undefined } } as const;
    const ran = challengeAs(scene.world, { batch, index: 0, settlement }, witness);
    return ran.events.map(({ type }) => type).filter((type) => type.startsWith('challenge'));
  });
  expect(verdicts).toEqual([['challengeRefuted'], ['challengeUpheld']]);
});

describe('two versions', () => {
  const setUp = () => {
    const world = new World(everyone);
    const nets = Object.fromEntries(
      RULES_VERSIONS.map((rules) => {
        const datanet = createDatanet(world, { name: `of ${rules}`, rules });
        contribute(world, alice, datanet, `in ${rules}`, { rules });
        return [rules, datanet];
      }),
    ) as Record<RulesVersion, number>;
    return { world, nets };
  };

  it('are never in one model, nor under one base', () => {
    const { world, nets } = setUp();
    const register = (rules: RulesVersion, datanets: readonly number[], base?: number): string =>
      world.refusal(
        owner,
        modelRegistration,
        modelTerms(
          datanets.map((datanet) => pinOf(world, datanet)),
          { rules, base },
        ),
      );
    expect(register(2, [nets[1]])).toBe('MODEL_RULES');
    expect(register(1, [nets[2]])).toBe('MODEL_RULES');
    expect(register(2, [nets[1], nets[2]])).toBe('MODEL_RULES');
    expect(register(1, [nets[1]])).toBe('success');
    expect(register(2, [nets[2]])).toBe('success');
    expect(register(2, [nets[2]], 1)).toBe('MODEL_RULES');
    expect(register(2, [], 1)).toBe('MODEL_RULES');
    expect(register(1, [], 1)).toBe('success');
    // A base on no data leaves it open.
    expect(register(1, [])).toBe('success');
    expect(register(2, [nets[2]], 4)).toBe('success');
  });

  it('may follow each other as versions of a model, until it has data of one', () => {
    const { world, nets } = setUp();
    const model = registerModel(world, [], { rules: 1 });
    const { name: _name, kind: _kind, base: _base, ...terms } = modelTerms([pinOf(world, nets[2])]);
    const { shares: _shares, prices: _prices, attribution: _attribution, ...revision } = terms;
    expect(world.refusal(owner, modelRevision, { ...revision, model, rules: 1 })).toBe('MODEL_RULES');
    world.run(owner, modelRevision, { ...revision, model, rules: 2, template: bytes32('template') });
    expect(getModel(world.view, model)).toMatchObject({ version: 2, rules: 2 });
    expect(world.refusal(owner, modelRevision, { ...revision, model, rules: 1 })).toBe('MODEL_RULES');
    deposit(world, 100_000n);
    // Receipts of the first version go on by its rules.
    const old = receiptGroup(world, model, [receiptBody('a', { rules: 1 })], { manifest: manifestRoot([]) });
    expect(world.refusal(provider, inferenceReceipt, { groups: [old] })).toBe('success');
    const wrong = receiptGroup(world, model, [receiptBody('b', { rules: 1 })]);
    expect(world.refusal(provider, inferenceReceipt, { groups: [wrong] })).toBe('RECEIPT_RULES');
    const current = receiptGroup(world, model, [receiptBody('b', { rules: 2 })]);
    expect(world.refusal(provider, inferenceReceipt, { groups: [current] })).toBe('success');
  });

  it('are not mixed in a Datanet', () => {
    const { world, nets } = setUp();
    for (const [rules, datanet] of [
      [1, nets[2]],
      [2, nets[1]],
    ] as const) {
      const name = `${rules} in ${datanet}`;
      const contribution = commitAs(world, alice, datanet, name);
      world.block();
      const refused = (change: object) =>
        world.refusal(alice, dataContribution, reveal(contribution, datanet, name, change));
      expect(refused({ rules })).toBe('CONTRIBUTION_RULES');
      expect(refused({ rules: rules === 1 ? 2 : 1 })).toBe('success');
    }
  });

  it('are all that there are, and a Datanet that names none has the second', () => {
    const json = DatanetTermsType.toJson(datanetTerms());
    const { rules, ...unsaid } = json as { readonly rules: number };
    expect(rules).toBe(2);
    expect(datanetCreate.payload.fromJson(unsaid)).toMatchObject({ ok: true, value: { rules: 2 } });
    expect(datanetCreate.payload.fromJson({ ...unsaid, rules: 1 })).toMatchObject({ value: { rules: 1 } });
    for (const unknown of [0, 3, 255])
      expect(datanetCreate.payload.fromJson({ ...unsaid, rules: unknown })).toMatchObject({
        fault: { code: 'JSON_INVALID', message: expect.stringContaining(`no version ${unknown}`) },
      });
    const terms: DatanetCreate = datanetTerms();
    const encoded = datanetCreate.payload.encode(terms);
    const at = encoded.findIndex(
      (byte, i) => byte === 2 && !datanetCreate.payload.decode(encoded.with(i, 3)).ok,
    );
    expect(at).toBeGreaterThanOrEqual(0);
    expect(new World(everyone).refusal(creator, datanetCreate, terms)).toBe('success');
  });
});
