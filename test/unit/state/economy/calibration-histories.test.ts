/**
 * Any history of calibrations: claims, true and false, challenges, demands answered or not, time. The world holds the
 * money against the supply after every block; here the bond of the attestor is held against what stands behind it.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import { fromHex } from '../../../../src/lib/bytes.ts';
import { invariant, unwrap } from '../../../../src/lib/errors.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { CALIBRATION_ROUNDS, type CalibrationRound } from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { calibrationOf, calibrationTermsOf } from '../../../../state/modules/models/calibrations.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { keyText } from '../../../../state/view.ts';
import { honestClaim, leftOut, register, roundStanding, scene } from './calibration-scenes.ts';
import { demandOf, watcher } from './dispute-scenes.ts';
import { attestor, pinOf } from './scenes.ts';
import { ATTESTOR_BOND } from './world.ts';

const STEPS = ['claim', 'lie', 'challenge', 'demand', 'answer', 'wait'] as const;
type Step = { readonly tag: (typeof STEPS)[number]; readonly n: number };

const BOND = 100n;
const MODELS = 2;

/** A round of one of the models. */
type Subject = { readonly model: ModelId; readonly round: CalibrationRound };

type Standing = {
  readonly claim: Root;
  readonly payload: CalibrationClaim;
  /** Demands that were made of it: the challenge, and the draw. */
  readonly demands: { readonly id: Root; readonly draw: number }[];
};

