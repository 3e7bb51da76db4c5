import { heightAfter } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { failWith, invariant, ok } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { maxBig } from '../../src/lib/math.ts';
import { rankOfDraw } from '../attribution/calibration.ts';
import {
  type CalibrationClaim,
  type CalibrationContext,
  type DrawClaim,
  isEmptyDraw,
  settleCalibration,
} from '../attribution/calibration-claim.ts';
import type { Claim } from '../attribution/claim.ts';
import { eligibleVersions } from '../attribution/eligible.ts';
import { type RulesVersion, rulesOf } from '../attribution/rules.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import { Eligibility } from '../modules/data/eligibility.ts';
import type { BlockContext, TxContext } from '../modules/kit/context.ts';
import { attestorOf } from '../modules/ledger/attestors.ts';
import {
  addCalibrationClaim,
  type Calibration,
  type CalibrationDraw,
  calibrationOf,
  type Round,
  roundOf,
  setRound,
} from '../modules/models/calibrations.ts';
import { DrawOrder } from '../modules/models/draw-order.ts';
import { type ModelVersion, modelVersionOf } from '../modules/models/models.ts';
import { lockBond, lockedBondOf } from '../modules/receipts/settlements.ts';
import type { Handler } from './handler.ts';

/**
 * Whether this is the contribution that the draw falls into, and the item is one of it; of a void one nothing is left but
 * the draw's place. Faults: `CALIBRATION_DRAW`.
 */
const checkPlace = (draw: DrawClaim, k: number, rank: bigint, order: DrawOrder): Fault | undefined => {
  const bad = (message: string): Fault =>
    fault('CALIBRATION_DRAW', `draw ${k} ${message}`, { draw: k, contribution: draw.contribution });
  const drawn = order.placeOf(draw.contribution);
  if (drawn === undefined || rank < drawn.from || rank >= drawn.to)
    return bad(`does not fall into contribution ${draw.contribution}`);
  if (isEmptyDraw(draw) !== drawn.void)
    return bad(drawn.void ? 'falls into a void contribution' : 'is of an item without tokens');
  if (draw.item >= drawn.items || BigInt(draw.tokens) > drawn.tokens)
    return bad(`is of an item that contribution ${draw.contribution} does not hold`);
  return undefined;
};

/**
 * Fault `CALIBRATION_OWN_OWNER`: a match or a shared run of a draw is with what the owner of its item has contributed. So
 * neither the first holder nor the second is that owner.
 */
const checkOwner = (
  { matches, shared }: Claim,
  { draw, k }: { readonly draw: DrawClaim | undefined; readonly k: number },
  rules: RulesVersion,
  eligibility: Eligibility,
): Fault | undefined => {
  const drawn = draw === undefined ? undefined : eligibility.accepted(draw.contribution);
  if (drawn === undefined || rulesOf(rules).excluded === 'item') return undefined;
  const own = [...matches, ...shared].find(({ contribution }) =>
    eligibility.isOfOwner(contribution, drawn.owner),
  );
  return own === undefined
    ? undefined
    : fault(
        'CALIBRATION_OWN_OWNER',
        `draw ${k} is matched with contribution ${own.contribution}, which has the same owner`,
        { draw: k, contribution: own.contribution },
      );
};

type Cited = Pick<CalibrationContext, 'commons' | 'accountOf'>;

/** Held against the state: every draw, and every contribution that is cited. Returns whose those are. */
const checkAgainstState = (
  { view }: Pick<TxContext, 'view'>,
  { draws, before, asOf }: CalibrationClaim,
  { seed, drawable }: CalibrationDraw,
  version: ModelVersion,
): Result<Cited> => {
  const eligibility = new Eligibility(view, asOf);
  const order = new DrawOrder(view, version.eligible, eligibility);
  const eligible = eligibleVersions(version);
  for (const [k, draw] of draws.entries()) {
    const misplaced = checkPlace(draw, k, rankOfDraw(seed, k, drawable), order);
    if (misplaced !== undefined) return failWith(misplaced);
  }
  const commons = new Set<number>();
  const claims = [
    ...draws.map(({ claim }, k) => ({ k, claim })),
    ...before.map(({ draw: k, claim }) => ({ k, claim })),
  ];
  for (const { k, claim } of claims) {
    const cited = eligibility.check(claim, eligible);
    if (!cited.ok) return cited;
    for (const contribution of cited.value) commons.add(contribution);
    const own = checkOwner(claim, { draw: draws[k], k }, version.rules, eligibility);
    if (own !== undefined) return failWith(own);
  }
  const accountOf = (contribution: ContributionId): string => {
    const accepted = eligibility.accepted(contribution);
    invariant(accepted !== undefined, 'a drawn or cited contribution was accepted');
    return toHex(accepted.owner);
  };
  return ok({ commons, accountOf });
};

