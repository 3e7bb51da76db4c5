/** The way of a calibration on the chain: drawn, claimed, held, final; and what its numbers then hold for. */

import { describe, expect, it } from 'vitest';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import {
  CALIBRATION_ROUNDS,
  CALIBRATION_STEPS,
  NO_STEP,
  rankOfDraw,
} from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import { eligibleVersions } from '../../../../state/attribution/eligible.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { Eligibility } from '../../../../state/modules/data/eligibility.ts';
import { calibrationOf, controlOf } from '../../../../state/modules/models/calibrations.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import { historyOf } from '../../../../state/modules/pay/epoch-close.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getCalibration } from '../../../../state/queries/models.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { bytesKey } from '../../../../state/view.ts';
import {
  calibrateHonestly,
  calibrationWorld,
  honestClaim,
  register,
  roundStanding,
  type Scene,
  SHARED,
  scene,
  seedOf,
  TextDatanet,
} from './calibration-scenes.ts';
import { contributeTexts, eventOf, onContribution, watcher, wordsOf } from './dispute-scenes.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  createDatanet,
  deposit,
  owner,
  payer,
  pinOf,
  receiptBody,
  sendReceipts,
} from './scenes.ts';
import type { World } from './world.ts';

const WINDOW = 3n;

/** Empty blocks up to a height; returns what happened at the end of the last one. */
const lastBlock = (world: World, height: bigint): { readonly end: readonly string[] } => {
  world.until(height - 1n);
  world.block();
  return { end: world.lastEnd.map(({ type }) => type) };
};

type Drawn = Scene & { readonly model: ModelId };

/** A model on all of the scene's Datanet, drawn in both rounds. */
const drawn = (made = scene()): Drawn => {
  const { world, datanet } = made;
  const model = register(world, [pinOf(world, datanet.id)]);
  world.until(world.height + 3n);
  return { ...made, model };
};

type Named = Pick<Drawn, 'world' | 'model'>;
const phaseOf = ({ world, model }: Named): string => calibrationOf(world.view, model, 1).type;
const roundsOf = ({ world, model }: Named): readonly string[] =>
  CALIBRATION_ROUNDS.map((round) => roundStanding(world, model, { round }).type);

describe('the draw', () => {
  it('is by the hash of a header that nobody knew at the registration', () => {
    const { world, datanet } = scene();
    const model = register(world, [pinOf(world, datanet.id)]);
    const registered = world.height;
    expect(roundsOf({ world, model })).toEqual(['awaited', 'awaited']);
    world.until(registered + 1n);
    expect(roundsOf({ world, model })).toEqual(['awaited', 'awaited']);
    const claim = {
      model,
      version: 1,
      round: 0,
      asOf: toHeight(1n),
      level: NO_STEP,
      draws: [],
      before: [],
    } as const;
    const empty = { contribution: 1, item: 0, position: 0, tokens: 1, promptTokens: 0 };
    const draws = Array.from({ length: 32 }, () => ({
      ...empty,
      claim: { x: [], matches: [], shared: [], info: [300] },
    }));
    // In the very block at whose end it is drawn it cannot be claimed yet.
    const [ran] = [world.refusal(attestor, modelCalibration, { ...claim, draws })];
    expect(ran).toBe('CALIBRATION_UNDRAWN');
    expect(world.height).toBe(registered + 2n);
    expect(roundStanding(world, model)).toMatchObject({ type: 'drawn', value: { height: registered + 2n } });
    expect(phaseOf({ world, model })).toBe('pending');
    expect(toHex(seedOf(world, model))).toBe(toHex(world.context.parent));
  });

  it('is of all data tokens that are eligible, those declared copied apart', () => {
    const { world, model, contributions } = drawn();
    const tokens = contributions.flatMap(({ items }) => items).reduce((sum, { count }) => sum + count, 0);
    const copied = contributions.flatMap(({ declaration }) => declaration.copied);
    expect(copied.length).toBeGreaterThan(0);
    const left = copied.reduce((sum, { start, end }) => sum - (end - start), tokens);
    for (const round of CALIBRATION_ROUNDS)
      expect(roundStanding(world, model, { round }).value).toMatchObject({ drawable: BigInt(left) });
  });

  it('has nothing to draw from where nothing is pinned: then spans are paid nothing', () => {
    const { world } = scene();
    const model = register(world, []);
    world.until(world.height + 2n);
    expect(phaseOf({ world, model })).toBe('unattributed');
    expect(roundsOf({ world, model })).toEqual(['unattributed', 'awaited']);
    world.block();
    expect(roundsOf({ world, model })).toEqual(['unattributed', 'unattributed']);
  });
});

