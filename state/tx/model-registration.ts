/** Registers a model with the exact data it was trained on, and what it costs. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { choice } from '../../src/lib/choice.ts';
import { taggedHash } from '../../src/lib/hash.ts';
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

export type ModelKind = 'base' | 'adapter' | 'merged' | 'retrieval';

/** A version of a Datanet: its first `count` accepted contributions, in the order of acceptance. */
export type Pin = { readonly datanet: number; readonly count: number; readonly root: Root };

export type ShareRole = 'trainer' | 'compute';
/** A part of what the model earns; what all shares leave is its owner's, the sender's. */
export type ModelShare = { readonly account: Address; readonly role: ShareRole; readonly bps: number };

/** A published figure of the model, in thousandths of the measure's unit. */
export type Evaluation = { readonly measure: string; readonly thousandths: number };

/** Base units per 1,000 PT-1 tokens. */
export type ModelPrices = { readonly in: bigint; readonly out: bigint };

export type AttributionMethod = 'spans';
export type ModelAttribution = {
  readonly method: AttributionMethod;
  /** What the method needs committed; `spans` needs nothing. */
  readonly commitments: readonly Root[];
};

export type ModelRegistration = {
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

export const PINS_MAX = 64;
export const SHARES_MAX = 16;

export const PinType: Ssz<Pin> = container<Pin>({ datanet: uint32, count: uint32, root: root32 });
export const ManifestType: Ssz<readonly Pin[]> = list(PinType, PINS_MAX);
export const ModelShareType: Ssz<ModelShare> = container<ModelShare>({
  account: address20,
  role: choice(['trainer', 'compute']),
  bps: uint16,
});

export const ModelRegistrationType: Ssz<ModelRegistration> = container<ModelRegistration>({
  name: text(64),
  kind: choice(['base', 'adapter', 'merged', 'retrieval']),
  base: list(uint32, 1),
  weights: root32,
  recipe: root32,
  manifest: ManifestType,
  shares: list(ModelShareType, SHARES_MAX),
  evaluation: list(container<Evaluation>({ measure: text(64), thousandths: uint32 }), 16),
  prices: container<ModelPrices>({ in: uint128, out: uint128 }),
  attribution: container<ModelAttribution>({ method: choice(['spans']), commitments: list(root32, 8) }),
});

/** What receipts of the model name: the root of its pins. */
export const manifestRoot = (manifest: readonly Pin[]): Root =>
  taggedHash('openledger/manifest/1', ManifestType.root(manifest));
