/** Calibrations of data that several owners brought independently: what is nobody's, and what falls that says otherwise. */

import { describe, expect, it } from 'vitest';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { ClaimFinding } from '../../../../src/attribution/prover/finding.ts';
import type { DatanetId } from '../../../../src/lib/ids.ts';
import { stretchOf } from '../../../../state/attribution/calibration.ts';
import type {
  BeforeClaim,
  CalibrationClaim,
  DrawClaim,
} from '../../../../state/attribution/calibration-claim.ts';
import type { Claim, Match, Shared } from '../../../../state/attribution/claim.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import { RULES_DEFAULT } from '../../../../state/attribution/rules.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import {
  type Contributed,
  calibrationWorld,
  challengeDraw,
  claimNow,
  type DrawPlace,
  drawWitness,
  honestClaim,
  register,
  replaced,
  roundStanding,
} from './calibration-scenes.ts';
import { contributeTexts, eventOf, wordsOf } from './dispute-scenes.ts';
import { alice, attestor, bob, createDatanet, pinOf, trainer } from './scenes.ts';
import type { Actor, World } from './world.ts';

/** A run of 15 tokens, one too few to be copied: it bears more than 128 bits, and less than 192. */
const RUN = 'of the qzx1 and a qzx2 to in qzx3 of the qzx4 and a qzx5';

type Bringer = { readonly who: Actor; readonly text: string };

const ALL: readonly Bringer[] = [
  { who: alice, text: `${wordsOf('alpha', 90)} ${RUN}` },
  { who: bob, text: `${RUN} ${wordsOf('beta', 90)}` },
  { who: trainer, text: `${wordsOf('gamma', 45)} ${RUN} ${wordsOf('delta', 45)}` },
];

/** Each one contributes: before the one before reveals, or after it. */
const bring = (
  world: World,
  datanet: DatanetId,
  [first, ...rest]: readonly Bringer[],
  when: 'at once' | 'in turn',
): readonly Contributed[] => {
  if (first === undefined) return [];
  let others: readonly Contributed[] = [];
  const next = (): void => {
    others = bring(world, datanet, rest, when);
  };
  // Nobody knows of the others' texts when it declares its own, and no run of them is copied.
  const index = new DatanetIndex(infoTable());
  const between = when === 'at once' ? next : undefined;
  const made = contributeTexts(
    world,
    first.who,
    datanet,
    [first.text],
    index,
    undefined,
    RULES_DEFAULT,
    between,
  );
  if (when === 'in turn') next();
  const passages = provePassages(derivePassages(made.declared).passages);
  return [{ ...made, datanet, declaration: made.declared, passages }, ...others];
};

const sceneOf = (when: 'at once' | 'in turn', bringers = ALL) => {
  const world = calibrationWorld();
  const datanet = createDatanet(world, { bondPerByte: 0n });
  const contributions = bring(world, datanet, bringers, when);
  const model = register(world, [pinOf(world, datanet)]);
  world.until(world.height + 3n);
  const honest = honestClaim(world, contributions, model);
  const idOf = (place: number): number => contributions[place]?.contribution ?? 0;
  /** The first draw from one of the contributions. */
  const drawnFrom = (place: number): { readonly k: number; readonly draw: DrawClaim } => {
    const k = honest.draws.findIndex(({ contribution }) => contribution === idOf(place));
    const draw = honest.draws[k];
    return draw === undefined ? expect.fail('each is drawn from') : { k, draw };
  };
  const claimAs = (claim: CalibrationClaim) => claimNow(world, claim);
  const refusal = (claim: CalibrationClaim): string =>
    world.refusal(attestor, modelCalibration, { ...claim, asOf: world.height });
  const shown = (draw: DrawClaim, finding: ClaimFinding, claim = draw.claim): Witness =>
    drawWitness(contributions, draw, finding, claim);
  const challenge = (place: DrawPlace, witness: Witness) => challengeDraw(world, model, place, witness);
  return { world, model, contributions, honest, idOf, drawnFrom, claimAs, refusal, shown, challenge };
};