describe('an honest claim', () => {
  it('of each round is held for a window with its bond, and both set Imin and κ', () => {
    const { world, model, contributions } = drawn();
    const claim = honestClaim(world, contributions, model);
    expect(claim.level).toBeGreaterThan(0);
    expect(claim.level).toBeLessThan(NO_STEP);
    const ran = world.run(attestor, modelCalibration, claim);
    const claimed = world.height;
    expect(eventOf(ran, 'calibrationClaimed')).toMatchObject({
      level: claim.level,
      finalAt: String(claimed + WINDOW),
    });
    expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 100n });
    world.until(claimed + WINDOW - 1n);
    expect(roundsOf({ world, model })).toEqual(['claimed', 'drawn']);
    world.until(claimed + WINDOW);
    expect(roundsOf({ world, model })).toEqual(['final', 'drawn']);
    // One round is not enough.
    expect(phaseOf({ world, model })).toBe('pending');
    expect(controlOf(world.view, model, 1)).toBeUndefined();
    expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 0n });
    const control = { matchBits: CALIBRATION_STEPS[claim.level + 1], controlBps: 0 };
    expect(roundStanding(world, model).value).toMatchObject(control);
    const [first] = getCalibration(world.view, model, 1)?.rounds ?? [];
    expect(first?.claim).toMatchObject({ level: claim.level, covered: 0n });
    // Its draws were needed for challenges only.
    const kept = [...world.state.keys()].filter((key) => key.startsWith('calibrations/claims/'));
    expect(kept).toEqual([`calibrations/claims/${bytesKey(ran.id)}/terms`]);
    expect(world.refusal(attestor, modelCalibration, claim)).toBe('CALIBRATION_TAKEN');
    const other = honestClaim(world, contributions, model, { round: 1 });
    world.run(attestor, modelCalibration, other);
    const { end } = lastBlock(world, world.height + WINDOW);
    expect(phaseOf({ world, model })).toBe('calibrated');
    const both = [claim, other].map(({ level }) => CALIBRATION_STEPS[level + 1] ?? 0);
    expect(controlOf(world.view, model, 1)).toMatchObject({ matchBits: Math.max(...both), controlBps: 0 });
    expect(end).toEqual(['calibrationFinalized', 'modelCalibrated']);
    expect(world.refusal(attestor, modelCalibration, other)).toBe('CALIBRATION_TAKEN');
  });

  it('sets at least what the Datanets ask', () => {
    const world = calibrationWorld();
    const strict = new TextDatanet(world, { matchBitsFloor: 400 });
    strict.contribute(alice, 'one two three four five');
    const model = register(world, [pinOf(world, strict.id)]);
    world.until(world.height + 3n);
    calibrateHonestly(world, strict.contributions, model);
    expect(controlOf(world.view, model, 1)).toMatchObject({ matchBits: 400, controlBps: 0 });
  });
});

