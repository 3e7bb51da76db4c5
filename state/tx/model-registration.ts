/** Registers a model with the exact data it was trained on, and what it costs. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import {
  address20,
  container,
  list,
  root32,
  type Ssz,
  text,
  uint16,
  uint32,
  uint128,
} from '../../src/lib/ssz.ts';
import { formatOpen } from './action.ts';
import { type Fault, fault } from './errors.ts';
import { type Kind, noContent } from './kind.ts';
import {
  checkManifest,
  type Evaluation,
  EvaluationsType,
  ManifestType,
  manifestGas,
  type Pin,
} from './model-manifest.ts';

export type ModelKind = 'base' | 'adapter' | 'merged' | 'retrieval';

export type ShareRole = 'trainer' | 'compute';

/** A part of what the model earns; what all shares leave is its owner's. */
export type ModelShare = { readonly account: Address; readonly role: ShareRole; readonly bps: number };

/** Base units per 1,000 PT-1 tokens. */
export type ModelPrices = { readonly in: bigint; readonly out: bigint };

export type AttributionMethod = 'spans';

export type ModelAttribution = {
  readonly method: AttributionMethod;
  /** What the method needs committed; `spans` needs nothing. */
  readonly commitments: readonly Root[];
};

export type ModelTerms = {
  readonly name: string;
  readonly kind: ModelKind;
  /** None, or the registered model it was made from. */
  readonly base: readonly number[];
  readonly weights: Root;
  readonly recipe: Root;
  /** Ascending by Datanet. */
  readonly manifest: readonly Pin[];
  readonly shares: readonly ModelShare[];
  readonly evaluation: readonly Evaluation[];
  readonly prices: ModelPrices;
  readonly attribution: ModelAttribution;
};

export const ModelTermsType: Ssz<ModelTerms> = container<ModelTerms>({
  name: text(64),
  kind: choice(['base', 'adapter', 'merged', 'retrieval']),
  base: list(uint32, 1),
  weights: root32,
  recipe: root32,
  manifest: ManifestType,
  shares: list(
    container<ModelShare>({ account: address20, role: choice(['trainer', 'compute']), bps: uint16 }),
    16,
  ),
  evaluation: EvaluationsType,
  prices: container<ModelPrices>({ in: uint128, out: uint128 }),
  attribution: container<ModelAttribution>({ method: choice(['spans']), commitments: list(root32, 8) }),
});

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
  accounts: ({ shares }) => shares.map(({ account }) => account),
  contentRoots: noContent,
};
