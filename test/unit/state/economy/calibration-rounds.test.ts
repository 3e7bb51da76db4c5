/** The two rounds of a calibration: how each is seeded, what both come to, and what becomes of one without the other. */

import { describe, expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../../src/lib/bytes.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import {
  CALIBRATION_ROUNDS,
  CALIBRATION_STEPS,
  type CalibrationRound,
  combinedControl,
  NO_STEP,
} from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Match } from '../../../../state/attribution/claim.ts';
import { RULES_VERSIONS, type RulesVersion } from '../../../../state/attribution/rules.ts';
import { calibrationOf, controlOf } from '../../../../state/modules/models/calibrations.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import {
  calibrationWorld,
  challengeDraw,
  claimNow,
  contributionOf,
  drawWitness,
  honestClaim,
  leftOut,
  register,
  roundStanding,
  type Scene,
  SHARED,
  scene,
  seedOf,
  TextDatanet,
} from './calibration-scenes.ts';
import { demandOf, eventOf, wordsOf } from './dispute-scenes.ts';
import { alice, attestor, bob, pinOf } from './scenes.ts';
import { intent, type World } from './world.ts';

const WINDOW = 3n;
const ANSWER = 10n;

type Drawn = Scene & { readonly model: ModelId };

const drawn = (made = scene()): Drawn => {
  const model = register(made.world, [pinOf(made.world, made.datanet.id)]);
  made.world.until(made.world.height + 3n);
  return { ...made, model };
};

const statusOf = ({ world, model }: Pick<Drawn, 'world' | 'model'>) => ({
  version: calibrationOf(world.view, model, 1).type,
  rounds: CALIBRATION_ROUNDS.map((round) => roundStanding(world, model, { round }).type),
});

const headerOf = (height: bigint): string => toHex(sha256(utf8(`header ${height}`)));

describe('the seed of the second round', () => {
  /** Registers with these proposers; returns the height of the first seed's header, and that of the second's. */
  const seedsOf = (world: World, turn: (sinceFirst: number) => number): readonly [bigint, bigint] => {
    const { datanet } = scene(world);
    // The draw of the first round is two blocks after the registration, which is the next block.
    const first = world.height + 2n;
    world.turn = (height) => turn(Number(height - first));
    const model = register(world, [pinOf(world, datanet.id)]);
    for (let at = world.height; at < first + 12n; at++) {
      const { type, value } = roundStanding(world, model, { round: 1 });
      if (type === 'drawn') {
        expect(toHex(seedOf(world, model))).toBe(headerOf(first));
        expect(roundStanding(world, model).value).toMatchObject({ height: first + 1n });
        const second = value.height - 1n;
        expect(toHex(value.seed)).toBe(headerOf(second));
        return [first, second];
      }
      // While it is awaited, the chain says at the end of which block it is drawn at the earliest.
      invariant(type === 'awaited', 'nothing else comes before the draw');
      expect(value.drawAt).toBeGreaterThan(world.height);
      world.block();
    }
    throw new Error('the second round is drawn');
  };

  it('is the header of the next block if another validator proposed it', () => {
    const [first, second] = seedsOf(calibrationWorld(100n, 2), (since) => Math.abs(since % 2));
    expect(second - first).toBe(1n);
  });

  it('is the header of the next block of another proposer, however many come before within a rotation', () => {
    for (const before of [1, 2, 3]) {
      const [first, second] = seedsOf(calibrationWorld(100n, 3), (since) => (since < before ? 0 : 2));
      expect(second - first).toBe(BigInt(before));
    }
  });

  it('is the header after a full rotation if one validator proposed all blocks', () => {
    for (const validators of [1, 2, 3]) {
      const [first, second] = seedsOf(calibrationWorld(100n, validators), () => 0);
      expect(second - first).toBe(BigInt(validators) + 1n);
    }
  });
});

