/** An attestor's claims for receipts of one batch: the evidence of attribution.md §6, never its result. */
import type { Root } from '../../src/lib/brands.ts';
import { container, list, root32, type Ssz, uint16 } from '../../src/lib/ssz.ts';
import { type Claim, ClaimType } from '../attribution/claim.ts';
import { RECEIPTS_MAX } from './inference-receipt.ts';

export type ReceiptClaim = {
  /** The receipt's place in its batch. */
  readonly index: number;
  readonly claim: Claim;
};

export type AttributionSettlement = {
  /** The id of the transaction that carried the receipts. */
  readonly batch: Root;
  /** Ascending by index; any part of the batch. */
  readonly claims: readonly ReceiptClaim[];
};

export const AttributionSettlementType: Ssz<AttributionSettlement> = container<AttributionSettlement>({
  batch: root32,
  claims: list(container<ReceiptClaim>({ index: uint16, claim: ClaimType }), RECEIPTS_MAX),
});
