/** Versions of a model: each with a manifest and a calibration of its own, by which its receipts are settled. */

import { beforeEach, describe, expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../../src/lib/ids.ts';
import { addReceipt, NO_SUMS } from '../../../../state/attribution/epoch.ts';
import { acceptedOf, setAccepted } from '../../../../state/modules/data/contributions.ts';
import { Eligibility } from '../../../../state/modules/data/eligibility.ts';
import { account, move, pot, potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { addTotals, totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { calibrationOf } from '../../../../state/modules/models/calibrations.ts';
import { DrawOrder } from '../../../../state/modules/models/draw-order.ts';
import {
  addVersion,
  knownVersion,
  VERSIONS_MAX,
  versionCountOf,
} from '../../../../state/modules/models/models.ts';
import { addDataMoney, runningEpochOf } from '../../../../state/modules/pay/epochs.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { getCalibration, getDrawOrder, getModel, getVersion } from '../../../../state/queries/models.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { manifestRoot, type Pin } from '../../../../state/tx/model-manifest.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { type ModelRevision, modelRevision } from '../../../../state/tx/model-revision.ts';
import type { ReadView } from '../../../../state/view.ts';
import { corpusOf, honestClaim, register, roundStanding, scene, seedOf } from './calibration-scenes.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  calibrate,
  claimOf,
  contribute,
  createDatanet,
  creator,
  deposit,
  everyone,
  modelTerms,
  owner,
  pinOf,
  provider,
  receiptBody,
  receiptGroup,
  registerModel,
  sendReceipts,
  trainer,
  writable,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

const revision = (model: ModelId, manifest: readonly Pin[]): ModelRevision => ({
  model,
  manifest,
  rules: 2,
  weights: bytes32('new weights'),
  recipe: bytes32('new recipe'),
  transcript: bytes32('transcript'),
  evaluationRoot: bytes32('answers'),
  template: bytes32('template'),
  evaluation: [],
});

let world: World;
let datanet: DatanetId;
let early: number;
let old: Pin;
let model: ModelId;

beforeEach(() => {
  world = new World(everyone);
  datanet = createDatanet(world);
  early = contribute(world, alice, datanet, 'early');
  old = pinOf(world, datanet);
  model = registerModel(world, [old], {}, { matchBits: 192, controlBps: 100 });
});

const revise = (): { readonly late: number; readonly pin: Pin } => {
  const late = contribute(world, bob, datanet, 'late');
  const pin = pinOf(world, datanet);
  world.run(owner, modelRevision, revision(model, [pin]));
  return { late, pin };
};

describe('a revision', () => {
  it('makes a new version with its own manifest, which waits for its own calibration', () => {
    const { pin } = revise();
    expect(getModel(world.view, model)).toMatchObject({ version: 2, manifest: manifestRoot([pin]) });
    expect(getVersion(world.view, model, 1)).toMatchObject({ pins: [old] });
    expect(getVersion(world.view, model, 2)).toMatchObject({
      pins: [pin],
      weights: bytes32('new weights'),
      eligible: [{ datanet, count: 2 }],
    });
    expect(calibrationOf(world.view, model, 1).type).toBe('calibrated');
    expect(calibrationOf(world.view, model, 2).type).toBe('pending');
    expect(roundStanding(world, model, { version: 2 }).type).toBe('awaited');
    world.until(world.height + 2n);
    expect(roundStanding(world, model, { version: 2 })).toMatchObject({
      type: 'drawn',
      value: { drawable: 200n },
    });
    expect(getDrawOrder(world.view, getVersion(world.view, model, 2) ?? raise(), 1, 5)).toMatchObject({
      total: 2,
      contributions: [{ acceptance: 1, dataTokens: 100n }],
    });
  });

  it('is the owner’s to make, of a model that there is, and of more data than before', () => {
    const late = contribute(world, bob, datanet, 'late');
    const pin = pinOf(world, datanet);
    const refused = (change: Partial<ModelRevision>, by = owner) =>
      world.refusal(by, modelRevision, { ...revision(model, [pin]), ...change });
    expect(late).toBeGreaterThan(early);
    expect(refused({}, trainer)).toBe('MODEL_NOT_OWNER');
    expect(refused({ model: 9 })).toBe('MODEL_UNKNOWN');
    expect(refused({ manifest: [] })).toBe('MODEL_REVISION_PINS');
    expect(refused({ manifest: [old] })).toBe('MODEL_REVISION_SAME');
    expect(refused({ manifest: [{ ...pin, root: bytes32('other') }] })).toBe('MODEL_PIN_ROOT');
    expect(refused({ manifest: [{ ...pin, count: 3 }] })).toBe('MODEL_PIN_COUNT');
    expect(refused({ manifest: [pin, pin] })).toBe('invalid: MODEL_MANIFEST_ORDER');
    expect(refused({})).toBe('success');
    expect(refused({ manifest: [old] })).toBe('MODEL_REVISION_PINS');
  });

  it('is refused to a model that has as many versions as a model may have', () => {
    const view = writable(world);
    const version = knownVersion(view, model, 1);
    while (versionCountOf(view, model) < VERSIONS_MAX)
      addVersion(view, model, { ...version, manifest: bytes32(`version ${versionCountOf(view, model)}`) });
    expect(world.refusal(owner, modelRevision, revision(model, [old]))).toBe('MODEL_VERSIONS');
  });

  it('may draw on other Datanets besides, as far as its prices allow', () => {
    const dear = createDatanet(world, { prices: { inMin: 10n ** 18n, outMin: 0n } });
    const other = createDatanet(world, { matchBitsFloor: 300 });
    for (const id of [dear, other]) contribute(world, bob, id, `in ${id}`);
    const manifest = (id: number) => [old, pinOf(world, id)];
    expect(world.refusal(owner, modelRevision, revision(model, manifest(dear)))).toBe('MODEL_PRICE');
    world.run(owner, modelRevision, revision(model, manifest(other)));
    expect(getVersion(world.view, model, 2)).toMatchObject({ floors: { matchBits: 300 } });
    expect(getVersion(world.view, model, 1)).toMatchObject({ floors: { matchBits: 96 } });
  });

  it('takes what its base draws on by then, but is not barred by what that has come to ask', () => {
    const asked = 10n ** 18n;
    const base = registerModel(world, [old], { prices: { in: asked, out: asked } });
    const derived = (price: bigint) => registerModel(world, [], { base, prices: { in: price, out: price } });
    const [cheap, rich] = [derived(1n), derived(asked)];
    const dear = createDatanet(world, { prices: { inMin: asked, outMin: 0n } });
    contribute(world, bob, dear, 'dear');
    world.run(owner, modelRevision, revision(base, [old, pinOf(world, dear)]));
    for (const each of [cheap, rich]) world.run(owner, modelRevision, revision(each, [old]));
    expect(getVersion(world.view, rich, 2)).toMatchObject({
      floors: { priceIn: asked },
      eligible: [{ datanet }, { datanet: dear }],
    });
    expect(getVersion(world.view, cheap, 2)).toMatchObject({
      floors: { priceIn: 0n },
      eligible: [{ datanet }],
    });
    // Nobody draws on it for less by pinning it, or by registering anew.
    expect(world.refusal(owner, modelRevision, revision(cheap, [old, pinOf(world, dear)]))).toBe(
      'MODEL_PRICE',
    );
    const anew = modelTerms([], { base, prices: { in: 1n, out: 1n } });
    expect(world.refusal(owner, modelRegistration, anew)).toBe('MODEL_PRICE');
  });

  it('knows what may be drawn of each Datanet, its base’s too, without looking at them again', () => {
    const other = createDatanet(world);
    contribute(world, bob, other, 'other');
    const derived = registerModel(world, [pinOf(world, other)], { base: model });
    const { eligible } = getVersion(world.view, derived, 1) ?? raise();
    expect(eligible).toEqual([
      { datanet, count: 1, dataTokens: 100n },
      { datanet: other, count: 1, dataTokens: 100n },
    ]);
    let reads = 0;
    const counting: ReadView = {
      get: (key) => {
        reads += 1;
        return world.view.get(key);
      },
    };
    const order = new DrawOrder(counting, eligible, new Eligibility(counting, world.height));
    expect(reads).toBe(0);
    const [late] = [acceptedOf(world.view, early + 1)];
    expect(late).toMatchObject({ datanet: other });
    expect(order.placeOf(early + 1)).toMatchObject({ from: 100n, to: 200n });
    expect(modelRevision.gas(revision(derived, [old, old]), world.params)).toBe(50_000n);
  });
});

const raise = (): never => {
  throw new Error('the version is there');
};

/** Receipts that name this version. */
const sendOf = (version: 1 | 2, pin: Pin, name: string) => {
  if (version === 2) return sendReceipts(world, model, [receiptBody(name)]);
  // Both sign for the manifest they mean, whatever the current one is.
  const manifest = manifestRoot([pin]);
  const group = receiptGroup(world, model, [receiptBody(name)], { manifest });
  return world.run(provider, inferenceReceipt, { groups: [group] }).id;
};

describe('receipts', () => {
  it('are of the version whose manifest they name, and keep its numbers', () => {
    const { late, pin } = revise();
    calibrate(world, model, { matchBits: 256, controlBps: 3_000 }, 2);
    deposit(world, 1_000_000n);
    const first = sendOf(1, old, 'a');
    const second = sendOf(2, pin, 'b');
    expect(getReceipt(world.view, { batch: first, index: 0 })?.manifest).toEqual(manifestRoot([old]));
    expect(getReceipt(world.view, { batch: second, index: 0 })?.manifest).toEqual(manifestRoot([pin]));
    const unknown = receiptGroup(world, model, [receiptBody('c')], { manifest: bytes32('other') });
    expect(world.refusal(provider, inferenceReceipt, { groups: [unknown] })).toBe('RECEIPT_MANIFEST');

    // Tokens of 10 bits: 20 of them bear 200.
    const settle = (batch: typeof first, contribution: ContributionId, tokens: number) =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, claimOf(100, [{ start: 0, end: tokens, contribution }]))],
      });
    expect(settle(first, late, 20)).toBe('CLAIM_INELIGIBLE');
    expect(settle(second, early, 20)).toBe('CLAIM_MATCH_INFORMATION');
    expect(settle(first, early, 20)).toBe('success');
    expect(settle(second, late, 50)).toBe('success');
    world.until(world.height + 3n);
    // D is 531: what is left of the fee of 1,060. 20 of 100 tokens at κ = 100, then 50 at 3,000.
    const sums = addReceipt(addReceipt(NO_SUMS, 531n, 2_000, 100, 0n), 531n, 5_000, 3_000, 0n);
    expect(runningEpochOf(world.view, model)?.sums).toEqual(sums);
  });

  it('leave their remainder to the manifest that they name', () => {
    const { late, pin } = revise();
    calibrate(world, model, {}, 2);
    deposit(world, 1_000_000n);
    const earned = (contribution: ContributionId): bigint => {
      const accepted = acceptedOf(world.view, contribution);
      if (accepted === undefined) throw new Error('it was accepted');
      return contributionEarned(world.view, contribution, accepted).remainder;
    };
    sendOf(1, old, 'a');
    world.until(world.height + 40n);
    // Nobody settled it. What the Datanet's Fenwick tree keeps of it is less than a base unit a token.
    expect([earned(early), earned(late)]).toEqual([530n, 0n]);
    sendOf(2, pin, 'b');
    world.until(world.height + 40n);
    expect([earned(early), earned(late)]).toEqual([796n, 265n]);
  });

  it('draw nothing of the remainder with what is shared, which goes to the treasury', () => {
    const { late } = revise();
    calibrate(world, model, {}, 2);
    const outcome = (shared: number) => ({
      scores: [],
      total: 100,
      shared,
      coverageBps: 0,
      relevance: [],
    });
    expect(move(world.state, account(creator.address), pot('dataPools'), 2_000n)).toBeUndefined();
    addTotals(world.state, { fees: 2_000n });
    const block = { ...world.context, height: toHeight(world.height + 1n) };
    addDataMoney({ view: world.state, block, emit: () => undefined }, model, [
      { version: 1, data: 1_000n, attribution: outcome(100) },
      { version: 2, data: 1_000n, attribution: outcome(0) },
    ]);
    const before = potTotal(world.view, 'treasury');
    world.until(world.height + 12n);
    expect(potTotal(world.view, 'treasury') - before).toBe(1_000n);
    expect(totalsOf(world.view)).toMatchObject({ shared: 1_000n, remainder: 1_000n });
    const earned = [early, late].map((contribution) => {
      const accepted = acceptedOf(world.view, contribution) ?? raise();
      return contributionEarned(world.view, contribution, accepted).remainder;
    });
    // All of it goes to the manifest of version 2, which both stand in.
    expect(earned).toEqual([500n, 500n]);
  });

  it('are refused a settlement until their own version is calibrated', () => {
    const { pin } = revise();
    deposit(world, 1_000_000n);
    const claims = [withoutPicks(0, claimOf(100, [{ start: 0, end: 40, contribution: early }]))];
    const batch = sendOf(2, pin, 'b');
    expect(world.refusal(attestor, attributionSettlement, { batch, asOf: undefined, claims })).toBe(
      'MODEL_UNCALIBRATED',
    );
    const before = sendOf(1, old, 'a');
    expect(world.refusal(attestor, attributionSettlement, { batch: before, asOf: undefined, claims })).toBe(
      'success',
    );
  });

  it('give a model its public figures: a, κ and the lift between them', () => {
    deposit(world, 1_000_000n);
    const batch = sendReceipts(world, model, [receiptBody('a')]);
    const claims = [withoutPicks(0, claimOf(100, [{ start: 0, end: 40, contribution: early }]))];
    world.run(attestor, attributionSettlement, { batch, asOf: undefined, claims });
    world.until(world.height + 20n);
    expect(getCalibration(world.view, model, 1)).toMatchObject({
      calibration: { type: 'calibrated', value: { matchBits: 192, controlBps: 100 } },
      figures: { data: 531n, coverageBps: 4_000n, controlBps: 100n, liftBps: 3_900n },
    });
    expect(getCalibration(world.view, model, 2)).toBeUndefined();
  });
});