const matchOf = ({ matches }: Claim): Match => matches[0] ?? expect.fail('the run is matched');
const runOf = ({ shared }: Claim): Shared => shared[0] ?? expect.fail('the run is shared');

type SharedFinding = Extract<ClaimFinding, { readonly type: 'shared' }>;

/** What shows that a claim leaves the run out. */
const missing = (draw: DrawClaim, change: Partial<SharedFinding> = {}): SharedFinding => {
  const { start, end, contribution, item, pos } = runOf(draw.claim);
  const { contribution: owner, item: ownItem, pos: ownPos } = matchOf(draw.claim);
  const run = { position: start, start, end, owner, ownItem, ownPos, contribution, item, pos };
  return { type: 'shared', ...run, ...change };
};

const without = ({ claim }: Pick<DrawClaim, 'claim'>) => ({ claim: { ...claim, shared: [] } });

describe('what several brought at once', () => {
  const { honest, idOf, drawnFrom } = sceneOf('at once');

  it('is nobody’s where a third one is drawn from, so the first step meets the bar', () => {
    expect(honest).toMatchObject({ level: 0, before: [] });
    const { draw } = drawnFrom(2);
    expect(matchOf(draw.claim)).toMatchObject({ start: 45, end: 60, contribution: idOf(0) });
    expect(draw.claim.shared).toEqual([
      { match: 0, start: 45, end: 60, contribution: idOf(1), item: 0, pos: 0 },
    ]);
    // The owner of the drawn item is neither the first holder nor the second.
    expect(runOf(drawnFrom(1).draw.claim).contribution).toBe(idOf(2));
    expect(matchOf(drawnFrom(0).draw.claim).contribution).toBe(idOf(1));
    expect(runOf(drawnFrom(0).draw.claim).contribution).toBe(idOf(2));
  });

  it('belongs to the first one if the others came after the reveal', () => {
    const { honest: late } = sceneOf('in turn');
    expect(late.level).toBeGreaterThan(0);
    for (const { claim } of [...late.draws, ...late.before]) expect(claim.shared).toEqual([]);
  });

  it('takes two others: of two owners, one is drawn from and the other owns the run', () => {
    const { honest: two } = sceneOf('at once', ALL.slice(0, 2));
    expect(two.level).toBeGreaterThan(0);
    for (const { claim } of [...two.draws, ...two.before]) expect(claim.shared).toEqual([]);
  });
});

describe('a claim that is refused at once', () => {
  const { honest, idOf, drawnFrom, refusal } = sceneOf('at once');
  const { k } = drawnFrom(2);
  const run = (change: Partial<Shared>) =>
    refusal(
      replaced(honest, k, ({ claim }) => ({
        claim: { ...claim, shared: claim.shared.map((each) => ({ ...each, ...change })) },
      })),
    );

  it('shares a run with the owner of the drawn item', () => {
    expect(run({ contribution: idOf(2), pos: 45 })).toBe('CALIBRATION_OWN_OWNER');
    expect(run({ contribution: 99 })).toBe('CLAIM_INELIGIBLE');
    expect(run({ item: 1 })).toBe('CLAIM_ITEM');
    expect(run({ contribution: idOf(0) })).toBe('CLAIM_SHARED_OWNER');
  });

  it('shares what was brought too late', () => {
    const late = sceneOf('in turn');
    const before = late.honest.before.find(
      ({ draw }) => late.honest.draws[draw]?.contribution === late.idOf(2),
    );
    if (before === undefined) return expect.unreachable('it is shown at the step before');
    const { start, end } = matchOf(before.claim);
    const shared = [{ match: 0, start, end, contribution: late.idOf(1), item: 0, pos: 0 }];
    const changed: BeforeClaim = { ...before, claim: { ...before.claim, shared } };
    const lie = late.honest.before.map((each) => (each === before ? changed : each));
    expect(late.refusal({ ...late.honest, before: lie })).toBe('CLAIM_SHARED_LATE');
  });

  it('has more than the bar allows, because the runs are left out', () => {
    const draws = honest.draws.map((draw) => ({ ...draw, ...without(draw) }));
    expect(refusal({ ...honest, draws })).toBe('CALIBRATION_ABOVE_BAR');
  });
});

