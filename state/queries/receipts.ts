/** What the chain knows of receipts and their settlements. Pure reads over the state of one height. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { Claim } from '../attribution/claim.ts';
import { type FeeSplit, splitFee } from '../attribution/fees.ts';
import type { Attribution } from '../attribution/scores.ts';
import { attributeClaim } from '../attribution/settlement.ts';
import { acceptedOf } from '../modules/contributions.ts';
import { knownModel } from '../modules/models.ts';
import { paramsOf } from '../modules/parameters.ts';
import {
  type Batch,
  type BatchReceipt,
  batchOf,
  batchStatusOf,
  receiptAt,
  receiptsOf,
} from '../modules/receipts.ts';
import { claimOf, outcomeOf, type ReceiptOutcome, settlementOf } from '../modules/settlements.ts';
import type { ReceiptId } from '../tx/receipt.ts';
import type { ReadView } from '../view.ts';

/** Of a receipt's settlement. */
export type SettlementInfo = {
  /** The id of its transaction. */
  readonly id: Root;
  readonly attestor: Address;
  readonly height: bigint;
  readonly finalAt: bigint;
  readonly outcome: ReceiptOutcome;
};

/** `held`: until the challenge window closes. `unsettled`: paid out without attribution, for nobody settled it in time. */
export type ReceiptStanding =
  | { readonly status: 'pending' }
  | { readonly status: 'held' | 'final'; readonly settlement: SettlementInfo }
  | { readonly status: 'unsettled' };

export type ReceiptInfo = BatchReceipt & {
  readonly id: ReceiptId;
  readonly provider: Address;
  /** `manifestRoot` of its model. */
  readonly manifest: Root;
  readonly height: bigint;
  /** The last block in which it may be settled. */
  readonly deadline: bigint;
  /** How its model fee is divided; of one that is `unsettled`, the attestor's part goes to the treasury. */
  readonly split: FeeSplit;
  readonly standing: ReceiptStanding;
};

const standingOf = (view: ReadView, { batch, index }: ReceiptId): ReceiptStanding => {
  const { settledBy, settlements, expired } = batchStatusOf(view, batch);
  const place = settledBy[index] ?? 0;
  if (place === 0) return { status: expired ? 'unsettled' : 'pending' };
  const entry = settlements[place - 1];
  invariant(entry !== undefined, 'a settled receipt names its settlement');
  const { attestor, height, finalAt } = settlementOf(view, entry.id);
  const outcome = outcomeOf(view, entry.id, index);
  invariant(outcome !== undefined, 'a settlement has an outcome for each of its receipts');
  return {
    status: entry.final ? 'final' : 'held',
    settlement: { id: entry.id, attestor, height, finalAt, outcome },
  };
};

export const getReceipt = (view: ReadView, id: ReceiptId): ReceiptInfo | undefined => {
  const batch = batchOf(view, id.batch);
  const receipt = batch === undefined ? undefined : receiptAt(view, id.batch, batch, id.index);
  if (batch === undefined || receipt === undefined) return undefined;
  return {
    ...receipt,
    id,
    provider: batch.provider,
    manifest: knownModel(view, receipt.model).manifest,
    height: batch.height,
    deadline: batch.deadline,
    split: splitFee(receipt.body.fee, paramsOf(view).shares),
    standing: standingOf(view, id),
  };
};

export type BatchInfo = Omit<Batch, 'groups'> & {
  readonly id: Root;
  readonly receipts: readonly BatchReceipt[];
  /** Indexes of the receipts that may still be settled: an attestor's work. */
  readonly pending: readonly number[];
  /** Of its settlements, those that are final. */
  readonly settlements: readonly { readonly id: Root; readonly final: boolean }[];
};

export const getBatch = (view: ReadView, id: Root): BatchInfo | undefined => {
  const batch = batchOf(view, id);
  if (batch === undefined) return undefined;
  const { provider, height, deadline } = batch;
  const { settledBy, settlements, expired } = batchStatusOf(view, id);
  return {
    id,
    provider,
    height,
    deadline,
    receipts: receiptsOf(view, id, batch),
    pending: expired ? [] : settledBy.flatMap((place, index) => (place === 0 ? [index] : [])),
    settlements,
  };
};

export type AttributionInfo = {
  readonly receipt: ReceiptInfo;
  readonly settlement: SettlementInfo;
  readonly final: boolean;
  /** As the attestor sent it. */
  readonly claim: Claim;
  /** What the chain makes of it, the spans included. */
  readonly attribution: Attribution;
};

/** Undefined for a receipt that is unknown or has no settlement. */
export const getAttribution = (view: ReadView, id: ReceiptId): AttributionInfo | undefined => {
  const receipt = getReceipt(view, id);
  if (receipt === undefined || (receipt.standing.status !== 'held' && receipt.standing.status !== 'final'))
    return undefined;
  const { status, settlement } = receipt.standing;
  const claim = claimOf(view, settlement.id, id.index);
  invariant(claim !== undefined, 'a settlement keeps the claims it was made of');
  const commons = new Set(
    claim.matches.map(({ seq }) => seq).filter((seq) => acceptedOf(view, seq)?.commons === true),
  );
  return {
    receipt,
    settlement,
    final: status === 'final',
    claim,
    attribution: attributeClaim(claim, receipt.body.tokensOut, commons),
  };
};