const history = () => {
  const made = scene();
  const { world, datanet, contributions } = made;
  const models = Array.from({ length: MODELS }, () => register(world, [pinOf(world, datanet.id)]));
  const subjects = models.flatMap((model) => CALIBRATION_ROUNDS.map((round): Subject => ({ model, round })));
  world.until(world.height + 3n);
  const standing = new Map<Subject, Standing>();
  const statusOf = ({ model, round }: Subject) => roundStanding(world, model, { round });

  const claimAs = (subject: Subject, lie: boolean): void => {
    if (statusOf(subject).type !== 'drawn') return;
    const honest = honestClaim(world, contributions, subject.model, subject);
    const payload = lie ? { ...honest, level: 0, before: [] } : honest;
    const before = new Set(world.state.keys());
    if (world.refusal(attestor, modelCalibration, payload) !== 'success') return;
    const key = [...world.state.keys()].find((each) => !before.has(each) && each.endsWith('/terms'));
    const hex = /^calibrations\/claims\/(0x\w{64})\/terms$/.exec(keyText(key ?? ''))?.[1];
    invariant(hex !== undefined, 'a claim that was taken is kept');
    standing.set(subject, { claim: unwrap(fromHex(hex)) as Root, payload, demands: [] });
  };

  const challenge = (subject: Subject, draw: number, witness: Witness): Root | undefined => {
    const known = standing.get(subject);
    if (known === undefined) return undefined;
    const target = {
      type: 'calibration',
      value: { model: subject.model, claim: known.claim, level: 'met', draw },
    } as const;
    const before = new Set(world.state.keys());
    if (world.refusal(watcher, attributionChallenge, { target, witness }) !== 'success') return undefined;
    const key = [...world.state.keys()].find((each) => !before.has(each) && each.startsWith('challenges/'));
    return key === undefined
      ? undefined
      : (unwrap(fromHex(keyText(key).slice('challenges/'.length))) as Root);
  };

  const take = ({ tag, n }: Step): void => {
    const subject = subjects[n % subjects.length];
    invariant(subject !== undefined, 'there are rounds');
    const known = standing.get(subject);
    switch (tag) {
      case 'claim':
        claimAs(subject, false);
        return;
      case 'lie':
        claimAs(subject, true);
        return;
      case 'challenge': {
        if (known === undefined || statusOf(subject).type !== 'claimed') return;
        // Of an honest claim it is refuted, of one that leaves matches out upheld.
        const isLie = known.payload.level === 0;
        const honest = honestClaim(world, contributions, subject.model, subject);
        const { draw, witness } = leftOut(contributions, honest);
        const id = challenge(subject, draw, witness);
        invariant(id !== undefined, 'what stands and is held can be challenged');
        expect(challengeOf(world.view, id)?.state).toBe(isLie ? 'upheld' : 'refuted');
        return;
      }
      case 'demand': {
        const draw = n % 32;
        const drawn = known?.payload.draws[draw];
        if (known === undefined || drawn === undefined) return;
        const id = challenge(subject, draw, demandOf('output'));
        if (id !== undefined) known.demands.push({ id, draw });
        return;
      }
      case 'answer': {
        const demand = known?.demands.shift();
        const drawn = known?.payload.draws[demand?.draw ?? 0];
        const source = contributions.find(({ contribution }) => contribution === drawn?.contribution);
        if (demand === undefined || drawn === undefined || source === undefined) return;
        const opening = source.evidence(drawn.item).openChunks(0, 1);
        world.refusal(watcher, attributionAnswer, { demand: demand.id, opening });
        return;
      }
      case 'wait':
        world.until(world.height + BigInt(n % 6));
    }
  };

  /** Behind each claim that stands and is not final its bond is locked; what fell is gone. */
  const check = (): void => {
    const held = subjects.filter((subject) => statusOf(subject).type === 'claimed');
    const state = getAttestor(world.view, attestor.address);
    const { burnedBonds, bondRewards, answered } = totalsOf(world.view);
    expect(state?.locked).toBe(BOND * BigInt(held.length));
    expect((state?.bond ?? 0n) % BOND).toBe(0n);
    // Challengers' bonds that were burned are many times as large.
    const fallen = (ATTESTOR_BOND - (state?.bond ?? 0n)) / BOND;
    const halved = (fallen * BOND + answered * world.params.attribution.demandCost) / 2n;
    expect(bondRewards).toBe(halved);
    expect(burnedBonds).toBeGreaterThanOrEqual(halved);
    for (const [subject, { claim }] of standing) {
      const { type, value } = statusOf(subject);
      const stands = (type === 'claimed' || type === 'final') && Buffer.from(value.claim).equals(claim);
      expect(calibrationTermsOf(world.view, claim) !== undefined).toBe(stands);
    }
    // A version is calibrated once both of its rounds are final, by the higher Imin with its own κ.
    for (const model of models) {
      const rounds = CALIBRATION_ROUNDS.map((round) => statusOf({ model, round }));
      const controls = rounds
        .flatMap(({ type, value }) => (type === 'final' ? [value] : []))
        .toSorted((a, b) => b.matchBits - a.matchBits || b.controlBps - a.controlBps);
      const [highest] = controls;
      const { type, value } = calibrationOf(world.view, model, 1);
      expect(type).toBe(controls.length === 2 ? 'calibrated' : 'pending');
      if (type === 'calibrated')
        expect([value.matchBits, value.controlBps]).toEqual([highest?.matchBits, highest?.controlBps]);
    }
  };
  return { world, models, subjects, statusOf, take, check };
};

it('keeps the bond of an attestor exactly behind the claims that stand, whatever happens', () => {
  const outcomes = new Set<string>();
  const results = new Set<string>();
  const steps = fc.array(fc.record({ tag: fc.constantFrom(...STEPS), n: fc.nat(1_000) }), {
    minLength: 6,
    maxLength: 32,
  });
  fc.assert(
    fc.property(steps, (taken) => {
      const { world, models, subjects, statusOf, take, check } = history();
      for (const step of taken) {
        take(step);
        check();
      }
      world.until(world.height + 40n);
      check();
      for (const subject of subjects) outcomes.add(statusOf(subject).type);
      for (const model of models) results.add(calibrationOf(world.view, model, 1).type);
      // A demand that nobody answered has brought its claim down by now, and all other claims are final.
      expect(getAttestor(world.view, attestor.address)?.locked).toBe(0n);
    }),
    { numRuns: 40 },
  );
  expect([...outcomes].sort()).toEqual(['drawn', 'final']);
  expect([...results].sort()).toEqual(['calibrated', 'pending']);
});