/**
 * The draw that the claim is for. Faults: `CALIBRATION_UNDRAWN`, `CALIBRATION_TAKEN` (of a version that a round has left
 * unattributed too), `CALIBRATION_AS_OF`.
 */
const openDraw = (
  calibration: Calibration,
  { type, value }: Round,
  { asOf, round }: CalibrationClaim,
  { height, params }: BlockContext,
): Result<CalibrationDraw> => {
  if (calibration.type !== 'pending')
    return fail('CALIBRATION_TAKEN', `there is nothing to claim: the version is ${calibration.type}`, {
      status: calibration.type,
    });
  if (type === 'awaited')
    return fail(
      'CALIBRATION_UNDRAWN',
      `round ${round} is drawn at the end of block ${value.drawAt} at the earliest`,
      {
        drawAt: value.drawAt.toString(),
      },
    );
  if (type !== 'drawn')
    return fail('CALIBRATION_TAKEN', `there is nothing to claim: round ${round} is ${type}`, {
      status: type,
    });
  // What has fallen while an attestor was measuring may be unknown to it, but nothing may be passed over for long.
  const earliest = height - BigInt(params.attribution.epochBlocks);
  return asOf < value.height || asOf < earliest || asOf >= height
    ? fail('CALIBRATION_AS_OF', `asOf is a height before this, from ${maxBig(value.height, earliest)} on`, {
        asOf: asOf.toString(),
      })
    : ok(value);
};

/** Fault `ATTESTOR_BOND`. */
const checkBond = (bond: bigint, locked: bigint): Fault | undefined =>
  locked > bond
    ? fault('ATTESTOR_BOND', `${locked} of a bond of ${bond} would be locked`, {
        locked: locked.toString(),
        bond: bond.toString(),
      })
    : undefined;

export const applyModelCalibration: Handler<CalibrationClaim> = (
  { view, sender, block, id, emit },
  payload,
) => {
  const params = block.params.attribution;
  const attestor = attestorOf(view, sender);
  if (attestor === undefined) return fault('ATTESTOR_UNKNOWN', 'the sender is no attestor');
  const bond = params.calibrationBond;
  const short = checkBond(attestor.bond, lockedBondOf(view, sender) + bond);
  if (short !== undefined) return short;
  const { model, version, round, level, asOf } = payload;
  const named = { model, version, round };
  const found = modelVersionOf(view, model, version);
  if (found === undefined)
    return fault('MODEL_UNKNOWN', `there is no version ${version} of a model ${model}`, { model, version });
  const draw = openDraw(calibrationOf(view, model, version), roundOf(view, named), payload, block);
  if (!draw.ok) return draw.fault;
  const cited = checkAgainstState({ view }, payload, draw.value, found);
  if (!cited.ok) return cited.fault;
  const sums = settleCalibration(payload, {
    draws: params.calibrationDraws,
    targetBps: params.controlTargetBps,
    parameters: { matchTokensMin: params.lMin, matchTokensMax: params.lMax, promptMin: params.promptMin },
    rules: rulesOf(found.rules),
    ...cited.value,
  });
  if (!sums.ok) return sums.fault;
  const covered = BigInt(sums.value.covered);
  const total = BigInt(sums.value.total);
  const finalAt = heightAfter(block.height, BigInt(params.challengeWindow));
  lockBond(view, sender, bond);
  addCalibrationClaim(
    view,
    id,
    { ...named, attestor: sender, height: block.height, asOf, level, covered, total, finalAt, bond },
    payload,
  );
  setRound(view, named, { type: 'claimed', value: { ...draw.value, claim: id } });
  emit({
    type: 'calibrationClaimed',
    data: { ...named, claim: id, attestor: sender, level, covered, total, bond, finalAt },
  });
  return undefined;
};
