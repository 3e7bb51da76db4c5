/**
 * The calibration of each version of a model. It has two rounds. Each is drawn by the hash of another header, some blocks
 * after the registration, claimed by an attestor, held for the challenge window, and final. What both find together, the
 * version's Imin and κ, holds for all its receipts.
 *
 *     calibrations/<model>/<version>           whether its receipts can be settled, and by which Imin and κ
 *     calibrations/<model>/<version>/<round>   the status of one round
 *     calibrations/claims/<claim>/terms        whose claim it is, of what, and until when it is held
 *     calibrations/claims/<claim>/draws        until it is final, the draws with their claims at the step that meets the bar
 *     calibrations/claims/<claim>/before       likewise, the claims at the step before
 *
 * A claim is named by its transaction.
 */

import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { type ModelId, modelId } from '../../../src/lib/ids.ts';
import {
  address20,
  container,
  optional,
  root32,
  uint8,
  uint16,
  uint32,
  uint64,
  uint128,
  union,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { CalibrationRoundType, type ModelControl } from '../../attribution/calibration.ts';
import {
  BeforeClaimsType,
  BeforeClaimType,
  type CalibrationClaim,
  type DrawClaim,
  DrawClaimsType,
  DrawClaimType,
} from '../../attribution/calibration-claim.ts';
import type { Claim } from '../../attribution/claim.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { queue } from '../kit/sequence.ts';
import { findElement, load, loadElement, loadKnown, save } from '../kit/stored.ts';

const drawFields = {
  seed: root32,
  /** Σ dataTokens of what is eligible: more than 0. */
  drawable: uint64,
  /** The height of the block at whose end it was drawn. */
  height: height64,
};
const CalibrationDrawType = container(drawFields);
/** The seed by which the tokens are drawn, and the number of tokens to draw from. */
export type CalibrationDraw = ValueOf<typeof CalibrationDrawType>;

const controlFields = {
  /** Imin in bits. */
  matchBits: uint16,
  /** κ. */
  controlBps: uint16,
};

const RoundType = union({
  awaited: container({
    /** The block at whose end the tokens are drawn. For round 1 it is the earliest one that is still possible. */
    drawAt: height64,
  }),
  drawn: CalibrationDrawType,
  claimed: container({ ...drawFields, claim: root32 }),
  final: container({ ...drawFields, claim: root32, ...controlFields }),
  unattributed: container({ height: height64 }),
});
/**
 * The status of one round of a calibration:
 *
 *     awaited ──► drawn ──► claimed ──► final           it has found an Imin and a κ
 *        │          ▲ ◄────────┘ └────► unattributed    no step meets the bar
 *        └──────────┼─────────────────► unattributed    there is nothing to draw from
 *                 a challenge reverted the claim
 */
export type Round = ValueOf<typeof RoundType>;

const reached = {
  /** The height of the block that made it so. */
  height: height64,
};

const CalibrationType = union({
  pending: container(reached),
  calibrated: container({ ...reached, ...controlFields }),
  unattributed: container(reached),
});
/**
 * What the rounds of a calibration come to:
 *
 *     pending ──► calibrated      both rounds are final: settlements of the version use the numbers
 *        └──────► unattributed    one of the rounds is unattributed: spans are paid nothing
 */
export type Calibration = ValueOf<typeof CalibrationType>;

const CalibrationTermsType = container({
  model: modelId,
  version: uint32,
  round: CalibrationRoundType,
  attestor: address20,
  /** The height of the claim's block. */
  height: height64,
  /** Only what was struck and voided in blocks up to this height counts. */
  asOf: height64,
  /** The index of the step that meets the bar, or NO_STEP. */
  level: uint8,
  /** How much of all draws is covered at that step, and how much counts (`controlSumsOf`). */
  covered: uint64,
  total: uint64,
  /** The block at whose end it becomes final, as far as is known. */
  finalAt: height64,
  /** Locked of the attestor's bond until then, base units. */
  bond: uint128,
});
/** A claim that has not fallen: what is left of it when its draws are apart. */
export type CalibrationTerms = ValueOf<typeof CalibrationTermsType>;

const calibrationKey = (model: ModelId, version: number): Key =>
  `calibrations/${numberKey(model)}/${numberKey(version)}`;
const roundKey = ({ model, version, round }: RoundId): Key =>
  `${calibrationKey(model, version)}/${numberKey(round)}`;
const claimKey = (claim: Root, part: 'terms' | 'draws' | 'before'): Key =>
  `calibrations/claims/${bytesKey(claim)}/${part}`;

export const ModelVersionIdType = container({
  model: modelId,
  version: uint32,
});
export type ModelVersionId = ValueOf<typeof ModelVersionIdType>;

const RoundIdType = container({
  model: modelId,
  version: uint32,
  round: CalibrationRoundType,
});
export type RoundId = ValueOf<typeof RoundIdType>;

/** A version whose second seed is not known yet. */
const SeedSearchType = container({
  model: modelId,
  version: uint32,
  /** What the block of the first seed has fixed. It is undefined until the end of that block. */
  first: optional(
    container({
      proposer: address20,
      /** The header of this block is the second seed, if no block of another proposer comes before. */
      last: height64,
    }),
  ),
});
/** Rounds by the block at whose end their tokens are drawn. */
export const dueDraws = queue('due/draws', RoundIdType);

/** Versions by the block whose header may be their second seed; at first, by the block whose header is the first seed. */
export const seedSearches = queue('due/seeds', SeedSearchType);

/** Claims by the block at whose end they become final. One that was put off stands there more than once. */
export const finalCalibrations = queue('due/calibrations', root32);

/** Returns the calibration of a version that exists. */
export const calibrationOf = (view: ReadView, model: ModelId, version: number): Calibration =>
  loadKnown(view, calibrationKey(model, version), CalibrationType);

/** Returns a round of the calibration of a version that exists. */
export const roundOf = (view: ReadView, id: RoundId): Round => loadKnown(view, roundKey(id), RoundType);

/** The control that the rounds have found for a version; undefined unless it is calibrated. */
export const controlOf = (view: ReadView, model: ModelId, version: number): ModelControl | undefined => {
  const { type, value } = calibrationOf(view, model, version);
  return type === 'calibrated' ? value : undefined;
};

/** Returns κ of a version with settled receipts: 0 if spans are paid nothing for it. */
export const controlBpsOf = (view: ReadView, model: ModelId, version: number): number => {
  const { type, value } = calibrationOf(view, model, version);
  invariant(
    type !== 'pending',
    'receipts are settled when the calibration of their version has come to its end',
  );
  return type === 'calibrated' ? value.controlBps : 0;
};

export const setCalibration = (
  view: View,
  { model, version }: ModelVersionId,
  calibration: Calibration,
): void => save(view, calibrationKey(model, version), CalibrationType, calibration);

export const setRound = (view: View, id: RoundId, round: Round): void =>
  save(view, roundKey(id), RoundType, round);

/** Undefined if there is no such claim, or it has fallen. */
export const calibrationTermsOf = (view: ReadView, claim: Root): CalibrationTerms | undefined =>
  load(view, claimKey(claim, 'terms'), CalibrationTermsType);

/** One of the draws of a claim, with its claim at the step that meets the bar. */
export const drawClaimOf = (view: ReadView, claim: Root, draw: number): DrawClaim | undefined =>
  loadElement(view, claimKey(claim, 'draws'), DrawClaimType, draw);

/** The claim for one of the draws at the step before, if there is one. */
export const beforeClaimOf = (view: ReadView, claim: Root, draw: number): Claim | undefined =>
  findElement(
    view,
    claimKey(claim, 'before'),
    BeforeClaimType,
    (encoded) => encoded.getUint16(0, true) === draw,
  )?.claim;

export const addCalibrationClaim = (
  view: View,
  id: Root,
  terms: CalibrationTerms,
  { draws, before }: Pick<CalibrationClaim, 'draws' | 'before'>,
): void => {
  save(view, claimKey(id, 'terms'), CalibrationTermsType, terms);
  save(view, claimKey(id, 'draws'), DrawClaimsType, draws);
  save(view, claimKey(id, 'before'), BeforeClaimsType, before);
  finalCalibrations.add(view, terms.finalAt, id);
};

/** Forgets the draws of a claim that is final. Nobody needs them any more, and they stay in its transaction. */
export const forgetDraws = (view: View, claim: Root): void => {
  view.delete(claimKey(claim, 'draws'));
  view.delete(claimKey(claim, 'before'));
};

/** Puts the end of a claim's window off, unless it is later anyway: for a DEMAND, and anew when that is answered. */
export const holdCalibration = (view: View, claim: Root, finalAt: Height): void => {
  const terms = loadKnown(view, claimKey(claim, 'terms'), CalibrationTermsType);
  if (terms.finalAt >= finalAt) return;
  save(view, claimKey(claim, 'terms'), CalibrationTermsType, { ...terms, finalAt });
  finalCalibrations.add(view, finalAt, claim);
};

/**
 * A claim that is not final falls: its round is open to the next attestor, by the same draw. The bond that was behind
 * it is the caller's to take. Returns whose it was, and how much.
 */
export const dropCalibration = (
  view: View,
  claim: Root,
): { readonly attestor: Address; readonly bond: bigint } => {
  const terms = loadKnown(view, claimKey(claim, 'terms'), CalibrationTermsType);
  const { type, value } = roundOf(view, terms);
  invariant(type === 'claimed' && equal(value.claim, claim), 'what falls stands, and is not final');
  const { seed, drawable, height } = value;
  setRound(view, terms, { type: 'drawn', value: { seed, drawable, height } });
  view.delete(claimKey(claim, 'terms'));
  forgetDraws(view, claim);
  return { attestor: terms.attestor, bond: terms.bond };
};
