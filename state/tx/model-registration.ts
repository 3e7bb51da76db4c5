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
import { checkManifest, EvaluationsType, ManifestType, manifestGas, versionRoots } from './model-manifest.ts';
import { allOf, problem } from './problems.ts';

/** A part of what the model earns. The owner gets what the shares leave. */
const ModelShareType = container({
  /** The account that gets the share. */
  account: address20,
  /** What it is paid for. */
  role: choice(['trainer', 'compute']),
  /** The share in basis points: 100 are 1 %. At least 1. */
  bps: uint16,
});

const ModelPricesType = container({
  /** The price of 1,000 units of a prompt. A unit is a token or eight bytes, whichever are more. */
  in: uint128,
  /** The price of 1,000 units of an output. A unit is a token or eight bytes, whichever are more. */
  out: uint128,
});
/** The prices in base units per 1,000 units of text. */
export type ModelPrices = ValueOf<typeof ModelPricesType>;

const ModelAttributionType = container({
  /** The method: `spans` traces the words of an output. */
  method: choice(['spans']),
  /** The commitments that the method needs; `spans` needs none. */
  commitments: list(root32, 8),
});

export const ModelTermsType = container({
  /** The name of the model; not empty. */
  name: text(64),
  /** What the model is: trained from scratch, an adapter, a merge of models, or a retriever. */
  kind: choice(['base', 'adapter', 'merged', 'retrieval']),
  /** The registered model that this model was made from, if there is one. */
  base: optional(modelId),
  ...versionRoots,
  /** The versions of Datanets that it was trained on, ascending by Datanet. */
  manifest: ManifestType,
  /** The parts of its earnings that go to others than its owner; 10,000 basis points together at most. */
  shares: list(ModelShareType, 16),
  /** Published results of the model; may be empty. */
  evaluation: EvaluationsType,
  /** The prices of its use, which are paid beside the price for compute. */
  prices: ModelPricesType,
  /** How its outputs are traced to the data. */
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
  version: 2,
  name: 'modelRegistration',
  payload: ModelTermsType,
  action: ({ name, kind, base, manifest, prices }) =>
    `register ${kind} model "${name}"${base === undefined ? '' : ` made from model ${base}`} on ` +
    `${manifest.length} datanets, per 1000 tokens ${formatOpen(prices.in)} OPEN in, ${formatOpen(prices.out)} OPEN out`,
  check,
  gas: ({ manifest }) => manifestGas(manifest),
  accounts: ({ shares }) => shares.map(({ account }) => account),
  content: noContent,
};
