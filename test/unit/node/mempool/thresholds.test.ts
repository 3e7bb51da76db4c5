import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThresholds } from '../../../../node/mempool/thresholds.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('set'), item: fc.nat({ max: 9 }), at: fc.bigInt(-20n, 20n) }),
    fc.record({ type: fc.constant('delete'), item: fc.nat({ max: 9 }), at: fc.constant(0n) }),
    fc.record({ type: fc.constant('take'), item: fc.constant(0), at: fc.bigInt(-20n, 20n) }),
  ),
  { maxLength: 300 },
);

test('law: what is below a bound comes once, the lowest first, by its last threshold', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const thresholds = createThresholds<number>();
      const expected = new Map<number, bigint>();
      for (const { type, item, at } of all) {
        if (type === 'set') {
          thresholds.set(item, at);
          expected.set(item, at);
        } else if (type === 'delete') {
          thresholds.delete(item);
          expected.delete(item);
        } else {
          const found = thresholds.takeBelow(at);
          const below = [...expected].filter(([, threshold]) => threshold < at);
          expect(new Set(found)).toEqual(new Set(below.map(([each]) => each)));
          expect(found).toHaveLength(below.length);
          const order = found.map((each) => expected.get(each) ?? 0n);
          expect(order).toEqual(order.toSorted((a, b) => Number(a - b)));
          for (const each of found) expected.delete(each);
        }
      }
    }),
  );
});
