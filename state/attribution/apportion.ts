/** Divides an amount among weights, to the base unit. */
import { divFloor, sumBig } from '../../src/lib/math.ts';

/**
 * Divides `amount` by the method of the largest remainder. Everyone gets ⌊amount·weight/Σ⌋; the rest goes, one unit
 * each, to the largest remainders, and among equal ones to those that are earlier in the list. The shares add up to
 * `amount`. If Σ is 0, there is nobody to pay and all shares are 0.
 */
export const apportion = (amount: bigint, weights: readonly bigint[]): bigint[] => {
  const total = sumBig(weights);
  if (total === 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => divFloor(amount * weight, total));
  // The remainders add up to whole units, fewer than there are weights.
  const left = Number(amount - sumBig(shares));
  weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
    .slice(0, left)
    .forEach(({ index }) => {
      shares[index] = (shares[index] ?? 0n) + 1n;
    });
  return shares;
};