describe('what was struck or void at the height that a claim names', () => {
  it('is drawn as before, and counts for nothing', () => {
    const made = scene();
    const chain = made.world;
    const id = register(chain, [pinOf(chain, made.datanet.id)]);
    chain.until(chain.height + 2n);
    const [first] = made.contributions;
    const accepted = first && acceptedOf(chain.view, first.contribution);
    if (first === undefined || accepted === undefined) throw new Error('it was accepted');
    const sound = honestClaim(chain, made.contributions, id);
    setAccepted(writable(chain), first.contribution, { ...accepted, voided: toHeight(chain.height) });
    const seed = seedOf(chain, id);
    const claim = honestClaim(chain, made.contributions, id);
    expect(toHex(seedOf(chain, id))).toBe(toHex(seed));
    expect(corpusOf(chain, made.contributions, id).drawableTokens).toBe(
      Number(
        getDrawOrder(chain.view, getVersion(chain.view, id, 1) ?? raise(), 0, 9).contributions.reduce(
          (sum, { dataTokens }) => sum + dataTokens,
          0n,
        ),
      ),
    );
    const empty = claim.draws.filter(({ tokens }) => tokens === 0);
    expect(empty.length).toBe(
      sound.draws.filter(({ contribution }) => contribution === first.contribution).length,
    );
    expect(empty.length).toBeGreaterThan(0);
    // Of a height before it fell the first claim would be right; now those draws have no item any more.
    expect(chain.refusal(attestor, modelCalibration, sound)).toBe('CALIBRATION_DRAW');
    expect(chain.refusal(attestor, modelCalibration, { ...claim, asOf: toHeight(chain.height) })).toBe(
      'success',
    );
  });
});
