import { invariant } from './errors.ts';

export const MAX_UINT16 = 0xffff;
export const MAX_UINT32 = 2 ** 32 - 1;
export const MAX_UINT64 = (1n << 64n) - 1n;
export const MAX_UINT128 = (1n << 128n) - 1n;

/**
 * Divides and rounds down. These functions are the only divisions of integers in consensus code, and the name of each says
 * how it rounds. Their arguments must not be negative.
 */
export const divFloor = (numerator: bigint, denominator: bigint): bigint => {
  invariant(numerator >= 0n && denominator > 0n, 'divFloor takes n >= 0 and d > 0');
  return numerator / denominator;
};

export const divCeil = (numerator: bigint, denominator: bigint): bigint => {
  invariant(numerator >= 0n && denominator > 0n, 'divCeil takes n >= 0 and d > 0');
  return (numerator + denominator - 1n) / denominator;
};

/** ⌊a·b/d⌋, exact: the product is not rounded. */
export const mulDivFloor = (a: bigint, b: bigint, d: bigint): bigint => divFloor(a * b, d);

/** ⌊n/d⌋ for safe integers. */
export const divFloorNumber = (numerator: number, denominator: number): number => {
  invariant(
    Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator) && numerator >= 0 && denominator > 0,
    'divFloorNumber takes safe integers, n >= 0 and d > 0',
  );
  return Math.floor(numerator / denominator);
};

export const divCeilNumber = (numerator: number, denominator: number): number =>
  divFloorNumber(numerator + (denominator - 1), denominator);

/** Rounds towards minus infinity: for the signed carry of attribution (docs/attribution.md#the-close-of-an-epoch). */
export const divFloorSigned = (numerator: bigint, denominator: bigint): bigint => {
  invariant(denominator > 0n, 'divFloorSigned takes d > 0');
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
};

export const minBig = <T extends bigint>(a: T, b: T): T => (a < b ? a : b);
export const maxBig = <T extends bigint>(a: T, b: T): T => (a > b ? a : b);
export const sumBig = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};
