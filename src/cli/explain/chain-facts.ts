/** The places on the chain of each fact of an explanation, in the order of height. */
import { type Height, toHeight } from '../../lib/brands.ts';
import { type ContributionId, OF_CHAIN } from '../../lib/ids.ts';
import type { ChainFact, Contributor, Reversion, SharedWords } from './explanation.ts';
import type { Facts } from './facts.ts';
import type { SharedPhrases } from './shared-phrases.ts';

type Placed = Omit<ChainFact, 'height'> & { readonly height: Height | undefined };

const contributionFacts = (
  { contributions }: Facts,
  contributors: readonly Contributor[],
): readonly Placed[] =>
  contributors.flatMap(({ number, contribution }): readonly Placed[] => {
    const cited = contributions.get(contribution);
    if (cited === undefined) return [];
    const { root, owner, committedAt, revealedAt, revealedBy } = cited;
    const refs: ChainFact['refs'] = [
      ...(root === undefined ? [] : [['content root', root] as const]),
      ...(revealedBy === undefined ? [] : [['revealed by', revealedBy] as const]),
    ];
    const revealed = revealedAt === undefined ? '' : `, revealed in block ${revealedAt}`;
    const commons =
      revealedAt === undefined
        ? `commons ${contribution}, with ${contribution === OF_CHAIN ? 'the genesis' : 'its Datanet'}`
        : `commons ${contribution} committed as a proposal${revealed}`;
    const what =
      owner === null
        ? `[${number}] ${commons}`
        : `[${number}] contribution ${contribution} committed, which is its place in line${revealed}`;
    return [{ what, height: committedAt, refs }];
  });

/** Returns the facts about who brought the same words independently, unless they are contributors too. */
const bringerFacts = (
  { contributions }: Facts,
  contributors: readonly Contributor[],
  shared: readonly SharedWords[],
): readonly Placed[] => {
  const known = new Set<number>(contributors.map(({ contribution }) => contribution));
  return shared
    .flatMap(({ first, second }) => [first, second])
    .flatMap(({ contribution, revealedAt }): readonly Placed[] => {
      const cited = contributions.get(contribution);
      if (cited === undefined || known.has(contribution)) return [];
      known.add(contribution);
      return [
        {
          what: `contribution ${contribution} committed, which brought the same words; revealed in block ${revealedAt}`,
          height: cited.committedAt,
          refs: cited.revealedBy === undefined ? [] : [['revealed by', cited.revealedBy]],
        },
      ];
    });
};

/** Returns the facts about contributions whose chunks were picked, unless they are among those that are named already. */
const sharerFacts = (
  { contributions }: Facts,
  others: readonly { readonly contribution: ContributionId }[],
  phrases: SharedPhrases | undefined,
): readonly Placed[] => {
  const known = new Set<number>(others.map(({ contribution }) => contribution));
  return (phrases?.sharers ?? [])
    .filter(({ contribution }) => !known.has(contribution))
    .flatMap(({ contribution }): readonly Placed[] => {
      const cited = contributions.get(contribution);
      if (cited === undefined) return [];
      const { root, committedAt, revealedAt, revealedBy } = cited;
      return [
        {
          what: `contribution ${contribution} committed, which shares phrases with the answer${revealedAt === undefined ? '' : `; revealed in block ${revealedAt}`}`,
          height: committedAt,
          refs: [
            ...(root === undefined ? [] : [['content root', root] as const]),
            ...(revealedBy === undefined ? [] : [['revealed by', revealedBy] as const]),
          ],
        },
      ];
    });
};

const settlementFacts = ({ settlement, status }: Facts): readonly Placed[] => {
  if (settlement === undefined) return [];
  const { id, attestor, height, finalAt, epoch } = settlement;
  return [
    {
      what: 'settled: the claim, and the scores that the chain computed from it',
      height,
      refs: [
        ['transaction', id],
        ['attestor', attestor],
      ],
    },
    {
      what:
        status.type === 'final'
          ? 'challenge window closed: final'
          : 'challenge window closes; until then anyone may refute it',
      height: finalAt,
      refs: [],
    },
    {
      what:
        epoch.closed === undefined
          ? 'epoch closes, its data money is divided'
          : 'epoch closed, its data money divided',
      height: toHeight(epoch.end),
      refs: [],
    },
  ];
};

