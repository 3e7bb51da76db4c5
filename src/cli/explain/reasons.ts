/** The sentences about words that are credited to nobody, and about the contribution that was asked about. */
import { printableLine } from '../../lib/printable.ts';
import type { Explanation, ReceiptStatus } from './explanation.ts';
import { amount, bits, count, listOf } from './figures.ts';
import type { NothingPaid } from './parts.ts';
import { sharedClause, sharedVerdict, shortAddress } from './shared-words.ts';
import type { Standing } from './standing.ts';
import type {
  AlsoHeld,
  AlsoHolder,
  Asked,
  AskedPart,
  AskedVerdict,
  Holder,
  Reason,
  Tracing,
  Uncredited,
} from './tracing.ts';
import { statusSentence } from './words.ts';

/** The bars by which it was judged. */
export type Bars = Pick<
  Extract<Tracing, { available: true }>,
  'matchBits' | 'matchTokensMin' | 'matchTokensMax'
>;

/** Returns the bars of an explanation, also if its texts were not searched. */
export const barsOf = ({ tracing, calibration: { standing, matchBitsLeast } }: Explanation): Bars =>
  tracing?.available === true
    ? tracing
    : {
        matchBits: standing.type === 'final' ? standing.matchBits : matchBitsLeast,
        matchTokensMin: 0,
        matchTokensMax: 0,
      };

type Who = Pick<Holder, 'contribution' | 'owner' | 'name'>;

/** `contribution 12 of carol`, or `commons 3` */
export const whoText = ({ contribution, owner, name }: Who): string =>
  owner === null
    ? `commons ${contribution}`
    : `contribution ${contribution} of ${name === null ? shortAddress(owner) : printableLine(name)}`;

/** Why the outputs of the version may not be traced to a contribution. */
const standingClause = (standing: Standing): string => {
  switch (standing.type) {
    case 'eligible':
      return 'it is among the model’s';
    case 'committed':
      return 'it is committed, but not revealed';
    case 'expired':
      return 'it was not revealed in time';
    case 'review':
      return 'it is still under review';
    case 'rejected':
      return 'reviewers have rejected it';
    case 'undecided':
      return 'reviewers have not decided on it';
    case 'void':
      return `a challenge made it void at block ${standing.height}`;
    case 'later':
      return `it was accepted as number ${standing.number} of its Datanet, of which this version pins the first ${standing.pinned}`;
    case 'datanet':
      return 'this version does not draw on its Datanet';
    default:
      return standing satisfies never;
  }
};

/** Why `words` words that stand in a contribution are not credited to it. */
const reasonClause = (
  reason: Reason,
  words: number,
  { matchBits, matchTokensMin, matchTokensMax }: Bars,
): string => {
  switch (reason.type) {
    case 'echo':
      return ', but they are in the prompt already: echo earns nothing';
    case 'bits':
      return reason.echoed === 0
        ? `, but bear ${bits(reason.score)}; ${matchBits} are needed`
        : `; ${reason.echoed} of them ${reason.echoed === 1 ? 'is' : 'are'} in the prompt already, and the other ${words - reason.echoed} bear ${bits(reason.score)}; ${matchBits} are needed`;
    case 'short':
      return `; a match has ${matchTokensMin} words or more`;
    case 'spread':
      return `, but not all of them lie within ${matchTokensMax} words, the most that a match may have, that bear the ${matchBits} bits that are needed`;
    case 'ineligible':
      return `, which is not among the model’s: ${standingClause(reason.standing)}`;
    case 'unsettled':
      return ', and would count, but the receipt is not settled';
    case 'uncalibrated':
      return '; whether they count is not known before the version of the model is calibrated';
    case 'unattributed':
      return ', but for this version of the model no bar tells its data from coincidence';
    case 'unclaimed':
      return ', and count, but the claim does not credit them to it: the claim is false';
    case 'shared':
      return `, but are ${sharedClause(reason)}`;
    case 'other':
      return `, but ${reason.commons ? 'commons' : 'contribution'} ${reason.contribution} owns them`;
    default:
      return reason satisfies never;
  }
};