describe('both rounds together', () => {
  it('set the higher Imin with its own κ, or the higher κ if both have the same Imin', () => {
    const control = (matchBits: number, controlBps: number) => ({ matchBits, controlBps });
    for (const [a, b, both] of [
      [control(128, 40), control(192, 3), control(192, 3)],
      [control(192, 3), control(128, 40), control(192, 3)],
      [control(128, 2), control(128, 7), control(128, 7)],
      [control(128, 7), control(128, 2), control(128, 7)],
    ] as const)
      expect(combinedControl(a, b)).toEqual(both);
  });

  /** A claim that nobody challenges, though it leaves matches out: it meets the bar at the first step. */
  const tooLow = (claim: CalibrationClaim): CalibrationClaim => ({ ...claim, level: 0, before: [] });

  it('come to the same in whatever order they are final', () => {
    const results = [[0, 1] as const, [1, 0] as const].map((order) => {
      const made = drawn();
      const { world, model, contributions } = made;
      for (const round of order) {
        const honest = honestClaim(world, contributions, model, { round });
        expect(honest.level).toBeGreaterThan(0);
        world.run(attestor, modelCalibration, round === 0 ? honest : tooLow(honest));
        world.until(world.height + WINDOW);
        expect(statusOf(made).version).toBe(round === order[0] ? 'pending' : 'calibrated');
      }
      const { level } = honestClaim(...calibratedScene());
      expect(controlOf(world.view, model, 1)).toMatchObject({ matchBits: CALIBRATION_STEPS[level + 1] });
      expect(roundStanding(world, model, { round: 1 }).value).toMatchObject({ matchBits: 128 });
      return controlOf(world.view, model, 1);
    });
    expect(results[0]?.matchBits).toBe(results[1]?.matchBits);
  });

  /** The scene again, whose first round is drawn by the same seed. */
  const calibratedScene = (): Parameters<typeof honestClaim> => {
    const { world, contributions, model } = drawn();
    return [world, contributions, model];
  };
});

describe('a round without a result', () => {
  /** Two Datanets with the same text, which is copied in neither. */
  const unmeasurable = (): Drawn => {
    const { world, datanet } = scene();
    const second = new TextDatanet(world);
    const long = wordsOf('omega', 60);
    datanet.contribute(alice, long);
    second.contribute(bob, long);
    const model = register(world, [pinOf(world, datanet.id), pinOf(world, second.id)]);
    world.until(world.height + 3n);
    return { world, datanet, contributions: [...datanet.contributions, ...second.contributions], model };
  };

  it('leaves the version unattributed at once, and the other round cannot be claimed any more', () => {
    const made = unmeasurable();
    const { world, model, contributions } = made;
    const [first, second] = CALIBRATION_ROUNDS.map((round) =>
      honestClaim(world, contributions, model, { round }),
    );
    invariant(first !== undefined && second !== undefined, 'both rounds are measured');
    expect([first.level, second.level]).toEqual([NO_STEP, NO_STEP]);
    world.run(attestor, modelCalibration, first);
    world.until(world.height + WINDOW);
    expect(statusOf(made)).toEqual({ version: 'unattributed', rounds: ['unattributed', 'drawn'] });
    expect(world.refusal(attestor, modelCalibration, { ...second, asOf: world.height })).toBe(
      'CALIBRATION_TAKEN',
    );
    expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 0n });
  });

  it('leaves a claim of the other round to its end, which frees its bond', () => {
    for (const level of [NO_STEP, 0]) {
      const made = unmeasurable();
      const { world, model, contributions } = made;
      world.run(attestor, modelCalibration, honestClaim(world, contributions, model));
      const honest = honestClaim(world, contributions, model, { round: 1 });
      // The second claim is a lie, if it says that the first step meets the bar, and nobody challenges it.
      const draws = honest.draws.map((draw) => ({ ...draw, claim: { ...draw.claim, matches: [] } }));
      const ran = world.run(
        attestor,
        modelCalibration,
        level === 0 ? { ...honest, level, draws, before: [] } : honest,
      );
      const claimed = world.height;
      world.until(claimed + WINDOW - 1n);
      expect(statusOf(made)).toEqual({ version: 'unattributed', rounds: ['unattributed', 'claimed'] });
      expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 100n });
      world.block();
      const end = world.lastEnd.map(({ type, data }) => [type, 'round' in data ? data.round : undefined]);
      expect(end).toContainEqual([level === 0 ? 'calibrationFinalized' : 'modelUnattributed', 1]);
      expect(end.map(([type]) => type)).not.toContain('modelCalibrated');
      expect(statusOf(made).version).toBe('unattributed');
      expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 0n });
      expect(eventOf(ran, 'calibrationClaimed')).toMatchObject({ round: 1 });
    }
  });
});

