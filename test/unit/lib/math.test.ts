import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  divCeil,
  divCeilNumber,
  divFloor,
  divFloorNumber,
  divFloorSigned,
  maxBig,
  minBig,
  mulDivFloor,
  sumBig,
} from '../../../src/lib/math.ts';

const natural = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const positive = fc.bigInt({ min: 1n, max: 2n ** 200n });

describe('integer division', () => {
  it('rounds down or up, and never by more than one', () => {
    fc.assert(
      fc.property(natural, positive, (n, d) => {
        const floor = divFloor(n, d);
        const ceil = divCeil(n, d);
        expect(floor * d <= n && n < (floor + 1n) * d).toBe(true);
        expect(ceil * d >= n && n > (ceil - 1n) * d).toBe(true);
      }),
    );
  });

  it('of signed numbers rounds towards minus infinity', () => {
    expect(divFloorSigned(-1n, 2n)).toBe(-1n);
    expect(divFloorSigned(-4n, 2n)).toBe(-2n);
    expect(divFloorSigned(1n, 2n)).toBe(0n);
    fc.assert(
      fc.property(fc.bigInt(), positive, (n, d) => {
        const q = divFloorSigned(n, d);
        expect(q * d <= n && n < (q + 1n) * d).toBe(true);
      }),
    );
  });

  it('of a product loses nothing in between', () => {
    expect(mulDivFloor(2n ** 255n, 3n, 2n ** 255n)).toBe(3n);
    expect(mulDivFloor(2n ** 128n - 1n, 2n ** 128n - 1n, 2n ** 128n)).toBe(2n ** 128n - 2n);
  });

  it('of safe integers agrees with that of bigints', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 40 }), (n, d) => {
        expect(BigInt(divFloorNumber(n, d))).toBe(divFloor(BigInt(n), BigInt(d)));
        fc.pre(n + d <= Number.MAX_SAFE_INTEGER);
        expect(BigInt(divCeilNumber(n, d))).toBe(divCeil(BigInt(n), BigInt(d)));
      }),
    );
  });

  it.each<[string, () => unknown]>([
    ['by zero', () => divFloor(1n, 0n)],
    ['by zero, rounding up', () => divCeil(1n, 0n)],
    ['by zero, signed', () => divFloorSigned(1n, 0n)],
    ['by a negative number', () => divFloor(1n, -1n)],
    ['of a negative number', () => divFloor(-1n, 1n)],
    ['of a negative number, rounding up', () => divCeil(-1n, 1n)],
    ['of a fraction', () => divFloorNumber(1.5, 1)],
    ['of a number past 2^53', () => divFloorNumber(2 ** 53, 1)],
    ['of a sum past 2^53', () => divCeilNumber(Number.MAX_SAFE_INTEGER, 2)],
  ])('is a broken invariant %s', (_, run) => {
    expect(run).toThrow(expect.objectContaining({ code: 'INTERNAL_INVARIANT' }));
  });
});

describe('bigints', () => {
  it('have a least, a greatest and a sum', () => {
    expect([minBig(2n, 3n), minBig(3n, 2n), maxBig(2n, 3n), maxBig(3n, 2n)]).toEqual([2n, 2n, 3n, 3n]);
    expect(sumBig([1n, 2n ** 70n, -1n])).toBe(2n ** 70n);
    expect(sumBig([])).toBe(0n);
  });
});