/** `8 words stand in contribution 12 of carol, but bear 61.0 bits; 128 are needed. So they do in 3 others: …` */
export const uncreditedSentence = (
  { start, end, holder, reason, others, otherCount }: Uncredited,
  bars: Bars,
): string => {
  const words = end - start;
  const also =
    otherCount === 0
      ? ''
      : ` ${count(otherCount, 'other')} ${otherCount === 1 ? 'holds' : 'hold'} them too: ${listOf(others, otherCount)}.`;
  return `${count(words, 'word')} ${words === 1 ? 'stands' : 'stand'} in ${whoText(holder)}${reasonClause(reason, words, bars)}.${also}`;
};

type OwnedRun = {
  readonly start: number;
  readonly end: number;
  readonly owner: number;
  readonly isCommons: boolean;
};

/** Why one who holds words of a span besides its owner is not paid for them. */
const alsoReason = ({ owner, standing, contribution, isEntitled }: AlsoHolder, span: OwnedRun): string => {
  if (standing.type !== 'eligible') return `not among the model’s, because ${standingClause(standing)}`;
  if (isEntitled) return 'by the texts they are its own, so the claim is false';
  if (owner === null) return 'nobody’s';
  if (contribution > span.owner) return 'later';
  return span.isCommons ? 'a commons owns them' : 'too few of them to count';
};

const alsoWho = ({ contribution, owner, name }: Holder): string =>
  owner === null
    ? String(contribution)
    : `${contribution} (${name === null ? shortAddress(owner) : printableLine(name)})`;

/** Says who else holds words of a span, those alike together: `8 of them also stand in contribution 7 (carol): later`. */
export const alsoSentences = ({ holders, count: all }: AlsoHeld, span: OwnedRun): readonly string[] => {
  const groups = Map.groupBy(holders, (holder) => {
    const words = holder.end - holder.start;
    const what = words === span.end - span.start ? 'all of them' : `${words} of them`;
    const kind = holder.owner === null ? 'commons' : 'contribution';
    return `${what} also ${words === 1 ? 'stands' : 'stand'} in ${kind}\n${alsoReason(holder, span)}`;
  });
  const more = all - holders.length;
  return [
    ...[...groups].map(([key, alike]) => {
      const [where = '', why = ''] = key.split('\n');
      const plural = alike.length > 1 && where.endsWith('contribution') ? 's' : '';
      return `${where}${plural} ${alike.map(alsoWho).join(', ')}: ${why}`;
    }),
    ...(more > 0 ? [`words of it stand in ${count(more, 'more contribution')}`] : []),
  ];
};

const fateClause = (fate: AskedPart['fate'], bars: Bars): string => {
  switch (fate.type) {
    case 'credited':
      return 'credited to it';
    case 'echo':
      return 'in the prompt already: echo earns nothing';
    case 'bits':
      return `the run bears ${bits(fate.score)}${fate.echoed > 0 ? ' outside of the echo' : ''}; ${bars.matchBits} are needed`;
    case 'shared':
      return sharedClause(fate);
    case 'other':
      return `${fate.commons ? 'commons' : 'contribution'} ${fate.contribution} owns them`;
    case 'ineligible':
      return standingClause(fate.standing);
    case 'short':
      return `a match has ${bars.matchTokensMin} words or more`;
    case 'spread':
      return `no ${bars.matchTokensMax} words around them bear ${bars.matchBits} bits`;
    case 'unsettled':
      return 'would count, but the receipt is not settled';
    case 'uncalibrated':
      return 'whether they count is not known before the version of the model is calibrated';
    case 'unattributed':
      return 'no bar tells the data of this version from coincidence';
    case 'unclaimed':
      return 'would count, but the claim does not credit them to it';
    default:
      return fate satisfies never;
  }
};

export const partSentence = (part: AskedPart, bars: Bars): string =>
  `${count(part.end - part.start, 'word')}, ${bits(part.score)}: ${fateClause(part.fate, bars)}`;

