import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuteClaim } from '../../../src/attribution/prover/claim-prover.ts';
import { partialTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { ClaimType } from '../../../state/attribution/claim.ts';
import { tokenAt } from '../../../state/attribution/tokens.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { oracleTrace } from '../../oracle/oracle.ts';
import { type TextCase, textCase } from './cases.ts';
import { isTrue, isWellFormed } from './corruptions.ts';
import { claimsFor, worldOf } from './prover-world.ts';

/**
 * The one case of some 140,000 in which a true claim was refuted. The fault was in the test: of an echo that an earlier change had made
 * empty, a place within was chosen, which is NaN, and NaN passes every comparison of the checks that follow. No message can
 * carry such a claim.
 */
const EMPTY_ECHO: readonly [given: TextCase, seed: number] = [
  {
    version: 1,
    corpus: [
      [
        '🙂 语 语 ก ก 字 语 字 语 字 ก 漢 🙂 漢 字 ก 🙂 ก 语 字 语 🙂 漢 ก 🙂',
        '语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语 字 字 语',
        '漢 ก ก 字 🙂 🙂 ก 漢 字 ก ก 字 字 漢 ก 字 🙂 🙂 漢 ก 🙂 语 漢 字 语 ก 漢 语 语 🙂 语 漢 🙂 漢 漢 漢 字 ก 🙂 🙂 漢 ก',
      ],
      ['ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก ก'],
      ['漢 🙂 语 🙂 语 字 🙂 语 漢 漢 漢 字 ก 🙂 漢 语 ก ก 字 字 ก 语 🙂 语 ก 字 语 语 漢 ก 漢 ก ก 漢 字 字'],
      ['🙂 ก 🙂 字 ก 字 语 ก 🙂 🙂 漢 漢 🙂 🙂 ก 字 漢 漢 字 漢 ก ก ก ก 漢 语 字 🙂 字 语 漢 ก 漢 语 ก 语'],
    ],
    prompt: 'ก 漢 字 ก ก 字 字 漢 ก 字 🙂 🙂 漢 ก 🙂 语 漢',
    output: '🙂 漢 字 🙂 🙂 漢 ก 🙂 语 漢 语 字 字 语 字 字 语 字 字 语',
    imin: 16,
  },
  2047856659,
];

describe('the prover', () => {
  test('is asked only about claims that a message can carry', () => {
    const [given, seed] = EMPTY_ECHO;
    const { words, truth } = worldOf(given);
    const honest = truth.honest();
    const answer = oracleTrace(words);
    const claims = claimsFor(words, honest, seed, 16);
    for (const claim of claims) {
      expect(unwrap(ClaimType.decode(ClaimType.encode(claim)))).toEqual(claim);
      const { type } = refuteClaim(claim, truth);
      expect(type).toBe(isTrue(claim, words, answer) ? 'holds' : 'false');
    }
    const [echo] = honest.x;
    if (echo === undefined) throw new Error('the output echoes the prompt');
    const x = [
      echo,
      { start: 10, end: Number.NaN, place: 14 },
      { start: Number.NaN, end: 10, place: Number.NaN },
    ];
    expect(isWellFormed(honest, words)).toBe(true);
    expect(isWellFormed({ ...honest, x, info: [...honest.info, 0] }, words)).toBe(false);
  });

  test('finds a witness that the chain accepts against every false claim, and none against a true one', () => {
    const seen = new Map<string, number>();
    const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
    fc.assert(
      fc.property(textCase(60), fc.noBias(fc.nat(0x7fff_ffff)), (given, seed) => {
        const { words, truth, judge } = worldOf(given);
        const honest = truth.honest();
        expect(refuteClaim(honest, truth)).toEqual({ type: 'holds' });
        const answer = oracleTrace(words);
        expect(isTrue(honest, words, answer)).toBe(true);
        for (const claim of claimsFor(words, honest, seed, 8)) {
          const verdict = refuteClaim(claim, truth);
          const expected = isTrue(claim, words, answer) ? 'holds' : 'false';
          // The claim and the finding stand in the failure, beside the seed.
          expect(verdict, JSON.stringify({ claim, honest })).toMatchObject({ type: expected });
          if (verdict.type !== 'false') {
            count(claim === honest ? 'the same claim' : 'another true claim');
            continue;
          }
          const judged = judge(claim, verdict.finding);
          expect(judged).toMatchObject({
            tooLarge: undefined,
            verdict: { ok: true, value: { type: 'claim' } },
          });
          count(verdict.finding.type);
        }
      }),
      { numRuns: 1000 },
    );
    // The changes reach every kind of falsehood, and claims that tell the truth in another way.
    for (const kind of ['invalid', 'info', 'echo', 'better', 'another true claim'])
      expect([kind, (seen.get(kind) ?? 0) > 200]).toEqual([kind, true]);
  });

  test('demands what it cannot see, and finds nothing that is not so in what it can', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(textCase(200), fc.noBias(fc.nat(0x7fff_ffff)), (given, seed) => {
        const { words, truth, judge } = worldOf(given);
        const random = randomFrom(seed);
        const honest = truth.honest();
        const withheld = new Set(
          words.corpus.flatMap((_, contribution) => (random(2) === 0 ? [contribution] : [])),
        );
        const partial = partialTokens(words.prompt.length, (i) =>
          random(2) === 0 && i >= 64 ? undefined : tokenAt(truth.prompt, i),
        );
        const dim = {
          ...truth,
          prompt: ([truth.prompt, undefined, partial] as const)[random(3)],
          source: (contribution: ContributionId, item: number) =>
            withheld.has(contribution) ? undefined : truth.source(contribution, item),
        };
        const answer = oracleTrace(words);
        for (const claim of claimsFor(words, honest, seed, 6)) {
          const verdict = refuteClaim(claim, dim);
          seen.set(verdict.type, (seen.get(verdict.type) ?? 0) + 1);
          switch (verdict.type) {
            case 'false':
              expect(judge(claim, verdict.finding).verdict.ok).toBe(true);
              break;
            case 'holds':
              expect(isTrue(claim, words, answer)).toBe(true);
              break;
            case 'unknown':
              // Nothing is demanded that is known, and all that is demanded is there to be shown.
              for (const { text, contribution, first, count } of verdict.withheld) {
                expect(count).toBeLessThanOrEqual(64);
                expect(text === 'source' ? withheld.has(contribution) : dim.prompt !== truth.prompt).toBe(
                  true,
                );
                if (text === 'prompt') expect(64 * (first + count - 1)).toBeLessThan(words.prompt.length);
              }
          }
        }
      }),
      { numRuns: 400 },
    );
    for (const kind of ['false', 'holds', 'unknown'])
      expect([kind, (seen.get(kind) ?? 0) > 10]).toEqual([kind, true]);
  });
});
