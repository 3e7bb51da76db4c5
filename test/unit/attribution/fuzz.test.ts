/** The part of `npm run fuzz:attribution` that every run of the tests does, and whether the fuzzer finds anything. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import {
  type Contribution,
  type OpenEngine,
  openEngine,
  type Scope,
} from '../../bench/attribution/engine.ts';
import { openWholeEngine } from '../../bench/attribution/whole-engine.ts';
import { caseOf, type FuzzCase, heldWholly } from '../../fuzz/attribution/cases.ts';
import { FEATURES, judge } from '../../fuzz/attribution/judge.ts';
import { fuzz } from '../../fuzz/attribution/run.ts';

test('the engine is the oracle on cases made to break it', async () => {
  const seed = randomInt(2 ** 32);
  const report = await fuzz({ seed, cases: 1500, open: openEngine });
  expect(report.failure, `seed ${report.failure?.seed}`).toBeUndefined();
  // None of what the cases are for is missing from them.
  for (const feature of FEATURES) expect(report.features[feature], feature).toBeGreaterThan(10);
});

test('so is the engine with its files and threads', async () => {
  const seed = randomInt(2 ** 32);
  const { failure } = await fuzz({ seed, cases: 10, open: openWholeEngine(1), adapt: heldWholly });
  expect(failure, `seed ${failure?.seed}`).toBeUndefined();
});

/** The engine, with one thing wrong. */
const spoilt = (wrong: {
  readonly scope?: (scope: Scope) => Scope;
  /** Whether what may answer stays what it is at first. */
  readonly isSteady?: true;
  readonly added?: (contribution: Contribution) => Partial<Contribution>;
  readonly rules?: (rules: TraceRules) => Partial<TraceRules>;
}): OpenEngine => {
  const { scope: scopeOf = (scope) => scope, isSteady, added: addedOf, rules: rulesOf } = wrong;
  return async (opening) => {
    const engine = await openEngine({ ...opening, scope: scopeOf(opening.scope) });
    return {
      ...engine,
      rescope: isSteady ? () => undefined : (scope) => engine.rescope?.(scopeOf(scope)),
      add: (contributions) => engine.add(contributions.map((each) => ({ ...each, ...addedOf?.(each) }))),
      trace: (texts, rules, commons) => engine.trace(texts, { ...rules, ...rulesOf?.(rules) }, commons),
    };
  };
};

const SPACE = 0x20;
const joined = (items: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(items.flatMap((item) => [...item, SPACE]));

const wordsIn = ({ contributions, output, prompt }: FuzzCase): number =>
  contributions.flatMap(({ items }) => items).reduce((sum, { length }) => sum + length, 0) +
  output.length +
  prompt.length;

describe('the fuzzer finds, and makes small, an engine that', () => {
  const planted: readonly (readonly [wrong: string, open: OpenEngine])[] = [
    [
      'asks for one bit too few',
      spoilt({ rules: ({ matchBitsMin }) => ({ matchBitsMin: Math.max(0, matchBitsMin - 1) }) }),
    ],
    [
      'lets an echo be one token shorter',
      spoilt({ rules: ({ promptMin }) => ({ promptMin: promptMin - 1 }) }),
    ],
    [
      'lets a match be one token longer',
      spoilt({ rules: ({ matchTokensMax }) => ({ matchTokensMax: matchTokensMax + 1 }) }),
    ],
    [
      'knows no match of 100 tokens',
      spoilt({ rules: ({ matchTokensMax }) => ({ matchTokensMax: Math.min(99, matchTokensMax) }) }),
    ],
    ['sees no border between items', spoilt({ added: ({ items }) => ({ items: [joined(items)] }) })],
    ['forgets the third item', spoilt({ added: ({ items }) => ({ items: items.slice(0, 2) }) })],
    [
      'loses the last byte of an item',
      spoilt({ added: ({ items }) => ({ items: items.map((item) => item.subarray(0, -1)) }) }),
    ],
    [
      'takes one acceptance more than is pinned',
      spoilt({
        scope: (scope) => ({
          ...scope,
          datanets: new Map([...scope.datanets].map(([id, pinned]) => [id, pinned + 1])),
        }),
      }),
    ],
    ['does not know what is void', spoilt({ scope: ({ voided: _voided, ...scope }) => scope })],
    [
      'does not know which novel runs are struck',
      spoilt({ scope: ({ struck: _struck, ...scope }) => scope }),
    ],
    ['answers for every height as for the first', spoilt({ isSteady: true })],
    [
      'loses the last novel run of a contribution',
      spoilt({ added: ({ novelRuns }) => ({ novelRuns: novelRuns?.slice(0, -1) }) }),
    ],
    ['does not know who brought what', spoilt({ added: () => ({ brought: undefined }) })],
    [
      'takes every contribution for another owner’s',
      spoilt({
        added: ({ contribution, brought }) => ({
          brought: brought && { ...brought, owner: new Uint8Array(20).fill(contribution) as Address },
        }),
      }),
    ],
    [
      'waits one block too long for a commit',
      spoilt({
        added: ({ brought }) => ({
          brought: brought && { ...brought, reveal: toHeight(brought.reveal + 1n) },
        }),
      }),
    ],
  ];

  test.each(planted)('%s', async (_wrong, open) => {
    const { failure } = await fuzz({ seed: 1, cases: 3000, open });
    if (failure === undefined) expect.fail('nothing was found');
    expect(wordsIn(failure.shrunken)).toBeLessThan(wordsIn(caseOf(failure.seed)));
    expect(failure.shrunken.contributions.length).toBeLessThanOrEqual(3);
    expect((await judge(failure.shrunken, open)).ok).toBe(false);
    expect(await judge(failure.shrunken, openEngine)).toMatchObject({ ok: true });
  });
});
