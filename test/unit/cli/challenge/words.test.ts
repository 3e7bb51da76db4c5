import { expect, test } from 'vitest';
import { type Found, nextStep, verdictText, withheldText } from '../../../../src/cli/challenge/words.ts';

const OUTPUT = { text: 'output', contribution: 0, item: 0, first: 0, count: 3 } as const;
const found = (given: Partial<Found>): Found => ({
  receipt: '0x/0',
  attestor: null,
  verdict: 'unsettled',
  withheld: [],
  missing: [],
  witness: null,
  ...given,
});

test('a claim is said to hold only where there is one', () => {
  expect(verdictText(found({}))).toBe('nobody has settled it (yet); what it commits to is well-formed');
  expect(verdictText(found({ withheld: [OUTPUT] }))).toBe(
    'nobody has settled it (yet); not all texts have arrived',
  );
  expect(verdictText(found({ attestor: '0x01', verdict: 'holds' }))).toBe('the claim holds');
});

test('a demand is proposed only where there is a claim that it can be made of', () => {
  expect(nextStep(found({ withheld: [OUTPUT] }))).toBe('nothing to demand until it is settled');
  expect(nextStep(found({ attestor: '0x01', verdict: 'unknown', withheld: [OUTPUT] }))).toMatch(/--demand/);
  expect(nextStep(found({ attestor: '0x01', verdict: 'unknown', missing: [3] }))).toMatch(/^repeat/);
  expect(nextStep(found({}))).toBeUndefined();
});

test('chunks that are withheld are named by the first and the last', () => {
  expect(withheldText(OUTPUT)).toBe('output, chunks 0 to 2');
  expect(withheldText({ text: 'source', contribution: 4, item: 7, first: 2, count: 1 })).toBe(
    'source 4/7, chunk 2',
  );
});