/** Returns the facts about reverted claims. They and their attestors stay on the chain. */
const revertedClaimFacts = ({ revertedClaims }: Facts): readonly Placed[] =>
  revertedClaims.flatMap(({ settlement, made }): readonly Placed[] =>
    made === undefined
      ? []
      : [
          {
            what: 'settled by a claim that was reverted later',
            height: made.height,
            refs: [
              ['transaction', settlement],
              ['attestor', made.attestor],
            ],
          },
        ],
  );

const REVERSIONS = {
  refuted: 'the claim was refuted: open again',
  unanswered: 'the claim was reverted, because nobody answered the demand: open again',
  outdone:
    'the claim was reverted, because its attestor gave no excuses for a chunk that adds more: open again',
} as const satisfies Readonly<Record<Reversion, string>>;

const reversionFacts = ({ revertedClaims }: Facts): readonly Placed[] =>
  revertedClaims.map(({ settlement, made, because, revertedAt }) => ({
    what: REVERSIONS[because],
    height: revertedAt,
    refs: [['settlement', settlement], ...(made === undefined ? [] : [['attestor', made.attestor] as const])],
  }));

const roundFacts = (
  version: number,
  { drawnAt, claim }: Facts['calibration']['rounds'][number],
): readonly Placed[] => [
  ...(drawnAt === undefined
    ? []
    : [{ what: `tokens drawn to calibrate version ${version}`, height: drawnAt, refs: [] }]),
  ...(claim === undefined
    ? []
    : [
        {
          what: `calibration claimed, open to challenge until block ${claim.finalAt}`,
          height: claim.height,
          refs: [
            ['transaction', claim.id],
            ['attestor', claim.attestor],
          ] as const,
        },
      ]),
];

const challengeFacts = ({ challenges }: Facts): readonly Placed[] =>
  challenges.map(({ id, witness, state, challenger, height }) => ({
    what: `challenged by ${witness.toUpperCase()}: ${state}`,
    height,
    refs: [
      ['transaction', id],
      ['challenger', challenger],
    ],
  }));

export const chainFactsOf = (
  facts: Facts,
  contributors: readonly Contributor[],
  shared: readonly SharedWords[],
  phrases: SharedPhrases | undefined,
): readonly ChainFact[] => {
  const { receipt, model, calibration, status } = facts;
  const all: readonly Placed[] = [
    ...contributionFacts(facts, contributors),
    ...bringerFacts(facts, contributors, shared),
    ...sharerFacts(
      facts,
      [...contributors, ...shared.flatMap(({ first, second }) => [first, second])],
      phrases,
    ),
    {
      what: `model ${model.id} registered with its manifest`,
      height: model.height,
      refs: [['manifest root', receipt.manifest]],
    },
    ...calibration.rounds.flatMap((round) => roundFacts(calibration.version, round)),
    {
      what: 'receipt: the payer’s signed voucher, in a batch of its provider',
      height: receipt.height,
      refs: [
        ['transaction', receipt.id.split('/')[0] ?? ''],
        ['payer', receipt.payer],
        ['provider', receipt.provider],
        ['prompt root', receipt.promptRoot],
        ['output root', receipt.outputRoot],
        ['text root', receipt.textRoot],
      ],
    },
    ...revertedClaimFacts(facts),
    ...challengeFacts(facts),
    ...reversionFacts(facts),
    ...settlementFacts(facts),
    ...(status.type === 'open' && receipt.deadline !== null
      ? [{ what: 'last block in which it may be settled', height: receipt.deadline, refs: [] }]
      : []),
  ];
  return all
    .toSorted((a, b) => Number((a.height ?? 0n) - (b.height ?? 0n)))
    .map(({ height, ...fact }) => ({ ...fact, height: height?.toString() }));
};
