/**
 * proposer(h, round) of the paper: a rotation in which each validator has turns in proportion to its power, spread as
 * evenly as whole turns can be. It depends on nothing but the set, the height and the round, so that nobody needs a
 * history to know it: neither a node that has just synced nor one that verifies a single header.
 *
 * A cycle has one slot per turn. The j-th turn of a validator of w turns is due at (2j+1)/2w of the cycle (the divisor
 * method of Sainte-Laguë, as in stride scheduling); slots go by due time, then by index. With equal powers this is
 * plain round robin. Height h, round r take slot (h + r) mod the length: the turn missed in one round is given to the
 * next, and each height begins with another proposer.
 */
import type { Height, Round } from '../src/lib/brands.ts';
import type { Validator, ValidatorSet } from '../src/lib/chain.ts';
import { invariant } from '../src/lib/errors.ts';
import { divFloor, maxBig, sumBig } from '../src/lib/math.ts';

/** The number of turns in a cycle, about. A validator whose power is less than one turn still has one. */
const MAX_SLOTS = 4096n;

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
};

/** Returns the number of turns per cycle of each validator, in the order of the set. */
const turns = (validators: ValidatorSet): readonly bigint[] => {
  const total = sumBig(validators.map((each) => each.power));
  const unit = validators.reduce((found, each) => gcd(found, each.power), 0n);
  if (divFloor(total, unit) <= MAX_SLOTS) return validators.map((each) => divFloor(each.power, unit));
  return validators.map((each) => maxBig(1n, divFloor(each.power * MAX_SLOTS, total)));
};

type Slot = { readonly validator: number; readonly turn: bigint; readonly of: bigint };

/** Orders two turns by their due time, (2·turn + 1) / (2·of), which are compared without division. */
const byDueTime = (a: Slot, b: Slot): number => {
  const left = (2n * a.turn + 1n) * b.of;
  const right = (2n * b.turn + 1n) * a.of;
  if (left !== right) return left < right ? -1 : 1;
  return a.validator - b.validator;
};

/** Returns the indexes of the proposers of one cycle. */
export const rotation = (validators: ValidatorSet): readonly number[] => {
  invariant(validators.length > 0, 'a validator set is not empty');
  const slots: Slot[] = [];
  for (const [validator, of] of turns(validators).entries()) {
    for (let turn = 0n; turn < of; turn++) slots.push({ validator, turn, of });
  }
  return slots.sort(byDueTime).map((slot) => slot.validator);
};

/** Sets live as long as their height; a rotation is worked out once for each. */
const rotations = new WeakMap<ValidatorSet, readonly number[]>();

/** Returns the index of the proposer of `round` in the set of `height`. */
export const proposerIndex = (validators: ValidatorSet, height: Height, round: Round): number => {
  const known = rotations.get(validators);
  const cycle = known ?? rotation(validators);
  if (known === undefined) rotations.set(validators, cycle);
  const index = cycle[Number((height + BigInt(round)) % BigInt(cycle.length))];
  invariant(index !== undefined, 'every slot of a cycle has a validator');
  return index;
};

export const proposerOf = (validators: ValidatorSet, height: Height, round: Round): Validator => {
  const validator = validators[proposerIndex(validators, height, round)];
  invariant(validator !== undefined, 'the proposer is of the set');
  return validator;
};
