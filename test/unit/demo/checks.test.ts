import { describe, expect, it } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import {
  type Check,
  cloneEarnsItsWord,
  commonsPaysNobody,
  echoEarnsNothing,
  echoRuns,
  firstIsPaidForNotice,
  type OwnedSpan,
  occurrences,
  passes,
  phrasesStandInTheData,
  type SettledReceipt,
} from '../../../tools/demo/checks.ts';

const tokens = (text: string): Tokens => unwrap(rulesOf(RULES_DEFAULT).tokenizeText(text));
const receipt = (prompt: string, output: string, ...spans: OwnedSpan[]): SettledReceipt => ({
  id: 'r',
  prompt: tokens(prompt),
  output: tokens(output),
  spans,
  phrases: [],
});
/** The same with phrases of three words, each from a token on. */
const sharing = (to: SettledReceipt, contribution: ContributionId, ...starts: number[]): SettledReceipt => ({
  ...to,
  phrases: [
    ...to.phrases,
    ...starts.map((start) => ({ start, end: start + 3, contribution, item: 0, pos: start })),
  ],
});
const span = (start: number, end: number, contribution: ContributionId, paid = true): OwnedSpan => ({
  start,
  end,
  contribution,
  paid,
});

const notice = tokens('this is the notice');
const word = tokens('colophon');
const clone = { contribution: 9, novelTokens: 1 };

describe('a check', () => {
  it('fails where its case never occurred, though nothing contradicts it', () => {
    const others = [receipt('q', 'nothing of the kind')];
    const checks: readonly Check[] = [
      commonsPaysNobody(others, notice),
      firstIsPaidForNotice(others, notice, 1),
      cloneEarnsItsWord(others, word, clone),
      echoEarnsNothing(others, 8),
    ];
    for (const check of checks) {
      expect(check).toMatchObject({ cases: 0, holds: true });
      expect(passes(check)).toBe(false);
    }
  });
});

describe('the notice', () => {
  const held = 'so This is the Notice then';

  it('as commons must be owned by the commons, whole, and paid to nobody', () => {
    expect(passes(commonsPaysNobody([receipt('q', held, span(1, 5, 1, false))], notice))).toBe(true);
    expect(passes(commonsPaysNobody([receipt('q', held, span(1, 5, 7))], notice))).toBe(false);
    expect(passes(commonsPaysNobody([receipt('q', held, span(1, 4, 1, false))], notice))).toBe(false);
    expect(passes(commonsPaysNobody([receipt('q', held, span(1, 5, 1, false), span(5, 6, 7))], notice))).toBe(
      true,
    );
    // A phrase in the notice would be paid for; one over its end begins with a word of the commons, so it does not count.
    const owned = receipt('q', held, span(1, 5, 1, false));
    expect(passes(commonsPaysNobody([sharing(owned, 7, 2)], notice))).toBe(false);
    expect(passes(commonsPaysNobody([sharing(owned, 7, 3)], notice))).toBe(true);
  });

  it('without a commons must be the first one’s, whole', () => {
    expect(passes(firstIsPaidForNotice([receipt('q', held, span(0, 5, 3))], notice, 3))).toBe(true);
    expect(passes(firstIsPaidForNotice([receipt('q', held, span(0, 5, 4))], notice, 3))).toBe(false);
    expect(passes(firstIsPaidForNotice([receipt('q', held, span(0, 4, 3))], notice, 3))).toBe(false);
    expect(passes(firstIsPaidForNotice([receipt('q', held, span(0, 4, 3), span(4, 5, 4))], notice, 3))).toBe(
      false,
    );
    expect(passes(firstIsPaidForNotice([receipt('q', held)], notice, 3))).toBe(false);
    const first = receipt('q', held, span(0, 5, 3));
    expect(passes(firstIsPaidForNotice([sharing(first, 3, 1)], notice, 3))).toBe(true);
    expect(passes(firstIsPaidForNotice([sharing(first, 4, 1)], notice, 3))).toBe(false);
  });
});

describe('the clone', () => {
  it('must own the added word where it stands, and nothing else', () => {
    const output = 'some text and a colophon';
    expect(passes(cloneEarnsItsWord([receipt('q', output, span(0, 4, 2), span(4, 5, 9))], word, clone))).toBe(
      true,
    );
    expect(passes(cloneEarnsItsWord([receipt('q', output, span(0, 5, 9))], word, clone))).toBe(false);
    expect(passes(cloneEarnsItsWord([receipt('q', output, span(0, 4, 2))], word, clone))).toBe(false);
    const greedy = { contribution: 9, novelTokens: 2 };
    expect(passes(cloneEarnsItsWord([receipt('q', output, span(4, 5, 9))], word, greedy))).toBe(false);
    const elsewhere = receipt('q', 'other words', span(0, 1, 9));
    const right = receipt('q', output, span(4, 5, 9));
    expect(passes(cloneEarnsItsWord([right, elsewhere], word, clone))).toBe(false);
    expect(passes(cloneEarnsItsWord([sharing(right, 9, 2)], word, clone))).toBe(true);
    expect(passes(cloneEarnsItsWord([sharing(right, 9, 1)], word, clone))).toBe(false);
    expect(passes(cloneEarnsItsWord([sharing(right, 2, 1)], word, clone))).toBe(true);
  });
});

describe('an echo', () => {
  const prompt = 'a b c d e f g h i';

  it('is every run of so many tokens that the prompt has too, overlapping ones being one', () => {
    expect(echoRuns(tokens('x a b c d e f g h i y'), tokens(prompt), 8)).toEqual([{ start: 1, end: 10 }]);
    expect(echoRuns(tokens('a b c d e f g'), tokens(prompt), 8)).toEqual([]);
    expect(echoRuns(tokens('b c d x e f g'), tokens(prompt), 3)).toEqual([
      { start: 0, end: 3 },
      { start: 4, end: 7 },
    ]);
  });

  it('must be owned by nobody, commons or not', () => {
    const output = 'x a b c d e f g h i y';
    expect(passes(echoEarnsNothing([receipt(prompt, output, span(0, 1, 2), span(10, 11, 2))], 8))).toBe(true);
    expect(passes(echoEarnsNothing([receipt(prompt, output, span(0, 2, 2))], 8))).toBe(false);
    expect(passes(echoEarnsNothing([sharing(receipt(prompt, output), 2, 1)], 8))).toBe(false);
  });
});

describe('phrases that are paid for', () => {
  const item = (contribution: ContributionId, index: number) =>
    contribution === 2 && index === 0 ? tokens('one two three four') : undefined;

  it('must stand in the text that is paid for them', () => {
    const right = sharing(receipt('q', 'One two, three five'), 2, 0);
    expect(passes(phrasesStandInTheData([right], item))).toBe(true);
    expect(passes(phrasesStandInTheData([sharing(right, 2, 1)], item))).toBe(false);
    expect(passes(phrasesStandInTheData([sharing(right, 3, 0)], item))).toBe(false);
    expect(passes(phrasesStandInTheData([receipt('q', 'one')], item))).toBe(false);
  });
});

describe('occurrences', () => {
  it('are found by folded tokens, one after the other', () => {
    expect(occurrences(tokens('Ha, ha HA so ha'), tokens('ha ha'))).toEqual([{ start: 0, end: 2 }]);
    expect(occurrences(tokens('a b a b'), tokens('a b'))).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
    expect(occurrences(tokens('a'), tokens(''))).toEqual([]);
  });
});
