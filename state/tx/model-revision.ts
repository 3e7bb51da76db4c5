/**
 * A new version of a model: trained again on more of the same Datanets, or on others too. It has its own manifest,
 * calibration and evaluations. Receipts of the versions before keep theirs.
 */
import { modelId } from '../../src/lib/ids.ts';
import { container, type ValueOf } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { checkManifest, EvaluationsType, ManifestType, manifestGas, versionRoots } from './model-manifest.ts';
import { allOf } from './problems.ts';

export const ModelRevisionType = container({
  /** The model that gets a new version. */
  model: modelId,
  ...versionRoots,
  /** The versions of Datanets that it was trained on, ascending by Datanet. */
  manifest: ManifestType,
  /** Published results of the version; may be empty. */
  evaluation: EvaluationsType,
});
export type ModelRevision = ValueOf<typeof ModelRevisionType>;

/** The terms of one version of a model. A registration contains them too, for the first version. */
export type VersionTerms = Omit<ModelRevision, 'model'>;

export const modelRevision: Kind<ModelRevision> = {
  id: 28,
  version: 2,
  name: 'modelRevision',
  payload: ModelRevisionType,
  action: ({ model, manifest }) => `register a new version of model ${model} on ${manifest.length} datanets`,
  check: ({ manifest }) => allOf(...checkManifest(manifest)),
  gas: ({ manifest }) => manifestGas(manifest),
  accounts: noAccounts,
  content: noContent,
};
