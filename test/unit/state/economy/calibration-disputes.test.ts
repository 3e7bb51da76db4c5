/** Lies about a calibration, each out of real texts: what shows them, and what falls. */

import { describe, expect, it } from 'vitest';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import type { ClaimFinding } from '../../../../src/attribution/prover/finding.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { bordersOf } from '../../../../state/attribution/borders.ts';
import { NO_STEP, stretchOf } from '../../../../state/attribution/calibration.ts';
import type { CalibrationClaim, DrawClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Claim, Match } from '../../../../state/attribution/claim.ts';
import { informationOf } from '../../../../state/attribution/info1.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { calibrationTermsOf, holdCalibration } from '../../../../state/modules/models/calibrations.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import {
  challengeDraw,
  claimNow,
  contributionOf,
  drawRefusal,
  drawWitness,
  honestClaim,
  leftOut,
  register,
  replaced,
  roundStanding,
  type Scene,
  scene,
  TextDatanet,
} from './calibration-scenes.ts';
import { demandOf, eventOf, watcher } from './dispute-scenes.ts';
import { alice, attestor, bob, pinOf, writable } from './scenes.ts';
import { bytes32 } from './world.ts';

const WINDOW = 3n;
const ANSWER = 10n;

type Drawn = Scene & { readonly model: ModelId; readonly honest: CalibrationClaim };

const drawn = (): Drawn => {
  const made = scene();
  const model = register(made.world, [pinOf(made.world, made.datanet.id)]);
  made.world.until(made.world.height + 3n);
  return { ...made, model, honest: honestClaim(made.world, made.contributions, model) };
};

const bondOf = ({ world }: Drawn) => getAttestor(world.view, attestor.address);

const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  invariant(found !== undefined, `there is one at ${index}`);
  return found;
};

/** The claim of a draw with these matches, its sums right for them: copied tokens bear nothing. */
const claimWith = ({ contributions }: Drawn, draw: DrawClaim, matches: readonly Match[]): Claim => {
  const source = contributionOf(contributions, draw.contribution);
  const tokens = at(source.items, draw.item);
  const info = informationOf(infoTable(), tokens);
  for (const { item, start, end } of source.declaration.copied)
    if (item === draw.item) info.fill(0, start, end);
  const { start, end } = stretchOf(draw);
  const stretch = info.subarray(start, end);
  const sum = (border: number) => stretch.subarray(0, border).reduce((total, bits) => total + bits, 0);
  const runs = { x: [], matches, shared: [] };
  return { ...runs, info: bordersOf(runs, end - start).map(sum) };
};

const shown = (
  { contributions }: Drawn,
  draw: DrawClaim,
  finding: ClaimFinding,
  claim = draw.claim,
): Witness => drawWitness(contributions, draw, finding, claim);

/** Claims that the first step meets the bar already: the matches there are left out. */
const tooLow = ({ honest }: Drawn): CalibrationClaim => ({ ...honest, level: 0, before: [] });

/** A draw that has a match at the step before the one that meets the bar, and that match. */
const matched = ({ honest }: Drawn): { draw: number; match: Match; claim: Claim } => {
  const { draw, claim } = at(honest.before, 0);
  return { draw, match: at(claim.matches, 0), claim };
};

/** A draw of which nothing is shown at the step before. */
const unshown = ({ draws, before }: CalibrationClaim): number =>
  draws.findIndex((_, k) => !before.some(({ draw }) => draw === k));

