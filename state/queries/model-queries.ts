/** Models, their versions and calibrations, as the RPC answers. Pure reads over the state of one height. */

import type { Height, Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import type { CalibrationTerms } from '../modules/models/calibrations.ts';
import { modelOf, versionCountOf } from '../modules/models/models.ts';
import type { ReadView } from '../view.ts';
import { eligibleContributions } from './contributions.ts';
import { fail } from './errors.ts';
import {
  type CalibrationInfo,
  getCalibration,
  getDrawOrder,
  getEpoch,
  getModel,
  getOwnDatanets,
  getVersion,
  listModels,
  type RoundInfo,
} from './models.ts';
import { type CommittedState, type Page, type PageById, pageByIdOf, pageOf } from './query.ts';

/** A version of a model: the current one if `version` is left out. */
export type VersionParams = { readonly id: ModelId; readonly version?: number };

const noModel = (id: ModelId) => fail('MODEL_NOT_FOUND', `there is no model ${id}`, { id });

const noVersion = (id: ModelId, version: number) =>
  fail('MODEL_NOT_FOUND', `there is no version ${version} of a model ${id}`, { id, version });

const versionNumber = (view: ReadView, { id, version }: VersionParams): number =>
  version ?? versionCountOf(view, id);

const shownClaim = (
  id: Root,
  { model: _model, version: _version, round: _round, ...terms }: CalibrationTerms,
) => ({
  id,
  ...terms,
});

const shownRound = ({ round, standing: { type, value }, claim }: RoundInfo) => {
  const named = type === 'claimed' || type === 'final' ? value.claim : undefined;
  return {
    round,
    status: type,
    drawAt: type === 'awaited' ? value.drawAt : undefined,
    draw:
      type === 'awaited' || type === 'unattributed'
        ? undefined
        : { seed: value.seed, drawable: value.drawable, height: value.height },
    claim: claim === undefined || named === undefined ? undefined : shownClaim(named, claim),
    matchBits: type === 'final' ? value.matchBits : undefined,
    controlBps: type === 'final' ? value.controlBps : undefined,
  };
};

const shownCalibration = (
  version: number,
  { calibration: { type, value }, rounds, figures }: CalibrationInfo,
) => ({
  version,
  status: type,
  endedAt: type === 'pending' ? undefined : value.height,
  matchBits: type === 'calibrated' ? value.matchBits : undefined,
  controlBps: type === 'calibrated' ? value.controlBps : undefined,
  rounds: rounds.map(shownRound),
  figures,
});

export const MODEL_QUERIES = {
  model_get: ({ view }: CommittedState, { id }: { readonly id: ModelId }) => {
    const model = getModel(view, id);
    return model === undefined ? noModel(id) : ok(model);
  },

  model_list: ({ view }: CommittedState, page: Partial<PageById>) => {
    const { after, limit } = pageByIdOf(page);
    return ok(listModels(view, after, limit));
  },

  model_getEpoch: (
    { view }: CommittedState,
    { id, height }: { readonly id: ModelId; readonly height: Height },
  ) => (modelOf(view, id) === undefined ? noModel(id) : ok(getEpoch(view, id, height))),

  model_getOwnDatanets: ({ view }: CommittedState, params: VersionParams) => {
    const version = versionNumber(view, params);
    const found = getVersion(view, params.id, version);
    return found === undefined
      ? noVersion(params.id, version)
      : ok({ version, datanets: getOwnDatanets(view, params.id, found) });
  },

  model_getVersion: ({ view }: CommittedState, params: VersionParams) => {
    const version = versionNumber(view, params);
    const found = getVersion(view, params.id, version);
    return found === undefined ? noVersion(params.id, version) : ok({ version, ...found });
  },

  model_getCalibration: ({ view }: CommittedState, params: VersionParams) => {
    const version = versionNumber(view, params);
    const info = getCalibration(view, params.id, version);
    return info === undefined ? noVersion(params.id, version) : ok(shownCalibration(version, info));
  },

  model_getContributions: (
    { view }: CommittedState,
    params: VersionParams & Partial<Page> & { readonly asOf?: Height },
  ) => {
    const version = versionNumber(view, params);
    const found = getVersion(view, params.id, version);
    return found === undefined
      ? noVersion(params.id, version)
      : ok(eligibleContributions(view, found, pageOf(params), params.asOf));
  },

  model_getDrawOrder: ({ view }: CommittedState, params: VersionParams & Partial<Page>) => {
    const version = versionNumber(view, params);
    const found = getVersion(view, params.id, version);
    if (found === undefined) return noVersion(params.id, version);
    const { from, limit } = pageOf(params);
    const { total, contributions } = getDrawOrder(view, found, from, limit);
    return ok({
      total,
      contributions: contributions.map(({ voided, ...each }) => ({ ...each, voidedAt: voided })),
    });
  },
};
