/**
 * What attestors have earned and do not have yet, and the bond beside it (docs/economy.md#what-an-attestor-earns-vests):
 *
 *     vesting/<address>/<end of the epoch>     of one attestor, by the epoch in which it settled
 *
 * A final claim can still be shown to be false, by a late proof: until `lateProofWindow` blocks after the last claim of the
 * epoch became final. Then all of it vests together. What a late proof takes is lost once for each attestor and epoch.
 */
import { type Address, type Height, heightAfter, toHeight } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { choice } from '../../../src/lib/choice.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { maxBig } from '../../../src/lib/math.ts';
import { address20, container, uint32, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import type { AttributionParams } from '../../params.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import type { Hook, HookContext } from '../kit/context.ts';
import { queue } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { account, payFromPot, pot } from '../ledger/accounts.ts';
import { attestorOf, setAttestor } from '../ledger/attestors.ts';
import { slashBond } from '../ledger/bonds.ts';
import { addTotals } from '../ledger/totals.ts';
import { freeBondOf } from '../receipts/backing.ts';
import { freeBond, lockBond } from '../receipts/settlements.ts';

/** An attestor, and the last block of the epoch in which the settlements are whose claims it backs. */
export type AttestorEpoch = { readonly attestor: Address; readonly epoch: Height };

const AttestorEpochType = container({ attestor: address20, epoch: height64 });

export const VestingType = container({
  /** The height at which the first of these claims was backed. What became final before it has vested. */
  since: height64,
  /** Of its claims, those that are not final yet. */
  pending: uint32,
  /** The block at whose end it vests, if none is pending then; 0 until one of its claims is final. */
  vestsAt: height64,
  /** Earned by claims that are final, base units, in the pot `vesting`. */
  earned: uint128,
  /** Locked of the attestor's bond beside what stands behind the claims, base units. */
  bond: uint128,
  /** `lost`: a late proof was upheld. What its pending claims earn is burned. */
  state: choice(['kept', 'lost']),
});
export type Vesting = ValueOf<typeof VestingType>;

const vestingKey = ({ attestor, epoch }: AttestorEpoch): Key =>
  `vesting/${bytesKey(attestor)}/${numberKey(epoch)}`;

const noHeight = toHeight(0n);

const dueVestings = queue('due/vestings', AttestorEpochType);

export const vestingOf = (view: ReadView, id: AttestorEpoch): Vesting | undefined =>
  load(view, vestingKey(id), VestingType);

const setVesting = (view: View, id: AttestorEpoch, vesting: Vesting): void =>
  save(view, vestingKey(id), VestingType, vesting);

const knownVesting = (view: ReadView, id: AttestorEpoch): Vesting => {
  const vesting = vestingOf(view, id);
  invariant(vesting !== undefined, 'nothing vests while a claim of the epoch is pending');
  return vesting;
};

/** What has to be locked beside a claim, base units: once for each attestor and epoch. */
export const bondOfEpoch = (
  view: ReadView,
  id: AttestorEpoch,
  { lateProofBond }: Pick<AttributionParams, 'lateProofBond'>,
): bigint => (vestingOf(view, id) === undefined ? lateProofBond : 0n);

/** What an attestor can lock behind more claims of an epoch, base units: nothing once a late proof has taken what it earned in it. */
export const freeInEpoch = (view: ReadView, id: AttestorEpoch, params: AttributionParams): bigint =>
  vestingOf(view, id)?.state === 'lost'
    ? 0n
    : maxBig(0n, freeBondOf(view, id.attestor) - bondOfEpoch(view, id, params));

/** An attestor backs so many claims more in the block at `height`; `bond` is {@link bondOfEpoch}. */
export const beginVesting = (
  view: View,
  id: AttestorEpoch,
  height: Height,
  claims: number,
  bond: bigint,
): void => {
  const before = vestingOf(view, id);
  if (before === undefined) lockBond(view, id.attestor, bond);
  const vesting: Vesting = before ?? {
    since: height,
    pending: 0,
    vestsAt: noHeight,
    earned: 0n,
    bond,
    state: 'kept',
  };
  setVesting(view, id, { ...vesting, pending: vesting.pending + claims });
};

/**
 * What an attestor has not received yet of what a claim earned that became final at the end of block `finalAt`; undefined if that
 * has vested. The attestor may have joined another claim of the same epoch since.
 */
export const unvestedOf = (view: ReadView, id: AttestorEpoch, finalAt: Height): Vesting | undefined => {
  const vesting = vestingOf(view, id);
  return vesting !== undefined && vesting.since <= finalAt ? vesting : undefined;
};

const payoutOf = (view: ReadView, address: Address): Address => {
  const attestor = attestorOf(view, address);
  invariant(attestor !== undefined, 'a settlement is of an attestor');
  return attestor.payout;
};

/** Pays what was earned, and frees the bond. Nothing can be taken of it any more. */
const vest = ({ view, emit }: HookContext, id: AttestorEpoch, { earned, bond, state }: Vesting): void => {
  view.delete(vestingKey(id));
  if (state === 'lost') return;
  freeBond(view, id.attestor, bond);
  const payout = payoutOf(view, id.attestor);
  payFromPot(view, 'vesting', account(payout), earned);
  emit({ type: 'attestorVested', data: { ...id, payout, amount: earned, bond } });
};

/** Claims of an attestor became final: what they have earned is in the pot `vesting`, and vests, or is burned if all of it is lost. */
export const creditVesting = (
  { view, block }: HookContext,
  id: AttestorEpoch,
  claims: number,
  earned: bigint,
): void => {
  const vesting = knownVesting(view, id);
  const isLost = vesting.state === 'lost';
  if (isLost) {
    payFromPot(view, 'vesting', pot('burnedBonds'), earned);
    addTotals(view, { burnedBonds: earned });
  }
  const vestsAt = heightAfter(block.height, BigInt(block.params.attribution.lateProofWindow));
  if (vesting.vestsAt !== vestsAt) dueVestings.add(view, vestsAt, id);
  setVesting(view, id, {
    ...vesting,
    pending: vesting.pending - claims,
    vestsAt,
    earned: vesting.earned + (isLost ? 0n : earned),
  });
};

/** A claim of an attestor ended without becoming final: it was reverted or dropped, or its receipt is void. */
export const endPending = (context: HookContext, id: AttestorEpoch): void => {
  const { view, block } = context;
  const before = knownVesting(view, id);
  const vesting = { ...before, pending: before.pending - 1 };
  setVesting(view, id, vesting);
  // At the end of this block it vests with the others that are due.
  if (vesting.pending > 0 || vesting.vestsAt >= block.height) return;
  if (vesting.vestsAt !== noHeight) {
    vest(context, id, vesting);
    return;
  }
  // No claim is final that could be proven to be false.
  view.delete(vestingKey(id));
  freeBond(view, id.attestor, vesting.bond);
};

/** The end of the time in which late proofs could take what attestors have earned. */
export const vestEarnings: Hook = (context) => {
  const { view, block } = context;
  for (const id of dueVestings.take(view, block.height)) {
    const vesting = vestingOf(view, id);
    // If more has become final since, it vests later. While claims are pending, the end of the last of them decides.
    if (vesting?.vestsAt === block.height && vesting.pending === 0) vest(context, id, vesting);
  }
};

/** What an attestor has lost by a late proof, base units. */
export type Forfeited = { readonly earned: bigint; readonly bond: bigint; readonly reward: bigint };

/** A late proof was upheld: what has not vested is lost, a part of it to the finder, and the rest is burned. */
export const forfeit = (context: HookContext, id: AttestorEpoch, finder: Address): Forfeited => {
  const { view } = context;
  const vesting = knownVesting(view, id);
  invariant(vesting.state === 'kept', 'what has not vested is lost once');
  const { earned, bond } = vesting;
  const attestor = attestorOf(view, id.attestor);
  invariant(attestor !== undefined, 'a settlement is of an attestor');
  freeBond(view, id.attestor, bond);
  setAttestor(view, id.attestor, { ...attestor, bond: attestor.bond - bond });
  const reward =
    slashBond(context, 'attestorBonds', bond, finder) + slashBond(context, 'vesting', earned, finder);
  setVesting(view, id, { ...vesting, earned: 0n, bond: 0n, state: 'lost' });
  return { earned, bond, reward };
};
