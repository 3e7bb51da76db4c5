import { ok } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { fail, type Result } from '../errors/execution.ts';
import { versionFrom } from '../handlers/model-version.ts';
import { awaitCalibration } from '../modules/end/calibrating.ts';
import { ANCESTORS_MAX, addModel, addVersion, modelOf } from '../modules/models/models.ts';
import type { ModelRegistration } from '../tx/model-registration.ts';
import type { ReadView } from '../view.ts';
import type { Handler } from './handler.ts';

/** Faults: `MODEL_UNKNOWN`, `MODEL_DEPTH`. */
const ancestorsOf = (view: ReadView, parent: ModelId | undefined): Result<readonly ModelId[]> => {
  if (parent === undefined) return ok([]);
  const model = modelOf(view, parent);
  if (model === undefined) return fail('MODEL_UNKNOWN', `there is no model ${parent}`, { model: parent });
  if (model.ancestors.length >= ANCESTORS_MAX)
    return fail('MODEL_DEPTH', `model ${parent} has ${ANCESTORS_MAX} ancestors already`, { model: parent });
  return ok([parent, ...model.ancestors]);
};

export const applyModelRegistration: Handler<ModelRegistration> = ({ view, sender, block, emit }, terms) => {
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
  const number = addVersion(view, model, version.value);
  const drawAt = awaitCalibration({ view, block }, { model, version: number });
  emit({
    type: 'modelRegistered',
    data: { model, version: number, owner: sender, manifest, drawAt },
  });
  return undefined;
};
