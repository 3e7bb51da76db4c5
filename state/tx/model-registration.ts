/** Registers a model with the exact data it was trained on, and what it costs. */
import { toHex } from '../../src/lib/bytes.ts';
import { type Fault, fail, fault, ok, type Result } from '../../src/lib/errors.ts';
import { awaitCalibration } from '../modules/end/calibrating.ts';
import {
  ANCESTORS_MAX,
  addModel,
  addVersion,
  type ModelTerms,
  ModelTermsType,
  modelOf,
} from '../modules/models/models.ts';
import type { ReadView } from '../view.ts';
import { formatOpen } from './action.ts';
import type { Kind } from './kind.ts';
import { checkManifest, manifestGas, versionFrom } from './model-manifest.ts';

export type ModelRegistration = ModelTerms;

const check = (terms: ModelRegistration): Fault | undefined => {
  if (terms.name === '') return fault('MODEL_NAME', 'a model has a name');
  if (terms.kind === 'base' && terms.base.length > 0)
    return fault('MODEL_BASE', 'a base model was made from no other');
  const manifest = checkManifest(terms.manifest);
  if (manifest !== undefined) return manifest;
  if (
    terms.shares.some(({ bps }) => bps === 0) ||
    terms.shares.reduce((sum, { bps }) => sum + bps, 0) > 10_000
  )
    return fault('MODEL_SHARES', 'each share is at least 1 basis point, all together at most 10000');
  if (terms.attribution.commitments.length > 0)
    return fault('MODEL_ATTRIBUTION', 'attribution by spans needs no commitments');
  return undefined;
};

/** Faults: `MODEL_UNKNOWN`, `MODEL_DEPTH`. */
const ancestorsOf = (view: ReadView, base: readonly number[]): Result<readonly number[]> => {
  const [parent] = base;
  if (parent === undefined) return ok([]);
  const model = modelOf(view, parent);
  if (model === undefined) return fail('MODEL_UNKNOWN', `there is no model ${parent}`, { model: parent });
  if (model.ancestors.length >= ANCESTORS_MAX)
    return fail('MODEL_DEPTH', `model ${parent} has ${ANCESTORS_MAX} ancestors already`, { model: parent });
  return ok([parent, ...model.ancestors]);
};

export const modelRegistration: Kind<ModelRegistration> = {
  id: 9,
  version: 1,
  name: 'modelRegistration',
  payload: ModelTermsType,
  action: ({ name, kind, base, manifest, prices }) =>
    `register ${kind} model "${name}"${base.map((id) => ` made from model ${id}`).join('')} on ` +
    `${manifest.length} datanets, per 1000 tokens ${formatOpen(prices.in)} OPEN in, ${formatOpen(prices.out)} OPEN out`,
  check,
  gas: ({ manifest }) => manifestGas(manifest),
  apply: ({ view, sender, block, emit }, terms) => {
    const ancestors = ancestorsOf(view, terms.base);
    if (!ancestors.ok) return ancestors.fault;
    const version = versionFrom({ view, block }, terms, terms, undefined);
    if (!version.ok) return version.fault;
    const model = addModel(view, {
      owner: sender,
      height: block.height,
      ancestors: ancestors.value,
      terms,
    });
    const { manifest } = version.value;
    const drawAt = awaitCalibration(
      { view, block },
      { model, version: addVersion(view, model, version.value) },
    );
    emit({
      type: 'modelRegistered',
      data: { model, owner: toHex(sender), manifest: toHex(manifest), drawAt: drawAt.toString() },
    });
    return undefined;
  },
};
