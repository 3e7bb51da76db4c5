import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { refuteClaim } from '../../../src/attribution/refuter/claim-refuter.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { randomFrom } from '../../fuzz/attribution/random.ts';
import { oracleTokens, oracleTrace } from '../../oracle/oracle.ts';
import { type TextCase, textCase } from './cases.ts';
import { changedClaim, isTrue, type Words } from './corruptions.ts';
import { tokensOf } from './support.ts';

const wordsOf = ({ corpus, prompt, output, imin }: TextCase): Words => ({
  corpus: corpus.map((items) => items.map(oracleTokens)),
  prompt: oracleTokens(prompt),
  output: oracleTokens(output),
  imin,
});

/** The honest claim of a case, and what a refuter says of any other. */
const refuterOf = ({ corpus, prompt, output, imin }: TextCase) => {
  const items = corpus.map((texts) => texts.map(tokensOf));
  const index = new CorpusIndex(DEFAULT_PARAMETERS.matchTokensMin);
  for (const [seq, each] of items.entries())
    for (const [item, tokens] of each.entries()) index.append(seq, item, tokens);
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: imin };
  const texts = { output: tokensOf(output), prompt: tokensOf(prompt) };
  const honest = trace(index, infoTable(), texts, rules).claim;
  return {
    honest,
    refute: (claim: Claim) =>
      refuteClaim(claim, {
        ...texts,
        promptTokens: texts.prompt.count,
        info: informationOf(infoTable(), texts.output),
        source: (seq, item) => items[seq]?.[item],
        rules,
        honest: () => honest,
        complete: true,
      }),
  };
};

describe('the refuter', () => {
  test('finds something false in every claim that is false, and nothing in any that is true', () => {
    const seen = new Map<string, number>();
    const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
    fc.assert(
      fc.property(textCase(60), fc.noBias(fc.nat(0x7fff_ffff)), (given, seed) => {
        const words = wordsOf(given);
        const { honest, refute } = refuterOf(given);
        expect(refute(honest)).toEqual({ type: 'holds' });
        const answer = oracleTrace(words);
        const random = randomFrom(seed);
        for (let i = 0; i < 8; i++) {
          const claim = changedClaim(honest, words, random);
          if (claim === undefined) break;
          const truth = isTrue(claim, words, answer);
          const verdict = refute(claim);
          expect(verdict.type).toBe(truth ? 'holds' : 'false');
          count(verdict.type === 'false' ? verdict.finding.type : 'another true claim');
        }
      }),
      { numRuns: 1500 },
    );
    // The changes reach every kind of falsehood, and claims that tell the truth in another way.
    for (const kind of ['invalid', 'info', 'echo', 'better', 'another true claim'])
      expect([kind, (seen.get(kind) ?? 0) > 200]).toEqual([kind, true]);
  });
});
