/** Why one contribution is paid for an answer, or why it is not. */
import type { ContributionId } from '../../lib/ids.ts';
import type { Contributor, ReceiptStatus } from './explanation.ts';
import type { Part } from './fates.ts';
import { type Around, type Judgement, shownParts } from './judgement.ts';
import type { Payment } from './parts.ts';
import type { Searched } from './search.ts';
import type { SharedPhrases } from './shared-phrases.ts';
import { excerptOf, type LocatedText } from './sources.ts';
import type { Asked, AskedVerdict, Names, Reason } from './tracing.ts';

/** The reasons by which a contribution is not paid, the one that decides first. */
const RANKS: readonly Reason['type'][] = [
  'unclaimed',
  'unsettled',
  'uncalibrated',
  'unattributed',
  'shared',
  'other',
  'ineligible',
  'spread',
  'bits',
  'short',
  'echo',
];

const firstReason = (parts: readonly Part[]): Reason | undefined => {
  const reasons = parts.flatMap(({ fate }) => (fate.type === 'credited' ? [] : [fate]));
  return reasons.toSorted(
    (a, b) =>
      RANKS.indexOf(a.type) - RANKS.indexOf(b.type) ||
      (a.type === 'bits' && b.type === 'bits' ? b.score - a.score : 0) ||
      (a.type === 'short' && b.type === 'short' ? b.words - a.words : 0),
  )[0];
};

export type AskedGiven = {
  readonly status: ReceiptStatus;
  /** What the claim credits it with. */
  readonly contributor: Contributor | undefined;
  readonly payment: Payment | undefined;
  /** What the answer shares with the data; undefined if nobody has settled the receipt. */
  readonly phrases: SharedPhrases | undefined;
  readonly judgement: Judgement;
};

const verdictOf = (
  asked: Searched,
  { status, contributor, payment, judgement: { judged, parts } }: AskedGiven,
): AskedVerdict => {
  if (status.type === 'void' || status.type === 'expired') return { type: 'receipt' };
  if (contributor !== undefined) {
    const { score, owner } = contributor;
    return owner === null
      ? { type: 'commons', score }
      : {
          type: 'credited',
          score,
          payment:
            payment === undefined
              ? null
              : { amount: payment.amount, basis: payment.basis, nothing: payment.nothing },
        };
  }
  const { standing, runs } = asked;
  if (standing.type !== 'eligible') return { type: 'ineligible', standing };
  if (judged === undefined) return { type: 'outputMissing' };
  if (runs === undefined) return { type: 'textMissing' };
  return (
    firstReason(parts) ?? {
      type: 'none',
      longest: runs.reduce((longest, { start, end }) => Math.max(longest, end - start), 0),
    }
  );
};

/** Returns what relevance pays it. */
const phrasesOf = (shared: SharedPhrases | undefined, contribution: ContributionId): Asked['phrases'] => {
  if (shared === undefined) return undefined;
  const sharer = shared.sharers.find((each) => each.contribution === contribution);
  if (sharer === undefined) return null;
  const { picks, phrases, amount, nothing } = sharer;
  return { picks: picks.length, phrases, amount, nothing, basis: shared.basis };
};

/** Returns undefined if no contribution was asked about. */
export const askedOf = (
  given: AskedGiven,
  names: Names,
  output: LocatedText | undefined,
  around: Around,
): Asked | undefined => {
  const { judgement } = given;
  const { asked } = judgement.search;
  if (asked === undefined) return undefined;
  const { contribution, owner, datanet, standing } = asked;
  const parts = shownParts(judgement);
  return {
    contribution,
    owner,
    name: owner === null ? null : (names(owner) ?? null),
    datanet,
    standing,
    verdict: verdictOf(asked, given),
    phrases: phrasesOf(given.phrases, contribution),
    parts: parts.map((part) => {
      const { start, end, item } = part;
      return {
        ...part,
        excerpt: excerptOf(around(contribution, item), output, { ...part, match: { start, end } }),
      };
    }),
    more: judgement.parts.length - parts.length,
  };
};
