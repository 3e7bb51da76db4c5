/**
 * The validators and what they staked: those of genesis, in the order of the set (by consensus address), until staking
 * exists.
 */
import type { Address } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import type { Validator, ValidatorSet } from '../../../src/lib/chain.ts';
import { MAX_VALIDATORS } from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { invariant, unwrap } from '../../../src/lib/errors.ts';
import { divFloor } from '../../../src/lib/math.ts';
import { address20, bytes, container, list, text, uint128, type ValueOf } from '../../../src/lib/ssz.ts';
import type { ReadView, View } from '../../view.ts';
import { OPEN } from './accounts.ts';

export const StakerType = container({
  name: text(64),
  /** ed25519. */
  publicKey: bytes(32),
  /** Base units, in the pot `stakes`. */
  stake: uint128,
  /** The account that gets tips and the stakers' shares. */
  payout: address20,
});
export type Staker = ValueOf<typeof StakerType>;
const StakersType = list(StakerType, MAX_VALIDATORS);
const KEY = 'validators/stakers';

/** Returns the stakers in the order of the validator set. */
export const stakersOf = (view: ReadView): readonly Staker[] => {
  const stored = view.get(KEY);
  return stored === undefined ? [] : unwrap(StakersType.decode(stored));
};

export const setStakers = (view: View, stakers: readonly Staker[]): void => {
  view.set(KEY, StakersType.encode(stakers));
};

/** Voting power is the stake in whole OPEN. */
export const powerOf = (staker: Staker): bigint => divFloor(staker.stake, OPEN);

export const validatorSetOf = (stakers: readonly Staker[]): ValidatorSet =>
  stakers.map((staker): Validator => ({ publicKey: staker.publicKey, power: powerOf(staker) }));

/** The account that is paid for the blocks of this validator, given by its consensus address. */
export const payoutOf = (stakers: readonly Staker[], proposer: Address): Address => {
  const found = stakers.find((staker) => equal(validatorAddress(staker.publicKey), proposer));
  invariant(found !== undefined, 'the proposer of a valid block is a validator');
  return found.payout;
};
