import { heightAfter } from '../../src/lib/brands.ts';
import { failWith, ok } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { rankOfDraw } from '../attribution/calibration.ts';
import {
  type CalibrationClaim,
  type DrawClaim,
  isEmptyDraw,
  settleCalibration,
} from '../attribution/calibration-claim.ts';
import { rulesOf } from '../attribution/rules.ts';
import { type Fault, fail, fault, type Result } from '../errors/execution.ts';
import { Eligibility } from '../modules/data/eligibility.ts';
import type { BlockContext, TxContext } from '../modules/kit/context.ts';
import { attestorOf } from '../modules/ledger/attestors.ts';
import {
  addCalibrationClaim,
  type Calibration,
  type CalibrationDraw,
  calibrationOf,
  setCalibration,
} from '../modules/models/calibrations.ts';
import { DrawOrder } from '../modules/models/draw-order.ts';
import { eligibleVersions, type ModelVersion, modelVersionOf } from '../modules/models/models.ts';
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

/** Held against the state: every draw, and every contribution that is cited. Returns the commons among those. */
const checkAgainstState = (
  { view }: Pick<TxContext, 'view'>,
  { draws, before, asOf }: CalibrationClaim,
  { seed, drawable }: CalibrationDraw,
  version: ModelVersion,
): Result<ReadonlySet<number>> => {
  const eligibility = new Eligibility(view, asOf);
  const order = new DrawOrder(view, version.eligible, eligibility);
  const eligible = eligibleVersions(version);
  for (const [k, draw] of draws.entries()) {
    const misplaced = checkPlace(draw, k, rankOfDraw(seed, k, drawable), order);
    if (misplaced !== undefined) return failWith(misplaced);
  }
  const commons = new Set<number>();
  for (const { claim } of [...draws, ...before]) {
    const cited = eligibility.check(claim, eligible);
    if (!cited.ok) return cited;
    for (const contribution of cited.value) commons.add(contribution);
  }
  return ok(commons);
};

/** The draw that the claim is for. Faults: `CALIBRATION_UNDRAWN`, `CALIBRATION_TAKEN`, `CALIBRATION_AS_OF`. */
const openDraw = (
  calibration: Calibration,
  { asOf }: CalibrationClaim,
  { height, params }: BlockContext,
): Result<CalibrationDraw> => {
  const { type, value } = calibration;
  if (type === 'awaited')
    return fail('CALIBRATION_UNDRAWN', `it is drawn at the end of block ${value.drawAt}`, {
      drawAt: value.drawAt.toString(),
    });
  if (type !== 'drawn')
    return fail('CALIBRATION_TAKEN', `there is nothing to claim: it is ${type}`, { status: type });
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
  const { model, version, level, asOf } = payload;
  const found = modelVersionOf(view, model, version);
  if (found === undefined)
    return fault('MODEL_UNKNOWN', `there is no version ${version} of a model ${model}`, { model, version });
  const draw = openDraw(calibrationOf(view, model, version), payload, block);
  if (!draw.ok) return draw.fault;
  const commons = checkAgainstState({ view }, payload, draw.value, found);
  if (!commons.ok) return commons.fault;
  const sums = settleCalibration(payload, {
    draws: params.calibrationDraws,
    targetBps: params.controlTargetBps,
    parameters: { matchTokensMin: params.lMin, matchTokensMax: params.lMax, promptMin: params.promptMin },
    commons: commons.value,
    commonsFirst: rulesOf(found.rules).commonsFirst,
  });
  if (!sums.ok) return sums.fault;
  const covered = BigInt(sums.value.covered);
  const total = BigInt(sums.value.total);
  const finalAt = heightAfter(block.height, BigInt(params.challengeWindow));
  lockBond(view, sender, bond);
  addCalibrationClaim(
    view,
    id,
    { model, version, attestor: sender, height: block.height, asOf, level, covered, total, finalAt, bond },
    payload,
  );
  setCalibration(view, { model, version }, { type: 'claimed', value: { ...draw.value, claim: id } });
  emit({
    type: 'calibrationClaimed',
    data: { model, version, claim: id, attestor: sender, level, covered, total, bond, finalAt },
  });
  return undefined;
};
