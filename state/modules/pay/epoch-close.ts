/**
 * The close of an epoch of a model: what is paid of the data money that it has gathered (epochs.ts, docs/attribution.md#money),
 * in the block of its end or, if many close, in one after it. What it comes to is found in one block. Then contributions are
 * paid by spans, contributions by relevance (track-credits.ts), and versions. If they are many, some are paid in one block and
 * the others in later ones, and the epoch has closed with the last of them.
 *
 *     epochs/<model>/<end>/closing   what it comes to, while some of it is not paid, how far it is, and the versions left
 *     epochs/<model>/debt            negative excess of the epochs that have closed
 *     epochs/<model>/history         of all epochs that have closed; of each one: closed-epochs.ts
 */

import type { ModelId } from '../../../src/lib/ids.ts';
import { divCeilNumber, divFloor, divFloorNumber, mulDivFloor, sumBig } from '../../../src/lib/math.ts';
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
import { closeEpoch } from '../../attribution/epoch.ts';
import { BPS } from '../../attribution/parameters.ts';
import type { ReadView, View } from '../../view.ts';
import { novelTokensIn, payVersion } from '../data/novelty-shares.ts';
import type { Hook, HookContext } from '../kit/context.ts';
import { load, save } from '../kit/stored.ts';
import { payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import { knownVersion, type ModelVersion, VERSIONS_MAX } from '../models/models.ts';
import { epochEnd } from '../receipts/receipts.ts';
import { ClosedEpochType, setClosedEpoch } from './closed-epochs.ts';
import { type Closed, type DueEpoch, openClosing, takeClosing } from './closing.ts';
import { epochKey, epochsKey, type TakenEpoch, takeEpoch } from './epochs.ts';
import { countOwnData, type DataPayment } from './own-data.ts';
import { CreditsType, keepCredits, payCredits } from './track-credits.ts';

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
  /** The amount that the relevance track has paid, base units. */
  relevance: uint128,
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
  relevance: 0n,
  remainder: 0n,
  shared: 0n,
};

/**
 * Returns the negative excess that the model's coming epochs have to make up for, base units times basis
 * points.
 */
export const debtOf = (view: ReadView, model: ModelId): bigint =>
  load(view, epochsKey(model, 'debt'), uint256) ?? 0n;

export const historyOf = (view: ReadView, model: ModelId): EpochHistory =>
  load(view, epochsKey(model, 'history'), EpochHistoryType) ?? NO_HISTORY;

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
  const payments: DataPayment[] = [];
  for (const [index, pin] of pins.entries()) {
    const part = parts[index] ?? 0n;
    if (part === 0n) continue;
    payments.push({ datanet: pin.datanet, owner: undefined, amount: part });
    const perToken = payVersion(view, pin.datanet, pin, part);
    emit({ type: 'remainderPaid', data: { model, epoch: end, version, ...pin, amount: part, perToken } });
  }
  countOwnData(view, model, payments);
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
  /** How far each track has paid it. */
  spans: CreditsType,
  relevance: CreditsType,
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
const payRemainder = (context: HookContext, due: DueEpoch, begun: Closing, work: number): Begun => {
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
  };
};

/**
 * The weights that are taken and divided in the time in which one contribution is paid. A page of weights is one read, and all
 * of them are needed at once; so 100,000 contributions, 391 pages for each track, begin to close in one block.
 */
const WEIGHTS_PER_WORK = 16;

/**
 * The work of an epoch by itself, if it pays nobody: some ten values are read, which lie nowhere near those of other models, and
 * as many written. So a receipt of each of thousands of models does not make a block costly.
 */
export const EPOCH_WORK = 8;

/**
 * Begins to close an epoch: finds what it comes to, and pays the treasury. The treasury gets what several brought and the
 * remainder, but for the part of it that goes by novel tokens, which is divided among the versions by the data money of each.
 */
