/** The largest witnesses of the protocol, each judged to its end. */
import { expect, test } from 'vitest';
import { unwrap } from '../../../../src/lib/errors.ts';
import { WITNESS_BYTES_MAX, WitnessType } from '../../../../state/attribution/witness/types.ts';
import { witnessCases } from '../../../bench/witness-cases.ts';

test('every witness that may be needed fits, with the tokens before a window that lie in one more chunk', () => {
  const cases = witnessCases().map(({ name, worst, witness, judge }) => {
    const encoded = WitnessType.encode(witness);
    unwrap(judge(unwrap(WitnessType.decode(encoded))));
    return { name, worst, bytes: encoded.length };
  });
  expect(cases.filter(({ bytes }) => bytes > WITNESS_BYTES_MAX)).toEqual([]);
  expect(cases.filter(({ worst, bytes }) => !worst && bytes > 10_000)).toEqual([]);
  // The largest of all: nine chunks of an output, and two of an item with a novel run for each token.
  const largest = Math.max(...cases.map(({ bytes }) => bytes));
  expect(cases.find(({ bytes }) => bytes === largest)?.name).toBe('OUTDONE');
  expect(largest).toBeGreaterThan(14_000);
});
