/**
 * Models. What one costs and who shares in it is fixed when it is registered; what it was trained on may grow, by
 * versions. Receipts name the manifest of the version that made the output.
 *
 *     models/next                     the id of the next one
 *     models/<id>/terms               the registration, and what followed from it
 *     models/<id>/versions            how many versions it has
 *     models/<id>/version/<n>         one of them
 *     models/<id>/manifest/<root>     the version with that manifest
 *     parties/<address>               the models that an account owns or shares in (a sequence)
 */

import type { Address, Root } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { type DatanetId, datanetId, type ModelId, modelId } from '../../../src/lib/ids.ts';
import {
  address20,
  byteList,
  container,
  list,
  root32,
  uint16,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { EvaluationsType, ManifestType, PINS_MAX, versionRoots } from '../../tx/model-manifest.ts';
import { ModelTermsType } from '../../tx/model-registration.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { sequence } from '../kit/sequence.ts';
import { load, loadKnown, save } from '../kit/stored.ts';

/** Generations above a model whose data it may draw on. */
export const ANCESTORS_MAX = 8;

const EligibleDatanetType = container({
  datanet: datanetId,
  count: uint32,
  /**
   * The number of tokens that may be drawn of them, as that version says and always will. It is stored here
   * so that one read covers all Datanets.
   */
  dataTokens: uint64,
});
/** The first `count` accepted contributions of a Datanet. */
export type EligibleDatanet = ValueOf<typeof EligibleDatanetType>;

const FloorsType = container({
  /** Bits: calibration may set the model's Imin higher. */
  matchBits: uint16,
  priceIn: uint128,
  priceOut: uint128,
});
/** The least that a model of these Datanets may ask; a model made from another inherits its floors. */
export type Floors = ValueOf<typeof FloorsType>;

/** The most Datanets that a version draws on. */
const ELIGIBLE_MAX = PINS_MAX * (1 + ANCESTORS_MAX);

const versionFields = {
  /** The height of the block that registered it. */
  height: height64,
  /** The root of `pins`: what its receipts name. */
  manifest: root32,
  /** Ascending by Datanet. */
  pins: ManifestType,
  ...versionRoots,
  evaluation: EvaluationsType,
  floors: FloorsType,
  /**
   * The Datanets to which its outputs may be traced, ascending by Datanet: those that it pins, and those
   * that its base drew on at that height. Where both name a Datanet, the longer version contains the other.
   */
  eligible: list(EligibleDatanetType, ELIGIBLE_MAX),
};
const ModelVersionType = container(versionFields);
/** A model as of one manifest. Versions run from 1. */
export type ModelVersion = ValueOf<typeof ModelVersionType>;

/**
 * The same bytes, with the lists left as they are: lists of hundreds of structs take most of the time to decode it,
 * and whoever lists models needs none of them.
 */
const VersionHeadType = container({
  ...versionFields,
  pins: byteList(ManifestType.maxBytes),
  evaluation: byteList(EvaluationsType.maxBytes),
  eligible: byteList(versionFields.eligible.maxBytes),
});
/** What a version of a model is, without its lists. */
export type VersionHead = Omit<ValueOf<typeof VersionHeadType>, 'pins' | 'evaluation' | 'eligible'>;

const ModelType = container({
  owner: address20,
  /** The height of the block that registered it. */
  height: height64,
  /** Its base, the base of that, and so on. */
  ancestors: list(modelId, ANCESTORS_MAX),
  /** The terms as registered. The manifest, weights, recipe and evaluation are those of its first version. */
  terms: ModelTermsType,
});
export type Model = ValueOf<typeof ModelType>;

const NEXT_KEY: Key = 'models/next';
const termsKey = (id: ModelId): Key => `models/${numberKey(id)}/terms`;
const versionsKey = (id: ModelId): Key => `models/${numberKey(id)}/versions`;
const versionKey = (id: ModelId, version: number): Key =>
  `models/${numberKey(id)}/version/${numberKey(version)}`;
const manifestKey = (id: ModelId, manifest: Root): Key =>
  `models/${numberKey(id)}/manifest/${bytesKey(manifest)}`;

/** The models of an account. Name: its address, bare hex. */
export const modelsOf = sequence('parties', modelId);

/** Ids run from 1. */
export const nextModel = (view: ReadView): ModelId => load(view, NEXT_KEY, modelId) ?? 1;

export const modelOf = (view: ReadView, id: ModelId): Model | undefined =>
  load(view, termsKey(id), ModelType);

/** Returns the model with an id that the state itself names. */
export const knownModel = (view: ReadView, id: ModelId): Model => {
  const model = modelOf(view, id);
  invariant(model !== undefined, `model ${id} is registered`);
  return model;
};

/** Everyone with a part in what the model earns, each once, with all their parts together. */
export const partiesOf = (model: Model): readonly { readonly account: Address; readonly bps: number }[] => {
  const parties = new Map<string, { account: Address; bps: number }>();
  const add = (account: Address, bps: number): void => {
    const before = parties.get(bytesKey(account));
    parties.set(bytesKey(account), { account, bps: bps + (before?.bps ?? 0) });
  };
  const shared = model.terms.shares.reduce((sum, { bps }) => sum + bps, 0);
  add(model.owner, 10_000 - shared);
  for (const { account, bps } of model.terms.shares) add(account, bps);
  return [...parties.values()];
};

/** Stores a new model and returns its id. */
export const addModel = (view: View, model: Model): ModelId => {
  const id = nextModel(view);
  save(view, NEXT_KEY, modelId, id + 1);
  save(view, termsKey(id), ModelType, model);
  for (const { account } of partiesOf(model)) modelsOf.append(view, bytesKey(account), id);
  return id;
};

/** Returns the number of versions of a model; the last is the current one. */
export const versionCountOf = (view: ReadView, id: ModelId): number =>
  load(view, versionsKey(id), uint32) ?? 0;

export const modelVersionOf = (view: ReadView, id: ModelId, version: number): ModelVersion | undefined =>
  load(view, versionKey(id, version), ModelVersionType);

/** Returns a version that the state itself names. */
export const knownVersion = (view: ReadView, id: ModelId, version: number): ModelVersion =>
  loadKnown(view, versionKey(id, version), ModelVersionType);

/** Returns what {@link knownVersion} does, without the lists. */
export const knownVersionHead = (view: ReadView, id: ModelId, version: number): VersionHead =>
  loadKnown(view, versionKey(id, version), VersionHeadType);

/** The version of a model with this manifest, if it has one: no two of a model share one. */
export const versionOfManifest = (view: ReadView, id: ModelId, manifest: Root): number | undefined =>
  load(view, manifestKey(id, manifest), uint32);

/** Versions of one model, at most. */
export const VERSIONS_MAX = 1024;

/** Stores a new version, of fewer than {@link VERSIONS_MAX}, and returns its number. */
export const addVersion = (view: View, id: ModelId, version: ModelVersion): number => {
  const number = versionCountOf(view, id) + 1;
  save(view, versionsKey(id), uint32, number);
  save(view, versionKey(id, number), ModelVersionType, version);
  save(view, manifestKey(id, version.manifest), uint32, number);
  return number;
};

/** The longer of each Datanet's versions. */
export const mergeEligible = (...parts: readonly (readonly EligibleDatanet[])[]): EligibleDatanet[] => {
  const longest = new Map<DatanetId, EligibleDatanet>();
  for (const each of parts.flat())
    if (each.count > (longest.get(each.datanet)?.count ?? -1)) longest.set(each.datanet, each);
  return [...longest.values()].sort((a, b) => a.datanet - b.datanet);
};
