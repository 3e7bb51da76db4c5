/**
 * Settlements: claims of attestors, what the chain computed from them, and the bonds that stand behind them until the
 * challenge window has closed.
 *
 *     settlements/<transaction id>/terms          whose it is, of what, and until when it is held
 *     settlements/<transaction id>/claims         as they were sent: what a challenge is held against
 *     settlements/<transaction id>/outcomes       what follows from them
 *     settlements/<transaction id>/held           of claims whose end is not that of all, their end
 *     attestors/<address>/locked                  of an attestor's bond, base units
 */

import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import {
  address20,
  container,
  list,
  root32,
  type Ssz,
  uint16,
  uint32,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { CLAIM_LISTS } from '../../attribution/claim.ts';
import { PICKS_MAX, RelevanceShareType, SECTIONS_MAX } from '../../attribution/relevance.ts';
import { ScoreType } from '../../attribution/scores.ts';
import { type ReceiptClaim, ReceiptClaimsType, ReceiptClaimType } from '../../tx/attribution-settlement.ts';
import { RECEIPTS_MAX } from '../../tx/receipt.ts';
import { bytesKey, type Key, type ReadView, type View } from '../../view.ts';
import { queue } from '../kit/sequence.ts';
import { findElement, load, loadKnown, save } from '../kit/stored.ts';

const SettlementType = container({
  batch: root32,
  attestor: address20,
  /** The height of the settlement's block. */
  height: height64,
  /** Only what was voided and struck in blocks up to this height counts. */
  asOf: height64,
  /** The block at whose end its claims become final, if nobody demands anything. */
  finalAt: height64,
  /** The block before whose end none of its claims becomes final any more: `finalAt`, or later. */
  heldUntil: height64,
});
export type Settlement = ValueOf<typeof SettlementType>;

const ReceiptOutcomeType = container({
  index: uint16,
  /** What has to be locked behind the claim until it is final, base units (backing.ts). */
  bond: uint128,
  scores: list(ScoreType, CLAIM_LISTS.match.max),
  total: uint32,
  covered: uint32,
  /** N: the information of what several owners brought. */
  shared: uint32,
  coverageBps: uint16,
  /** What it shares with contributions beside spans, ascending by contribution. */
  relevance: list(RelevanceShareType, SECTIONS_MAX * PICKS_MAX),
});
/** What follows from the claim for one receipt: its bond, and `Attribution` without its runs. */
export type ReceiptOutcome = ValueOf<typeof ReceiptOutcomeType>;
const ReceiptOutcomesType: Ssz<readonly ReceiptOutcome[]> = list(ReceiptOutcomeType, RECEIPTS_MAX);

const termsKey = (id: Root): Key => `settlements/${bytesKey(id)}/terms`;
const claimsKey = (id: Root): Key => `settlements/${bytesKey(id)}/claims`;
const heldKey = (id: Root): Key => `settlements/${bytesKey(id)}/held`;
const outcomesKey = (id: Root): Key => `settlements/${bytesKey(id)}/outcomes`;
const lockedKey = (attestor: Address): Key => `attestors/${bytesKey(attestor)}/locked`;

/** Settlements by heights at whose end claims of theirs may become final: those of their windows, and of windows begun anew. */
export const finalSettlements = queue('due/settlements', root32);

const HeldClaimType = container({
  index: uint16,
  finalAt: height64,
});
type HeldClaim = ValueOf<typeof HeldClaimType>;
const HeldClaimsType: Ssz<readonly HeldClaim[]> = list(HeldClaimType, RECEIPTS_MAX);

/** The claims of a settlement that have an end of their own, by the receipt's index: its window's, or when it became final. */
export const heldClaimsOf = (view: ReadView, id: Root): ReadonlyMap<number, Height> =>
  new Map((load(view, heldKey(id), HeldClaimsType) ?? []).map(({ index, finalAt }) => [index, finalAt]));

const setHeldClaims = (view: View, id: Root, held: ReadonlyMap<number, Height>): void =>
  save(
    view,
    heldKey(id),
    HeldClaimsType,
    [...held].map(([index, finalAt]) => ({ index, finalAt })).sort((a, b) => a.index - b.index),
  );

/** The window of one claim of a settlement begins anew, and ends at the end of block `finalAt`: never before it did. */
export const holdClaim = (view: View, id: Root, index: number, finalAt: Height): void => {
  const held = new Map(heldClaimsOf(view, id));
  const isDue = settlementOf(view, id).heldUntil === finalAt || [...held.values()].includes(finalAt);
  setHeldClaims(view, id, held.set(index, finalAt));
  if (!isDue) finalSettlements.add(view, finalAt, id);
};

/** Whatever of a settlement is not final yet is put off, unless it becomes final later anyway: at one price for all of it. */
export const putOffSettlement = (view: View, id: Root, heldUntil: Height): void => {
  const settlement = settlementOf(view, id);
  if (settlement.heldUntil >= heldUntil) return;
  const isDue = [...heldClaimsOf(view, id).values()].includes(heldUntil);
  save(view, termsKey(id), SettlementType, { ...settlement, heldUntil });
  if (!isDue) finalSettlements.add(view, heldUntil, id);
};

/** These claims became final at the end of block `height`: that stays so, whatever is put off later. */
export const keepFinalHeight = (view: View, id: Root, indexes: ReadonlySet<number>, height: Height): void => {
  if (settlementOf(view, id).finalAt === height) return;
  const held = new Map(heldClaimsOf(view, id));
  for (const index of indexes) held.set(index, height);
  setHeldClaims(view, id, held);
};

/** The block at whose end this claim becomes final, unless a DEMAND puts it off, or did if it is final. */
export const finalAtOf = (view: ReadView, id: Root, index: number, isFinal: boolean): Height => {
  const { finalAt, heldUntil } = settlementOf(view, id);
  const least = isFinal ? finalAt : heldUntil;
  const held = heldClaimsOf(view, id).get(index);
  return held !== undefined && held > least ? held : least;
};

export const settlementOf = (view: ReadView, id: Root): Settlement =>
  loadKnown(view, termsKey(id), SettlementType);

export const outcomesOf = (view: ReadView, id: Root): readonly ReceiptOutcome[] =>
  loadKnown(view, outcomesKey(id), ReceiptOutcomesType);

const isOf =
  (index: number) =>
  (encoded: DataView): boolean =>
    encoded.getUint16(0, true) === index;

/** Returns the outcome of the receipt at `index` of the batch. */
export const outcomeOf = (view: ReadView, id: Root, index: number): ReceiptOutcome | undefined =>
  findElement(view, outcomesKey(id), ReceiptOutcomeType, isOf(index));

/** Returns all that was claimed for the receipt at `index` of the batch. */
export const receiptClaimOf = (view: ReadView, id: Root, index: number): ReceiptClaim | undefined =>
  findElement(view, claimsKey(id), ReceiptClaimType, isOf(index));

export const addSettlement = (
  view: View,
  id: Root,
  settlement: Omit<Settlement, 'heldUntil'>,
  claims: readonly ReceiptClaim[],
  outcomes: readonly ReceiptOutcome[],
): void => {
  save(view, termsKey(id), SettlementType, { ...settlement, heldUntil: settlement.finalAt });
  save(view, claimsKey(id), ReceiptClaimsType, claims);
  save(view, outcomesKey(id), ReceiptOutcomesType, outcomes);
  finalSettlements.add(view, settlement.finalAt, id);
};

/** Base units of the attestor's bond that stand behind settlements not yet final. */
export const lockedBondOf = (view: ReadView, attestor: Address): bigint =>
  load(view, lockedKey(attestor), uint128) ?? 0n;

export const lockBond = (view: View, attestor: Address, amount: bigint): void =>
  save(view, lockedKey(attestor), uint128, lockedBondOf(view, attestor) + amount);

export const freeBond = (view: View, attestor: Address, amount: bigint): void => {
  const locked = lockedBondOf(view, attestor);
  invariant(locked >= amount, 'what is freed was locked');
  save(view, lockedKey(attestor), uint128, locked - amount);
};