const claimBoth = (
  { world, model, contributions }: Drawn,
  change: (claim: CalibrationClaim) => CalibrationClaim,
) => {
  const honest = CALIBRATION_ROUNDS.map((round) => honestClaim(world, contributions, model, { round }));
  const ran = world.block(...honest.map((claim) => intent(attestor, modelCalibration, change(claim))));
  expect(ran.map(({ result }) => result.status)).toEqual(['success', 'success']);
  const at = <T>(list: readonly T[], round: CalibrationRound): T => {
    const found = list[round];
    invariant(found !== undefined, 'both rounds were claimed');
    return found;
  };
  return {
    idOf: (round: CalibrationRound): Root => at(ran, round).id,
    honestOf: (round: CalibrationRound): CalibrationClaim => at(honest, round),
  };
};

describe('a challenge', () => {
  it('reopens its own round only, and slashes its own bond only', () => {
    for (const round of CALIBRATION_ROUNDS) {
      const made = drawn();
      const { world, model } = made;
      const { idOf, honestOf } = claimBoth(made, (claim) => ({ ...claim, level: 0, before: [] }));
      expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 1_000_000n, locked: 200n });
      const { draw, witness } = leftOut(made.contributions, honestOf(round));
      const ran = challengeDraw(world, model, { claim: idOf(round), level: 'met', draw }, witness);
      expect(eventOf(ran, 'calibrationReopened')).toMatchObject({ model, version: 1, round });
      expect(statusOf(made).rounds[round]).toBe('drawn');
      expect(statusOf(made).rounds[1 - round]).toBe('claimed');
      expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 999_900n, locked: 100n });
      world.until(world.height + WINDOW);
      expect(statusOf(made)).toMatchObject({ version: 'pending' });
      claimNow(world, honestOf(round));
      world.until(world.height + WINDOW);
      expect(statusOf(made)).toEqual({ version: 'calibrated', rounds: ['final', 'final'] });
    }
  });
});

describe('a DEMAND on one round', () => {
  it('holds that round only, and the version until it is answered', () => {
    const made = drawn();
    const { world, model, contributions } = made;
    const { idOf, honestOf } = claimBoth(made, (claim) => claim);
    const claimedAt = world.height;
    const demand = challengeDraw(world, model, { claim: idOf(1), level: 'met', draw: 0 }, demandOf('output'));
    world.until(claimedAt + WINDOW);
    expect(statusOf(made)).toEqual({ version: 'pending', rounds: ['final', 'claimed'] });
    const draw = honestOf(1).draws[0];
    invariant(draw !== undefined, 'items are drawn');
    const opening = contributionOf(contributions, draw.contribution).evidence(draw.item).openChunks(0, 1);
    world.run(attestor, attributionAnswer, { demand: demand.id, opening });
    world.until(world.height + WINDOW);
    expect(statusOf(made)).toEqual({ version: 'calibrated', rounds: ['final', 'final'] });
  });

  it('reverts that round only if nobody answers', () => {
    const made = drawn();
    const { world, model } = made;
    const { idOf } = claimBoth(made, (claim) => claim);
    challengeDraw(world, model, { claim: idOf(0), level: 'met', draw: 0 }, demandOf('output'));
    world.until(world.height + ANSWER + 1n);
    expect(statusOf(made)).toEqual({ version: 'pending', rounds: ['drawn', 'final'] });
    expect(getAttestor(world.view, attestor.address)).toMatchObject({ bond: 999_900n, locked: 0n });
  });
});

