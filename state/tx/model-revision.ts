/**
 * A new version of a model: retrained on more of the same Datanets, or on others besides. It has a manifest, a calibration
 * and numbers of its own; receipts of the versions before keep theirs.
 */
import { type ModelId, modelId } from '../../src/lib/ids.ts';
import { container, root32 } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import {
  checkManifest,
  EvaluationsType,
  ManifestType,
  manifestGas,
  type VersionTerms,
} from './model-manifest.ts';

export type ModelRevision = VersionTerms & { readonly model: ModelId };

export const modelRevision: Kind<ModelRevision> = {
  id: 28,
  version: 1,
  name: 'modelRevision',
  payload: container<ModelRevision>({
    model: modelId,
    weights: root32,
    recipe: root32,
    manifest: ManifestType,
    evaluation: EvaluationsType,
  }),
  action: ({ model, manifest }) => `register a new version of model ${model} on ${manifest.length} datanets`,
  check: ({ manifest }) => checkManifest(manifest),
  gas: ({ manifest }) => manifestGas(manifest),
  accounts: noAccounts,
  contentRoots: noContent,
};