describe('a false calibration', () => {
  it('that leaves matches out falls to one of them, and the next attestor calibrates by the same draw', () => {
    const made = drawn();
    const { world, model, honest, contributions } = made;
    const { draw, witness } = leftOut(contributions, honest);
    const claim = claimNow(world, tooLow(made));
    const place = { claim, level: 'met', draw } as const;
    const seed = roundStanding(world, model).value;
    const before = world.balance(watcher);
    const ran = challengeDraw(world, model, place, witness);
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ code: 'BETTER_UNCLAIMED', falls: 'claim' });
    expect(eventOf(ran, 'calibrationReopened')).toMatchObject({ model, reward: '50', burned: '50' });
    expect(bondOf(made)).toMatchObject({ bond: 999_900n, locked: 0n });
    expect(world.balance(watcher)).toBeGreaterThan(before - 10n ** 17n);
    expect(potTotal(world.view, 'burnedBonds')).toBe(50n);
    const { type, value } = roundStanding(world, model);
    expect(type).toBe('drawn');
    expect(seed).toMatchObject(value);
    expect(calibrationTermsOf(world.view, claim)).toBeUndefined();
    claimNow(made.world, honest);
    world.until(world.height + WINDOW);
    expect(roundStanding(world, model).type).toBe('final');
  });

  it('with a wrong sum falls to the tokens of one piece', () => {
    const made = drawn();
    const { world, model, honest } = made;
    const k = unshown(honest);
    const lie = replaced(honest, k, (draw) => ({
      claim: { ...draw.claim, info: draw.claim.info.map((sum) => sum + 1) },
    }));
    const claim = claimNow(made.world, lie);
    const draw = at(lie.draws, k);
    const witness = shown(made, draw, { type: 'info', border: draw.claim.info.length - 1 });
    const ran = challengeDraw(world, model, { claim, level: 'met', draw: k }, witness);
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ code: 'INFO' });
  });

  it('with a match that is none falls at the step before too', () => {
    const made = drawn();
    const { world, model, honest } = made;
    const { draw, match } = matched(made);
    const wrong = { ...match, pos: match.pos + 1 };
    const lie = claimWith(made, at(honest.draws, draw), [wrong]);
    const before = honest.before.map((each) => (each.draw === draw ? { draw, claim: lie } : each));
    const claim = claimNow(made.world, { ...honest, before });
    const finding = { type: 'invalid', part: 'match', index: 0, at: 0 } as const;
    const witness = shown(made, at(honest.draws, draw), finding, lie);
    const place = { claim, level: 'before', draw } as const;
    // Of the step that meets the bar it says nothing.
    expect(drawRefusal(world, model, { ...place, level: 'met' }, witness)).toBe('success');
    expect(roundStanding(world, model).type).toBe('claimed');
    const ran = challengeDraw(world, model, place, witness);
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ code: 'INVALID_MATCH' });
  });

  it('with a match over copied words falls to the passage', () => {
    const made = drawn();
    const { world, model, honest, contributions } = made;
    // The second item of the second contribution begins with 30 tokens of the first one's.
    const copier = at(contributions, 1);
    const k = honest.draws.findIndex(
      ({ contribution, item }) => contribution === copier.contribution && item === 1,
    );
    const match = { start: 0, end: 30, contribution: at(contributions, 0).contribution, item: 0, pos: 0 };
    // As if nothing were copied: the totals have to be the same at both steps.
    const plain = informationOf(infoTable(), at(copier.items, 1));
    const until = (border: number) => plain.subarray(0, border).reduce((sum, bits) => sum + bits, 0);
    const lie = { x: [], matches: [match], shared: [], info: [0, 30, 60].map(until) };
    const total = { x: [], matches: [], shared: [], info: [until(60)] };
    const claim = claimNow(made.world, {
      ...replaced(honest, k, () => ({ claim: total })),
      before: [{ draw: k, claim: lie }],
    });
    const place = { claim, level: 'before', draw: k } as const;
    const inert = (side: 'output' | 'source') =>
      shown(made, at(honest.draws, k), { type: 'inert', part: 'match', index: 0, at: 3, side }, lie);
    // Where the words stood first nothing is copied.
    const refuted = challengeDraw(world, model, place, inert('source'));
    expect(eventOf(refuted, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_HOLDS' });
    const upheld = challengeDraw(world, model, place, inert('output'));
    expect(eventOf(upheld, 'challengeUpheld')).toMatchObject({ code: 'INERT' });
  });

  it('of another position, length or prompt part than was drawn falls to the passage and the item', () => {
    for (const [change, code] of [
      [{ position: 1 }, 'DRAW_POSITION'],
      [{ tokens: 1 }, 'DRAW_ITEM'],
    ] as const) {
      const made = drawn();
      const { world, model, honest, contributions } = made;
      const k = honest.draws.findIndex(
        (draw, i) => draw.position + 2 < draw.tokens && !honest.before.some((each) => each.draw === i),
      );
      const lie = replaced(honest, k, (draw) => ({
        position: draw.position + ('position' in change ? 1 : 0),
        tokens: draw.tokens + ('tokens' in change ? 1 : 0),
        claim: { ...draw.claim, info: draw.claim.info.map((sum) => sum + ('tokens' in change ? 300 : 0)) },
      }));
      const claim = claimNow(made.world, lie);
      const { contribution, item, position } = at(honest.draws, k);
      const source = contributionOf(contributions, contribution);
      const opening = source.evidence(item).open(0, 0);
      invariant(opening.type === 'item', 'an item is opened');
      const passages = source.passages.over(item, position, position + 1);
      const witness = { type: 'draw', value: { passages, item: opening.value } } as const;
      const ran = challengeDraw(world, model, { claim, level: 'met', draw: k }, witness);
      expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ code });
    }
  });
});