describe('a false claim', () => {
  it('that leaves a run out at the step met, so that κ is too high, falls to that run', () => {
    const { honest, model, world, drawnFrom, claimAs, shown, challenge } = sceneOf('at once');
    const { k, draw } = drawnFrom(2);
    const claim = claimAs(replaced(honest, k, without));
    const witness = shown(draw, missing(draw));
    const place = { claim, level: 'met', draw: k } as const;
    expect(eventOf(challenge(place, witness), 'challengeUpheld')).toMatchObject({
      witness: 'shared',
      code: 'SHARED',
    });
    expect(roundStanding(world, model).type).toBe('drawn');
  });

  it('that leaves the runs out at the step before, so that the bar is too high, falls to one of them', () => {
    const { honest, drawnFrom, claimAs, shown, challenge } = sceneOf('at once');
    const { k, draw } = drawnFrom(2);
    const before = honest.draws.map((each, i) => ({ draw: i, ...without(each) }));
    const draws = honest.draws.map((each) => {
      // At 192 bits nothing matches.
      const info = each.claim.info.slice(-1);
      return { ...each, claim: { x: [], matches: [], shared: [], info } };
    });
    // The step before is 160 bits: what it claims there is more than the bar allows.
    const lie = { ...honest, level: 3, draws, before };
    const claim = claimAs(lie);
    const witness = shown(draw, missing(draw), without(draw).claim);
    const place = { claim, level: 'before', draw: k } as const;
    expect(eventOf(challenge(place, witness), 'challengeUpheld')).toMatchObject({ code: 'SHARED' });
  });

  it('that invents a run, so that coverage is hidden, falls to a token of it', () => {
    const { honest, drawnFrom, claimAs, shown, challenge } = sceneOf('at once');
    const { k, draw } = drawnFrom(2);
    const lie = replaced(honest, k, ({ claim }) => ({
      claim: { ...claim, shared: [{ ...runOf(claim), pos: 1 }] },
    }));
    const claim = claimAs(lie);
    const finding = { type: 'invalid', part: 'shared', index: 0, at: 0 } as const;
    const witness = shown(draw, finding, lie.draws[k]?.claim);
    const place = { claim, level: 'met', draw: k } as const;
    expect(eventOf(challenge(place, witness), 'challengeUpheld')).toMatchObject({ code: 'INVALID_SHARED' });
  });
});

describe('a challenge of a claim that is right', () => {
  it('is refuted if the run is shown, or too long', () => {
    const { honest, drawnFrom, claimAs, shown, challenge } = sceneOf('at once');
    const { k, draw } = drawnFrom(2);
    const place = { claim: claimAs(honest), level: 'met', draw: k } as const;
    const refuted = (finding: ClaimFinding) =>
      eventOf(challenge(place, shown(draw, finding)), 'challengeRefuted').code;
    expect(refuted(missing(draw))).toBe('WITNESS_HOLDS');
    const long = { position: 50, start: 0, end: 65, ownPos: 0, pos: 0 };
    expect(refuted(missing(draw, long))).toBe('WITNESS_WINDOW');
  });

  it('is refuted if the second one is the owner of the drawn item', () => {
    const { honest, claimAs, shown, challenge } = sceneOf('at once', ALL.slice(0, 2));
    const [before] = honest.before;
    const draw = before && honest.draws[before.draw];
    if (before === undefined || draw === undefined) return expect.unreachable('a draw is shown');
    const { start, end, contribution: owner, item: ownItem, pos: ownPos } = matchOf(before.claim);
    const { contribution, item } = draw;
    const run = { position: start, start, end, owner, ownItem, ownPos, contribution, item };
    const finding = { type: 'shared', ...run, pos: stretchOf(draw).start + start } as const;
    const place = { claim: claimAs(honest), level: 'before', draw: before.draw } as const;
    const ran = challenge(place, shown(draw, finding, before.claim));
    expect(eventOf(ran, 'challengeRefuted').code).toBe('WITNESS_INELIGIBLE');
  });
});
