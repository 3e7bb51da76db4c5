/**
 * Which epochs of models close next. How many models have data money in an epoch is up to whoever sends receipts, and each
 * has up to 64 Datanets to pay. So a block closes only so many, and the rest wait for the blocks that follow. Those with the
 * most data money come first: whoever wants to hold up the others has to spend more than they do. An epoch whose versions
 * are too many for a block goes on in a later one, and waits among those that have as much data money as each of its versions
 * that are left.
 *
 *     due/epochs/<end>/<level>/<index>     models with data money of this level in the epoch that ends at this height
 *     due/closing/<level>/<index>          ends of epochs that have models of this level left to close
 *     due/levels                           the levels that have any
 */
import type { Height } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { type ModelId, modelId } from '../../../src/lib/ids.ts';
import { uint64 } from '../../../src/lib/ssz.ts';
import { numberKey, type View } from '../../view.ts';
import { fifo } from '../kit/fifo.ts';
import { load, save } from '../kit/stored.ts';

/** The epoch of a model that ends with a block. */
export type DueEpoch = { readonly model: ModelId; readonly end: Height };

const models = fifo('due/epochs', modelId);
const ends = fifo('due/closing', height64);
const LEVELS_KEY = 'due/levels';

/** The number of levels: amounts are below 2^128, and each level reaches 16 times as far as the one before it. */
const LEVELS = 33;

const nameOf = (end: Height, level: number): string => `${numberKey(end)}/${numberKey(level)}`;

/** Returns the level of an amount of data money: 0 for nothing, and one more for each hexadecimal digit. */
const levelOf = (amount: bigint): number => (amount === 0n ? 0 : amount.toString(16).length);

/**
 * Has a model close with an epoch, among those of its amount. An entry of a level that it has grown out of stays, and is
 * found to have closed when its turn comes.
 *
 * @param before - its data money until now; undefined if it had none in this epoch
 */
export const addDue = (
  view: View,
  { model, end }: DueEpoch,
  before: bigint | undefined,
  amount: bigint,
): void => {
  const level = levelOf(amount);
  if (before === undefined || level > levelOf(before)) models.add(view, nameOf(end, level), model);
};

/** Adds the rest of an epoch that has ended to those of this amount. Returns their level. */
const addRest = (view: View, { model, end }: DueEpoch, amount: bigint): number => {
  const level = levelOf(amount);
  const name = nameOf(end, level);
  if (models.first(view, name) === undefined) ends.add(view, numberKey(level), end);
  models.add(view, name, model);
  return level;
};

/** The end of an epoch: its models wait to be closed from here on. */
export const openClosing = (view: View, end: Height): void => {
  let levels = load(view, LEVELS_KEY, uint64) ?? 0n;
  for (let level = 0; level < LEVELS; level++) {
    if (models.first(view, nameOf(end, level)) === undefined) continue;
    ends.add(view, numberKey(level), end);
    levels |= 1n << BigInt(level);
  }
  if (levels !== 0n) save(view, LEVELS_KEY, uint64, levels);
};

/** Takes the next of a level; undefined if it has none left. */
const takeOf = (view: View, level: number): DueEpoch | undefined => {
  const end = ends.first(view, numberKey(level));
  if (end === undefined) return undefined;
  const name = nameOf(end, level);
  const model = models.first(view, name);
  if (model === undefined) return undefined;
  models.drop(view, name);
  if (models.first(view, name) === undefined) ends.drop(view, numberKey(level));
  return { model, end };
};

/** What came of an epoch: the work that it was, and the data money of each version that is left, if it has not closed. */
export type Closed = { readonly work: number; readonly rest: bigint | undefined };

/**
 * Takes what is next to close, until it has been as much work as a block does.
 *
 * @param work - that of a block
 * @param close - closes an epoch, if it has not closed yet. It may leave a rest once it has done as much work as is left
 */
export const takeClosing = (
  view: View,
  work: number,
  close: (due: DueEpoch, work: number) => Closed,
): void => {
  let left = work;
  let levels = load(view, LEVELS_KEY, uint64);
  if (levels === undefined) return;
  for (let level = LEVELS - 1; level >= 0 && left > 0; level--) {
    const bit = 1n << BigInt(level);
    if ((levels & bit) === 0n) continue;
    let due = takeOf(view, level);
    while (due !== undefined) {
      const closed = close(due, left);
      left -= closed.work;
      if (closed.rest !== undefined) levels |= 1n << BigInt(addRest(view, due, closed.rest));
      if (left <= 0) break;
      due = takeOf(view, level);
    }
    if (ends.first(view, numberKey(level)) === undefined) levels &= ~bit;
  }
  if (levels === 0n) view.delete(LEVELS_KEY);
  else save(view, LEVELS_KEY, uint64, levels);
};
