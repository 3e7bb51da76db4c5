/** Queries for models. They only read the state of one height. */

import type { Height, Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId, ModelId } from '../../src/lib/ids.ts';
import { divFloor, divFloorSigned, minBig, mulDivFloor } from '../../src/lib/math.ts';
import { CALIBRATION_ROUNDS, type CalibrationRound } from '../attribution/calibration.ts';
import type { RulesVersion } from '../attribution/rules.ts';
import type { Brought } from '../attribution/shared.ts';
import { acceptedOf, broughtOf } from '../modules/data/contributions.ts';
import { knownDatanet, versionOf } from '../modules/data/datanets.ts';
import { paramsOf } from '../modules/ledger/parameters.ts';
import {
  type Calibration,
  type CalibrationTerms,
  calibrationOf,
  calibrationTermsOf,
  type Round,
  roundOf,
} from '../modules/models/calibrations.ts';
import {
  type Floors,
  knownModel,
  knownVersionHead,
  type Model,
  type ModelVersion,
  modelOf,
  modelVersionOf,
  nextModel,
  versionCountOf,
} from '../modules/models/models.ts';
import { type ClosedEpoch, closedEpochOf } from '../modules/pay/closed-epochs.ts';
import { debtOf, type EpochHistory, historyOf } from '../modules/pay/epoch-close.ts';
import { type RunningEpoch, runningEpochOf } from '../modules/pay/epochs.ts';
import { type DatanetRole, type OwnData, ownDataOf, rolesIn } from '../modules/pay/own-data.ts';
import { modelEarned } from '../modules/pay/rewards.ts';
import { epochEnd } from '../modules/receipts/receipts.ts';
import type { ReadView } from '../view.ts';

export type ModelInfo = Model & {
  readonly id: ModelId;
  /** The current one: the last. */
  readonly version: number;
  /** The manifest that receipts of the current version name. */
  readonly manifest: Root;
  /** The version of the rules of attribution of the current version. */
  readonly rules: RulesVersion;
  /** The floors of the current version. */
  readonly floors: Floors;
  /** Base units, for all its parties together. */
  readonly earned: bigint;
  /** Over the epochs that have closed. */
  readonly history: EpochHistory;
  /** a, over the epochs that have closed: Σ D·a over Σ D; 0 without any. */
  readonly coverageBps: number;
  /**
   * The coverage gap, over the epochs that have closed: how much of the data money, without what is shared, no track paid,
   * basis points; 0 without any.
   */
  readonly gapBps: number;
  /** The part of the data money of closed epochs that went to the side of the model's owner. */
  readonly own: OwnData;
  /** Its share of all data money of closed epochs, basis points; 0 without any. */
  readonly ownBps: number;
  /** The amount that the coming epochs have to make up for, base units times basis points. */
  readonly debt: bigint;
  /** The last epoch that a final receipt of this model was in, as long as it has not closed. */
  readonly running: RunningEpoch | undefined;
};

const gapOf = ({ spans, relevance, remainder }: EpochHistory): number => {
  const all = spans + relevance + remainder;
  return all === 0n ? 0 : Number(mulDivFloor(remainder, 10_000n, all));
};

const ownShareOf = (
  { contributions, datanets }: OwnData,
  { spans, relevance, remainder, shared }: EpochHistory,
): number => {
  const all = spans + relevance + remainder + shared;
  // What an epoch pays while it closes counts before the epoch does.
  return all === 0n ? 0 : Number(minBig(10_000n, mulDivFloor(contributions + datanets, 10_000n, all)));
};

export const getModel = (view: ReadView, id: ModelId): ModelInfo | undefined => {
  const model = modelOf(view, id);
  if (model === undefined) return undefined;
  const history = historyOf(view, id);
  const own = ownDataOf(view, id);
  const version = versionCountOf(view, id);
  const { manifest, rules, floors } = knownVersionHead(view, id, version);
  return {
    ...model,
    id,
    version,
    manifest,
    rules,
    floors,
    earned: modelEarned(view, id),
    history,
    coverageBps: history.data === 0n ? 0 : Number(divFloor(history.gain, history.data)),
    gapBps: gapOf(history),
    own,
    ownBps: ownShareOf(own, history),
    debt: debtOf(view, id),
    running: runningEpochOf(view, id),
  };
};

/** Models by id, from the first after `after` on. */
export const listModels = (view: ReadView, after: number, limit: number): readonly ModelInfo[] => {
  const out: ModelInfo[] = [];
  for (let id = after + 1; id < nextModel(view) && out.length < limit; id++) {
    const model = getModel(view, id);
    if (model !== undefined) out.push(model);
  }
  return out;
};

