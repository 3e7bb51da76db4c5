/** What an answer shares with the data: the picks, the phrases, what they are paid, and how both views show it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { explain } from '../../../../src/cli/explain/explain.ts';
import type { Facts } from '../../../../src/cli/explain/facts.ts';
import { renderHtml } from '../../../../src/cli/explain/html.ts';
import { paidForSentences } from '../../../../src/cli/explain/paid-for.ts';
import { unfoundSentence } from '../../../../src/cli/explain/phrase-words.ts';
import { askedSentence, barsOf, isPaid } from '../../../../src/cli/explain/reasons.ts';
import type { SharedPhrases } from '../../../../src/cli/explain/shared-phrases.ts';
import { renderTerminal } from '../../../../src/cli/explain/terminal.ts';
import { verdict } from '../../../../src/cli/explain/words.ts';
import { widthOf } from '../../../../src/cli/explain/wrap.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import { closeEpoch, relevanceWeights } from '../../../../state/attribution/epoch.ts';
import { factsOf, type Scene, SPAN_BPS, SPLIT, searched, shown, words } from './scene.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Five words are no match, but three phrases; four are two. */
const SHARING: Scene = {
  novel: true,
  output: `${words(0, 5)} and then ${words(50, 54)} again`,
  contributions: [[`x ${words(50, 54)} y`], ['nothing', `a ${words(0, 5)} b`]],
};

