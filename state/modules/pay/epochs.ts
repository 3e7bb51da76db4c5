/**
 * The data money of each model and epoch: gathered as receipts become final, and divided when the epoch closes
 * (epoch-close.ts). It lies in the pot `dataPools` until then.
 *
 *     epochs/<model>/end                     the end of the epoch that had data money last
 *     epochs/<model>/<end>/sums              of the epoch that ends at this height; gone when it begins to close
 *     epochs/<model>/<end>/weights/<page>    its A_c, likewise
 *     epochs/pages/<model>/<end>             which of those pages there are (a sequence)
 *     epochs/<model>/<end>/relevance/<page>  its W_c, likewise
 *     epochs/relevance/<model>/<end>         which of those pages there are (a sequence)
 *     epochs/<model>/<end>/versions/<page>   its data money by version of the model, likewise
 *     epochs/versions/<model>/<end>          which of those pages there are (a sequence)
 */

import { height64 } from '../../../src/lib/chain.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { container, uint64, uint128, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import {
  addReceipt,
  EpochSumsType,
  NO_SUMS,
  receiptWeights,
  relevanceWeights,
  sharedData,
  type Weight,
} from '../../attribution/epoch.ts';
import type { RelevanceShare } from '../../attribution/relevance.ts';
import type { Attribution } from '../../attribution/scores.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { type Amount, amountPages, gatheredAmounts } from '../kit/amount-pages.ts';
import type { HookContext } from '../kit/context.ts';
import { load, save } from '../kit/stored.ts';
import { controlBpsOf } from '../models/calibrations.ts';
import { epochEnd } from '../receipts/receipts.ts';
import { addDue, type DueEpoch } from './closing.ts';

const RunningEpochType = container({
  sums: EpochSumsType,
  /** Receipts settled. */
  settled: uint64,
  /** D of the receipts that nobody settled in time, base units: remainder, all of it. */
  unsettled: uint128,
});
export type RunningEpoch = ValueOf<typeof RunningEpochType>;

const NO_EPOCH: RunningEpoch = { sums: NO_SUMS, settled: 0n, unsettled: 0n };

/** The key of a part of what the state holds of the epochs of a model. */
export const epochsKey = (model: ModelId, part: string): Key => `epochs/${numberKey(model)}/${part}`;
/** The key of a part of what the state holds of an epoch. */
export const epochKey = ({ model, end }: DueEpoch, part: string): Key =>
  epochsKey(model, `${numberKey(end)}/${part}`);

/** Pages of 256 contributions: a receipt may have thousands. */
const weights = gatheredAmounts('epochs/pages', amountPages(uint256, 8));
const relevance = gatheredAmounts('epochs/relevance', amountPages(uint256, 8));
/** Pages of 16 versions: a batch is of a few, however many the model has. */
const versions = gatheredAmounts('epochs/versions', amountPages(uint128, 4));
const nameOf = ({ model, end }: DueEpoch): string => `${numberKey(model)}/${numberKey(end)}`;

const sumsOf = (view: ReadView, epoch: DueEpoch): RunningEpoch | undefined =>
  load(view, epochKey(epoch, 'sums'), RunningEpochType);

/** The last epoch of a model with data money, as long as it has not begun to close. */
export const runningEpochOf = (view: ReadView, model: ModelId): RunningEpoch | undefined => {
  const end = load(view, epochsKey(model, 'end'), height64);
  return end === undefined ? undefined : sumsOf(view, { model, end });
};

/** The data money of an epoch, all of it. */
const dataOf = ({ sums, unsettled }: RunningEpoch): bigint => sums.data + unsettled;

/** A receipt that is paid out: the data money D of its fee, and what its settlement found, if it has one. */
export type DataMoney = {
  /** The version of its model. */
  readonly version: number;
  readonly data: bigint;
  readonly attribution:
    | (Pick<Attribution, 'scores' | 'total' | 'shared' | 'coverageBps'> & {
        readonly relevance: readonly RelevanceShare[];
      })
    | undefined;
};

/** Adds weights to sums by contribution. */
const addWeights = (sums: Map<number, bigint>, weights: readonly Weight[]): void => {
  for (const { contribution, weight } of weights)
    sums.set(contribution, (sums.get(contribution) ?? 0n) + weight);
};

/** Adds receipts of one model to its running epoch. Their data money is in the pot `dataPools` already. */
export const addDataMoney = (
  { view, block }: HookContext,
  id: ModelId,
  receipts: readonly DataMoney[],
): void => {
  const epoch: DueEpoch = { model: id, end: epochEnd(block.height, block.params.attribution) };
  const before = sumsOf(view, epoch);
  if (before === undefined) save(view, epochsKey(id, 'end'), height64, epoch.end);
  let { sums, settled, unsettled } = before ?? NO_EPOCH;
  const weightOf = new Map<number, bigint>();
  const relevanceOf = new Map<number, bigint>();
  const dataBy = new Map<number, bigint>();
  const controls = new Map<number, number>();
  for (const { version, data, attribution } of receipts) {
    const shared = attribution === undefined ? 0n : sharedData(data, attribution);
    // What goes to the treasury draws nothing of the remainder, which others' data money makes up.
    dataBy.set(version, (dataBy.get(version) ?? 0n) + data - shared);
    if (attribution === undefined) {
      unsettled += data;
      continue;
    }
    settled += 1n;
    const controlBps = controls.get(version) ?? controlBpsOf(view, id, version);
    controls.set(version, controlBps);
    sums = addReceipt(sums, data, attribution.coverageBps, controlBps, shared);
    addWeights(weightOf, receiptWeights(data, attribution));
    addWeights(relevanceOf, relevanceWeights(data, attribution.relevance));
  }
  const after: RunningEpoch = { sums, settled, unsettled };
  save(view, epochKey(epoch, 'sums'), RunningEpochType, after);
  addDue(view, epoch, before === undefined ? undefined : dataOf(before), dataOf(after));
  versions.add(view, nameOf(epoch), epochKey(epoch, 'versions'), amountsOf(dataBy));
  weights.add(view, nameOf(epoch), epochKey(epoch, 'weights'), amountsOf(weightOf));
  relevance.add(view, nameOf(epoch), epochKey(epoch, 'relevance'), amountsOf(relevanceOf));
};

const amountsOf = (sums: ReadonlyMap<number, bigint>): readonly Amount[] =>
  [...sums].map(([id, amount]) => ({ id, amount }));

/** What an epoch has gathered. */
export type TakenEpoch = {
  readonly running: RunningEpoch;
  /** A_c by contribution, ascending. */
  readonly weights: readonly Amount[];
  /** W_c by contribution, ascending. */
  readonly relevance: readonly Amount[];
  /** The data money of each version that had any receipt, but for what is shared, ascending. */
  readonly versions: readonly Amount[];
};

/** Returns what an epoch has gathered; nothing of it is left. Undefined if it has gathered nothing, or begun to close. */
export const takeEpoch = (view: View, epoch: DueEpoch): TakenEpoch | undefined => {
  const running = sumsOf(view, epoch);
  if (running === undefined) return undefined;
  view.delete(epochKey(epoch, 'sums'));
  return {
    running,
    weights: weights.take(view, nameOf(epoch), epochKey(epoch, 'weights')),
    relevance: relevance.take(view, nameOf(epoch), epochKey(epoch, 'relevance')),
    versions: versions.take(view, nameOf(epoch), epochKey(epoch, 'versions')),
  };
};
