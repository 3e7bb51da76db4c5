/**
 * The data money of each model and epoch: gathered as receipts become final, divided when the epoch closes
 * (docs/attribution.md#money), in the block of its end or, if many close, in one after it. It lies in the pot `dataPools`
 * until then. If its versions are many, some are paid in one block and the others in later ones, and the epoch has closed with
 * the last of them.
 *
 *     epochs/<model>/end                    the end of the epoch that had data money last
 *     epochs/<model>/<end>/sums             of the epoch that ends at this height; gone when it begins to close
 *     epochs/<model>/<end>/closing          what it comes to, while some of its versions are not paid, and those
 *     epochs/<model>/<end>/weights/<page>   its A_c
 *     epochs/pages/<model>/<end>            which pages there are (a sequence)
 *     epochs/<model>/debt                   negative excess of the epochs that have closed
 *     epochs/<model>/history                of all epochs that have closed; of each one: closed-epochs.ts
 *
 * Its data money by version is in version-data.ts.
 */

import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ModelId } from '../../../src/lib/ids.ts';
import { divFloor, sumBig } from '../../../src/lib/math.ts';
import {
  container,
  list,
  type Ssz,
  uint32,
  uint64,
  uint128,
  uint256,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { apportion } from '../../attribution/apportion.ts';
import {
  addReceipt,
  closeEpoch,
  EpochSumsType,
  NO_SUMS,
  receiptWeights,
  sharedData,
} from '../../attribution/epoch.ts';
import type { Attribution } from '../../attribution/scores.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { acceptedOf } from '../data/contributions.ts';
import { novelTokensIn, payVersion } from '../data/novelty-shares.ts';
import { addAmounts, type ContributionAmount, pageAmounts, pageKey } from '../kit/amount-pages.ts';
import type { Hook, HookContext } from '../kit/context.ts';
import { sequence } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import { knownControl } from '../models/calibrations.ts';
import { knownVersion, type ModelVersion, VERSIONS_MAX } from '../models/models.ts';
import { epochEnd } from '../receipts/receipts.ts';
import { ClosedEpochType, setClosedEpoch } from './closed-epochs.ts';
import { addDue, type Closed, type DueEpoch, openClosing, takeClosing } from './closing.ts';
import { creditSpans } from './rewards.ts';
import { addVersionData, takeVersionData } from './version-data.ts';

const RunningEpochType = container({
  sums: EpochSumsType,
  /** Receipts settled. */
  settled: uint64,
  /** D of the receipts that nobody settled in time, base units: remainder, all of it. */
  unsettled: uint128,
});
export type RunningEpoch = ValueOf<typeof RunningEpochType>;

const NO_EPOCH: RunningEpoch = { sums: NO_SUMS, settled: 0n, unsettled: 0n };

const EpochHistoryType = container({
  epochs: uint64,
  /** Receipts settled. */
  settled: uint64,
  /** Σ D of those, base units. */
  data: uint128,
  /** Σ D·a, base units times basis points: over `data`, the model's coverage. */
  gain: uint256,
  /** Σ D·κ: over `data`, what coincidence explains of it. */
  expected: uint256,
  /** The amount that the span track has paid, base units. */
  spans: uint128,
  remainder: uint128,
  /** Paid to the treasury for what several owners brought. */
  shared: uint128,
});
/** Over all epochs of a model that have closed. */
export type EpochHistory = ValueOf<typeof EpochHistoryType>;

const NO_HISTORY: EpochHistory = {
  epochs: 0n,
  settled: 0n,
  data: 0n,
  gain: 0n,
  expected: 0n,
  spans: 0n,
  remainder: 0n,
  shared: 0n,
};

const key = (model: ModelId, part: string): Key => `epochs/${numberKey(model)}/${part}`;
const epochKey = ({ model, end }: DueEpoch, part: string): Key => key(model, `${numberKey(end)}/${part}`);

const weightPages = sequence('epochs/pages', uint32);
const pagesName = ({ model, end }: DueEpoch): string => `${numberKey(model)}/${numberKey(end)}`;

const sumsOf = (view: ReadView, epoch: DueEpoch): RunningEpoch | undefined =>
  load(view, epochKey(epoch, 'sums'), RunningEpochType);

/** The last epoch of a model with data money, as long as it has not begun to close. */
export const runningEpochOf = (view: ReadView, model: ModelId): RunningEpoch | undefined => {
  const end = load(view, key(model, 'end'), height64);
  return end === undefined ? undefined : sumsOf(view, { model, end });
};

/** The data money of an epoch, all of it. */
const dataOf = ({ sums, unsettled }: RunningEpoch): bigint => sums.data + unsettled;

/**
 * Returns the negative excess that the model's coming epochs have to make up for, base units times basis
 * points.
 */
export const debtOf = (view: ReadView, model: ModelId): bigint =>
  load(view, key(model, 'debt'), uint256) ?? 0n;

export const historyOf = (view: ReadView, model: ModelId): EpochHistory =>
  load(view, key(model, 'history'), EpochHistoryType) ?? NO_HISTORY;

/** A receipt that is paid out: the data money D of its fee, and what its settlement found, if it has one. */
export type DataMoney = {
  /** The version of its model. */
  readonly version: number;
  readonly data: bigint;
  readonly attribution: Pick<Attribution, 'scores' | 'total' | 'shared' | 'coverageBps'> | undefined;
};

/** Adds receipts of one model to its running epoch. Their data money is in the pot `dataPools` already. */
export const addDataMoney = (
  { view, block }: HookContext,
  id: ModelId,
  receipts: readonly DataMoney[],
): void => {
  const epoch: DueEpoch = { model: id, end: epochEnd(block.height, block.params.attribution) };
  const before = sumsOf(view, epoch);
  if (before === undefined) save(view, key(id, 'end'), height64, epoch.end);
  let { sums, settled, unsettled } = before ?? NO_EPOCH;
  const weights = new Map<number, bigint>();
  const versions = new Map<number, bigint>();
  const controls = new Map<number, number>();
  for (const { version, data, attribution } of receipts) {
    const shared = attribution === undefined ? 0n : sharedData(data, attribution);
    // What goes to the treasury draws nothing of the remainder, which others' data money makes up.
    versions.set(version, (versions.get(version) ?? 0n) + data - shared);
    if (attribution === undefined) {
      unsettled += data;
      continue;
    }
    settled += 1n;
    const controlBps = controls.get(version) ?? knownControl(view, id, version).controlBps;
    controls.set(version, controlBps);
    sums = addReceipt(sums, data, attribution.coverageBps, controlBps, shared);
    for (const { contribution, weight } of receiptWeights(data, attribution))
      weights.set(contribution, (weights.get(contribution) ?? 0n) + weight);
  }
  const after: RunningEpoch = { sums, settled, unsettled };
  save(view, epochKey(epoch, 'sums'), RunningEpochType, after);
  addDue(view, epoch, before === undefined ? undefined : dataOf(before), dataOf(after));
  addVersionData(view, epoch, versions);
  const more = [...weights].map(([contribution, amount]) => ({ contribution, amount }));
  for (const page of addAmounts(view, epochKey(epoch, 'weights'), more))
    weightPages.append(view, pagesName(epoch), page);
};

/** A_c of an epoch by contribution id, ascending; none is left. */
const takeWeights = (view: View, epoch: DueEpoch): readonly ContributionAmount[] => {
  const prefix = epochKey(epoch, 'weights');
  const pages = [...weightPages.takeAll(view, pagesName(epoch))].sort((a, b) => a - b);
  return pages.flatMap((page) => {
    const amounts = pageAmounts(view, prefix, page);
    view.delete(pageKey(prefix, page));
    return amounts;
  });
};

/**
 * Pays the unattributed remainder to the Datanets of the manifest, by the novel tokens of the versions pinned. Returns
 * what has nobody to go to: all of an empty manifest's, or of one without novel tokens.
 */
const payManifest = (
  { view, emit }: HookContext,
  { model, end }: DueEpoch,
  { pins: manifest }: ModelVersion,
  version: number,
  amount: bigint,
): bigint => {
  const pins = manifest.map(({ datanet, count }) => ({
    datanet,
    count,
    novelTokens: novelTokensIn(view, datanet, count),
  }));
  const parts = apportion(
    amount,
    pins.map(({ novelTokens }) => novelTokens),
  );
  for (const [index, pin] of pins.entries()) {
    const part = parts[index] ?? 0n;
    if (part === 0n) continue;
    const perToken = payVersion(view, pin.datanet, pin, part);
    emit({ type: 'remainderPaid', data: { model, epoch: end, version, ...pin, amount: part, perToken } });
  }
  return amount - sumBig(parts);
};

const VersionPartType = container({ version: uint32, amount: uint128 });
/** What the manifest of one version gets of the remainder of an epoch. */
type VersionPart = ValueOf<typeof VersionPartType>;
const VersionPartsType: Ssz<readonly VersionPart[]> = list(VersionPartType, VERSIONS_MAX);

const ClosingType = container({
  /** What the epoch comes to. `remainderToTreasury` counts what is paid so far. */
  epoch: ClosedEpochType,
  /** The debt that it leaves. */
  debtLeft: uint256,
  /** The versions that are not paid, ascending. */
  unpaid: VersionPartsType,
});
/** An epoch that has begun to close. */
type Closing = ValueOf<typeof ClosingType>;

const sumAmounts = (parts: readonly VersionPart[]): bigint => sumBig(parts.map(({ amount }) => amount));

/** Takes an amount of the remainder out of the pot, of which so much goes to the treasury. */
const payOut = (view: View, amount: bigint, toTreasury: bigint): void => {
  payFromPot(view, 'dataPools', pot('rewards'), amount - toTreasury);
  payFromPot(view, 'dataPools', pot('treasury'), toTreasury);
  addTotals(view, { remainder: amount, remainderToTreasury: toTreasury });
};

/** What was done of a close, and the work that it was. */
type Begun = { readonly closing: Closing; readonly work: number };

/** The epoch, if it has begun to close and has not closed. */
const closingOf = (view: ReadView, due: DueEpoch): Begun | undefined => {
  const closing = load(view, epochKey(due, 'closing'), ClosingType);
  return closing === undefined ? undefined : { closing, work: 0 };
};

/**
 * Pays the remainder of an epoch to the manifests of its versions until it has done so much work. What nobody in a manifest
 * can be paid goes to the treasury.
 */
const payRemainder = (
  context: HookContext,
  due: DueEpoch,
  begun: Closing,
  work: number,
): Begun & Pick<Closed, 'rest'> => {
  const { view } = context;
  let toTreasury = 0n;
  let paid = 0;
  let done = 0;
  for (const { version, amount } of begun.unpaid) {
    if (done >= work) break;
    const manifest = knownVersion(view, due.model, version);
    toTreasury += payManifest(context, due, manifest, version, amount);
    done += 1 + manifest.pins.length;
    paid += 1;
  }
  payOut(view, sumAmounts(begun.unpaid.slice(0, paid)), toTreasury);
  const remainderToTreasury = begun.epoch.remainderToTreasury + toTreasury;
  const unpaid = begun.unpaid.slice(paid);
  return {
    closing: { ...begun, unpaid, epoch: { ...begun.epoch, remainderToTreasury } },
    work: done,
    rest: unpaid.length === 0 ? undefined : divFloor(sumAmounts(unpaid), BigInt(unpaid.length)),
  };
};

/** Credits spans to contributions. */
const paySpans = (
  { view, emit }: HookContext,
  { model, end }: DueEpoch,
  shares: readonly ContributionAmount[],
): void => {
  creditSpans(view, shares);
  for (const { contribution, amount } of shares) {
    const accepted = acceptedOf(view, contribution);
    invariant(accepted !== undefined, 'spans are of accepted contributions');
    const { datanet, owner } = accepted;
    emit({ type: 'spansPaid', data: { contribution, datanet, owner, model, epoch: end, amount } });
  }
};

/** Begins to close an epoch: pays all but the remainder, and divides that among its versions, by the data money of each. */
const beginClosing = (context: HookContext, due: DueEpoch, running: RunningEpoch): Begun => {
  const { view, block } = context;
  const weights = takeWeights(view, due).map(({ contribution, amount }) => ({
    contribution,
    weight: amount,
  }));
  const debt = debtOf(view, due.model);
  const closed = closeEpoch(running.sums, debt, weights, block.params.attribution.spanShareBps);
  paySpans(
    context,
    due,
    closed.shares.filter(({ amount }) => amount > 0n),
  );
  payFromPot(view, 'dataPools', pot('rewards'), closed.spanPool);
  const { shared } = running.sums;
  payFromPot(view, 'dataPools', pot('treasury'), shared);
  addTotals(view, { data: closed.spanPool, shared });
  view.delete(epochKey(due, 'sums'));
  save(view, key(due.model, 'debt'), uint256, closed.debt);
  const remainder = closed.remainder + running.unsettled;
  const versions = takeVersionData(view, due);
  const parts = apportion(
    remainder,
    versions.map(({ data }) => data),
  );
  // If no version has data money, it is nobody's.
  const remainderToTreasury = remainder - sumBig(parts);
  payOut(view, remainderToTreasury, remainderToTreasury);
  const epoch = {
    ...running,
    debt,
    weight: sumBig(weights.map(({ weight }) => weight)),
    spans: closed.spanPool,
    remainder,
    remainderToTreasury,
  };
  const unpaid = versions.map(({ version }, index) => ({ version, amount: parts[index] ?? 0n }));
  return { closing: { epoch, debtLeft: closed.debt, unpaid }, work: weights.length };
};

/** Ends the close of an epoch. */
const endClosing = ({ view, emit }: HookContext, due: DueEpoch, { epoch, debtLeft }: Closing): void => {
  const { model, end } = due;
  view.delete(epochKey(due, 'closing'));
  setClosedEpoch(view, model, end, epoch);
  const { sums, ...rest } = epoch;
  const history = historyOf(view, model);
  save(view, key(model, 'history'), EpochHistoryType, {
    epochs: history.epochs + 1n,
    settled: history.settled + epoch.settled,
    data: history.data + sums.data,
    gain: history.gain + sums.gain,
    expected: history.expected + sums.expected,
    spans: history.spans + epoch.spans,
    remainder: history.remainder + epoch.remainder,
    shared: history.shared + sums.shared,
  });
  emit({ type: 'epochClosed', data: { model, epoch: end, ...sums, ...rest, debtLeft } });
};

/** Closes an epoch of a model, if it has not closed yet, or as much of it as the work allows. */
const closeModel = (context: HookContext, due: DueEpoch, work: number): Closed => {
  const { view } = context;
  const running = sumsOf(view, due);
  const begun = running === undefined ? closingOf(view, due) : beginClosing(context, due, running);
  if (begun === undefined) return { work: 1, rest: undefined };
  const paid = payRemainder(context, due, begun.closing, Math.max(1, work - begun.work));
  if (paid.rest === undefined) endClosing(context, due, paid.closing);
  else save(view, epochKey(due, 'closing'), ClosingType, paid.closing);
  return { work: begun.work + paid.work, rest: paid.rest };
};

/** The work of closing epochs that a block does: so many Datanets and contributions paid, and the last version whole. */
export const CLOSING_WORK = 2048;

/** Closes epochs of models: all that end with this block, and those that wait since before, as far as there is time. */
export const closeEpochs: Hook = (context) => {
  const { view, block } = context;
  if (epochEnd(block.height, block.params.attribution) === block.height) openClosing(view, block.height);
  takeClosing(view, CLOSING_WORK, (due, work) => closeModel(context, due, work));
};
