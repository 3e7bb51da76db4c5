/**
 * A new version of a model: trained again on more of the same Datanets, or on others too. It has its own manifest,
 * calibration and evaluations. Receipts of the versions before keep theirs.
 */
import { container, root32, uint32 } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import {
  checkManifest,
  EvaluationsType,
  ManifestType,
  manifestGas,
  type VersionTerms,
} from './model-manifest.ts';

export type ModelRevision = VersionTerms & { readonly model: number };

export const modelRevision: Kind<ModelRevision> = {
  id: 28,
  version: 1,
  name: 'modelRevision',
  payload: container<ModelRevision>({
    model: uint32,
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