describe('a challenge of a calibration that is right', () => {
  const made = drawn();
  const { world, model, honest } = made;
  const { draw, match } = matched(made);
  const { start, end, contribution, item, pos } = match;
  const better = { type: 'better', position: start, start, end, contribution, item, pos } as const;
  const claim = claimNow(made.world, honest);
  // Four blocks of refusals and refuted challenges, and more: a window is three.
  holdCalibration(writable(world), claim, toHeight(world.height + 20n));
  const refusedWith = (level: 'met' | 'before', witness: Witness): unknown => {
    const ran = challengeDraw(world, model, { claim, level, draw }, witness);
    return eventOf(ran, 'challengeRefuted').code;
  };

  it('is refuted: what bears too little at the step met, what is claimed already', () => {
    const witness = shown(made, at(honest.draws, draw), better);
    expect(refusedWith('met', witness)).toBe('WITNESS_INFORMATION');
    expect(refusedWith('before', witness)).toBe('WITNESS_LATER');
    expect(totalsOf(world.view)).toMatchObject({ refuted: 2n, upheld: 0n });
  });

  it('is refused of what there is not', () => {
    const witness = shown(made, at(honest.draws, draw), better);
    const refused = (place: object, of: Witness = witness, id = model) =>
      drawRefusal(world, id, { claim, level: 'met', draw, ...place }, of);
    expect(refused({ claim: bytes32('other') })).toBe('CHALLENGE_CALIBRATION');
    expect(refused({}, witness, 99)).toBe('CHALLENGE_CALIBRATION');
    expect(refused({ draw: 32 })).toBe('CHALLENGE_INDEX');
    expect(refused({ level: 'before', draw: unshown(honest) })).toBe('CHALLENGE_INDEX');
  });

  it('is refused once it is final', () => {
    world.until(world.height + 20n);
    const witness = shown(made, at(honest.draws, draw), better);
    expect(roundStanding(world, model).type).toBe('final');
    expect(drawRefusal(world, model, { claim, level: 'met', draw }, witness)).toBe('CHALLENGE_CLOSED');
  });
});

