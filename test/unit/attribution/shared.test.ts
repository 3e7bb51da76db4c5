import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refuteClaim } from '../../../src/attribution/prover/claim-prover.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { precedenceOf } from '../../../state/attribution/owners.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Attribution } from '../../../state/attribution/scores.ts';
import { attributeClaim, settleClaim } from '../../../state/attribution/settlement.ts';
import { oracleClaim } from '../../oracle/claims.ts';
import { type OracleAnswer, type OracleOrigin, oracleTrace } from '../../oracle/oracle.ts';
import { type SharedCase, sharedCase } from './cases.ts';
import { isTrue } from './corruptions.ts';
import { claimsFor, worldOf } from './prover-world.ts';
import { vectorLines } from './support.ts';

type Vector = Omit<SharedCase, 'corpus' | 'version' | 'commons' | 'origins'> & {
  readonly rows: SharedCase['corpus'];
  readonly commons: readonly number[];
  readonly origins: readonly (OracleOrigin | null)[];
  readonly want: Omit<OracleAnswer, 'owners' | 'seconds'>;
};

const caseOf = ({ rows, commons, origins, ...given }: Vector): SharedCase => ({
  ...given,
  corpus: rows,
  version: 2,
  commons: new Set(commons),
  origins: origins.map((origin) => origin ?? undefined),
});

/** What the chain makes of the claim that proves the oracle's answer. */
const settledOf = (given: SharedCase): { readonly claim: Claim; readonly settled: Attribution } => {
  const { words } = worldOf(given);
  const claim = oracleClaim(words, oracleTrace(words));
  const settled = settleClaim(claim, {
    outputTokens: words.output.length,
    promptTokens: words.prompt.length,
    matchBitsMin: given.imin,
    parameters: DEFAULT_PARAMETERS,
    commons: given.commons,
    rules: rulesOf(given.version),
  });
  return { claim, settled: unwrap(settled) };
};

test('a claim gives the published answer for every vector of what several brought, as does the oracle', () => {
  let shared = 0;
  for (const vector of vectorLines<Vector>('shared-2.jsonl')) {
    const given = caseOf(vector);
    const { tokens: _tokens, excluded, ...want } = vector.want;
    expect(oracleTrace(worldOf(given).words)).toMatchObject(vector.want);
    expect(settledOf(given).settled).toEqual({
      ...want,
      excluded: excluded.map(([start, end]) => ({ start, end })),
    });
    if (want.shared > 0) shared += 1;
  }
  expect(shared).toBeGreaterThan(10);
});

const tally = () => {
  const seen = new Map<string, number>();
  return { seen, count: (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1) };
};

test('a claim that proves what several brought gives what the oracle says', () => {
  const { seen, count } = tally();
  fc.assert(
    fc.property(sharedCase(60), (given) => {
      const { words } = worldOf(given);
      const { owners: _owners, seconds, tokens: _tokens, excluded, ...want } = oracleTrace(words);
      const { claim, settled } = settledOf(given);
      expect(settled).toEqual({
        ...want,
        excluded: excluded.map(([start, end]) => ({ start, end })),
      });
      expect(settled.covered + settled.shared).toBeLessThanOrEqual(settled.total);
      const precedence = precedenceOf(rulesOf(given.version), given.commons);
      expect(attributeClaim(claim, words.output.length, precedence)).toEqual(settled);
      if (seconds.some((second) => second !== null)) count('shared');
      if (settled.spans.some(({ contribution }) => given.commons.has(contribution))) count('commons');
      if (settled.shared > 0 && settled.covered > 0) count('partly');
    }),
    { numRuns: 1500 },
  );
  for (const kind of ['shared', 'commons', 'partly'])
    expect([kind, (seen.get(kind) ?? 0) > 15]).toEqual([kind, true]);
});

test('the prover finds a witness that the chain accepts against every false claim, and none against a true one', () => {
  const { seen, count } = tally();
  fc.assert(
    fc.property(sharedCase(50), fc.noBias(fc.nat(0x7fff_ffff)), (given, seed) => {
      const { words, truth, judge } = worldOf(given);
      const answer = oracleTrace(words);
      const honest = truth.honest();
      expect(isTrue(honest, words, answer)).toBe(true);
      expect(refuteClaim(honest, truth)).toEqual({ type: 'holds' });
      for (const claim of claimsFor(words, honest, seed, 8)) {
        const verdict = refuteClaim(claim, truth);
        const expected = isTrue(claim, words, answer) ? 'holds' : 'false';
        expect(verdict, JSON.stringify({ claim, honest })).toMatchObject({ type: expected });
        if (verdict.type !== 'false') {
          count(claim === honest ? 'the same claim' : 'another true claim');
          continue;
        }
        const { finding } = verdict;
        expect(judge(claim, finding)).toMatchObject({
          tooLarge: undefined,
          verdict: { ok: true, value: { type: 'claim' } },
        });
        count(finding.type === 'invalid' ? `invalid ${finding.part}` : finding.type);
        if (finding.type === 'better' && given.commons.has(finding.contribution)) count('better commons');
      }
    }),
    { numRuns: 600 },
  );
  const kinds = [
    'invalid match',
    'invalid shared',
    'better',
    'better commons',
    'shared',
    'another true claim',
  ];
  for (const kind of kinds) expect([kind, (seen.get(kind) ?? 0) > 30]).toEqual([kind, true]);
});