describe('a claim is refused', () => {
  const world = drawn();
  const { model } = world;
  // Of the second round: the first one was drawn a block before.
  const second = { round: 1 } as const;
  const claim = honestClaim(world.world, world.contributions, model, second);
  const refusal = (change: Partial<CalibrationClaim>, by = attestor): string =>
    world.world.refusal(by, modelCalibration, { ...claim, asOf: world.world.height, ...change });
  const [first, ...others] = claim.draws;
  if (first === undefined) throw new Error('there are draws');
  const [before] = claim.before;
  if (before === undefined) throw new Error('the step before is shown');

  it('of anyone but an attestor with a bond that is free', () => {
    expect(refusal({}, owner)).toBe('ATTESTOR_UNKNOWN');
    const poor = scene(calibrationWorld(1_000_001n));
    const other = register(poor.world, [pinOf(poor.world, poor.datanet.id)]);
    poor.world.until(poor.world.height + 3n);
    const unaffordable = honestClaim(poor.world, poor.contributions, other);
    expect(poor.world.refusal(attestor, modelCalibration, unaffordable)).toBe('ATTESTOR_BOND');
  });

  it('of no such version', () => {
    expect(refusal({ model: 99 })).toBe('MODEL_UNKNOWN');
    expect(refusal({ version: 2 })).toBe('MODEL_UNKNOWN');
  });

  it('of a height before the draw, of this one and of one long ago', () => {
    const { height } = world.world;
    expect(refusal({ asOf: toHeight(claim.asOf - 1n) })).toBe('CALIBRATION_AS_OF');
    expect(refusal({ asOf: toHeight(height + 2n) })).toBe('CALIBRATION_AS_OF');
  });

  it('of other draws than those of the seed', () => {
    const { world: chain, contributions } = world;
    const { value } = roundStanding(chain, model, second);
    const drawable = 'drawable' in value ? value.drawable : 1n;
    const rank = rankOfDraw(seedOf(chain, model, second), 0, drawable);
    expect(rank).toBeLessThan(drawable);
    const other =
      contributions.find(({ contribution }) => contribution !== first.contribution)?.contribution ?? 0;
    expect(refusal({ draws: [{ ...first, contribution: other }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(refusal({ draws: [{ ...first, contribution: 99 }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(refusal({ draws: [{ ...first, item: 2 }, ...others] })).toBe('CALIBRATION_DRAW');
    expect(refusal({ draws: [{ ...first, tokens: 60_000 }, ...others] })).toBe('CALIBRATION_DRAW');
    const nothing = { position: 0, item: 0, tokens: 0, promptTokens: 0 };
    const empty = { ...first, ...nothing, claim: { x: [], matches: [], shared: [], info: [0] } };
    expect(refusal({ draws: [empty, ...others] })).toBe('CALIBRATION_DRAW');
  });

  it('that cites what the model may not draw on, or what a contribution does not hold', () => {
    const [match] = before.claim.matches;
    if (match === undefined) throw new Error('there is a match at the step before');
    const citing = (change: Partial<typeof match>) =>
      refusal({
        before: [{ ...before, claim: { ...before.claim, matches: [{ ...match, ...change }] } }],
      });
    expect(citing({ contribution: 99 })).toBe('CLAIM_INELIGIBLE');
    expect(citing({ item: 7 })).toBe('CLAIM_ITEM');
  });

  it('without right structure, with the draw', () => {
    expect(refusal({ level: NO_STEP + 1 })).toBe('invalid: CALIBRATION_LEVEL');
    expect(refusal({ draws: claim.draws.slice(0, -1) })).toBe('CALIBRATION_DRAWS');
    expect(refusal({ before: [] })).toBe('CALIBRATION_BELOW_BAR');
    expect(refusal({ level: 0, before: [] })).toBe('success');
  });
});

describe('settlements of a version', () => {
  it('wait until it is final, and are held to its Imin', () => {
    const { world, model, contributions } = drawn();
    deposit(world, 1_000_000n);
    const batch = sendReceipts(world, model, [receiptBody('a'), receiptBody('b')]);
    // 20 tokens of 10 bits.
    const contribution = contributions[0]?.contribution ?? 0;
    const settle = (index: number, tokens: number) => ({
      batch,
      asOf: undefined,
      claims: [withoutPicks(index, claimOf(100, [{ start: 0, end: tokens, contribution }]))],
    });
    expect(world.refusal(attestor, attributionSettlement, settle(0, 20))).toBe('MODEL_UNCALIBRATED');
    const claim = honestClaim(world, contributions, model);
    world.run(attestor, modelCalibration, claim);
    expect(world.refusal(attestor, attributionSettlement, settle(0, 20))).toBe('MODEL_UNCALIBRATED');
    world.until(world.height + WINDOW);
    expect(roundsOf({ world, model })).toEqual(['final', 'drawn']);
    expect(world.refusal(attestor, attributionSettlement, settle(0, 20))).toBe('MODEL_UNCALIBRATED');
    world.run(attestor, modelCalibration, honestClaim(world, contributions, model, { round: 1 }));
    world.until(world.height + WINDOW);
    const least = Math.ceil((controlOf(world.view, model, 1)?.matchBits ?? 0) / 10);
    expect(world.refusal(attestor, attributionSettlement, settle(0, least - 1))).toBe(
      'CLAIM_MATCH_INFORMATION',
    );
    expect(world.refusal(attestor, attributionSettlement, settle(0, least))).toBe('success');
  });

  it('have no matches where nothing is paid by spans', () => {
    const made = scene();
    const { world, datanet } = made;
    // The same text in two Datanets is copied in neither, so no step meets the bar.
    const second = new TextDatanet(world);
    const long = Array.from({ length: 60 }, (_, i) => `omega${i}`).join(' ');
    const [a, b] = [datanet.contribute(alice, long), second.contribute(bob, long)];
    const model = register(world, [pinOf(world, datanet.id), pinOf(world, second.id)]);
    world.until(world.height + 3n);
    const claim = honestClaim(world, [...datanet.contributions, ...second.contributions], model);
    expect(claim.level).toBe(NO_STEP);
    expect(claim.before.length).toBeGreaterThan(0);
    expect(world.refusal(attestor, modelCalibration, { ...claim, before: [] })).toBe('CALIBRATION_BELOW_BAR');
    world.run(attestor, modelCalibration, { ...claim, asOf: world.height });
    world.until(world.height + WINDOW);
    expect(phaseOf({ world, model })).toBe('unattributed');
    expect(getAttestor(world.view, attestor.address)).toMatchObject({ locked: 0n });
    deposit(world, 1_000_000n, payer);
    const batch = sendReceipts(world, model, [receiptBody('c')]);
    const sent = world.height;
    expect(b.contribution).toBeGreaterThan(a.contribution);
    const settled = (matches: Parameters<typeof claimOf>[1]): string =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, claimOf(100, matches))],
      });
    expect(settled([{ start: 0, end: 50, contribution: a.contribution }])).toBe('CLAIM_SPANS_OFF');
    expect(settled([])).toBe('success');
    world.until(sent + 40n);
    const history = historyOf(world.view, model);
    expect(history).toMatchObject({ settled: 1n, spans: 0n });
    expect(history.remainder).toBeGreaterThan(0n);
  });
});

describe('a contribution whose owner hid what is copied in it', () => {
  /** bob's, who repeats 16 words of his own and says that nothing is copied. */
  const hidden = () => {
    const world = calibrationWorld();
    const id = createDatanet(world, { bondPerByte: 0n });
    const copy = wordsOf('cpy', 16);
    const texts = [
      `${wordsOf('alpha', 20)} ${SHARED}`,
      `${SHARED} ${wordsOf('gamma', 20)}`,
      copy,
      `${copy} ${wordsOf('z', 10)}`,
    ];
    const made = contributeTexts(world, bob, id, texts, new DatanetIndex(infoTable()), () => ({
      copied: [],
    }));
    const passages = provePassages(derivePassages(made.declared).passages);
    const contributed = [{ ...made, datanet: id, declaration: made.declared, passages }];
    const witness: Witness = {
      type: 'passage',
      value: {
        passages: passages.open(3, 1),
        start: 0,
        end: 16,
        own: made.evidence(3).open(0, 16),
        contribution: made.contribution,
        item: 2,
        pos: 0,
        source: made.evidence(2).open(0, 16),
      },
    };
    const challenge = () => world.run(watcher, attributionChallenge, onContribution(made, witness));
    const calibrated = () => {
      const model = register(world, [pinOf(world, id)]);
      world.until(world.height + 3n);
      const claim = honestClaim(world, contributed, model);
      calibrateHonestly(world, contributed, model);
      return { model, claim };
    };
    return { world, contribution: made.contribution, challenge, calibrated };
  };

  it('escapes no bar by having it struck: nothing may be traced to it, and its model is unattributed', () => {
    const { world, contribution, challenge, calibrated } = hidden();
    const before = calibrated();
    expect(calibrationOf(world.view, before.model, 1).type).toBe('calibrated');
    // By version 2 of the rules an owner's text is not measured against its own.
    expect(before.claim.level).toBe(0);
    challenge();
    const { model, claim } = calibrated();
    expect(calibrationOf(world.view, model, 1).type).toBe('unattributed');
    expect(claim).toMatchObject({ level: NO_STEP, before: [] });
    for (const each of [before.model, model]) {
      const versions = eligibleVersions(knownVersion(world.view, each, 1));
      expect(new Eligibility(world.view, world.height).eligible(contribution, versions)).toBeUndefined();
    }
  });

  it('cannot be claimed to meet a bar when nothing is left of it to measure by', () => {
    const { world, challenge, calibrated } = hidden();
    challenge();
    const { claim } = calibrated();
    const next = register(world, [pinOf(world, 1)]);
    world.until(world.height + 3n);
    const lie = { ...claim, model: next, level: 0 };
    expect(world.refusal(attestor, modelCalibration, { ...lie, asOf: toHeight(world.height - 1n) })).toBe(
      'CALIBRATION_UNMEASURABLE',
    );
  });
});
