import { expect, test } from 'vitest';
import { explain } from '../../../../src/cli/explain/explain.ts';
import { percentOf, percentOfBps } from '../../../../src/cli/explain/figures.ts';
import { receiptStatusOf, reversionOf } from '../../../../src/cli/explain/receipt-status.ts';
import { statusLabel, statusSentence, verdict } from '../../../../src/cli/explain/words.ts';
import { toHeight } from '../../../../src/lib/brands.ts';
import { divFloorNumber } from '../../../../src/lib/math.ts';
import { factsOf, words } from './scene.ts';

test('a share reads the same whether it comes from the chain or is computed here', () => {
  for (const [part, whole] of [
    [86_637, 100_000],
    [2, 3],
    [0, 7],
    [7, 7],
  ] as const)
    expect(percentOf(part, whole)).toBe(percentOfBps(divFloorNumber(10_000 * part, whole)));
  expect(percentOf(86_637, 100_000)).toBe('86.63 %');
});

test.each<[commons: boolean, shared: boolean, whose: string]>([
  [true, false, 'are those of a commons'],
  [false, true, 'were brought by several owners independently'],
  [true, true, 'are those of a commons or were brought by several owners independently'],
])('words that match and are nobody’s are not said to match nothing: %s, %s', (commons, shared, whose) => {
  const [common, brought] = [words(0, 20), words(40, 60)];
  const { coverage, ...rest } = explain(
    factsOf({
      output: `${commons ? common : ''} so ${shared ? brought : ''}`,
      contributions: [[common], [brought], [brought]],
      commons: [1],
      reveals: { 2: 40n },
    }),
  );
  expect([(coverage?.commons ?? 0) > 0, (coverage?.shared ?? 0) > 0]).toEqual([commons, shared]);
  expect(verdict({ coverage, ...rest })).toBe(
    `Nobody is paid for words of this answer: those that match the model’s data closely enough ${whose}, so they are nobody’s.`,
  );
});

test('a receipt whose claim was refuted is open again, not one that nobody has settled', () => {
  expect(reversionOf('upheld', 'excuse')).toBe('refuted');
  const status = { type: 'open', deadline: '90', reverted: { height: '40', because: 'refuted' } } as const;
  expect(statusLabel(status)).toBe('open again');
  expect(statusSentence(status, 0)).toMatch(/^A claim was refuted at block 40; open again until block 90/);
  expect(statusLabel({ type: 'open', deadline: '90' })).toBe('not settled yet');
});

test.each([
  ['unanswered', /nobody answered a demand for its texts;/, /nobody answered the demand/],
  ['outdone', /a chunk that adds more .* its attestor gave no excuses;/, /gave no excuses for a chunk/],
] as const)('a claim that was reverted says why: %s', (because, sentence, fact) => {
  expect(reversionOf('unanswered', because === 'outdone' ? 'outdone' : 'demand')).toBe(because);
  const status = { type: 'open', deadline: '90', reverted: { height: '40', because } } as const;
  expect(statusSentence(status, 0)).toMatch(sentence);
  const facts = factsOf({ output: words(0, 20), contributions: [[words(0, 20)]] });
  const claim = { settlement: '0x00', made: undefined, because, revertedAt: toHeight(40n) };
  const { chain } = explain({ ...facts, revertedClaims: [claim] });
  expect(chain.filter(({ what }) => what.startsWith('the claim was reverted'))).toEqual([
    expect.objectContaining({ height: '40', what: expect.stringMatching(fact) }),
  ]);
});

test('a private receipt, which the chain lets nobody settle, is not said to wait for an attestor', () => {
  const receipt = {
    status: 'open',
    settlement: null,
    deadline: toHeight(90n),
    body: { visibility: 'private' },
  } as const;
  const status = receiptStatusOf(receipt, undefined);
  expect(status).toEqual({ type: 'unsettleable', deadline: '90', because: 'private' });
  expect(statusLabel(status)).toBe('cannot be settled');
  expect(statusSentence(status, 0)).toMatch(/because its texts are private/);
  expect(statusSentence(status, 0)).toMatch(/expires after block 90, .* data money goes to the treasury\.$/);
  expect(receiptStatusOf({ ...receipt, status: 'expired' }, undefined)).toEqual({ type: 'expired' });
});

test.each([
  [{ type: 'expired' }, 0, /data money: all of it goes to the treasury\.$/],
  [{ type: 'void' }, 0, /data money goes to the treasury\.$/],
  [{ type: 'expired' }, 2_500, /to the treasury, but for 25\.00 % of it, which goes to all contributors/],
  [{ type: 'void' }, 10_000, /goes to all contributors of the model’s data, by their novel words\.$/],
] as const)(
  'the data money of a receipt that is %j goes by the parameter, here %i bps',
  (status, bps, where) => {
    expect(statusSentence(status, bps)).toMatch(where);
  },
);

test('a receipt whose version is being calibrated has no last block yet, and is said to wait', () => {
  const waiting = { status: 'open', settlement: null, deadline: null } as const;
  const status = receiptStatusOf({ ...waiting, body: { visibility: 'public' } }, undefined);
  expect(status).toEqual({ type: 'open', deadline: null });
  expect(statusSentence(status, 0)).toMatch(
    /^This receipt waits for the calibration of its version of the model/,
  );
  const hidden = receiptStatusOf({ ...waiting, body: { visibility: 'private' } }, undefined);
  expect(hidden).toEqual({ type: 'unsettleable', deadline: null, because: 'private' });
  expect(statusSentence(hidden, 0)).toMatch(
    /begins with the end of the calibration, and then all of its data money/,
  );
});

test('a receipt that may be settled says until which block, and which claim was reverted', () => {
  const receipt = {
    status: 'open',
    settlement: null,
    deadline: toHeight(90n),
    body: { visibility: 'public' },
  } as const;
  expect(receiptStatusOf(receipt, undefined)).toEqual({ type: 'open', deadline: '90' });
  const reverted = {
    settlement: '0x00',
    made: undefined,
    because: 'unanswered',
    revertedAt: toHeight(40n),
  } as const;
  expect(receiptStatusOf(receipt, reverted)).toEqual({
    type: 'open',
    deadline: '90',
    reverted: { height: '40', because: 'unanswered' },
  });
});
