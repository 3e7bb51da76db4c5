/** The part of `npm run fuzz:disputes` that every run of the tests does, and whether the fuzzer finds anything. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Address, toHeight, ZERO_ADDRESS } from '../../../../src/lib/brands.ts';
import { fail } from '../../../../src/lib/errors.ts';
import type { Brought } from '../../../../state/attribution/shared.ts';
import type { ClaimSubject, ContributionSubject } from '../../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { JUDGES, type Judges } from '../../../fuzz/disputes/judges.ts';
import { dispute } from '../../../fuzz/disputes/run.ts';

/** The cases of this seed hold every kind of lie. Each run draws other cases besides. */
const SEED = 20_261_129;

test('a witness refutes everything false, and none refutes anything true', () => {
  const other = dispute({ seed: randomInt(2 ** 31), disputes: 5_000 });
  expect(other.failure, `seed ${other.failure?.seed}`).toBeUndefined();
  const report = dispute({ seed: SEED, disputes: 15_000 });
  expect(report.failure, `seed ${report.failure?.seed}`).toBeUndefined();
  // None of what the cases are for is missing from them.
  const kinds = [
    ...['INFO', 'ECHO', 'INVALID_ECHO', 'INVALID_MATCH', 'INVALID_SHARED'].map(
      (reason) => `settlement ${reason}`,
    ),
    ...['BETTER_UNCLAIMED', 'BETTER_EARLIER', 'SHARED'].map((reason) => `settlement ${reason}`),
    ...['INFO', 'ECHO', 'INVALID_MATCH', 'BETTER_UNCLAIMED', 'INERT', 'DRAW_POSITION', 'DRAW_ITEM'].map(
      (reason) => `calibration ${reason}`,
    ),
    ...['SHARED', 'INVALID_SHARED'].map((reason) => `calibration ${reason}`),
    ...['MALFORMED_ITEMS', 'HARVEST', 'BORDER', 'COPIED', 'PASSAGE', 'OVERLAP'].map(
      (reason) => `declaration ${reason}`,
    ),
    ...['TOKENS', 'BYTES', 'COUNT', 'CHUNK', 'INFORMATION', 'TOKEN', 'PACKING'].map(
      (what) => `output MALFORMED_${what}`,
    ),
  ];
  for (const kind of kinds) expect(report.upheld[kind] ?? 0, kind).toBeGreaterThan(0);
  for (const code of ['SSZ_DECODE', 'WITNESS_TOO_LARGE', 'settlement WITNESS_DEPENDENT'])
    expect(report.refuted[code] ?? 0, code).toBeGreaterThan(20);
  expect(report.largestBytes).toBeLessThanOrEqual(10_000);
});

const onClaims = (change: (subject: ClaimSubject, witness: Witness) => ClaimSubject): Judges => ({
  ...JUDGES,
  claim: (subject, witness) => JUDGES.claim(change(subject, witness), witness),
});
const onContributions = (change: (subject: ContributionSubject) => ContributionSubject): Judges => ({
  ...JUDGES,
  contribution: (subject, witness) => JUDGES.contribution(change(subject), witness),
});
/** Takes no witness of one kind. */
const deaf = (kind: Witness['type']): Judges => {
  const refused = fail('WITNESS_KIND', kind);
  return {
    ...JUDGES,
    claim: (subject, witness) => (witness.type === kind ? refused : JUDGES.claim(subject, witness)),
    receipt: (subject, witness) => (witness.type === kind ? refused : JUDGES.receipt(subject, witness)),
    contribution: (subject, witness) =>
      witness.type === kind ? refused : JUDGES.contribution(subject, witness),
  };
};
/** Changes what witnesses of shared runs are judged by, and nothing else. */
const onShared = (change: (subject: ClaimSubject) => Partial<ClaimSubject>): Judges =>
  onClaims((subject, { type }) => (type === 'shared' ? { ...subject, ...change(subject) } : subject));
const calibrated = (
  change: (drawn: NonNullable<ClaimSubject['calibration']>) => ClaimSubject['calibration'],
): Judges =>
  onClaims((subject) => ({ ...subject, calibration: subject.calibration && change(subject.calibration) }));

const NONE: ReadonlySet<number> = new Set();

const withBrought =
  (brought: ClaimSubject['brought'], change: Partial<Brought>): ClaimSubject['brought'] =>
  (contribution) => {
    const known = brought(contribution);
    return known && { ...known, ...change };
  };

