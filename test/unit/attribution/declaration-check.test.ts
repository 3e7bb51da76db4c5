/**
 * A reviewer loses a bond for what a witness shows by the text of the contribution and earlier ones. So whatever that can be, the
 * client of the reviewer has to find before it accepts. What is false in a case is found by brute force.
 */
import { expect, test } from 'vitest';
import { type DeclaredItem, declare } from '../../../src/attribution/declaration.ts';
import { declarationFault } from '../../../src/attribution/declaration-check.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../src/attribution/novelty.ts';
import { type DeclaredCase, declaredCaseOf } from '../../fuzz/disputes/declared-cases.ts';
import { falsehoodsOf } from '../../fuzz/disputes/declared-truth.ts';

/** The fault that the client of a reviewer finds in a case. */
const clientFault = ({ own, contributions, declaration, rules }: DeclaredCase) => {
  const index = new DatanetIndex(infoTable(), rules);
  for (const { contribution, items, revealed } of contributions)
    if (contribution < own.contribution && revealed)
      for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
  const items: readonly DeclaredItem[] = own.items;
  const truth = declare(index, own.contribution, items);
  const texts = new Map(contributions.map((each) => [each.contribution, each.items]));
  // The sketch is in no dispute.
  const declared = { ...declaration, sketch: truth.sketch };
  return declarationFault(
    own.contribution,
    declared,
    truth,
    (contribution, item) => texts.get(contribution)?.[item]?.tokens,
  );
};

/** Whether a witness could show anything that costs bonds. That nobody has to know outputs, and the client counts the items itself. */
const canCost = (given: DeclaredCase): boolean => {
  const { voiding, runs, passages } = falsehoodsOf({
    ...given,
    outputs: [],
    itemCount: given.own.items.length,
  });
  return voiding || runs.size > 0 || passages.size > 0;
};

test('the client of a reviewer finds every fault of a declaration that can cost a bond', () => {
  let faults = 0;
  let sound = 0;
  for (let seed = 1; seed <= 3_000; seed++) {
    const given = declaredCaseOf(seed);
    const found = clientFault(given);
    if (canCost(given)) {
      faults += 1;
      expect(found, `case ${seed}`).toBeDefined();
    } else if (found === undefined) sound += 1;
  }
  expect(faults).toBeGreaterThan(500);
  expect(sound).toBeGreaterThan(500);
});