describe('that no step meets the bar', () => {
  it('cannot be claimed by what passes it at a lower step', () => {
    const made = drawn();
    const { world, model, honest } = made;
    // That no step meets the bar would have to be shown at the last.
    const highest = { ...honest, level: NO_STEP };
    const draws = honest.draws.map((draw) => ({
      ...draw,
      claim: { x: [], matches: [], shared: [], info: draw.claim.info.slice(-1) },
    }));
    expect(world.refusal(attestor, modelCalibration, { ...highest, draws, asOf: world.height })).toBe(
      'CLAIM_MATCH_INFORMATION',
    );
    expect(roundStanding(world, model).type).toBe('drawn');
  });

  it('is right where two Datanets hold the same text, and nobody is at fault for what is not claimed then', () => {
    const { world, datanet } = scene();
    const second = new TextDatanet(world);
    const long = Array.from({ length: 60 }, (_, i) => `omega${i}`).join(' ');
    const [a] = [datanet.contribute(alice, long), second.contribute(bob, long)];
    const contributions = [...datanet.contributions, ...second.contributions];
    const model = register(world, [pinOf(world, datanet.id), pinOf(world, second.id)]);
    world.until(world.height + 3n);
    const honest = honestClaim(world, contributions, model);
    expect(honest.level).toBe(NO_STEP);
    const made = { world, datanet, contributions, model, honest };
    const claim = claimNow(made.world, honest);
    const k = honest.draws.findIndex(
      ({ contribution }) =>
        contribution !== a.contribution && contribution === at(second.contributions, 0).contribution,
    );
    const window = { position: 0, start: 0, end: 60, contribution: a.contribution, item: 0, pos: 0 };
    const witness = shown(made, at(honest.draws, k), { type: 'better', ...window });
    expect(drawRefusal(world, model, { claim, level: 'met', draw: k }, witness)).toBe('CHALLENGE_KIND');
    const first = at(honest.before, 0);
    const early = {
      type: 'better',
      ...window,
      contribution: first.claim.matches[0]?.contribution ?? 0,
    } as const;
    const again = shown(made, at(honest.draws, first.draw), early);
    const ran = challengeDraw(world, model, { claim, level: 'before', draw: first.draw }, again);
    expect(eventOf(ran, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_LATER' });
  });
});

describe('a DEMAND on a calibration', () => {
  const demanded = () => {
    const made = drawn();
    const claim = claimNow(made.world, made.honest);
    const draw = at(made.honest.draws, 0);
    const claimedAt = made.world.height;
    const place = { claim, level: 'met', draw: 0 } as const;
    const ran = challengeDraw(made.world, made.model, place, demandOf('output'));
    return { ...made, claim, draw, claimedAt, demand: ran.id };
  };

  it('puts it off until it is answered, and for a window then', () => {
    const { world, model, contributions, draw, claimedAt, demand } = demanded();
    world.until(claimedAt + WINDOW);
    expect(roundStanding(world, model).type).toBe('claimed');
    world.until(claimedAt + ANSWER - 1n);
    const opening = contributionOf(contributions, draw.contribution).evidence(draw.item).openChunks(0, 1);
    world.run(watcher, attributionAnswer, { demand, opening });
    const answered = world.height;
    world.until(answered + WINDOW - 1n);
    expect(roundStanding(world, model).type).toBe('claimed');
    expect([...world.state.keys()].filter((key) => key.startsWith('demands/'))).not.toEqual([]);
    world.until(answered + WINDOW);
    expect(roundStanding(world, model).type).toBe('final');
    expect([...world.state.keys()].filter((key) => key.startsWith('demands/'))).toEqual([]);
  });

  it('asks for the same chunks once in all draws of the claim, at both steps', () => {
    const { world, model, claim, draw, honest } = demanded();
    const isSame = (other: typeof draw) =>
      other.contribution === draw.contribution && other.item === draw.item;
    const others = honest.draws.flatMap((each, k) => (k > 0 && isSame(each) ? [k] : []));
    expect(others.length).toBeGreaterThan(2);
    for (const k of others)
      expect(drawRefusal(world, model, { claim, level: 'met', draw: k }, demandOf('output'))).toBe(
        'DEMAND_REPEATED',
      );
    const before = honest.before.find((each) => isSame(at(honest.draws, each.draw)));
    invariant(before !== undefined, 'the same item was drawn for the step before');
    const place = { claim, level: 'before', draw: before.draw } as const;
    expect(drawRefusal(world, model, place, demandOf('output'))).toBe('DEMAND_REPEATED');
    const another = honest.draws.findIndex((each) => !isSame(each));
    expect(drawRefusal(world, model, { claim, level: 'met', draw: another }, demandOf('output'))).toBe(
      'success',
    );
  });

  it('brings it down if nobody shows the text', () => {
    const made = demanded();
    const { world, model, claimedAt } = made;
    world.until(claimedAt + ANSWER + 1n);
    expect(roundStanding(world, model).type).toBe('drawn');
    expect(bondOf(made)).toMatchObject({ bond: 999_900n, locked: 0n });
    expect([...world.state.keys()].filter((key) => key.startsWith('demands/'))).toEqual([]);
  });
});
