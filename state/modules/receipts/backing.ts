/**
 * The bonds that stand behind a claim: at least what the claim could divert, the data money of its receipt. Mostly its attestor
 * locks all of it. If no attestor could, the one that settles locks what it has, and others join (docs/economy.md#bonds-of-claims):
 *
 *     settlements/<transaction id>/backing     of a claim that several attestors back: who locks how much, and what is missing
 *
 * Such a claim is the only one of its settlement. Of all others the attestor of the settlement is the only backer.
 */
import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { divCeil, maxBig, minBig } from '../../../src/lib/math.ts';
import { address20, container, list, root32, type Ssz, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import { apportion } from '../../attribution/apportion.ts';
import { splitFee } from '../../attribution/fees.ts';
import type { Params } from '../../params.ts';
import { bytesKey, type Key, type ReadView, type View } from '../../view.ts';
import { queue } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { attestorOf, setAttestor } from '../ledger/attestors.ts';
import type { BatchReceipt } from './receipts.ts';
import { freeBond, lockBond, lockedBondOf, outcomeOf, settlementOf } from './settlements.ts';

/** The most attestors behind one claim. Each locks at least this part of it, or all that is missing. */
export const BACKERS_MAX = 16;

export const BackerType = container({
  attestor: address20,
  /** Locked of its bond, base units. */
  amount: uint128,
});
export type Backer = ValueOf<typeof BackerType>;

export const BackersType: Ssz<readonly Backer[]> = list(BackerType, BACKERS_MAX);

const BackingType = container({
  /** In the order in which they joined. */
  backers: BackersType,
  /** What others have to add, base units. Until it is 0 the claim is short, and does not become final. */
  missing: uint128,
  /** The last block in which they can. */
  until: height64,
});
/** What stands behind a claim that its attestor could not back alone. */
export type Backing = ValueOf<typeof BackingType>;

const backingKey = (settlement: Root): Key => `settlements/${bytesKey(settlement)}/backing`;

/** Settlements by the last block in which what is missing behind their claim can be added. */
export const dueBackings = queue('due/backings', root32);

/** What has to be locked behind the claim of a receipt: its data money, and at least `bondPerReceipt`. */
export const bondOfClaim = (
  { body }: Pick<BatchReceipt, 'body'>,
  { attribution, shares }: Pick<Params, 'attribution' | 'shares'>,
): bigint => maxBig(attribution.bondPerReceipt, splitFee(body.fee, shares).data);

/** The least that an attestor locks behind a claim that several back. */
export const backingFloor = (bond: bigint, { attribution }: Pick<Params, 'attribution'>): bigint =>
  maxBig(attribution.bondPerReceipt, divCeil(bond, BigInt(BACKERS_MAX)));

/** What of an attestor's bond is not locked, base units; 0 for somebody who is no attestor. */
export const freeBondOf = (view: ReadView, address: Address): bigint =>
  maxBig(0n, (attestorOf(view, address)?.bond ?? 0n) - lockedBondOf(view, address));

export const backingOf = (view: ReadView, settlement: Root): Backing | undefined =>
  load(view, backingKey(settlement), BackingType);

const setBacking = (view: View, settlement: Root, backing: Backing): void =>
  save(view, backingKey(settlement), BackingType, backing);

export const isShort = (view: ReadView, settlement: Root): boolean =>
  (backingOf(view, settlement)?.missing ?? 0n) > 0n;

/** Who stands behind a claim, with what. */
export const backersOf = (view: ReadView, settlement: Root, index: number): readonly Backer[] => {
  const backing = backingOf(view, settlement);
  if (backing !== undefined) return backing.backers;
  const outcome = outcomeOf(view, settlement, index);
  invariant(outcome !== undefined, 'a settlement has an outcome for each of its receipts');
  return [{ attestor: settlementOf(view, settlement).attestor, amount: outcome.bond }];
};

/** Adds what one attestor locks behind a claim. Returns what is missing then. */
export const addBacker = (view: View, settlement: Root, backing: Backing, added: Backer): Backing => {
  const amount = minBig(added.amount, backing.missing);
  const before = backing.backers.find(({ attestor }) => equal(attestor, added.attestor));
  const backers =
    before === undefined
      ? [...backing.backers, { ...added, amount }]
      : backing.backers.map((each) => (each === before ? { ...each, amount: each.amount + amount } : each));
  const after = { ...backing, backers, missing: backing.missing - amount };
  lockBond(view, added.attestor, amount);
  setBacking(view, settlement, after);
  return after;
};

/** A claim is short: others may join until the end of block `until`. */
export const openBacking = (
  view: View,
  settlement: Root,
  bond: bigint,
  until: Height,
  first: Backer,
): Backing => {
  dueBackings.add(view, until, settlement);
  return addBacker(view, settlement, { backers: [], missing: bond, until }, first);
};

/** Nothing stands behind a claim any more: it became final, or its receipt is void, or it was dropped. */
export const freeBackers = (view: View, backers: readonly Backer[]): void => {
  for (const { attestor, amount } of backers) freeBond(view, attestor, amount);
};

/** A claim has fallen: what its backers locked is no more a part of their bonds. Returns the sum, which is still in the pot. */
export const takeBackers = (view: View, backers: readonly Backer[]): bigint => {
  let taken = 0n;
  for (const { attestor: address, amount } of backers) {
    const attestor = attestorOf(view, address);
    invariant(attestor !== undefined, 'a claim is backed by attestors');
    freeBond(view, address, amount);
    setAttestor(view, address, { ...attestor, bond: attestor.bond - amount });
    taken += amount;
  }
  return taken;
};

/** One of several backers stands behind the claim no longer. */
export const removeBacker = (view: View, settlement: Root, backer: Backer): void => {
  const backing = backingOf(view, settlement);
  invariant(backing !== undefined, 'a claim of several backers has their list');
  const backers = backing.backers.filter(({ attestor }) => !equal(attestor, backer.attestor));
  setBacking(view, settlement, { ...backing, backers });
};

/** Divides what attestors earn by a claim among its backers, by what each has locked. */
export const shareAmongBackers = (
  amount: bigint,
  backers: readonly Backer[],
): readonly { readonly attestor: Address; readonly amount: bigint }[] => {
  const parts = apportion(
    amount,
    backers.map((each) => each.amount),
  );
  return backers.map(({ attestor }, i) => ({ attestor, amount: parts[i] ?? 0n }));
};
