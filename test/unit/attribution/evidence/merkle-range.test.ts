import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branchOf, nodesOf, nodesOfRange } from '../../../../src/attribution/evidence/merkle-nodes.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { list, root32 } from '../../../../src/lib/ssz.ts';
import { depthOf, foldRange, mixInLength } from '../../../../state/attribution/merkle-range.ts';

const leavesOf = (count: number): Root[] =>
  Array.from({ length: count }, (_, i) => sha256(Uint8Array.of(i & 255, i >> 8)));

/** A tree of up to 2^depth leaves, and a range of them that may reach past the last. */
const ranges = fc
  .integer({ min: 0, max: 7 })
  .chain((depth) =>
    fc.record({
      depth: fc.constant(depth),
      count: fc.integer({ min: 0, max: 1 << depth }),
      first: fc.integer({ min: 0, max: (1 << depth) - 1 }),
      length: fc.nat(1 << depth),
    }),
  )
  .map(({ depth, count, first, length }) => {
    const start = count === 0 ? 0 : first % count;
    return { depth, leaves: leavesOf(count), first: start, length: Math.min(length, count - start) };
  });

const rootOf = (leaves: readonly Root[], depth: number): Root =>
  mixInLength(branchOf(nodesOf(leaves, depth), depth, 0, 0)[0] ?? new Uint8Array(32), leaves.length);

describe('a range proof', () => {
  test('binds every range of leaves to the root of the list', () => {
    fc.assert(
      fc.property(ranges, ({ depth, leaves, first, length }) => {
        const expected = list(root32, 1 << depth).root(leaves);
        expect(rootOf(leaves, depth)).toEqual(expected);
        const branch = branchOf(nodesOf(leaves, depth), depth, first, length);
        const folded = unwrap(foldRange(leaves.slice(first, first + length), first, depth, branch));
        expect(mixInLength(folded, leaves.length)).toEqual(expected);
        expect(branch.length).toBeLessThanOrEqual(Math.max(1, 2 * depth));
      }),
    );
  });

  test('has no other form: a node more, less or changed, or another place, gives another root or a fault', () => {
    fc.assert(
      fc.property(ranges, fc.nat(1000), ({ depth, leaves, first, length }, at) => {
        const branch = branchOf(nodesOf(leaves, depth), depth, first, length);
        const opened = leaves.slice(first, first + length);
        const truth = unwrap(foldRange(opened, first, depth, branch));
        const isWrong = (...args: Parameters<typeof foldRange>): boolean => {
          const folded = foldRange(...args);
          return !folded.ok || Buffer.compare(folded.value, truth) !== 0;
        };
        const node = sha256(Uint8Array.of(9));
        expect(foldRange(opened, first, depth, [...branch, node])).toMatchObject({
          fault: { code: 'MERKLE_BRANCH' },
        });
        if (branch.length > 0) {
          expect(isWrong(opened, first, depth, branch.slice(1))).toBe(true);
          expect(isWrong(opened, first, depth, branch.with(at % branch.length, node))).toBe(true);
        }
        if (length > 0) {
          expect(isWrong(opened.with(at % length, node), first, depth, branch)).toBe(true);
          expect(isWrong(opened.slice(1), first, depth, branch)).toBe(true);
          if (first + length < 1 << depth) expect(isWrong(opened, first + 1, depth, branch)).toBe(true);
        }
      }),
    );
  });

  test('refuses leaves past the width of the tree, however far', () => {
    for (const first of [4, 7, 2 ** 31, 2 ** 32 - 1])
      expect(foldRange(leavesOf(1), first, 2, [])).toMatchObject({ fault: { code: 'MERKLE_RANGE' } });
    expect(foldRange(leavesOf(5), 0, 2, [])).toMatchObject({ fault: { code: 'MERKLE_RANGE' } });
  });

  test('proves every range within it as well', () => {
    fc.assert(
      fc.property(ranges, fc.nat(200), fc.nat(200), ({ depth, leaves, first, length }, a, b) => {
        const whole = nodesOf(leaves, depth);
        const known = nodesOfRange(
          leaves.slice(first, first + length),
          first,
          depth,
          branchOf(whole, depth, first, length),
        );
        const from = first + (length === 0 ? 0 : a % length);
        const count = length === 0 ? 0 : b % (first + length - from + 1);
        expect(branchOf(known, depth, from, count)).toEqual(branchOf(whole, depth, from, count));
      }),
    );
  });

  test('has the depth of the limit of its list', () => {
    expect([1, 2, 64, 512, 1024, 65_536].map(depthOf)).toEqual([0, 1, 6, 9, 10, 16]);
  });
});
