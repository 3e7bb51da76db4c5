import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { refuteClaim } from '../../../src/attribution/prover/claim-prover.ts';
import { witnessOf } from '../../../src/attribution/prover/claim-witness.ts';
import type { ClaimFinding } from '../../../src/attribution/prover/finding.ts';
import { partialTokens } from '../../../src/attribution/prover/partial-tokens.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { type Claim, ClaimType } from '../../../state/attribution/claim.ts';
import { itemRoot, itemSource, type Salted } from '../../../state/attribution/commitment.ts';
import {
  DEFAULT_PARAMETERS,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import { tokenAt } from '../../../state/attribution/tokens.ts';
import { judgeClaim } from '../../../state/attribution/witness/claim.ts';
import type { ClaimSubject } from '../../../state/attribution/witness/subject.ts';
import { checkWitness } from '../../../state/attribution/witness/types.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { oracleTokens, oracleTrace } from '../../oracle/oracle.ts';
import { type TextCase, textCase } from './cases.ts';
import { changedClaim, isTrue, isWellFormed, type Words } from './corruptions.ts';
import { saltedOf } from './support.ts';

const table = infoTable();
const evidenceOf = (text: Salted, tokensMax: number, version: RulesVersion): TextEvidence =>
  proveText(text, rulesOf(version).informationOf(table, text.tokens), tokensMax);

/** A case as all see it: the oracle its words, the prover its tokens, the chain its commitments. */
const worldOf = ({ corpus, prompt, output, imin, version }: TextCase) => {
  const textRules = rulesOf(version);
  const words: Words = {
    corpus: corpus.map((items) => items.map((text) => oracleTokens(text, version))),
    prompt: oracleTokens(prompt, version),
    output: oracleTokens(output, version),
    imin,
    version,
  };
  const contributions = corpus.map((texts) => {
    const items = texts.map((text, i) => ({
      ...saltedOf(text, sha256(Uint8Array.of(i)), version),
      promptTokens: 0,
    }));
    const roots = items.map((item) => unwrap(itemRoot(item)));
    return { items, evidence: proveContribution(roots) };
  });
  const index = new CorpusIndex(DEFAULT_PARAMETERS.matchTokensMin);
  for (const [contribution, { items }] of contributions.entries())
    for (const [item, { tokens }] of items.entries()) index.append(contribution, item, tokens);
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: imin, version };
  const salted = { output: saltedOf(output, sha256(), version), prompt: saltedOf(prompt, sha256(), version) };
  const texts = { output: salted.output.tokens, prompt: salted.prompt.tokens };
  const truth = {
    ...texts,
    promptTokens: texts.prompt.count,
    info: textRules.informationOf(table, texts.output),
    source: (contribution: ContributionId, item: number) => contributions[contribution]?.items[item]?.tokens,
    rules,
    commons: new Set<number>(),
    honest: () => trace(index, table, texts, rules).claim,
    complete: true,
  };
  const outputs = evidenceOf(salted.output, OUTPUT_TOKENS_MAX, version);
  const prompts = evidenceOf(salted.prompt, PROMPT_TOKENS_MAX, version);
  const judge = (claim: Claim, finding: ClaimFinding) => {
    const lengths = { outputTokens: texts.output.count, promptTokens: texts.prompt.count };
    const witness = witnessOf(finding, claim, lengths, {
      context: textRules.context,
      output: outputs.open,
      prompt: prompts.open,
      source: (contribution, item) => {
        const source = contributions[contribution];
        const text = source?.items[item];
        if (source === undefined || text === undefined) throw new Error('what is cited is there');
        return {
          open: proveItem(source.evidence, item, { ...text, source: itemSource(text) }).open,
          tokens: text.tokens.count,
        };
      },
    });
    const committed = ({ root }: TextEvidence, tokensMax: number, { tokens, source }: Salted) =>
      ({ type: 'text', root, tokensMax, tokens: tokens.count, bytes: source.length }) as const;
    const subject: ClaimSubject = {
      claim,
      output: committed(outputs, OUTPUT_TOKENS_MAX, salted.output),
      prompt: committed(prompts, PROMPT_TOKENS_MAX, salted.prompt),
      matchBitsMin: imin,
      parameters: DEFAULT_PARAMETERS,
      rules: textRules,
      table,
      source: (contribution) => {
        const source = contributions[contribution];
        if (source === undefined) return undefined;
        const { root, items } = source.evidence;
        return { contribution, root, items, passages: undefined };
      },
      commons: new Set(),
      brought: () => undefined,
      calibration: undefined,
    };
    return { tooLarge: checkWitness(witness), verdict: judgeClaim(subject, witness) };
  };
  return { words, truth, judge };
};

/** Some claims for the case that the chain would take: each true, or false in some way. */
const claimsFor = (words: Words, honest: Claim, seed: number, count: number): readonly Claim[] => {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => changedClaim(honest, words, random) ?? honest);
};

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
