import { toHex } from '../../src/lib/bytes.ts';
import { height64 } from '../../src/lib/chain.ts';
import { container, list, optional, root32, type Ssz, uint16, type ValueOf } from '../../src/lib/ssz.ts';
import { ClaimType, citedRuns, countRuns } from '../attribution/claim.ts';
import { countPicks, type Section, SectionsType } from '../attribution/relevance.ts';
import type { Fault } from './errors.ts';
import { citedGas } from './gas.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { isAscending } from './order.ts';
import { allOf, problem } from './problems.ts';
import { RECEIPTS_MAX } from './receipt.ts';

// The index comes first in the encoding, so that one claim, or one outcome, can be found among many.
export const ReceiptClaimType = container({
  /** The place of the receipt in its batch. */
  index: uint16,
  /** The evidence: what the output repeats, and how much information that is. */
  claim: ClaimType,
  /** The chunks of the data that share most with the output, for each of its sections. */
  sections: SectionsType,
});
export type ReceiptClaim = ValueOf<typeof ReceiptClaimType>;

export const ReceiptClaimsType: Ssz<readonly ReceiptClaim[]> = list(ReceiptClaimType, RECEIPTS_MAX);

const AttributionSettlementType = container({
  /** The id of the transaction that carried the receipts. */
  batch: root32,
  /**
   * Only contributions voided and runs struck in blocks up to this height count. If it is left out, it is the block before that
   * of the settlement.
   */
  asOf: optional(height64),
  /** The claims for any part of the batch, ascending by index. */
  claims: ReceiptClaimsType,
});
export type AttributionSettlement = ValueOf<typeof AttributionSettlementType>;

const check = ({ claims }: AttributionSettlement): Fault | undefined =>
  allOf(
    claims.length === 0 && problem('SETTLEMENT_NONE', 'claims', 'a settlement holds at least one claim'),
    !isAscending(claims.map(({ index }) => index)) &&
      problem('SETTLEMENT_ORDER', 'claims', 'claims are in the order of their receipts, one for each'),
  );

/**
 * Pays for the status of the batch, which has an entry for each of its receipts. It is read and written twice, however few are
 * settled: by the settlement, and when the settlement becomes final.
 */
const SETTLEMENT_GAS = 50_000n;

/** A pick reads which novel runs of its contribution are struck. A phrase looks one of them up. */
const picksGas = (sections: readonly Section[]): bigint => {
  const { picks, phrases } = countPicks(sections);
  return 1_500n * BigInt(picks) + 50n * BigInt(phrases);
};

export const attributionSettlement: Kind<AttributionSettlement> = {
  id: 13,
  version: 3,
  name: 'attributionSettlement',
  payload: AttributionSettlementType,
  action: ({ batch, claims }) => `settle ${claims.length} receipts of batch ${toHex(batch)}`,
  check,
  gas: ({ claims }) =>
    SETTLEMENT_GAS +
    500n * BigInt(claims.length) +
    100n * BigInt(claims.reduce((sum, { claim }) => sum + countRuns(claim), 0)) +
    claims.reduce((sum, { sections }) => sum + picksGas(sections), 0n) +
    citedGas(
      claims.flatMap(({ claim, sections }) => [
        ...citedRuns(claim),
        ...sections.flatMap(({ picks }) => picks),
      ]),
    ),
  accounts: noAccounts,
  content: noContent,
};
