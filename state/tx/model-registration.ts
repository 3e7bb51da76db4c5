/** Registers a model with the exact data it was trained on, and what it costs. */
import { equal, toHex } from '../../src/lib/bytes.ts';
import { type Fault, fail, fault, ok, type Result } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { datanetOf, versionOf } from '../modules/datanets.ts';
import {
  ANCESTORS_MAX,
  addModel,
  type Floors,
  type ModelTerms,
  ModelTermsType,
  manifestRoot,
  modelOf,
  type Pin,
} from '../modules/models.ts';
import type { Params } from '../params.ts';
import type { ReadView } from '../view.ts';
import { formatOpen } from './action.ts';
import type { Kind } from './kind.ts';
import { isAscending } from './order.ts';

export type ModelRegistration = ModelTerms;

const check = (terms: ModelRegistration): Fault | undefined => {
  if (terms.name === '') return fault('MODEL_NAME', 'a model has a name');
  if (terms.kind === 'base' && terms.base.length > 0)
    return fault('MODEL_BASE', 'a base model was made from no other');
  if (!isAscending(terms.manifest.map(({ datanet }) => datanet)))
    return fault('MODEL_MANIFEST_ORDER', 'the manifest pins each Datanet once, in ascending order');
  if (terms.manifest.some(({ count }) => count === 0))
    return fault('MODEL_MANIFEST_EMPTY', 'a pin is of a version with at least one contribution');
  if (
    terms.shares.some(({ bps }) => bps === 0) ||
    terms.shares.reduce((sum, { bps }) => sum + bps, 0) > 10_000
  )
    return fault('MODEL_SHARES', 'each share is at least 1 basis point, all together at most 10000');
  if (terms.attribution.commitments.length > 0)
    return fault('MODEL_ATTRIBUTION', 'attribution by spans needs no commitments');
  return undefined;
};

/** Faults: `MODEL_UNKNOWN`, `MODEL_DEPTH`. */
const ancestorsOf = (view: ReadView, base: readonly number[]): Result<readonly number[]> => {
  const [parent] = base;
  if (parent === undefined) return ok([]);
  const model = modelOf(view, parent);
  if (model === undefined) return fail('MODEL_UNKNOWN', `there is no model ${parent}`, { model: parent });
  if (model.ancestors.length >= ANCESTORS_MAX)
    return fail('MODEL_DEPTH', `model ${parent} has ${ANCESTORS_MAX} ancestors already`, { model: parent });
  return ok([parent, ...model.ancestors]);
};

/** Faults: `DATANET_UNKNOWN`, `MODEL_PIN_COUNT`, `MODEL_PIN_ROOT`. */
const checkPin = (view: ReadView, { datanet, count, root }: Pin): Fault | undefined => {
  if (datanetOf(view, datanet) === undefined)
    return fault('DATANET_UNKNOWN', `there is no datanet ${datanet}`, { datanet });
  const version = versionOf(view, datanet, count);
  if (version === undefined)
    return fault('MODEL_PIN_COUNT', `datanet ${datanet} has no version of ${count} contributions`, {
      datanet,
      count,
    });
  if (!equal(version.root, root))
    return fault(
      'MODEL_PIN_ROOT',
      `the version of ${count} contributions of datanet ${datanet} has another root`,
      {
        datanet,
        count,
        root: toHex(version.root),
      },
    );
  return undefined;
};

const floorsOf = (view: ReadView, terms: ModelTerms, params: Params): Floors => {
  let floors: Floors = { matchBits: params.attribution.iMin, priceIn: 0n, priceOut: 0n };
  const raise = (by: Floors): void => {
    floors = {
      matchBits: Math.max(floors.matchBits, by.matchBits),
      priceIn: maxBig(floors.priceIn, by.priceIn),
      priceOut: maxBig(floors.priceOut, by.priceOut),
    };
  };
  for (const base of terms.base) {
    const model = modelOf(view, base);
    if (model !== undefined) raise(model.floors);
  }
  for (const { datanet } of terms.manifest) {
    const pinned = datanetOf(view, datanet)?.terms;
    if (pinned !== undefined)
      raise({
        matchBits: pinned.matchBitsFloor,
        priceIn: pinned.prices.inMin,
        priceOut: pinned.prices.outMin,
      });
  }
  return floors;
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
  gas: ({ manifest }) => 20_000n + 1_000n * BigInt(manifest.length),
  apply: ({ view, sender, block, emit }, terms) => {
    const ancestors = ancestorsOf(view, terms.base);
    if (!ancestors.ok) return ancestors.fault;
    for (const pin of terms.manifest) {
      const bad = checkPin(view, pin);
      if (bad !== undefined) return bad;
    }
    const floors = floorsOf(view, terms, block.params);
    if (terms.prices.in < floors.priceIn || terms.prices.out < floors.priceOut)
      return fault('MODEL_PRICE', 'the price is below what a Datanet of the manifest asks at least', {
        in: floors.priceIn.toString(),
        out: floors.priceOut.toString(),
      });
    const manifest = manifestRoot(terms.manifest);
    const id = addModel(view, {
      owner: sender,
      height: block.height,
      manifest,
      ancestors: ancestors.value,
      floors,
      controlBps: block.params.attribution.controlBps,
      terms,
    });
    emit({ type: 'modelRegistered', data: { model: id, owner: toHex(sender), manifest: toHex(manifest) } });
    return undefined;
  },
};