/** The epoch that a block is in, for one model. */
export type EpochInfo = {
  /** Its last block: it closes with it, or in one that follows. */
  readonly end: Height;
  /** Undefined until it has closed, and if the model had no final receipt in it. */
  readonly closed: ClosedEpoch | undefined;
};

export const getEpoch = (view: ReadView, model: ModelId, height: Height): EpochInfo => {
  const end = epochEnd(height, paramsOf(view).attribution);
  return { end, closed: closedEpochOf(view, model, end) };
};

export const getVersion = (view: ReadView, model: ModelId, version: number): ModelVersion | undefined =>
  modelVersionOf(view, model, version);

/** A Datanet in which the owner of a model has a part. */
export type OwnDatanet = { readonly datanet: DatanetId; readonly roles: readonly DatanetRole[] };

/** The Datanets that a version of a model may draw on in which the model's owner has a part, ascending. */
export const getOwnDatanets = (
  view: ReadView,
  model: ModelId,
  { eligible }: ModelVersion,
): readonly OwnDatanet[] => {
  const { owner } = knownModel(view, model);
  return eligible
    .map(({ datanet }) => ({ datanet, roles: rolesIn(knownDatanet(view, datanet), owner) }))
    .filter(({ roles }) => roles.length > 0);
};

/** A contribution that tokens are drawn of, in the order of the draw. */
export type DrawnContribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly acceptance: number;
  /** Who brought it, and when; undefined for a commons that was proposed. It has a place, and nothing is drawn of it. */
  readonly brought: Brought | undefined;
  readonly dataTokens: bigint;
  /** The height from which on it is void, if it is. Draws from a void contribution count for nothing. */
  readonly voided: Height | undefined;
};

/** All that tokens are drawn of, from the `from`-th on; and how many there are. */
export const getDrawOrder = (
  view: ReadView,
  { eligible }: ModelVersion,
  from: number,
  limit: number,
): { readonly total: number; readonly contributions: readonly DrawnContribution[] } => {
  const total = eligible.reduce((sum, { count }) => sum + count, 0);
  const contributions: DrawnContribution[] = [];
  let first = 0;
  for (const { datanet, count } of eligible) {
    const past = Math.min(count, from + limit - first);
    for (let acceptance = Math.max(0, from - first); acceptance < past; acceptance++) {
      const version = versionOf(view, datanet, acceptance + 1);
      const accepted = version === undefined ? undefined : acceptedOf(view, version.contribution);
      invariant(version !== undefined && accepted !== undefined, 'a version has all those before it');
      const dataTokens = version.dataTokens - (versionOf(view, datanet, acceptance)?.dataTokens ?? 0n);
      contributions.push({
        contribution: version.contribution,
        datanet,
        acceptance,
        brought: broughtOf(view, version.contribution),
        dataTokens,
        voided: accepted.voided,
      });
    }
    first += count;
  }
  return { total, contributions };
};

/** One round of a calibration, and the claim of it that stands, held or final. */
export type RoundInfo = {
  readonly round: CalibrationRound;
  readonly standing: Round;
  readonly claim: CalibrationTerms | undefined;
};

/**
 * The calibration of one model version with its public figures: the coverage, the part explained by
 * coincidence, and the rest.
 */
export type CalibrationInfo = {
  readonly calibration: Calibration;
  readonly rounds: readonly RoundInfo[];
  /**
   * The sums over the model's receipts of closed epochs, for all its versions, each by its own κ: Σ D, a, κ,
   * a − κ.
   */
  readonly figures: {
    readonly data: bigint;
    readonly coverageBps: bigint;
    readonly controlBps: bigint;
    readonly liftBps: bigint;
  };
};

export const getCalibration = (
  view: ReadView,
  model: ModelId,
  version: number,
): CalibrationInfo | undefined => {
  if (modelVersionOf(view, model, version) === undefined) return undefined;
  const { data, gain, expected } = historyOf(view, model);
  const share = (sum: bigint): bigint => (data === 0n ? 0n : divFloorSigned(sum, data));
  return {
    calibration: calibrationOf(view, model, version),
    rounds: CALIBRATION_ROUNDS.map((round) => {
      const standing = roundOf(view, { model, version, round });
      const { type, value } = standing;
      const claim =
        type === 'claimed' || type === 'final' ? calibrationTermsOf(view, value.claim) : undefined;
      return { round, standing, claim };
    }),
    figures: {
      data,
      coverageBps: share(gain),
      controlBps: share(expected),
      liftBps: share(gain - expected),
    },
  };
};