const phrasesOf = (facts: Facts): SharedPhrases => {
  const { phrases } = explain(facts);
  invariant(phrases !== undefined, 'it is settled');
  return phrases;
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('an answer that shares phrases with the data', () => {
  test('stands beside the chunks that were picked for it, each with the phrases that it adds', () => {
    const { picks, sections, sharers } = phrasesOf(factsOf(SHARING));
    expect(
      picks.map(({ contribution, item, chunk, phrases }) => [contribution, item, chunk, phrases.length]),
    ).toEqual([
      [2, 1, 0, 3],
      [1, 0, 0, 2],
    ]);
    expect(picks[0]?.phrases[1]).toMatchObject({ start: 1, end: 4, text: words(1, 4), same: true });
    expect(picks[0]?.text).toMatchObject({
      available: true,
      cutBefore: false,
      cutAfter: false,
      pieces: [
        { text: 'a ', isShared: false },
        { text: words(0, 5), isShared: true },
        { text: ' b', isShared: false },
      ],
    });
    const pieces = sections[0]?.pieces ?? [];
    expect(pieces.map(({ text }) => text).join('')).toBe(SHARING.output);
    expect(pieces.filter(({ pick }) => pick !== undefined)).toEqual([
      { text: words(0, 5), pick: 0 },
      { text: words(50, 54), pick: 1 },
    ]);
    expect(sharers.map(({ contribution, picks: own, phrases }) => [contribution, own, phrases])).toEqual([
      [1, [1], 2],
      [2, [0], 3],
    ]);
  });

  test('is paid for exactly as the chain pays, once the epoch has closed', () => {
    const facts = factsOf(SHARING);
    const { sharers, picks, pool, unfound, basis } = phrasesOf(facts);
    const { settlement } = facts;
    invariant(settlement?.epoch.closed !== undefined, 'the epoch has closed');
    const { relevance, remainder } = closeEpoch(
      settlement.epoch.closed.sums,
      0n,
      [],
      relevanceWeights(SPLIT.data, settlement.outcome.relevance),
      SPAN_BPS,
    );
    expect(basis).toBe('exact');
    for (const [i, { amount }] of sharers.entries()) {
      const share = relevance[i]?.amount ?? 0n;
      expect(amount).toBeGreaterThan(0n);
      expect(amount === share || amount === share - 1n).toBe(true);
    }
    expect(pool).toBe(SPLIT.data);
    expect(sumBig(sharers.map(({ amount }) => amount)) + unfound).toBe(pool);
    expect(unfound - remainder).toBeLessThan(3n);
    expect(sumBig(picks.map(({ share }) => share))).toBe(sumBig(sharers.map(({ share }) => share)));
  });

  test('has estimates before, and spans are taken off first', () => {
    const spans: Scene = { ...SHARING, output: `${SHARING.output} ${words(100, 130)}` };
    const contributions = [...(SHARING.contributions ?? []), [words(100, 130)]];
    for (const [epoch, basis] of [
      ['running', 'now'],
      ['ahead', 'alone'],
      ['waiting', 'alone'],
    ] as const) {
      const explanation = explain(factsOf({ ...spans, contributions, epoch }));
      expect(explanation.phrases?.basis).toBe(basis);
      const paid = sumBig(explanation.money.payments.map(({ amount }) => amount));
      expect(paid).toBeGreaterThan(0n);
      // But for a, which is rounded to basis points.
      const { pool = 0n } = explanation.phrases ?? {};
      expect(Number(pool + paid) / Number(SPLIT.data)).toBeCloseTo(1, 3);
    }
  });

  test('is said to share phrases, and those that match nothing are not called unpaid', () => {
    expect(verdict(explain(factsOf(SHARING)))).toBe(
      'This answer shares phrases with 2 contributions. It repeats no run of their words that is long and rare enough to be paid for as such.',
    );
    const both = explain(
      factsOf({
        ...SHARING,
        output: `${words(0, 30)} so ${words(50, 54)}`,
        contributions: [[words(0, 30)], [words(50, 54)]],
      }),
    );
    expect(verdict(both)).toMatch(
      /repeats words of 1 contribution\. It shares phrases with 2 contributions\.$/,
    );
  });

  test('is called false where a phrase does not stand in the chunk', () => {
    const facts = factsOf(SHARING);
    const cited = facts.contributions.get(1);
    invariant(cited !== undefined, 'it is cited');
    const contributions = new Map([
      ...facts.contributions,
      [1, { ...cited, items: new Map([[0, shown(`x ${words(60, 64)} y`)]]) }] as const,
    ]);
    const { gaps, phrases } = explain({ ...facts, contributions });
    expect(phrases?.picks[1]?.phrases.map(({ same }) => same)).toEqual([false, false]);
    expect(gaps.join()).toMatch(/2 phrases of picked chunks differ from the answer/);
    expect(explain(facts).gaps).toEqual([]);
  });

  test('whose shares do not follow from its picks is called out', () => {
    const facts = factsOf(SHARING);
    const { settlement } = facts;
    invariant(settlement !== undefined, 'it is settled');
    const outcome = { ...settlement.outcome, relevance: [] };
    expect(explain({ ...facts, settlement: { ...settlement, outcome } }).gaps.join()).toMatch(
      /ask another one/,
    );
  });

  test('is shown as far as texts are at hand', () => {
    const bare = phrasesOf(factsOf({ ...SHARING, missing: 'output' }));
    expect(bare.sections[0]?.pieces).toBeUndefined();
    expect(bare.picks[0]).toMatchObject({
      text: { available: true },
      phrases: [{ end: 3, text: null, same: null }, {}, {}],
    });
    const { phrases, gaps } = explain(factsOf({ ...SHARING, missing: 'sources' }));
    expect(phrases?.picks[0]?.text).toMatchObject({ available: false });
    expect(gaps.join()).toMatch(/2 of 2 picked chunks cannot be shown/);
  });
});

describe('what goes to the treasury', () => {
  const sentence = (scene: Scene): string | undefined => {
    const { phrases, money } = explain(factsOf(scene));
    return phrases === undefined ? undefined : unfoundSentence(phrases, money);
  };

  test('is all of it if no chunk was found', () => {
    expect(sentence({ output: 'nothing of it is known' })).toMatch(
      /all goes to the treasury: no chunk was found/,
    );
  });

  test('is a part if less than a tenth is shared, and goes by the parameter', () => {
    const scene = { ...SHARING, output: `${words(0, 5)} and ${words(1_000, 1_200)}` };
    expect(sentence(scene)).toMatch(/goes to the treasury: chunks share less than a tenth of a section/);
    expect(sentence({ ...scene, noveltyBps: 10_000 })).toMatch(
      /goes to all contributors of the model’s data, by/,
    );
  });

  test('names the sections for which none was found', () => {
    const scene = { ...SHARING, output: `${words(0, 5)} ${words(1_000, 1_900)}` };
    expect(sentence(scene)).toMatch(/for \d+\.\d\d % of the answer no chunk was found/);
  });
});

test('both views show the picks, the phrases and the amounts, and what contributors are paid for', () => {
  vi.stubEnv('FORCE_COLOR', '0');
  const explanation = searched(SHARING, { asked: 2 }, () => 'carol');
  const terminal = oneLine(renderTerminal(explanation, 100));
  for (const text of [
    'whose phrases',
    `⟦+1│${words(0, 5)}⟧ and then ⟦+2│${words(50, 54)}⟧ again`,
    '[+1] contribution 2 of carol adds 3 phrases,',
    `a ⟦${words(0, 5)}⟧ b`,
    'base units (exact)',
    'For 3 phrases that the answer shares with 1 chunk of it, it is paid',
    ...paidForSentences(0),
  ])
    expect(terminal).toContain(text);
  const html = renderHtml(explanation);
  for (const text of [
    'Whose phrases',
    'href="#p0"',
    'id="p1"',
    `<mark>${words(0, 5)}</mark>`,
    ...paidForSentences(0),
  ])
    expect(html).toContain(text);
});

test('a text of others is text and nothing else', () => {
  vi.stubEnv('FORCE_COLOR', '0');
  for (const evil of ['<img src=x>', '\u001b[2J', '\u202ereversed', '⟦+1│theirs⟧', '"onclick="x']) {
    const scene = {
      ...SHARING,
      output: `${words(0, 5)} ${evil}`,
      contributions: [[`${evil} ${words(0, 5)} ${evil}`]],
    };
    const explanation = explain(factsOf(scene));
    expect(explanation.phrases?.picks).toHaveLength(1);
    const terminal = renderTerminal(explanation, 100);
    expect(terminal.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(terminal.split('⟦+1│')).toHaveLength(2);
    expect(renderHtml(explanation)).not.toMatch(/<img|"onclick/);
  }
});

test('the third sentence is true of the parameter', () => {
  expect(paidForSentences(0)[2]).toMatch(/^You are not paid for volume: .* the treasury\.$/);
  expect(paidForSentences(2_500)[2]).toMatch(/treasury, but for 25\.00 % of it/);
});

test('the terminal keeps to its width', () => {
  vi.stubEnv('FORCE_COLOR', '0');
  for (const columns of [60, 80, 110])
    for (const line of renderTerminal(explain(factsOf(SHARING)), columns).split('\n'))
      expect(line.includes('0x') || widthOf(line) <= columns, line).toBe(true);
});

test('a contribution whose phrases are paid is said to be paid, though no words of it count', () => {
  const explanation = searched(SHARING, { asked: 2 });
  const { asked, status } = explanation;
  invariant(asked !== undefined, 'it was asked about');
  expect(isPaid(asked)).toBe(true);
  const given = { status, isSettled: true, reason: '', noveltyBps: 0 };
  expect(askedSentence(asked, barsOf(explanation), given)).toMatch(/^Words of this answer stand in it/);
  expect(searched(SHARING, { asked: 2 }).asked?.phrases).toMatchObject({ picks: 1, phrases: 3 });
});
