/** Disputes about calibrations: one draw of a claim, at the step that meets the bar or at the one before. */

import { type Address, type Height, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { invariant, ok, unreachable } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { CALIBRATION_STEPS, NO_STEP, rankOfDraw, stretchOf } from '../../attribution/calibration.ts';
import type { DrawClaim } from '../../attribution/calibration-claim.ts';
import type { Claim } from '../../attribution/claim.ts';
import { eligibleVersions } from '../../attribution/eligible.ts';
import { rulesOf, rulesOfDraw } from '../../attribution/rules.ts';
import { judgeClaim } from '../../attribution/witness/claim.ts';
import { demandedOf } from '../../attribution/witness/demand.ts';
import type { ClaimSubject, PassagesSource } from '../../attribution/witness/subject.ts';
import type { Witness } from '../../attribution/witness/types.ts';
import { fail, type Result } from '../../errors/execution.ts';
import type { CalibrationTarget } from '../../tx/challenge-target.ts';
import { numberKey, type ReadView } from '../../view.ts';
import { contentOf } from '../data/contributions.ts';
import { Eligibility } from '../data/eligibility.ts';
import type { BlockContext, HookContext } from '../kit/context.ts';
import { attestorOf, setAttestor } from '../ledger/attestors.ts';
import { slashBond } from '../ledger/bonds.ts';
import {
  beforeClaimOf,
  type CalibrationTerms,
  calibrationTermsOf,
  drawClaimOf,
  dropCalibration,
  holdCalibration,
  roundOf,
} from '../models/calibrations.ts';
import { DrawOrder } from '../models/draw-order.ts';
import { knownVersion } from '../models/models.ts';
import { freeBond } from '../receipts/settlements.ts';
import { contentRootOf, inertPassages } from './declarations.ts';
import type { Disputable } from './disputable.ts';

/** A draw of a claim that was not reverted, and its claim at the level that is challenged. */
type DisputedDraw = {
  readonly target: CalibrationTarget;
  readonly terms: CalibrationTerms;
  readonly draw: DrawClaim;
  readonly claim: Claim;
};

const passagesOf = (view: ReadView, contribution: ContributionId, asOf: Height): PassagesSource => {
  const content = contentOf(view, contribution);
  invariant(content !== undefined, 'what is drawn from, and no commons, was revealed');
  return { root: content.passagesRoot, ...inertPassages(view, contribution, toHeight(asOf)) };
};

/** The claim of one draw, held to what was eligible, struck and void as of the height that the claim names. */
const drawSubject = (
  view: ReadView,
  block: BlockContext,
  { target, terms, draw, claim }: DisputedDraw,
): ClaimSubject => {
  const { model, version, level, asOf } = terms;
  const round = roundOf(view, terms);
  invariant(round.type === 'claimed', 'only a claim that is held is challenged');
  const known = knownVersion(view, model, version);
  const rules = rulesOfDraw(rulesOf(known.rules));
  const eligible = eligibleVersions(known);
  const eligibility = new Eligibility(view, asOf);
  const accepted = eligibility.accepted(draw.contribution);
  const place = new DrawOrder(view, known.eligible, eligibility).placeOf(draw.contribution);
  invariant(accepted !== undefined && place !== undefined, 'the chain has checked where draws fall');
  const { seed, drawable } = round.value;
  const { contribution, item, position, tokens, promptTokens } = draw;
  const drawn = { contribution, root: contentRootOf(view, contribution, accepted), items: accepted.items };
  const { start, end } = stretchOf(draw);
  const { lMin, lMax, promptMin } = block.params.attribution;
  const isMet = target.level === 'met';
  return {
    claim,
    output: { type: 'stretch', contribution: drawn, item, from: start, tokens: end - start },
    prompt: { type: 'stretch', contribution: drawn, item, from: 0, tokens: promptTokens },
    matchBitsMin: CALIBRATION_STEPS[isMet ? level : level - 1] ?? 0,
    parameters: { matchTokensMin: lMin, matchTokensMax: lMax, promptMin },
    rules,
    table: block.info,
    source: (cited) => {
      const found = eligibility.eligible(cited, eligible);
      const isExcluded = rules.excluded === 'owner' && eligibility.isOfOwner(cited, accepted.owner);
      return found === undefined || isExcluded
        ? undefined
        : {
            contribution: cited,
            root: contentRootOf(view, cited, found),
            items: found.items,
            passages: found.commons ? undefined : passagesOf(view, cited, asOf),
          };
    },
    brought: (cited) => eligibility.brought(cited),
    commons: { has: (cited) => eligibility.accepted(cited)?.commons === true },
    relevance: undefined,
    calibration: {
      own: passagesOf(view, contribution, asOf),
      rank: Number(rankOfDraw(seed, target.draw, drawable) - place.from),
      contribution,
      item,
      position,
      tokens,
      promptTokens,
      complete: isMet && level < NO_STEP,
    },
  };
};

/** The claim falls, and its round is open to the next attestor. */
const reopen = (context: HookContext, { target, terms }: DisputedDraw, challenger: Address): undefined => {
  const { view, emit } = context;
  const { model, version, round } = terms;
  const { attestor, bond } = dropCalibration(view, target.claim);
  const known = attestorOf(view, attestor);
  invariant(known !== undefined, 'a calibration is of an attestor');
  freeBond(view, attestor, bond);
  setAttestor(view, attestor, { ...known, bond: known.bond - bond });
  const reward = slashBond(context, 'attestorBonds', bond, challenger);
  emit({
    type: 'calibrationReopened',
    data: {
      model,
      version,
      round,
      claim: target.claim,
      attestor,
      challenger,
      reward,
      burned: bond - reward,
    },
  });
};

/** The draw that a challenge names. Faults: `CHALLENGE_CALIBRATION`, `CHALLENGE_CLOSED`, `CHALLENGE_INDEX`. */
const disputedDraw = (view: ReadView, target: CalibrationTarget): Result<DisputedDraw> => {
  const terms = calibrationTermsOf(view, target.claim);
  if (terms === undefined || terms.model !== target.model)
    return fail('CHALLENGE_CALIBRATION', `no such claim of a calibration of model ${target.model} stands`, {
      model: target.model,
    });
  const { type } = roundOf(view, terms);
  if (type !== 'claimed') return fail('CHALLENGE_CLOSED', `the round is ${type}`, { status: type });
  const draw = drawClaimOf(view, target.claim, target.draw);
  const claim = target.level === 'met' ? draw?.claim : beforeClaimOf(view, target.claim, target.draw);
  if (draw === undefined || claim === undefined)
    return fail('CHALLENGE_INDEX', `there is no claim for draw ${target.draw} at that step`, {
      draw: target.draw,
    });
  return ok({ target, terms, draw, claim });
};

/**
 * Returns the dispute about a draw of a calibration, until that calibration is final. Faults:
 * `CHALLENGE_CALIBRATION` (no such claim, or it was reverted), `CHALLENGE_CLOSED`, `CHALLENGE_INDEX`,
 * `CHALLENGE_KIND`.
 */
export const disputedCalibration = (
  view: ReadView,
  block: BlockContext,
  target: CalibrationTarget,
  type: Witness['type'],
): Result<Disputable> => {
  const found = disputedDraw(view, target);
  if (!found.ok) return found;
  const disputed = found.value;
  const notOfThis = (): Result<never> =>
    fail('CHALLENGE_KIND', `this claim does not fall by a witness of type ${type}`, { type });
  switch (type) {
    case 'invalid':
    case 'inert':
    case 'info':
    case 'draw':
    case 'demand':
      break;
    case 'better':
    case 'echo':
    case 'shared':
      // Where no step meets the bar the totals alone are claimed, without matches and echoes.
      if (disputed.terms.level === NO_STEP && target.level === 'met') return notOfThis();
      break;
    case 'malformed':
    case 'overlap':
    case 'harvest':
    case 'passage':
    case 'copied':
    case 'border':
    case 'absent':
    case 'prompted':
    case 'repeated':
    case 'crowded':
    case 'bits':
    case 'section':
    case 'outdone':
    case 'excuse':
      return notOfThis();
    default:
      return unreachable(type);
  }
  const subject = drawSubject(view, block, disputed);
  return ok({
    judge: (witness) => judgeClaim(subject, witness),
    fall: (context, _upheld, challenger) => reopen(context, disputed, challenger),
    demandable: {
      claims: target.claim,
      // All texts are stretches of items, and a demand for one draw extends the window of all. So all draws share what was
      // shown.
      place: ({ source }) => {
        invariant(source.type === 'item', 'a calibration is of items');
        const { contribution, item } = source;
        return {
          claims: target.claim,
          text: `${numberKey(contribution.contribution)}/${numberKey(item)}`,
          series: 'draws',
        };
      },
      demanded: (demand) => demandedOf(subject, demand),
      unanswered: { type: 'claim', reason: 'DEMAND_UNANSWERED' },
      hold: (at, finalAt) => holdCalibration(at, target.claim, finalAt),
      // A calibration falls or stands as a whole, and not while any DEMAND on it is open.
      putOff: () => undefined,
      isOver: ({ type, value }) => type === 'calibration' && equal(value.claim, target.claim),
      hasEnded: (at) => calibrationTermsOf(at, target.claim) === undefined,
    },
  });
};
