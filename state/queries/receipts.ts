/** Queries for receipts and their settlements. They only read the state of one height. */
import { type Address, type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { invariant, ok } from '../../src/lib/errors.ts';
import { maxBig } from '../../src/lib/math.ts';
import type { Claim } from '../attribution/claim.ts';
import { inferenceRoot } from '../attribution/commitment.ts';
import { type FeeSplit, splitFee } from '../attribution/fees.ts';
import { precedenceOf } from '../attribution/owners.ts';
import type { Section } from '../attribution/relevance.ts';
import { rulesOf } from '../attribution/rules.ts';
import type { Attribution } from '../attribution/scores.ts';
import { attributeClaim } from '../attribution/settlement.ts';
import { acceptedOf } from '../modules/data/contributions.ts';
import { openDemandsOf } from '../modules/disputes/demands.ts';
import { paramsOf } from '../modules/ledger/parameters.ts';
import { deadlinesOf } from '../modules/models/deadlines.ts';
import { unvestedOf } from '../modules/pay/vesting.ts';
import { type Backer, backersOf, backingOf } from '../modules/receipts/backing.ts';
import {
  type Batch,
  type BatchReceipt,
  type BatchStatus,
  batchOf,
  batchStatusOf,
  epochEnd,
  receiptAt,
  receiptsOf,
  settlementIdOf,
} from '../modules/receipts/receipts.ts';
import {
  finalAtOf,
  outcomeOf,
  type ReceiptOutcome,
  receiptClaimOf,
  settlementOf,
} from '../modules/receipts/settlements.ts';
import { formatReceiptId, type ReceiptId } from '../tx/receipt.ts';
import type { ReadView } from '../view.ts';
import { fail } from './errors.ts';
import type { CommittedState } from './query.ts';

/** The settlement of a receipt. */
export type SettlementInfo = {
  /** The id of its transaction. */
  readonly id: Root;
  readonly attestor: Address;
  readonly height: Height;
  /** What is void or struck by then does not count; what falls later does. */
  readonly asOf: Height;
  /** The block at whose end the receipt becomes final, or did; a DEMAND that is open puts it off. Undefined while its claim is short. */
  readonly finalAt: Height | undefined;
  /** What is, or was, locked behind the claim, by attestor. */
  readonly backers: readonly Backer[];
  /** What others have to add to that before it can become final, base units, and the last block in which they can. */
  readonly short: { readonly missing: bigint; readonly until: Height } | undefined;
  /** Of a final claim: the block at whose end what its backers have earned has vested. Before, a late proof can take it. */
  readonly vestsAt: Height | undefined;
  /** DEMANDs on the receipt that are open: nothing becomes final before they are answered. */
  readonly demands: readonly Root[];
  readonly outcome: ReceiptOutcome;
};

/**
 * `settled`: until the challenge window closes. `expired`: paid out without attribution, for nobody settled it in time.
 * `void`: what it commits to was shown to be malformed.
 */
export type ReceiptStanding =
  | { readonly status: 'open' }
  | { readonly status: 'settled' | 'final'; readonly settlement: SettlementInfo }
  | { readonly status: 'expired' | 'void' };

/** A receipt, and the root under which its texts are stored. */
export type Shown<R extends BatchReceipt> = R & { readonly texts: Root };

/** Hashes the body of the receipt for the root of its texts. */
export const shownReceipt = <R extends BatchReceipt>(receipt: R): Shown<R> => ({
  ...receipt,
  texts: inferenceRoot(receipt.body),
});

export type ReceiptInfo = Shown<BatchReceipt> & {
  readonly id: ReceiptId;
  readonly provider: Address;
  /** `manifestRoot` of its model. */
  readonly manifest: Root;
  readonly height: Height;
  /** The last block in which it may be settled; undefined while the calibration of its version has not come to its end. */
  readonly deadline: Height | undefined;
  /** The division of its model fee. If the receipt is `expired`, the attestor's part goes to the treasury. */
  readonly split: FeeSplit;
  readonly standing: ReceiptStanding;
};

const settlementInfo = (
  view: ReadView,
  status: BatchStatus,
  index: number,
  isFinal: boolean,
): SettlementInfo => {
  const id = settlementIdOf(status, index);
  invariant(id !== undefined, 'a settled receipt names its settlement');
  const { attestor, height, asOf } = settlementOf(view, id);
  const backing = backingOf(view, id);
  const short = backing !== undefined && backing.missing > 0n ? backing : undefined;
  const epoch = epochEnd(height, paramsOf(view).attribution);
  const finalAt = finalAtOf(view, id, index, isFinal);
  const backers = backersOf(view, id, index);
  const unvested = (isFinal ? backers : []).flatMap((each) => {
    const vesting = unvestedOf(view, { attestor: each.attestor, epoch }, finalAt);
    return vesting?.state === 'kept' ? [vesting.vestsAt] : [];
  });
  const vestsAt = unvested.reduce(maxBig, 0n);
  const outcome = outcomeOf(view, id, index);
  invariant(outcome !== undefined, 'a settlement has an outcome for each of its receipts');
  const demands = openDemandsOf(view, id)
    .filter(({ target }) => target.type === 'receipt' && target.value.index === index)
    .map((demand) => demand.id);
  return {
    id,
    attestor,
    height,
    asOf,
    finalAt: short === undefined ? finalAt : undefined,
    backers,
    short: short === undefined ? undefined : { missing: short.missing, until: short.until },
    vestsAt: vestsAt === 0n ? undefined : toHeight(vestsAt),
    demands,
    outcome,
  };
};

const standingOf = (view: ReadView, status: BatchStatus, index: number): ReceiptStanding => {
  const receiptStatus = status.receipts[index]?.status;
  invariant(receiptStatus !== undefined, 'each receipt of a batch has its status');
  switch (receiptStatus) {
    case 'open':
      return { status: 'open' };
    case 'settled':
      return { status: 'settled', settlement: settlementInfo(view, status, index, false) };
    case 'final':
      return { status: 'final', settlement: settlementInfo(view, status, index, true) };
    case 'expired':
      return { status: 'expired' };
    case 'void':
      return { status: 'void' };
  }
};

export const getReceipt = (view: ReadView, id: ReceiptId): ReceiptInfo | undefined => {
  const batch = batchOf(view, id.batch);
  const receipt = batch === undefined ? undefined : receiptAt(view, id.batch, batch, id.index);
  if (batch === undefined || receipt === undefined) return undefined;
  const status = batchStatusOf(view, id.batch);
  const params = paramsOf(view);
  return {
    ...shownReceipt(receipt),
    id,
    provider: batch.provider,
    manifest: receipt.body.manifest,
    height: batch.height,
    deadline: deadlinesOf(view, batch, status, params.attribution)(id.index, receipt),
    split: splitFee(receipt.body.fee, params.shares),
    standing: standingOf(view, status, id.index),
  };
};

/** A batch without what its receipts say. */
export type BatchSummary = Omit<Batch, 'groups' | 'versions'> & {
  readonly id: Root;
  /** The number of receipts. */
  readonly count: number;
  /** Indexes of the receipts that may still be settled: an attestor's work. */
  readonly open: readonly number[];
  /** The settlements that its receipts have; final if all that have it are. */
  readonly settlements: readonly { readonly id: Root; readonly final: boolean }[];
};

/** A receipt of a batch, and its deadline as in {@link ReceiptInfo}. */
export type DueReceipt = BatchReceipt & { readonly deadline: Height | undefined };

export type BatchInfo = BatchSummary & { readonly receipts: readonly DueReceipt[] };

const summaryOf = (view: ReadView, id: Root, { provider, height, deadline }: Batch): BatchSummary => {
  const { settlements, receipts } = batchStatusOf(view, id);
  /** The settlements that receipts have, by their place; false once one of the receipts is not final. */
  const final = new Map<number, boolean>();
  for (const { by, status } of receipts)
    if (by > 0) final.set(by - 1, status === 'final' && final.get(by - 1) !== false);
  return {
    id,
    provider,
    height,
    deadline,
    count: receipts.length,
    open: receipts.flatMap(({ status }, index) => (status === 'open' ? [index] : [])),
    settlements: settlements.flatMap((settlement, place) => {
      const isFinal = final.get(place);
      return isFinal === undefined ? [] : [{ id: settlement, final: isFinal }];
    }),
  };
};

/** Returns a batch without reading what its receipts say. */
export const getBatchSummary = (view: ReadView, id: Root): BatchSummary | undefined => {
  const batch = batchOf(view, id);
  return batch === undefined ? undefined : summaryOf(view, id, batch);
};

export const getBatch = (view: ReadView, id: Root): BatchInfo | undefined => {
  const batch = batchOf(view, id);
  if (batch === undefined) return undefined;
  const deadlineOf = deadlinesOf(view, batch, batchStatusOf(view, id), paramsOf(view).attribution);
  return {
    ...summaryOf(view, id, batch),
    receipts: receiptsOf(view, id, batch).map((receipt, index) => ({
      ...receipt,
      deadline: deadlineOf(index, receipt),
    })),
  };
};

export type AttributionInfo = {
  readonly receipt: ReceiptInfo;
  readonly settlement: SettlementInfo;
  readonly final: boolean;
  /** The claim as the attestor sent it, and its sections. */
  readonly claim: Claim;
  readonly sections: readonly Section[];
  /** The attribution that the chain computes from the claim, including the spans. */
  readonly attribution: Attribution;
};

/**
 * Returns the root of the texts of a receipt for which {@link getAttribution} has an answer; else undefined. It reads neither
 * settlement nor claim, so it costs little.
 */
export const settledTexts = (view: ReadView, { batch: id, index }: ReceiptId): Root | undefined => {
  const batch = batchOf(view, id);
  const receipt = batch === undefined ? undefined : receiptAt(view, id, batch, index);
  if (receipt === undefined) return undefined;
  const status = batchStatusOf(view, id).receipts[index]?.status;
  return status === 'settled' || status === 'final' ? inferenceRoot(receipt.body) : undefined;
};

/** Undefined for a receipt that is unknown or has no settlement. */
export const getAttribution = (view: ReadView, id: ReceiptId): AttributionInfo | undefined => {
  const receipt = getReceipt(view, id);
  if (receipt === undefined || (receipt.standing.status !== 'settled' && receipt.standing.status !== 'final'))
    return undefined;
  const { status, settlement } = receipt.standing;
  const claimed = receiptClaimOf(view, settlement.id, id.index);
  invariant(claimed !== undefined, 'a settlement keeps the claims it was made of');
  const { claim, sections } = claimed;
  const commons = new Set(
    claim.matches
      .map(({ contribution }) => contribution)
      .filter((contribution) => acceptedOf(view, contribution)?.commons === true),
  );
  return {
    receipt,
    settlement,
    final: status === 'final',
    claim,
    sections,
    attribution: attributeClaim(
      claim,
      receipt.body.tokensOut,
      precedenceOf(rulesOf(receipt.body.rules), commons),
    ),
  };
};

/** The fields of a batch that stand in every answer. */
export const shownBatch = ({ id, provider, height, deadline, count, open, settlements }: BatchSummary) => ({
  batch: id,
  provider,
  height,
  deadline,
  receipts: count,
  open,
  settlements,
});

export const RECEIPT_QUERIES = {
  receipt_get: ({ view }: CommittedState, { id }: { readonly id: ReceiptId }) => {
    const name = formatReceiptId(id);
    const receipt = getReceipt(view, id);
    if (receipt === undefined) {
      const count = getBatchSummary(view, id.batch)?.count;
      const why = count === undefined ? 'no batch has this id' : `its batch has ${count}, counted from 0`;
      return fail('RECEIPT_NOT_FOUND', `there is no receipt ${name}: ${why}`, { id: name });
    }
    const { standing, ...rest } = receipt;
    return ok({
      ...rest,
      id: name,
      status: standing.status,
      settlement: 'settlement' in standing ? standing.settlement : undefined,
    });
  },
};
