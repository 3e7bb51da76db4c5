/**
 * The way of a calibration that no transaction moves: from the registration of a version to the draws of its rounds, and
 * from a claim to the end of its window.
 */
import { type Height, heightAfter, nextHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import {
  CALIBRATION_ROUNDS,
  calibratedBits,
  combinedControl,
  controlBpsOf,
  NO_STEP,
} from '../../attribution/calibration.ts';
import type { EventData } from '../../events.ts';
import { forgetDemands, openDemandsOf } from '../disputes/demands.ts';
import type { Hook, HookContext, TxContext } from '../kit/context.ts';
import { stakersOf } from '../ledger/validators.ts';
import {
  type Calibration,
  calibrationOf,
  calibrationTermsOf,
  dueDraws,
  finalCalibrations,
  forgetDraws,
  type ModelVersionId,
  type RoundId,
  roundOf,
  seedSearches,
  setCalibration,
  setRound,
} from '../models/calibrations.ts';
import { endWaiting } from '../models/deadlines.ts';
import { knownVersion, type ModelVersion } from '../models/models.ts';
import { freeBond } from '../receipts/settlements.ts';

/**
 * A version was registered. Its tokens are drawn twice, by the hashes of headers that nobody knows yet. Returns at the end
 * of which block the first round is drawn.
 */
export const awaitCalibration = (
  { view, block }: Pick<TxContext, 'view' | 'block'>,
  { model, version }: ModelVersionId,
): Height => {
  // At least this block: its header is the first seed if `drawDelay` is 1.
  const seedAt = heightAfter(block.height, BigInt(block.params.attribution.drawDelay) - 1n);
  const drawAt = nextHeight(seedAt);
  setCalibration(view, { model, version }, { type: 'pending', value: { height: block.height } });
  setRound(view, { model, version, round: 0 }, { type: 'awaited', value: { drawAt } });
  setRound(view, { model, version, round: 1 }, { type: 'awaited', value: { drawAt: nextHeight(drawAt) } });
  dueDraws.add(view, drawAt, { model, version, round: 0 });
  seedSearches.add(view, seedAt, { model, version, first: undefined });
  return drawAt;
};

/**
 * Finds the second seeds. The second seed is the header of the next block after the first seed that another validator
 * proposed. If the proposer of the first seed also proposes as many blocks after it as there are validators, which is a full
 * rotation, it is the header of the block after those, whoever proposes it. So a proposer that tried hashes for the first
 * seed chooses the second one too only if it proposes every block of that rotation and the one after it. The tokens are
 * drawn at the end of the block after the seed, which is the first that holds its hash.
 */
export const findSeeds: Hook = ({ view, block }) => {
  const searches = seedSearches.take(view, block.height);
  if (searches.length === 0) return;
  const next = nextHeight(block.height);
  const last = heightAfter(next, BigInt(stakersOf(view).length));
  for (const { model, version, first } of searches) {
    const id = { model, version, round: 1 } as const;
    if (first !== undefined && (block.height >= first.last || !equal(first.proposer, block.proposer))) {
      dueDraws.add(view, next, id);
      continue;
    }
    setRound(view, id, { type: 'awaited', value: { drawAt: nextHeight(next) } });
    seedSearches.add(view, next, { model, version, first: first ?? { proposer: block.proposer, last } });
  }
};

/** Tokens that may be drawn of what is eligible. */
const drawableTokens = ({ eligible }: ModelVersion): bigint =>
  eligible.reduce((sum, { dataTokens }) => sum + dataTokens, 0n);

/** The calibration of a version has come to its end, so the time to settle begins for the receipts that have waited for it. */
const endCalibration = (
  { view, block }: Pick<HookContext, 'view' | 'block'>,
  id: ModelVersionId,
  calibration: Exclude<Calibration, { readonly type: 'pending' }>,
): void => {
  setCalibration(view, id, calibration);
  endWaiting(view, id, block.height, block.params.attribution);
};

/**
 * One round has found that spans are paid nothing, so the version is unattributed, whatever the other round finds.
 * @param claimed - the claim that found that no step meets the bar, and the bond it frees
 */
const unattributed = (
  { view, block, emit }: HookContext,
  { model, version, round }: RoundId,
  claimed: Pick<EventData<'modelUnattributed'>, 'claim' | 'attestor' | 'bond'>,
): void => {
  const { height } = block;
  setRound(view, { model, version, round }, { type: 'unattributed', value: { height } });
  if (calibrationOf(view, model, version).type === 'pending')
    endCalibration({ view, block }, { model, version }, { type: 'unattributed', value: { height } });
  emit({ type: 'modelUnattributed', data: { model, version, round, ...claimed } });
};

/**
 * Draws by the hash of the header before this block's, which nobody knew when the versions were registered.
 * The proposer of that header can choose among as many hashes as it can compute in its turn, by varying the
 * time of the block, its transactions and their order. It loses nothing by doing so (docs/calibration.md
 * explains what that is worth).
 */
export const drawCalibrations: Hook = (context) => {
  const { view, block, emit } = context;
  for (const id of dueDraws.take(view, block.height)) {
    const drawable = drawableTokens(knownVersion(view, id.model, id.version));
    if (drawable === 0n) {
      unattributed(context, id, { claim: undefined, attestor: undefined, bond: 0n });
      continue;
    }
    const draw = { seed: block.parent, drawable, height: block.height };
    setRound(view, id, { type: 'drawn', value: draw });
    emit({ type: 'calibrationDrawn', data: { ...id, seed: draw.seed, drawable } });
  }
};

/** Combines the rounds of a version once both are final. */
const combineRounds = ({ view, block, emit }: HookContext, { model, version }: ModelVersionId): void => {
  const [first, second] = CALIBRATION_ROUNDS.map((round) => roundOf(view, { model, version, round }));
  if (first?.type !== 'final' || second?.type !== 'final') return;
  const { matchBits, controlBps } = combinedControl(first.value, second.value);
  const { height } = block;
  endCalibration(
    { view, block },
    { model, version },
    { type: 'calibrated', value: { height, matchBits, controlBps } },
  );
  emit({ type: 'modelCalibrated', data: { model, version, matchBits, controlBps } });
};

/** The end of a claim's window: what it found is the round's, and its bond is free. */
export const finaliseCalibrations: Hook = (context) => {
  const { view, block, emit } = context;
  for (const claim of finalCalibrations.take(view, block.height)) {
    const terms = calibrationTermsOf(view, claim);
    // The claim was reverted or extended. A claim with an open DEMAND is extended when the DEMAND is answered.
    if (terms === undefined || terms.finalAt > block.height || openDemandsOf(view, claim).length > 0)
      continue;
    const { model, version, round, level, attestor, bond } = terms;
    const id = { model, version, round };
    const { type, value } = roundOf(view, id);
    if (type !== 'claimed') continue;
    freeBond(view, attestor, bond);
    forgetDraws(view, claim);
    forgetDemands(view, claim);
    if (level === NO_STEP) {
      unattributed(context, id, { claim, attestor, bond });
      continue;
    }
    const control = {
      matchBits: calibratedBits(level, knownVersion(view, model, version).floors.matchBits),
      controlBps: controlBpsOf({ covered: Number(terms.covered), total: Number(terms.total) }),
    };
    setRound(view, id, { type: 'final', value: { ...value, ...control } });
    emit({
      type: 'calibrationFinalized',
      data: { ...id, claim, attestor, ...control, bond },
    });
    combineRounds(context, id);
  }
};
