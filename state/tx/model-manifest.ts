/** What a manifest must be, and what follows from it: the same for a model and for each later version of it. */
import { equal, toHex } from '../../src/lib/bytes.ts';
import { type Fault, fail, fault, ok, type Result } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import { datanetOf, versionOf } from '../modules/datanets.ts';
import {
  type Floors,
  type ModelTerms,
  type ModelVersion,
  manifestRoot,
  mergeEligible,
  modelVersionOf,
  type Pin,
  versionCountOf,
} from '../modules/models.ts';
import type { Params } from '../params.ts';
import type { ReadView } from '../view.ts';
import type { TxContext } from './kind.ts';
import { isAscending } from './order.ts';

/** What a version brings with it. */
export type VersionTerms = Pick<ModelTerms, 'manifest' | 'weights' | 'recipe' | 'evaluation'>;

/** Stateless. Faults: `MODEL_MANIFEST_ORDER`, `MODEL_MANIFEST_EMPTY`. */
export const checkManifest = (manifest: readonly Pin[]): Fault | undefined => {
  if (!isAscending(manifest.map(({ datanet }) => datanet)))
    return fault('MODEL_MANIFEST_ORDER', 'the manifest pins each Datanet once, in ascending order');
  if (manifest.some(({ count }) => count === 0))
    return fault('MODEL_MANIFEST_EMPTY', 'a pin is of a version with at least one contribution');
  return undefined;
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

/** The current version of the model that this one was made from, if it was made from one. */
const baseVersionOf = (view: ReadView, base: readonly number[]): ModelVersion | undefined => {
  const [id] = base;
  return id === undefined ? undefined : modelVersionOf(view, id, versionCountOf(view, id));
};

const floorsOf = (
  view: ReadView,
  manifest: readonly Pin[],
  base: ModelVersion | undefined,
  params: Params,
): Floors => {
  let floors: Floors = { matchBits: params.attribution.iMin, priceIn: 0n, priceOut: 0n };
  const raise = (by: Floors): void => {
    floors = {
      matchBits: Math.max(floors.matchBits, by.matchBits),
      priceIn: maxBig(floors.priceIn, by.priceIn),
      priceOut: maxBig(floors.priceOut, by.priceOut),
    };
  };
  if (base !== undefined) raise(base.floors);
  for (const { datanet } of manifest) {
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

/**
 * The version of a model that these terms make, as of this block. Faults: `DATANET_UNKNOWN`, `MODEL_PIN_COUNT`,
 * `MODEL_PIN_ROOT`, `MODEL_PRICE`.
 */
export const versionFrom = (
  { view, block }: Pick<TxContext, 'view' | 'block'>,
  terms: VersionTerms,
  { base, prices }: Pick<ModelTerms, 'base' | 'prices'>,
): Result<ModelVersion> => {
  const { manifest: pins, weights, recipe, evaluation } = terms;
  for (const pin of pins) {
    const bad = checkPin(view, pin);
    if (bad !== undefined) return { ok: false, fault: bad };
  }
  const made = baseVersionOf(view, base);
  const floors = floorsOf(view, pins, made, block.params);
  if (prices.in < floors.priceIn || prices.out < floors.priceOut)
    return fail('MODEL_PRICE', 'the price is below what a Datanet of the manifest asks at least', {
      in: floors.priceIn.toString(),
      out: floors.priceOut.toString(),
    });
  return ok({
    height: block.height,
    manifest: manifestRoot(pins),
    pins,
    weights,
    recipe,
    evaluation,
    floors,
    eligible: mergeEligible(pins, made?.eligible ?? []),
  });
};
