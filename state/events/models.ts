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
    /** The hash of the header that decides which tokens are drawn. */
    seed: root32,
    /** The number of tokens that could be drawn. */
    drawable: uint64,
  }),
  /** An attestor claimed a round of the calibration of a version, and the challenge window of the claim began. */
  calibrationClaimed: container({
    ...claim,
    /** The index of the step that meets the bar. */
    level: uint8,
    /** How much of all draws is covered: Q8 bits by version 1 of the rules, millionths of a draw by version 2. */
    covered: uint64,
    /** How much of all draws counts, in the same unit. */
    total: uint64,
    /** The part of the attestor's bond that is locked for the claim, base units. */
    bond: uint128,
    /** The height at whose end the claim becomes final, unless a DEMAND extends it. */
    finalAt: height64,
  }),
  /** A claimed round became final. */
  calibrationFinalized: container({
    ...claim,
    ...control,
    /** The part of the attestor's bond that is unlocked, base units. */
    bond: uint128,
  }),
  /**
   * Both rounds of a version became final, so its receipts can be settled. Imin is the higher one of the two rounds, and κ is
   * that of the same round; if both have the same Imin, κ is the higher one.
   */
  modelCalibrated: container({ ...modelVersion, ...control }),
  /** A challenge was upheld and reverted the claim of a round, so an attestor can claim the round again. */
  calibrationReopened: container({
    ...claim,
    challenger: address20,
    /** The part of the attestor's bond that the challenger got, base units. */
    reward: uint128,
    /** The part of the attestor's bond that was burned, base units. */
    burned: uint128,
  }),
  /**
   * A round found that spans of a version are paid nothing, because there is nothing to draw from or because no step meets
   * the bar. The version is unattributed then, whatever the other round finds. Each round that finds it has such an event.
   */
  modelUnattributed: container({
    ...modelRound,
    /** The claim that found it, if there was one. */
    claim: optional(root32),
    /** The attestor that claimed it. */
    attestor: optional(address20),
    /** The part of the attestor's bond that is unlocked, base units; 0 if there was no claim. */
    bond: uint128,
  }),
};
