/**
 * Settlements: claims of attestors, what the chain computed from them, and the bonds that stand behind them until the
 * challenge window has closed.
 *
 *     settlements/<transaction id>/claims    as they were sent: what a challenge is held against
 *     settlements/<transaction id>/outcome   what follows from them
 *     attestors/<address>/locked             of an attestor's bond, base units
 */
import type { Address, Root } from '../../src/lib/brands.ts';
import {
  address20,
  container,
  list,
  root32,
  type Ssz,
  uint16,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';
import { type Claim, ClaimType, MATCHES_MAX } from '../attribution/claim.ts';
import type { Score } from '../attribution/scores.ts';
import { hexKey, type Key, type ReadView, type View } from '../view.ts';
import { RECEIPTS_MAX } from './receipts.ts';
import { queue } from './sequence.ts';
import { load, loadKnown, save } from './stored.ts';

export type ReceiptClaim = {
  /** The receipt's place in its batch. */
  readonly index: number;
  readonly claim: Claim;
};

export const ReceiptClaimsType: Ssz<readonly ReceiptClaim[]> = list(
  container<ReceiptClaim>({ index: uint16, claim: ClaimType }),
  RECEIPTS_MAX,
);

/** What follows from the claim for one receipt: `Attribution` without its spans. */
export type ReceiptOutcome = {
  readonly index: number;
  readonly scores: readonly Score[];
  readonly total: number;
  readonly covered: number;
  readonly coverageBps: number;
};

export type Settlement = {
  readonly batch: Root;
  readonly attestor: Address;
  /** Of its block. */
  readonly height: bigint;
  /** The block at whose end it becomes final. */
  readonly finalAt: bigint;
  /** Locked of the attestor's bond until then, base units. */
  readonly bond: bigint;
  readonly outcomes: readonly ReceiptOutcome[];
};

const SettlementType: Ssz<Settlement> = container<Settlement>({
  batch: root32,
  attestor: address20,
  height: uint64,
  finalAt: uint64,
  bond: uint128,
  outcomes: list(
    container<ReceiptOutcome>({
      index: uint16,
      scores: list(container<Score>({ seq: uint32, score: uint32 }), MATCHES_MAX),
      total: uint32,
      covered: uint32,
      coverageBps: uint16,
    }),
    RECEIPTS_MAX,
  ),
});

const claimsKey = (id: Root): Key => `settlements/${hexKey(id)}/claims`;
const outcomeKey = (id: Root): Key => `settlements/${hexKey(id)}/outcome`;
const lockedKey = (attestor: Address): Key => `attestors/${hexKey(attestor)}/locked`;

/** Settlements by the height at whose end they become final. */
export const finalSettlements = queue('due/settlements', root32);

export const settlementOf = (view: ReadView, id: Root): Settlement =>
  loadKnown(view, outcomeKey(id), SettlementType);

export const claimsOf = (view: ReadView, id: Root): readonly ReceiptClaim[] =>
  loadKnown(view, claimsKey(id), ReceiptClaimsType);

export const addSettlement = (
  view: View,
  id: Root,
  settlement: Settlement,
  claims: readonly ReceiptClaim[],
): void => {
  save(view, outcomeKey(id), SettlementType, settlement);
  save(view, claimsKey(id), ReceiptClaimsType, claims);
  finalSettlements.add(view, settlement.finalAt, id);
};

/** Base units of the attestor's bond that stand behind settlements not yet final. */
export const lockedBondOf = (view: ReadView, attestor: Address): bigint =>
  load(view, lockedKey(attestor), uint128) ?? 0n;

export const setLockedBond = (view: View, attestor: Address, amount: bigint): void =>
  save(view, lockedKey(attestor), uint128, amount);
