import { equal, toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ModelId } from '../../src/lib/ids.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { RulesVersion } from '../attribution/rules.ts';
import { fail, type Result } from '../errors/execution.ts';
import { datanetOf, versionOf } from '../modules/data/datanets.ts';
import type { TxContext } from '../modules/kit/context.ts';
import {
  type EligibleDatanet,
  type Floors,
  type ModelVersion,
  mergeEligible,
  modelVersionOf,
  versionCountOf,
} from '../modules/models/models.ts';
import { manifestRoot, type Pin } from '../tx/model-manifest.ts';
import type { ModelPrices, ModelTerms } from '../tx/model-registration.ts';
import type { VersionTerms } from '../tx/model-revision.ts';
import type { ReadView } from '../view.ts';

/** What a pin makes eligible, and the floors of that Datanet. */
type PinnedDatanet = { readonly eligible: EligibleDatanet; readonly floors: Floors };

/**
 * Reads what a pin names. Faults: `DATANET_UNKNOWN`, `MODEL_RULES`, `MODEL_PIN_COUNT`, `MODEL_PIN_ROOT`.
 * @param rules - the version of the rules of attribution of the model
 */
const readPin = (
  view: ReadView,
  { datanet, count, root }: Pin,
  rules: RulesVersion,
): Result<PinnedDatanet> => {
  const terms = datanetOf(view, datanet)?.terms;
  if (terms === undefined) return fail('DATANET_UNKNOWN', `there is no datanet ${datanet}`, { datanet });
  if (terms.rules !== rules)
    return fail(
      'MODEL_RULES',
      `datanet ${datanet} has version ${terms.rules} of the rules of attribution, the model version ${rules}`,
      { datanet, rules: terms.rules },
    );
  const version = versionOf(view, datanet, count);
  if (version === undefined)
    return fail('MODEL_PIN_COUNT', `datanet ${datanet} has no version of ${count} contributions`, {
      datanet,
      count,
    });
  if (!equal(version.root, root))
    return fail(
      'MODEL_PIN_ROOT',
      `the version of ${count} contributions of datanet ${datanet} has another root`,
      {
        datanet,
        count,
        root: toHex(version.root),
      },
    );
  const { matchBitsFloor, prices } = terms;
  return ok({
    eligible: { datanet, count, dataTokens: version.dataTokens },
    floors: { matchBits: matchBitsFloor, priceIn: prices.inMin, priceOut: prices.outMin },
  });
};

/** The current version of the model that this one was made from, if it was made from one. */
export const baseVersionOf = (view: ReadView, base: ModelId | undefined): ModelVersion | undefined =>
  base === undefined ? undefined : modelVersionOf(view, base, versionCountOf(view, base));

/** Returns the floors that are above all of these. */
const highestFloors = (all: readonly Floors[]): Floors => {
  let floors: Floors = { matchBits: 0, priceIn: 0n, priceOut: 0n };
  for (const { matchBits, priceIn, priceOut } of all)
    floors = {
      matchBits: Math.max(floors.matchBits, matchBits),
      priceIn: maxBig(floors.priceIn, priceIn),
      priceOut: maxBig(floors.priceOut, priceOut),
    };
  return floors;
};

export const isWithin = (prices: ModelPrices, floors: Floors): boolean =>
  prices.in >= floors.priceIn && prices.out >= floors.priceOut;

/**
 * The version of a model that these terms make, as of this block. It draws on what its base draws on now; but where that
 * asks for more than the model's prices, which are fixed, on what its own version before drew on: else the owner of a base
 * could keep all that were made from it from being revised. Faults: `DATANET_UNKNOWN`, `MODEL_PIN_COUNT`,
 * `MODEL_PIN_ROOT`, `MODEL_RULES`, `MODEL_PRICE`.
 * @param before - the version before, of a model that has one
 */
export const versionFrom = (
  { view, block }: Pick<TxContext, 'view' | 'block'>,
  terms: VersionTerms,
  { base, prices }: Pick<ModelTerms, 'base' | 'prices'>,
  before: ModelVersion | undefined,
): Result<ModelVersion> => {
  const { manifest: pins, rules, weights, recipe, transcript, evaluationRoot, template, evaluation } = terms;
  const pinned: PinnedDatanet[] = [];
  for (const pin of pins) {
    const read = readPin(view, pin, terms.rules);
    if (!read.ok) return read;
    pinned.push(read.value);
  }
  const made = baseVersionOf(view, base);
  const inherited =
    before !== undefined && made !== undefined && !isWithin(prices, made.floors) ? before : made;
  if (inherited !== undefined && inherited.eligible.length > 0 && inherited.rules !== rules)
    return fail(
      'MODEL_RULES',
      `the base draws on data with version ${inherited.rules} of the rules of attribution, the model has version ${rules}`,
      { rules: inherited.rules },
    );
  const floors = highestFloors([
    { matchBits: block.params.attribution.iMin, priceIn: 0n, priceOut: 0n },
    ...(inherited === undefined ? [] : [inherited.floors]),
    ...pinned.map((each) => each.floors),
  ]);
  if (!isWithin(prices, floors))
    return fail('MODEL_PRICE', 'the price is below what a Datanet of the manifest asks at least', {
      in: floors.priceIn.toString(),
      out: floors.priceOut.toString(),
    });
  return ok({
    height: block.height,
    manifest: manifestRoot(pins),
    pins,
    rules,
    weights,
    recipe,
    transcript,
    evaluationRoot,
    template,
    evaluation,
    floors,
    eligible: mergeEligible(
      pinned.map((each) => each.eligible),
      inherited?.eligible ?? [],
    ),
  });
};