const beginClosing = ({ view, block }: HookContext, due: DueEpoch, taken: TakenEpoch): Begun => {
  const { running, versions } = taken;
  const weights = taken.weights.map(({ id, amount }) => ({ contribution: id, weight: amount }));
  const relevance = taken.relevance.map(({ id, amount }) => ({ contribution: id, weight: amount }));
  const debt = debtOf(view, due.model);
  const { spanShareBps, noveltyShareBps } = block.params.attribution;
  const closed = closeEpoch(running.sums, debt, weights, relevance, spanShareBps);
  const { shared } = running.sums;
  payFromPot(view, 'dataPools', pot('treasury'), shared);
  addTotals(view, { shared });
  save(view, epochsKey(due.model, 'debt'), uint256, closed.debt);
  const remainder = closed.remainder + running.unsettled;
  const parts = apportion(
    mulDivFloor(remainder, BigInt(noveltyShareBps), BigInt(BPS)),
    versions.map(({ amount }) => amount),
  );
  // If no version has data money, none of it goes by novel tokens.
  const remainderToTreasury = remainder - sumBig(parts);
  payOut(view, remainderToTreasury, remainderToTreasury);
  const epoch = {
    ...running,
    debt,
    weight: sumBig(weights.map(({ weight }) => weight)),
    spans: closed.spanPool,
    relevance: closed.relevancePaid,
    remainder,
    remainderToTreasury,
  };
  const unpaid = versions.flatMap(({ id }, index) => {
    const amount = parts[index] ?? 0n;
    return amount === 0n ? [] : [{ version: id, amount }];
  });
  return {
    closing: {
      epoch,
      debtLeft: closed.debt,
      spans: keepCredits(view, due, 'spans', closed.shares),
      relevance: keepCredits(view, due, 'relevance', closed.relevance),
      unpaid,
    },
    work: EPOCH_WORK + divFloorNumber(weights.length + relevance.length, WEIGHTS_PER_WORK),
  };
};

/** As many contributions wait as one version, which pays up to 64 Datanets. */
const CONTRIBUTIONS_PER_PART = 64;

/** Returns the money that is left to pay per version and per 64 contributions; undefined if all is paid. */
const restOf = ({ spans, relevance, unpaid }: Closing): bigint | undefined => {
  const contributions = spans.count - spans.paid + relevance.count - relevance.paid;
  const parts = unpaid.length + divCeilNumber(contributions, CONTRIBUTIONS_PER_PART);
  return parts === 0 ? undefined : divFloor(spans.left + relevance.left + sumAmounts(unpaid), BigInt(parts));
};

/** Ends the close of an epoch. */
const endClosing = ({ view, emit }: HookContext, due: DueEpoch, { epoch, debtLeft }: Closing): void => {
  const { model, end } = due;
  view.delete(epochKey(due, 'closing'));
  setClosedEpoch(view, model, end, epoch);
  const { sums, ...rest } = epoch;
  const history = historyOf(view, model);
  save(view, epochsKey(model, 'history'), EpochHistoryType, {
    epochs: history.epochs + 1n,
    settled: history.settled + epoch.settled,
    data: history.data + sums.data,
    gain: history.gain + sums.gain,
    expected: history.expected + sums.expected,
    spans: history.spans + epoch.spans,
    relevance: history.relevance + epoch.relevance,
    remainder: history.remainder + epoch.remainder,
    shared: history.shared + sums.shared,
  });
  emit({ type: 'epochClosed', data: { model, epoch: end, ...sums, ...rest, debtLeft } });
};

/** Closes an epoch of a model, if it has not closed yet, or as much of it as the work allows. */
const closeModel = (context: HookContext, due: DueEpoch, work: number): Closed => {
  const { view } = context;
  const taken = takeEpoch(view, due);
  const begun = taken === undefined ? closingOf(view, due) : beginClosing(context, due, taken);
  if (begun === undefined) return { work: 1, rest: undefined };
  const { closing } = begun;
  let done = begun.work;
  const spans = payCredits(context, due, 'spans', closing.spans, work - done);
  done += spans.paid - closing.spans.paid;
  const relevance = payCredits(context, due, 'relevance', closing.relevance, work - done);
  done += relevance.paid - closing.relevance.paid;
  const paid = payRemainder(context, due, { ...closing, spans, relevance }, work - done);
  const rest = restOf(paid.closing);
  if (rest === undefined) endClosing(context, due, paid.closing);
  else save(view, epochKey(due, 'closing'), ClosingType, paid.closing);
  return { work: Math.max(1, done + paid.work), rest };
};

/**
 * The work of closing epochs that a block does: so many Datanets and contributions paid, the last version whole. To begin with
 * an epoch counts as 8, so 256 that pay nobody close in a block.
 */
export const CLOSING_WORK = 2048;

/** Closes epochs of models: all that end with this block, and those that wait since before, as far as there is time. */
export const closeEpochs: Hook = (context) => {
  const { view, block } = context;
  if (epochEnd(block.height, block.params.attribution) === block.height) openClosing(view, block.height);
  takeClosing(view, CLOSING_WORK, (due, work) => closeModel(context, due, work));
};
