/**
 * The way of a calibration that no transaction moves: from the registration of a version to its draw, and from a claim to
 * the end of its window.
 */
import { type Height, heightAfter } from '../../../src/lib/brands.ts';
import { calibratedBits, controlBpsOf, NO_STEP } from '../../attribution/calibration.ts';
import type { EventData } from '../../events.ts';
import { forgetDemands, openDemandsOf } from '../disputes/demands.ts';
import type { Hook, HookContext, TxContext } from '../kit/context.ts';
import {
  calibrationOf,
  calibrationTermsOf,
  dueDraws,
  finalCalibrations,
  forgetDraws,
  type ModelVersionId,
  setCalibration,
} from '../models/calibrations.ts';
import { knownVersion, type ModelVersion } from '../models/models.ts';
import { freeBond } from '../receipts/settlements.ts';

/** A version was registered: its tokens are drawn by a block that nobody knows yet. Returns at whose end. */
export const awaitCalibration = (
  { view, block }: Pick<TxContext, 'view' | 'block'>,
  version: ModelVersionId,
): Height => {
  const drawAt = heightAfter(block.height, BigInt(block.params.attribution.drawDelay));
  setCalibration(view, version, { type: 'awaited', value: { drawAt } });
  dueDraws.add(view, drawAt, version);
  return drawAt;
};

/** Tokens that may be drawn of what is eligible. */
const drawableTokens = ({ eligible }: ModelVersion): bigint =>
  eligible.reduce((sum, { dataTokens }) => sum + dataTokens, 0n);

/** @param claimed - the claim that found that no step meets the bar, and the bond it frees */
const unattributed = (
  { view, block, emit }: HookContext,
  { model, version }: ModelVersionId,
  claimed: Pick<EventData<'modelUnattributed'>, 'claim' | 'attestor' | 'bond'>,
): void => {
  setCalibration(view, { model, version }, { type: 'unattributed', value: { height: block.height } });
  emit({ type: 'modelUnattributed', data: { model, version, ...claimed } });
};

/**
 * Draws by the hash of the header before this block's, which nobody knew when the versions were registered.
 * The proposer of that header can choose among as many hashes as it can compute in its turn, by varying the
 * time of the block, its transactions and their order. It loses nothing by doing so (docs/calibration.md
 * explains what that is worth).
 */
export const drawCalibrations: Hook = (context) => {
  const { view, block, emit } = context;
  for (const { model, version } of dueDraws.take(view, block.height)) {
    const drawable = drawableTokens(knownVersion(view, model, version));
    if (drawable === 0n) {
      unattributed(context, { model, version }, { claim: undefined, attestor: undefined, bond: 0n });
      continue;
    }
    const draw = { seed: block.parent, drawable, height: block.height };
    setCalibration(view, { model, version }, { type: 'drawn', value: draw });
    emit({ type: 'calibrationDrawn', data: { model, version, seed: draw.seed, drawable } });
  }
};

/** The end of a claim's window: what it found is the version's, and its bond is free. */
export const finaliseCalibrations: Hook = (context) => {
  const { view, block, emit } = context;
  for (const claim of finalCalibrations.take(view, block.height)) {
    const terms = calibrationTermsOf(view, claim);
    // The claim was reverted or extended. A claim with an open DEMAND is extended when the DEMAND is answered.
    if (terms === undefined || terms.finalAt > block.height || openDemandsOf(view, claim).length > 0)
      continue;
    const { model, version, level, attestor, bond } = terms;
    const { type, value } = calibrationOf(view, model, version);
    if (type !== 'claimed') continue;
    freeBond(view, attestor, bond);
    forgetDraws(view, claim);
    forgetDemands(view, claim);
    if (level === NO_STEP) {
      unattributed(context, { model, version }, { claim, attestor, bond });
      continue;
    }
    const control = {
      matchBits: calibratedBits(level, knownVersion(view, model, version).floors.matchBits),
      controlBps: controlBpsOf({ covered: Number(terms.covered), total: Number(terms.total) }),
    };
    setCalibration(view, { model, version }, { type: 'final', value: { ...value, ...control } });
    emit({
      type: 'calibrationFinalized',
      data: { model, version, claim, attestor, ...control, bond },
    });
  }
};