describe('the fuzzer finds a judge that', () => {
  /** For a bug that shows late, a seed at which it shows. Should the cases change, the search only takes longer. */
  const planted: readonly (readonly [bug: string, judges: Judges, seed?: number])[] = [
    [
      'takes matches that are one token too short',
      onClaims((subject) => ({
        ...subject,
        parameters: { ...subject.parameters, matchTokensMin: subject.parameters.matchTokensMin - 1 },
      })),
    ],
    [
      'does not ask for the tokens before a match',
      onClaims((subject) => ({ ...subject, rules: { ...subject.rules, context: 0 } })),
    ],
    [
      'does not ask for the tokens before what is not novel',
      onContributions((subject) => ({ ...subject, rules: { ...subject.rules, context: 0 } })),
    ],
    ['takes matches of too little information', onClaims((subject) => ({ ...subject, matchBitsMin: 0 }))],
    [
      'takes echoes that are one token too short',
      onClaims((subject) => ({
        ...subject,
        parameters: { ...subject.parameters, promptMin: subject.parameters.promptMin - 1 },
      })),
    ],
    [
      'asks for echoes that are one token longer',
      onClaims((subject) => ({
        ...subject,
        parameters: { ...subject.parameters, promptMin: subject.parameters.promptMin + 1 },
      })),
    ],
    [
      'counts what the claim says is echoed',
      onClaims((subject, { type }) => ({
        ...subject,
        claim: type === 'better' ? { ...subject.claim, x: [] } : subject.claim,
      })),
    ],
    [
      'looks at some matches of the claim only',
      onClaims((subject, { type }) => ({
        ...subject,
        claim:
          type === 'better' ? { ...subject.claim, matches: subject.claim.matches.slice(1) } : subject.claim,
      })),
    ],
    ['knows no commons', onClaims((subject) => ({ ...subject, commons: NONE })), 122],
    [
      'puts commons first in version 1 too',
      onClaims((subject, { type }) => ({
        ...subject,
        rules: type === 'better' ? { ...subject.rules, commonsFirst: true } : subject.rules,
      })),
      53,
    ],
    [
      'takes shared runs that are one token too short',
      onShared(({ parameters }) => ({
        parameters: { ...parameters, matchTokensMin: parameters.matchTokensMin - 1 },
      })),
      212,
    ],
    ['takes shared runs of too little information', onShared(() => ({ matchBitsMin: 0 })), 1206],
    [
      'looks at some shared runs of the claim only',
      onShared(({ claim }) => ({ claim: { ...claim, shared: claim.shared.slice(1) } })),
      127,
    ],
    [
      'takes a later copy for an independent contribution',
      onShared(({ brought }) => ({ brought: withBrought(brought, { reveal: toHeight(1_000_000n) }) })),
      178,
    ],
    [
      'takes the first contribution for a later copy',
      onShared(({ brought }) => ({ brought: withBrought(brought, { commit: toHeight(1_000_000n) }) })),
    ],
    [
      'takes two contributions of one account for those of two',
      onShared(({ brought }) => ({
        brought: (contribution) => {
          const owner = ZERO_ADDRESS.slice() as Address;
          owner[0] = contribution;
          return withBrought(brought, { owner })(contribution);
        },
      })),
      171,
    ],
    [
      'knows shared runs in version 1 too',
      onShared(({ rules }) => ({ rules: { ...rules, sharedTokensMax: 128 } })),
      43,
    ],
    [
      'knows no shared runs in a calibration',
      {
        ...JUDGES,
        claim: (subject, witness) =>
          witness.type === 'shared' && subject.calibration !== undefined
            ? fail('WITNESS_KIND', 'shared')
            : JUDGES.claim(subject, witness),
      },
    ],
    [
      'takes what is copied for a shared run, if its passages are not shown',
      onShared(({ source }) => ({
        source: (contribution) => {
          const found = source(contribution);
          return found && { ...found, passages: undefined };
        },
      })),
    ],
    [
      'asks for all matches at the step before the bar',
      calibrated((drawn) => ({ ...drawn, complete: true })),
    ],
    ['lets the item drawn match itself', calibrated((drawn) => ({ ...drawn, item: drawn.item + 1 }))],
    ['forgets what was struck', calibrated((drawn) => ({ ...drawn, own: { ...drawn.own, struck: NONE } }))],
    [
      'takes novelty of too little information',
      onContributions((subject) => ({ ...subject, parameters: { ...subject.parameters, matchBitsMin: 0 } })),
    ],
    [
      'takes copies that are one token too short',
      onContributions((subject) => ({
        ...subject,
        parameters: { ...subject.parameters, copyMin: subject.parameters.copyMin - 1 },
      })),
      92,
    ],
    [
      'strikes a passage twice',
      onContributions((subject) => ({ ...subject, passages: { ...subject.passages, struck: NONE } })),
      142,
    ],
    [
      'strikes a run twice',
      onContributions((subject) => ({ ...subject, novelRuns: { ...subject.novelRuns, struck: NONE } })),
    ],
    [
      'takes any contribution for an earlier one',
      onContributions((subject) => ({ ...subject, contribution: 2 ** 31 })),
      46,
    ],
    ...(
      [
        'invalid',
        'better',
        'shared',
        'echo',
        'info',
        'inert',
        'malformed',
        'draw',
        'overlap',
        'harvest',
        'passage',
        'copied',
        'border',
      ] as const
    ).map((kind) => [`refuses every witness of kind ${kind}`, deaf(kind)] as const),
  ];

  /** Many a lie is made of witnesses that were kept from the cases before. */
  const EARLIER = 8;

  const searched = planted.map(([bug, judges, seed = 1]) => [bug, judges, seed] as const);

  test.each(searched)('%s', (_bug, judges, seed) => {
    // One seed after the other, until one finds it.
    const failures = [Math.max(1, seed - EARLIER), 1000, 2000]
      .values()
      .map((seed) => dispute({ seed, disputes: 40_000, judges }).failure);
    const failure = failures.find((each) => each !== undefined);
    expect(failure?.why).toMatch(/^\w+: (?!threw)/);
  });
});
