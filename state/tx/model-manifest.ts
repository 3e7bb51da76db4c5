/**
 * The rules of a manifest, and what follows from it. They are the same for a model and for each later version of it.
 */

import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { taggedHash } from '../../src/lib/hash.ts';
import { datanetId } from '../../src/lib/ids.ts';
import {
  container,
  list,
  root32,
  type Ssz,
  text,
  uint32,
  type ValueOf,
  withDefault,
} from '../../src/lib/ssz.ts';
import { RULES_DEFAULT, RulesVersionType } from '../attribution/rules.ts';
import type { Fault } from './errors.ts';
import { READ_GAS } from './gas.ts';
import { isAscending } from './order.ts';
import { problem } from './problems.ts';

const PinType = container({
  /** The Datanet. */
  datanet: datanetId,
  /** The number of its accepted contributions that the version holds, at least 1. */
  count: uint32,
  /** The root of that version, as `datanet_getVersion` returns it. */
  root: root32,
});
/** A version of a Datanet: its first `count` accepted contributions, in the order of acceptance. */
export type Pin = ValueOf<typeof PinType>;

const EvaluationType = container({
  /** What was measured. */
  measure: text(64),
  /** The result, in thousandths of the unit of the measure. */
  thousandths: uint32,
});
/** A published figure of the model, in thousandths of the measure's unit. */
export type Evaluation = ValueOf<typeof EvaluationType>;

/** The most Datanets that one manifest pins. */
export const PINS_MAX = 64;

export const ManifestType: Ssz<readonly Pin[]> = list(PinType, PINS_MAX);

export const EvaluationsType: Ssz<readonly Evaluation[]> = list(EvaluationType, 16);

/** What a version of a model commits to of itself, beside its data. Zero stands for what is not committed. */
export const versionRoots = {
  /** The version of the rules of attribution: that of the Datanets which it draws on. */
  rules: withDefault(RulesVersionType, RULES_DEFAULT),
  /** The hash of its weights. */
  weights: root32,
  /** The root of the recipe that it was made by. */
  recipe: root32,
  /** The root of the transcript of its training. */
  transcript: withDefault(root32, ZERO_ROOT),
  /** The root of the answers that its published results come from. */
  evaluationRoot: withDefault(root32, ZERO_ROOT),
  /** The hash of the template that makes a prompt of what people and models say. */
  template: withDefault(root32, ZERO_ROOT),
};

/** Returns the root of the pins of a model, which its receipts name. */
export const manifestRoot = (manifest: readonly Pin[]): Root =>
  taggedHash('openledger/manifest/1', ManifestType.root(manifest));

/** Checks a manifest without the state. Faults: `MODEL_MANIFEST_ORDER`, `MODEL_MANIFEST_EMPTY`. */
export const checkManifest = (manifest: readonly Pin[]): readonly (Fault | false)[] => [
  !isAscending(manifest.map(({ datanet }) => datanet)) &&
    problem('MODEL_MANIFEST_ORDER', 'manifest', 'the manifest pins each Datanet once, in ascending order'),
  ...manifest.map(
    ({ count }, i) =>
      count === 0 &&
      problem(
        'MODEL_MANIFEST_EMPTY',
        `manifest[${i}].count`,
        'a pin is of a version with at least one contribution',
      ),
  ),
];

/**
 * A pin reads the terms of a Datanet, which may name hundreds of accounts, and one of its versions. The pins of a base model,
 * up to 512 more, are read with one. All are read again, and written, when the version is drawn.
 */
export const manifestGas = (manifest: readonly Pin[]): bigint =>
  40_000n + 2n * READ_GAS * BigInt(manifest.length);