describe('what the owner of a drawn item has contributed', () => {
  /** alice holds the shared words twice, and bob holds them once. */
  const owned = (rules: RulesVersion) => {
    const world = calibrationWorld();
    const datanet = new TextDatanet(world, { rules });
    datanet.contribute(alice, `${wordsOf('alpha', 30)} ${SHARED}`);
    datanet.contribute(alice, `${SHARED} ${wordsOf('beta', 30)}`);
    datanet.contribute(bob, `${wordsOf('gamma', 30)} ${SHARED}`);
    const { contributions } = datanet;
    const model = register(world, [pinOf(world, datanet.id)], { rules });
    world.until(world.height + 3n);
    const [first, second, other] = contributions.map(({ contribution }) => contribution);
    invariant(first !== undefined && second !== undefined && other !== undefined, 'three were accepted');
    return { world, datanet, contributions, model, first, second, other };
  };
  /** The shared words in the first item, as a match with another contribution. */
  const matchWith = (contribution: number, pos: number): Match => ({
    start: 30,
    end: 45,
    contribution,
    item: 0,
    pos,
  });
  /** A claim at the first step with this match in the draws of the first item, its sums right for it. */
  const claimWith = (honest: CalibrationClaim, first: number, match: Match): CalibrationClaim => {
    const shown = honest.before.find(({ draw }) => honest.draws[draw]?.contribution === first);
    invariant(shown !== undefined, 'the step before shows the match of a draw of the first item');
    return {
      ...honest,
      before: honest.before.map((each) =>
        each === shown ? { ...each, claim: { ...each.claim, matches: [match] } } : each,
      ),
    };
  };

  it('is in no match by version 2 of the rules, and the chain refuses a claim that holds it', () => {
    for (const rules of RULES_VERSIONS) {
      const { world, model, contributions, first, second, other } = owned(rules);
      const honest = honestClaim(world, contributions, model);
      const cited = honest.before
        .filter(({ draw }) => honest.draws[draw]?.contribution === first)
        .flatMap(({ claim }) => claim.matches);
      expect(cited.length).toBeGreaterThan(0);
      // By version 1 only the item itself is left out, and the lowest id owns the words.
      expect([...new Set(cited.map(({ contribution }) => contribution))]).toEqual([
        rules === 1 ? second : other,
      ]);
      const lie = claimWith(honest, first, matchWith(second, 0));
      expect(world.refusal(attestor, modelCalibration, { ...lie, asOf: world.height })).toBe(
        rules === 1 ? 'success' : 'CALIBRATION_OWN_OWNER',
      );
    }
  });

  it('refutes no claim by version 2 of the rules', () => {
    for (const rules of RULES_VERSIONS) {
      const { world, model, contributions, first, second, other } = owned(rules);
      const honest = honestClaim(world, contributions, model);
      const { id } = world.run(attestor, modelCalibration, { ...honest, level: 0, before: [] });
      const k = honest.draws.findIndex(({ contribution }) => contribution === first);
      const draw = honest.draws[k];
      invariant(draw !== undefined, 'the first item was drawn');
      const challenge = (match: Match) => {
        const finding = { type: 'better', position: match.start, ...match } as const;
        const witness = drawWitness(contributions, draw, finding, draw.claim, rules);
        return challengeDraw(world, model, { claim: id, level: 'met', draw: k }, witness);
      };
      const own = challenge(matchWith(second, 0));
      if (rules === 1) expect(eventOf(own, 'challengeUpheld')).toMatchObject({ code: 'BETTER_UNCLAIMED' });
      else {
        expect(eventOf(own, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_INELIGIBLE' });
        const others = challenge(matchWith(other, 30));
        expect(eventOf(others, 'challengeUpheld')).toMatchObject({ code: 'BETTER_UNCLAIMED' });
      }
    }
  });
});
