/** Events of models, their versions and calibrations. */

import { height64 } from '../../src/lib/chain.ts';
import { modelId } from '../../src/lib/ids.ts';
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
} from '../../src/lib/ssz.ts';
import { CalibrationRoundType } from '../attribution/calibration.ts';

const modelVersion = { model: modelId, version: uint32 };

const modelRound = {
  ...modelVersion,
  /** Which of the two draws of the version: 0 or 1. */
  round: CalibrationRoundType,
};

const registered = {
  ...modelVersion,
  owner: address20,
  /** The root of the manifest: the exact data that the version was trained on. */
  manifest: root32,
  /** The height at whose end the first round of the calibration of the version is drawn. */
  drawAt: height64,
};

const claim = {
  ...modelRound,
  /** The id of the transaction that claimed the calibration. */
  claim: root32,
  attestor: address20,
};

const control = {
  /** Imin, bits. */
  matchBits: uint16,
  /** κ, basis points. */
  controlBps: uint16,
};

export const MODEL_EVENTS = {
  /** A model was registered, with its first version. */
  modelRegistered: container(registered),
  /** The owner of a model registered another version. */
  modelRevised: container(registered),
  /** The tokens that one round of the calibration of a version measures were drawn. */
  calibrationDrawn: container({
    ...modelRound,
    seed: root32,
    /** The number of tokens from which the draw is made. */
    drawable: uint64,
  }),
  /** An attestor claimed a round of the calibration of a version, and the challenge window of the claim began. */
  calibrationClaimed: container({
    ...claim,
    /** The index of the step that meets the bar. */
    level: uint8,
    /** Σ S of all draws, Q8 bits. */
    covered: uint64,
    /** Σ T of all draws, Q8 bits. */
    total: uint64,
    /** Locked of the attestor's bond, base units. */
    bond: uint128,
    /** The height at whose end the claim becomes final, unless a DEMAND extends it. */
    finalAt: height64,
  }),
  /** A claimed round became final. */
  calibrationFinalized: container({
    ...claim,
    ...control,
    /** No longer locked of the attestor's bond, base units. */
    bond: uint128,
  }),
  /** Both rounds of a version are final: its receipts can be settled. The higher Imin holds, with the κ of its round. */
  modelCalibrated: container({ ...modelVersion, ...control }),
  /** A challenge upheld reverted the claim of a round: the next attestor may claim it. */
  calibrationReopened: container({
    ...claim,
    challenger: address20,
    /** The part of the attestor's bond that the challenger got, base units. */
    reward: uint128,
    /** The part of the attestor's bond that was burned, base units. */
    burned: uint128,
  }),
  /**
   * Spans of a version are paid nothing: in one of the rounds there is nothing to draw from, or no step meets the bar. If
   * the other round finds the same, it happens again.
   */
  modelUnattributed: container({
    ...modelRound,
    /** The claim that found it, if there was one. */
    claim: optional(root32),
    /** The attestor that claimed it. */
    attestor: optional(address20),
    /** No longer locked of the attestor's bond, base units. */
    bond: uint128,
  }),
};
