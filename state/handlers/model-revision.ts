import { equal } from '../../src/lib/bytes.ts';
import { type Fault, fault } from '../errors/execution.ts';
import { versionFrom } from '../handlers/model-version.ts';
import { awaitCalibration } from '../modules/end/calibrating.ts';
import {
  addVersion,
  knownVersion,
  type ModelVersion,
  modelOf,
  VERSIONS_MAX,
  versionCountOf,
  versionOfManifest,
} from '../modules/models/models.ts';
import type { Pin } from '../tx/model-manifest.ts';
import type { ModelRevision } from '../tx/model-revision.ts';
import type { Handler } from './handler.ts';

/** A version holds what the one before it held. Fault `MODEL_REVISION_PINS`. */
const checkGrowth = (manifest: readonly Pin[], { pins }: ModelVersion): Fault | undefined => {
  const counts = new Map(manifest.map(({ datanet, count }) => [datanet, count]));
  const lost = pins.find(({ datanet, count }) => (counts.get(datanet) ?? 0) < count);
  return lost === undefined
    ? undefined
    : fault(
        'MODEL_REVISION_PINS',
        `the version before holds ${lost.count} contributions of datanet ${lost.datanet}`,
        { datanet: lost.datanet, count: lost.count },
      );
};

export const applyModelRevision: Handler<ModelRevision> = ({ view, sender, block, emit }, terms) => {
  const id = terms.model;
  const model = modelOf(view, id);
  if (model === undefined) return fault('MODEL_UNKNOWN', `there is no model ${id}`, { model: id });
  if (!equal(model.owner, sender))
    return fault('MODEL_NOT_OWNER', `model ${id} is not the sender's`, { model: id });
  const count = versionCountOf(view, id);
  if (count >= VERSIONS_MAX)
    return fault('MODEL_VERSIONS', `model ${id} has ${VERSIONS_MAX} versions, its limit`, { model: id });
  const before = knownVersion(view, id, count);
  const shrunk = checkGrowth(terms.manifest, before);
  if (shrunk !== undefined) return shrunk;
  const made = versionFrom({ view, block }, terms, model.terms, before);
  if (!made.ok) return made.fault;
  const { manifest } = made.value;
  if (versionOfManifest(view, id, manifest) !== undefined)
    return fault('MODEL_REVISION_SAME', `a version of model ${id} has this manifest already`, {
      model: id,
    });
  const version = addVersion(view, id, made.value);
  const drawAt = awaitCalibration({ view, block }, { model: id, version });
  emit({
    type: 'modelRevised',
    data: { model: id, version, owner: sender, manifest, drawAt },
  });
  return undefined;
};
