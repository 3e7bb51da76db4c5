import { choice } from '../../src/lib/choice.ts';
import { modelId } from '../../src/lib/ids.ts';
import {
  address20,
  container,
  list,
  optional,
  root32,
  text,
  uint16,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import type { Fault } from './errors.ts';
import { type Kind, noContent } from './kind.ts';
import { checkManifest, EvaluationsType, ManifestType, manifestGas } from './model-manifest.ts';
import { allOf, problem } from './problems.ts';

/** A part of what the model earns. The owner gets what the shares leave. */
const ModelShareType = container({
  account: address20,
  role: choice(['trainer', 'compute']),
  bps: uint16,
});

const ModelPricesType = container({
  in: uint128,
  out: uint128,
});
/** The prices in base units per 1,000 PT-1 tokens. */
export type ModelPrices = ValueOf<typeof ModelPricesType>;

const ModelAttributionType = container({
  method: choice(['spans']),
  /** The commitments that the method needs; `spans` needs none. */
  commitments: list(root32, 8),
});

export const ModelTermsType = container({
  name: text(64),
  kind: choice(['base', 'adapter', 'merged', 'retrieval']),
  /** The registered model that this model was made from, if there is one. */
  base: optional(modelId),
  weights: root32,
  recipe: root32,
  /** The pins, ascending by Datanet. */
  manifest: ManifestType,
  shares: list(ModelShareType, 16),
  evaluation: EvaluationsType,
  prices: ModelPricesType,
  attribution: ModelAttributionType,
});
export type ModelTerms = ValueOf<typeof ModelTermsType>;

export type ModelRegistration = ModelTerms;

const check = (terms: ModelRegistration): Fault | undefined =>
  allOf(
    terms.name === '' && problem('MODEL_NAME', 'name', 'a model has a name'),
    terms.kind === 'base' &&
      terms.base !== undefined &&
      problem('MODEL_BASE', 'base', 'a base model was made from no other'),
    ...checkManifest(terms.manifest),
    (terms.shares.some(({ bps }) => bps === 0) ||
      terms.shares.reduce((sum, { bps }) => sum + bps, 0) > 10_000) &&
      problem('MODEL_SHARES', 'shares', 'each share is at least 1 basis point, all together at most 10000'),
    terms.attribution.commitments.length > 0 &&
      problem('MODEL_ATTRIBUTION', 'attribution.commitments', 'attribution by spans needs no commitments'),
  );

export const modelRegistration: Kind<ModelRegistration> = {
  id: 9,
  version: 1,
  name: 'modelRegistration',
  payload: ModelTermsType,
  action: ({ name, kind, base, manifest, prices }) =>
    `register ${kind} model "${name}"${base === undefined ? '' : ` made from model ${base}`} on ` +
    `${manifest.length} datanets, per 1000 tokens ${formatOpen(prices.in)} OPEN in, ${formatOpen(prices.out)} OPEN out`,
  check,
  gas: ({ manifest }) => manifestGas(manifest),
  accounts: ({ shares }) => shares.map(({ account }) => account),
  contentRoots: noContent,
};