const reasonVerdict = (reason: Reason, { contribution }: Asked, bars: Bars, isSettled: boolean): string => {
  switch (reason.type) {
    case 'shared':
      return sharedVerdict(reason, contribution);
    case 'other':
      return reason.commons
        ? `Its words in this answer are those of commons ${reason.contribution}, which nobody is paid for.`
        : reason.contribution < contribution
          ? isSettled
            ? `Its words in this answer are credited to contribution ${reason.contribution}, which had them first.`
            : `Contribution ${reason.contribution} had its words in this answer first.`
          : `Its words in this answer are too few to count; contribution ${reason.contribution} holds more of the words around them${isSettled ? ', and is credited' : ''}.`;
    case 'bits':
      return `Words of this answer stand in it, but no run of them bears ${bars.matchBits} bits outside of the echo; the best bears ${bits(reason.score)}.`;
    case 'echo':
      return 'The runs of this answer that stand in it are in the prompt already: echo earns nothing.';
    case 'short':
      return `Words of this answer stand in it, but a match has ${bars.matchTokensMin} words or more in a row: the longest run has ${reason.words}.`;
    case 'spread':
      return `Words of this answer stand in it, but no ${bars.matchTokensMax} of them bear the ${bars.matchBits} bits that are needed.`;
    case 'ineligible':
      return `The outputs of this version of the model may not be traced to it: ${standingClause(reason.standing)}.`;
    case 'unsettled':
      return 'Its words in this answer would count, but the receipt is not settled.';
    case 'uncalibrated':
      return 'Words of this answer stand in it, but the version of the model is not calibrated yet.';
    case 'unattributed':
      return 'Words of this answer stand in it, but for this version of the model no bar tells its data from coincidence.';
    case 'unclaimed':
      return 'Its words in this answer count, but the claim does not credit them to it: the claim is false.';
    default:
      return reason satisfies never;
  }
};

const NOT_COMPARED = 'Whether its words stand in the answer is not known';

const nothingClause = (nothing: NothingPaid): string => {
  switch (nothing) {
    case 'data':
      return 'no part of the fee of this receipt is data money';
    case 'share':
      return 'the chain pays no part of data money for spans';
    case 'habit':
      return 'the span pool of the epoch is empty, because receipts covered no more than habit alone does';
    case 'debt':
      return 'the span pool of the epoch is empty, because receipts of earlier epochs covered less than habit alone does, and this epoch makes up for them';
    case 'rounding':
      return 'its part of the span pool of the epoch is less than one base unit';
    default:
      return nothing satisfies never;
  }
};

const creditedSentence = ({
  score,
  payment,
}: Extract<AskedVerdict, { readonly type: 'credited' }>): string => {
  const credited = `It is credited with ${bits(score)} of this answer`;
  if (payment === null) return `${credited}.`;
  const { amount: paid, basis, nothing } = payment;
  const estimate = basis === 'exact' ? '' : ' This is an estimate until the epoch closes.';
  return nothing !== null
    ? `${credited}, but is paid nothing: ${nothingClause(nothing)}.${estimate}`
    : `${credited}, and is paid ${basis === 'exact' ? '' : '≈ '}${amount(paid)} for its words.${estimate}`;
};

/** Says in one or two sentences why the contribution is paid or not. */
export const askedSentence = (
  asked: Asked,
  bars: Bars,
  {
    status,
    isSettled,
    reason,
    noveltyBps,
  }: {
    readonly status: ReceiptStatus;
    readonly isSettled: boolean;
    readonly reason: string;
    readonly noveltyBps: number;
  },
): string => {
  const verdict: AskedVerdict = asked.verdict;
  const claim = isSettled ? ' The claim does not credit it with any.' : ' The receipt is not settled.';
  switch (verdict.type) {
    case 'credited':
      return creditedSentence(verdict);
    case 'commons':
      return `It owns ${bits(verdict.score)} of this answer, but it is a commons: nobody is paid for it.`;
    case 'receipt':
      return `Nobody is paid for words of this answer. ${statusSentence(status, noveltyBps)}`;
    case 'outputMissing':
      return `${NOT_COMPARED}: ${reason}.${claim}`;
    case 'textMissing':
      return `${NOT_COMPARED}: the node lacks its text.${claim}`;
    case 'none':
      return verdict.longest === 0
        ? 'It shares no word with this answer.'
        : `Too few words of this answer stand in it in a row: the longest run has ${count(verdict.longest, 'word')}, and a match has ${bars.matchTokensMin} or more.`;
    default:
      return reasonVerdict(verdict, asked, bars, isSettled);
  }
};

export const isPaid = ({ verdict, phrases }: Asked): boolean =>
  (verdict.type === 'credited' && verdict.payment !== null && verdict.payment.amount > 0n) ||
  (phrases?.amount ?? 0n) > 0n;
