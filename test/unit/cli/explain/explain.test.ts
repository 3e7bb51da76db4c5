import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../../../src/cli/explain/explain.ts';
import type { Explanation, OwnedSpan } from '../../../../src/cli/explain/explanation.ts';
import type { Facts } from '../../../../src/cli/explain/facts.ts';
import { sumBig } from '../../../../src/lib/math.ts';
import { closeEpoch } from '../../../../state/attribution/epoch.ts';
import { factsOf, SPAN_BPS, SPLIT, shown, words } from './scene.ts';

const textOf = ({ output }: Explanation): string =>
  output.available ? output.pieces.map(({ text }) => text).join('') : '';

const excerptOf = (span: OwnedSpan | undefined, at = 0) => {
  const excerpt = span?.sources[at]?.excerpt;
  if (excerpt?.available !== true) throw new Error('the source is there');
  return excerpt;
};

describe('spans and sources', () => {
  test('each span stands beside the words of the contribution that had them first', () => {
    const { spans, contributors, output } = explain(factsOf());
    expect(contributors.map(({ number, contribution }) => [number, contribution])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(spans.map(({ start, end, contributor }) => [start, end, contributor])).toEqual([
      [0, 30, 0],
      [32, 52, 1],
    ]);
    expect(excerptOf(spans[0])).toMatchObject({
      before: 'before ',
      text: words(0, 30),
      after: ' after',
      same: true,
      cutBefore: false,
      cutAfter: false,
    });
    expect(spans[1]?.sources[0]).toMatchObject({ item: 1, pos: 0 });
    expect(output.available && output.pieces.map(({ type }) => type)).toEqual([
      'span',
      'plain',
      'span',
      'plain',
    ]);
  });

  test('where an earlier contribution owns a part of a match, the rest of it is shown as matched only', () => {
    const facts = factsOf({ contributions: [[words(10, 30)], [words(0, 30)]], output: words(0, 30) });
    const { spans } = explain(facts);
    expect(spans.map(({ start, end, contributor }) => [start, end, contributor])).toEqual([
      [0, 10, 1],
      [10, 30, 0],
    ]);
    const { text, matchedAfter } = excerptOf(spans[0]);
    expect(text).toBe(words(0, 10));
    expect(words(10, 30).startsWith(matchedAfter.trim())).toBe(true);
    expect(matchedAfter).not.toBe('');
  });

  test('a span that several matches show has a source for each part, with no position twice', () => {
    const long = words(0, 600);
    const { spans } = explain(factsOf({ contributions: [[long]], output: long }));
    const [span] = spans;
    expect([span?.start, span?.end, spans.length]).toEqual([0, 600, 1]);
    const sources = span?.sources ?? [];
    expect(sources.length).toBeGreaterThan(2);
    let at = 0;
    for (const { start, end, pos } of sources) {
      expect([start, pos]).toEqual([at, at]);
      at = end;
    }
    expect(at).toBe(600);
  });

  test('an item is tokenized once, however many of its parts are shown', () => {
    const parts = Array.from({ length: 20 }, (_, i) => words(20 * i, 20 * i + 12));
    const facts = factsOf({ output: parts.join(' so '), contributions: [[words(0, 400)]] });
    const item = facts.contributions.get(1)?.items.get(0);
    if (item?.ok !== true) throw new Error('the item is there');
    let reads = 0;
    const { text } = item.value;
    Object.defineProperty(item.value, 'text', {
      get: () => {
        reads += 1;
        return text;
      },
    });
    const { spans } = explain(facts);
    expect(spans.flatMap(({ sources }) => sources)).toHaveLength(20);
    expect(spans.every((span) => excerptOf(span).same)).toBe(true);
    expect(reads).toBe(1);
  });

  test('the pieces are the whole text, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(words(0, 12), words(40, 60), 'é\u0301 ', '\n\n', '漢字', ' x, ')),
        (parts) => {
          const output = parts.join('');
          expect(textOf(explain(factsOf({ output, prompt: words(40, 50) })))).toBe(output);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a claimed match that is not in its source is called false', () => {
    const facts = factsOf();
    const cited = facts.contributions.get(1);
    if (cited === undefined) throw new Error('there is a contribution 1');
    const forged: Facts = {
      ...facts,
      contributions: new Map([
        ...facts.contributions,
        [1, { ...cited, items: new Map([[0, shown(words(50, 90))]]) }],
      ]),
    };
    const { spans, gaps } = explain(forged);
    expect(excerptOf(spans[0]).same).toBe(false);
    expect(gaps.join()).toMatch(/1 of 2 sources differs/);
    expect(explain(facts).gaps).toEqual([]);
  });

  test('figures that do not follow from the claim are called out', () => {
    const facts = factsOf();
    const { settlement } = facts;
    if (settlement === undefined) throw new Error('it is settled');
    const outcome = { ...settlement.outcome, covered: settlement.outcome.covered - 1 };
    expect(explain({ ...facts, settlement: { ...settlement, outcome } }).gaps.join()).toMatch(
      /ask another one/,
    );
  });

  test('what is missing is said, and all else shown', () => {
    const withoutOutput = explain(factsOf({ missing: 'output' }));
    expect(withoutOutput.output).toMatchObject({ available: false });
    expect(withoutOutput.gaps.join()).toMatch(/answer cannot be shown/);
    expect(withoutOutput.spans[0]?.sources[0]?.excerpt).toMatchObject({ available: true, same: undefined });
    const withoutSources = explain(factsOf({ missing: 'sources' }));
    expect(withoutSources.gaps.join()).toMatch(/2 of 2 sources cannot be shown/);
    expect(textOf(withoutSources)).toContain(words(0, 30));
  });
});

describe('what the answer is made of', () => {
  test('owned, commons, echo and the rest add up to the whole', () => {
    const output = `${words(0, 30)} ${words(100, 120)} ${words(200, 210)} and the rest`;
    const { coverage, contributors } = explain(factsOf({ output, prompt: words(200, 210), commons: [2] }));
    if (coverage === undefined) throw new Error('it is settled');
    const { total, covered, commons, echoed, unexplained } = coverage;
    for (const part of [covered, commons, echoed, unexplained]) expect(part).toBeGreaterThan(0);
    expect(covered + commons + echoed + unexplained).toBe(total);
    expect(contributors.map(({ owner }) => owner === null)).toEqual([false, true]);
  });

  test('nothing is known before the settlement', () => {
    const { coverage, contributors, spans, money } = explain(
      factsOf({ status: { type: 'open', deadline: '215' } }),
    );
    expect([coverage, contributors, spans, money.payments, money.pool]).toEqual([
      undefined,
      [],
      [],
      [],
      undefined,
    ]);
  });
});

describe('money', () => {
  test('of a closed epoch each part is exact: with one receipt they are the chain’s own shares, rounded down', () => {
    const facts = factsOf({ controlBps: 100 });
    const { payments, pool, epoch } = explain(facts).money;
    const closed = facts.settlement?.epoch.closed;
    if (closed === undefined || epoch.type !== 'closed') throw new Error('the epoch has closed');
    const { shares } = closeEpoch(
      closed.sums,
      0n,
      payments.map(({ weight, contributor }) => ({ contribution: contributor, weight })),
      [],
      SPAN_BPS,
    );
    for (const [i, { amount, basis }] of payments.entries()) {
      expect(basis).toBe('exact');
      const share = shares[i]?.amount ?? 0n;
      expect(amount === share || amount === share - 1n).toBe(true);
    }
    expect(sumBig(payments.map(({ amount }) => amount))).toBeGreaterThan(epoch.pool - 2n);
    expect(epoch.pool).toBe(pool?.net);
  });

  test('the deduction of calibration is shown in money, and a deduction above the earnings lowers the pool', () => {
    const { pool } = explain(factsOf({ controlBps: 2000 })).money;
    expect(pool?.control).toBe((8000n * SPLIT.data * 2000n) / 10n ** 8n);
    expect(pool?.raw).toBeGreaterThan(pool?.net ?? 0n);
    const below = explain(factsOf({ controlBps: 2000, output: 'none of it is known' }));
    expect(below.money.pool).toMatchObject({ raw: 0n, net: -(pool?.control ?? 0n) });
    expect(below.calibration.liftBps).toBe(-2000);
  });

  test('before the epoch has closed an amount is an estimate, and says of what', () => {
    const basis = (scene: Parameters<typeof factsOf>[0]) =>
      new Set(explain(factsOf(scene)).money.payments.map((payment) => payment.basis));
    expect(basis({ epoch: 'running' })).toEqual(new Set(['now']));
    expect(basis({ epoch: 'ahead', status: { type: 'settled', finalAt: '25', demands: 0 } })).toEqual(
      new Set(['alone']),
    );
    expect(basis({ epoch: 'waiting' })).toEqual(new Set(['alone']));
    const [now, exact] = (['running', 'closed'] as const).map(
      (epoch) => explain(factsOf({ epoch })).money.payments[0]?.amount ?? 0n,
    );
    // Alone in its epoch, but for the rounding of a to whole basis points.
    expect(Number(now) / Number(exact)).toBeCloseTo(1, 3);
  });

  test('where an amount is 0, the reason is said', () => {
    const facts = factsOf();
    const { settlement, receipt, model } = facts;
    const closed = settlement?.epoch.closed;
    if (settlement === undefined || closed === undefined) throw new Error('the epoch has closed');
    const nothing = (changed: Partial<Facts>) =>
      explain({ ...facts, ...changed }).money.payments.map((payment) => payment.nothing);
    const withPool = (spans: bigint, sums = closed.sums) => ({
      settlement: { ...settlement, epoch: { end: 40n, closed: { ...closed, spans, sums } } },
    });
    expect(nothing({})).toEqual([null, null]);
    expect(nothing({ receipt: { ...receipt, split: { ...SPLIT, data: 0n } } })).toEqual(['data', 'data']);
    expect(nothing({ ...withPool(0n), spanBps: 0 })).toEqual(['share', 'share']);
    expect(nothing(withPool(1n))).toEqual(['rounding', 'rounding']);
    expect(nothing(withPool(0n, { ...closed.sums, gain: 12_499n }))).toEqual(['rounding', 'rounding']);
    expect(nothing(withPool(0n, { ...closed.sums, gain: 12_500n }))).toEqual(['debt', 'debt']);
    expect(nothing(withPool(0n, { ...closed.sums, expected: closed.sums.gain }))).toEqual(['habit', 'habit']);
    const running = factsOf({ epoch: 'running' });
    const debt = running.model.running?.gain ?? 0n;
    expect(nothing({ ...running, model: { ...model, running: running.model.running, debt } })).toEqual([
      'debt',
      'debt',
    ]);
    const ahead = factsOf({ epoch: 'ahead', controlBps: 10_000 });
    expect(nothing(ahead)).toEqual(['habit', 'habit']);
  });
});
