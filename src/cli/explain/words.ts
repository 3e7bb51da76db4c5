/** The sentences that both views share. */
import { divFloorNumber } from '../../lib/math.ts';
import { printableLine } from '../../lib/printable.ts';
import type {
  CalibrationView,
  Contributor,
  Coverage,
  EpochFacts,
  Explanation,
  ReceiptStatus,
  Reversion,
} from './explanation.ts';
import { amount, count, percentOf, percentOfBps } from './figures.ts';
import { remainderText } from './paid-for.ts';
import type { Payment } from './parts.ts';
import type { Tracing } from './tracing.ts';

export const statusLabel = (status: ReceiptStatus): string => {
  switch (status.type) {
    case 'open':
      return status.reverted === undefined ? 'not settled yet' : 'open again';
    case 'unsettleable':
      return 'cannot be settled';
    case 'short':
      return 'settled, not backed yet';
    case 'settled':
      return status.demands > 0 ? 'challenged' : 'settled, may be challenged';
    case 'final':
      return 'final';
    case 'expired':
      return 'expired without settlement';
    case 'void':
      return 'void';
    default:
      return status satisfies never;
  }
};

const reversionSentence = ({
  height,
  because,
}: {
  readonly height: string;
  readonly because: Reversion;
}): string => {
  switch (because) {
    case 'refuted':
      return `A claim was refuted at block ${height}`;
    case 'unanswered':
      return `A claim was reverted at block ${height}, because nobody answered a demand for its texts`;
    case 'outdone':
      return `A claim was reverted at block ${height}, because somebody showed a chunk that adds more than one of its picks, and its attestor gave no excuses`;
    default:
      return because satisfies never;
  }
};

/** @param noveltyBps - the part of what no track pays that goes by novel tokens */
export const statusSentence = (status: ReceiptStatus, noveltyBps: number): string => {
  const rest = remainderText(noveltyBps);
  switch (status.type) {
    case 'open':
      if (status.reverted !== undefined)
        return `${reversionSentence(status.reverted)}; open again until block ${status.deadline}: an attestor may settle it anew. Nothing is paid before.`;
      return status.deadline === null
        ? 'This receipt waits for the calibration of its version of the model; the time to settle it begins with the end of that. Nothing is paid for its words before.'
        : `No attestor has settled this receipt yet; one may until block ${status.deadline}. Nothing is paid for its words before.`;
    case 'unsettleable':
      return `This receipt cannot be settled, because its texts are private, so nobody could check a claim about them. It expires after ${status.deadline === null ? 'the time in which the others of its version can be settled, which begins with the end of the calibration' : `block ${status.deadline}`}, and then all of its data money goes to ${rest}.`;
    case 'short':
      return `Settled, but attestors have to lock ${amount(BigInt(status.missing))} more behind the claim until block ${status.until}, or it is dropped. Nothing is paid before.`;
    case 'settled':
      return status.demands > 0
        ? `${count(status.demands, 'demand')} for its texts ${status.demands === 1 ? 'waits' : 'wait'} for an answer. Nothing is paid before.`
        : `Settled, and open to challenge until block ${status.finalAt}. Nothing is paid before.`;
    case 'final':
      return `Settled; nobody refuted it while the challenge window was open. Final since block ${status.finalAt}.`;
    case 'expired':
      return `It expired without a settlement, so no track pays its data money: all of it goes to ${rest}.`;
    case 'void':
      return `Its commitments were malformed: it is void. The price of its compute went back to the payer; its data money goes to ${rest}.`;
    default:
      return status satisfies never;
  }
};

/** Whether no settlement of it will ever be paid. */
export const isNeverSettled = ({ type }: ReceiptStatus): boolean =>
  type === 'unsettleable' || type === 'expired' || type === 'void';

const paidFor = (contributors: readonly Contributor[]): readonly Contributor[] =>
  contributors.filter(({ owner }) => owner !== null);

/** The answer in one sentence. */
export const verdict = ({ coverage, contributors, status, phrases, money }: Explanation): string => {
  if (coverage === undefined) return statusSentence(status, money.noveltyBps);
  const paid = paidFor(contributors);
  const sharers = phrases?.sharers.length ?? 0;
  const shares = sharers === 0 ? '' : ` It shares phrases with ${count(sharers, 'contribution')}.`;
  const { commons, shared } = coverage;
  if (paid.length === 0 && commons + shared > 0) {
    const whose = [
      ...(commons > 0 ? ['are those of a commons'] : []),
      ...(shared > 0 ? ['were brought by several owners independently'] : []),
    ].join(' or ');
    return `Nobody is paid for words of this answer: those that match the model’s data closely enough ${whose}, so they are nobody’s.${shares}`;
  }
  if (paid.length === 0)
    return sharers === 0
      ? `No words of this answer match the model’s data closely enough to be paid for. Its part of what no track pays goes to ${remainderText(money.noveltyBps)}.`
      : `This answer shares phrases with ${count(sharers, 'contribution')}. It repeats no run of their words that is long and rare enough to be paid for as such.`;
  return `${percentOfBps(coverage.bps)} of this answer, by information, repeats words of ${count(paid.length, 'contribution')}.${shares}`;
};

const standingSentences = ({ standing, matchBitsLeast, version }: CalibrationView): readonly string[] => {
  switch (standing.type) {
    case 'awaited':
      return [
        `Version ${version} of the model is not calibrated: its tokens are drawn at the end of block ${standing.drawAt}. No receipt of it can be settled before.`,
      ];
    case 'drawn':
      return [
        `The tokens that calibrate version ${version} of the model are drawn, but attestors have not claimed both rounds yet. No receipt of it can be settled before.`,
      ];
    case 'claimed':
      return [
        `The calibration of version ${version} of the model is claimed, and open to challenge until block ${standing.finalAt}. No receipt of it can be settled before.`,
      ];
    case 'unattributed':
      return [
        `For version ${version} of the model no bar tells its data from coincidence: nothing is paid for spans, and its receipts are settled by relevance alone.`,
      ];
    case 'final': {
      const { matchBits, controlBps, isOfOneAccount } = standing;
      return [
        matchBits > matchBitsLeast
          ? `A match counts from ${matchBits} bits on: calibration, or the floor of a Datanet, has raised the bar from the chain’s ${matchBitsLeast}. Shorter repetitions, the idiom of the domain, count for nothing.`
          : `A match counts from ${matchBits} bits on, the chain’s least.`,
        isOfOneAccount
          ? 'Control κ = 0, because nothing was measured: all data of the version is of one account, and there is no data of others to measure it against. So nothing is taken off for what habit alone covers.'
          : `Control κ = ${percentOfBps(controlBps)}: what habit alone covers, measured on the data itself. It is taken off.`,
      ];
    }
    default:
      return standing satisfies never;
  }
};

export const calibrationSentences = (calibration: CalibrationView): readonly string[] => {
  const { liftBps, model } = calibration;
  const effect = (lift: number): string =>
    lift > 0
      ? ''
      : lift < 0
        ? ' It lowers the pool of its epoch.'
        : ' It adds nothing to the pool of its epoch.';
  return [
    ...standingSentences(calibration),
    ...(liftBps === undefined
      ? []
      : [`Lift a − κ of this receipt: ${percentOfBps(liftBps)}.${effect(liftBps)}`]),
    ...(model === undefined
      ? []
      : [
          `The model over its closed epochs: coverage a ${percentOfBps(model.coverageBps)}, control κ ${percentOfBps(model.controlBps)}, lift ${percentOfBps(model.liftBps)}.`,
        ]),
  ];
};

export const basisLabel = (basis: Payment['basis']): string => {
  switch (basis) {
    case 'exact':
      return 'exact';
    case 'now':
      return 'estimate';
    case 'alone':
      return 'estimate';
    default:
      return basis satisfies never;
  }
};

/** A_c in money: what the contributor's words weigh of the receipt's D. */
export const weightAmount = ({ weight }: Payment): bigint => weight >> 32n;

/** Returns where the data money of a closed epoch went that no track paid. */
const remainderSentence = ({ remainder, toTreasury }: Extract<EpochFacts, { type: 'closed' }>): string => {
  const byNovelty = remainder - toTreasury;
  if (remainder === 0n) return 'Nothing was left.';
  const treasury = toTreasury === 0n ? [] : [`${amount(toTreasury)} to the treasury`];
  const volume = byNovelty === 0n ? [] : [`${amount(byNovelty)} to all contributors by their novel words`];
  return `What no track pays went elsewhere: ${[...treasury, ...volume].join(', ')}.`;
};

/** Returns the sentence that says what the amounts beside the contributors are worth. */
export const epochSentence = (epoch: EpochFacts, payments: readonly Payment[]): string => {
  switch (epoch.type) {
    case 'none':
      return 'Nothing is paid to contributors for spans.';
    case 'closed':
      return (
        `The epoch closed at block ${epoch.end}: ${count(Number(epoch.settled), 'receipt')}, ${amount(epoch.data)} of data money, ` +
        `a span pool of ${amount(epoch.pool)} divided by weight, ${amount(epoch.relevance)} by relevance${epoch.shared > 0n ? `, ${amount(epoch.shared)} to the treasury for what several owners brought` : ''}. ${remainderSentence(epoch)} ` +
        (payments.length === 0
          ? 'Nothing of the pool is due to this receipt.'
          : 'What is marked exact is the part of this receipt in its contributor’s share of the pool, rounded down; the share itself was rounded once, for the whole epoch. Receipts below their control lower the pool of all.')
      );
    case 'running':
      return payments.some(({ basis }) => basis === 'now')
        ? `Estimate: as if the epoch closed now. It closes at block ${epoch.end}; receipts that become final by then change the pool and the weights. The weights themselves are exact.`
        : `The epoch closes at block ${epoch.end}.`;
    case 'ahead':
      return `Estimate: as if this receipt were alone in its epoch, which closes at block ${epoch.end}, and nobody refuted it.`;
    case 'waiting':
      return `Estimate: as if this receipt were alone in its epoch, which ended at block ${epoch.end}. The epoch waits to close, because a block closes only so many.`;
    default:
      return epoch satisfies never;
  }
};

export type Slice = { readonly label: string; readonly q8: number; readonly contributor: number | undefined };

export const ECHO_LABEL = 'echo of the prompt';
export const SHARED_LABEL = 'brought by several';
export const HELD_LABEL = 'in the data, but not owned';

/** The parts of the output's information, largest owner first. */
export const slicesOf = (
  coverage: Coverage,
  contributors: readonly Contributor[],
  tracing: Tracing | undefined,
): readonly Slice[] => {
  const rest =
    tracing?.available === true
      ? [
          { label: HELD_LABEL, q8: tracing.held },
          { label: nowhereText(tracing), q8: tracing.nowhere },
        ]
      : [{ label: 'unexplained', q8: coverage.unexplained }];
  return [
    ...contributors
      .map(({ contribution, owner, score }, contributor) => ({
        label: owner === null ? `commons ${contribution}` : `contribution ${contribution}`,
        q8: score,
        contributor,
      }))
      .toSorted((a, b) => b.q8 - a.q8),
    ...[
      { label: SHARED_LABEL, q8: coverage.shared },
      { label: ECHO_LABEL, q8: coverage.echoed },
      ...rest,
    ].map((each) => ({
      ...each,
      contributor: undefined,
    })),
  ];
};

const LETTERS = 26;

/** The label of a run that is credited to nobody, by its place: `[a]`, …, `[z]`, `[aa]`. */
export const labelOf = (index: number): string => {
  const letter = String.fromCharCode(0x61 + (index % LETTERS));
  return `[${letter.repeat(1 + divFloorNumber(index, LETTERS))}]`;
};

/** Says that words which nobody owns may be paid for all the same. */
export const PHRASES_PAID_TOO =
  'This is about whole runs of words. Phrases of them may be paid for all the same: see whose phrases they are.';

/** How far the texts were searched. */
export const searchSentence = ({ read, matchBits, matchTokensMin, runTokensMin }: Searched): string =>
  `Searched the texts of ${count(read.ofModel, 'contribution')} of the model${read.others > 0 ? `, and of ${read.others} that ${read.others === 1 ? 'is' : 'are'} not among the model’s,` : ''} for ${count(runTokensMin, 'word')} or more in a row. To count, ${matchTokensMin} or more have to bear ${matchBits} bits outside of the echo.`;

/** Returns that a search found nothing of the answer which is not credited; undefined if it found some, or read no text. */
export const nothingFoundSentence = ({ uncredited, read, runTokensMin }: Searched): string | undefined =>
  uncredited.length === 0 && read.ofModel + read.others > 0
    ? `No other ${runTokensMin} words in a row of this answer stand in any of them.`
    : undefined;

export const notSearchedSentence = ({ reason }: Exclude<Tracing, Searched>): string =>
  `The texts were not searched, because the answer is not available: ${printableLine(reason)}.`;

export const moreRunsSentence = (more: number): string => `${count(more, 'more run')} like these, not shown.`;

export const morePartsSentence = (more: number): string =>
  `${count(more, 'more part')} that it holds, not shown.`;

type Searched = Extract<Tracing, { available: true }>;

const nowhereText = ({ missing, unread }: Searched): string =>
  missing.length + unread > 0 ? 'found in no text at hand' : 'not found in the data';

/** What the rest of an answer is, which is neither owned nor echo. */
export const restText = (tracing: Tracing | undefined, { total, unexplained }: Coverage): string => {
  if (tracing?.available !== true) return `${percentOf(unexplained, total)} unexplained`;
  const { held, nowhere } = tracing;
  const data = held === 0 ? '' : `${percentOf(held, total)} ${HELD_LABEL.replace(',', '')}, `;
  return `${data}${percentOf(nowhere, total)} ${nowhereText(tracing)}`;
};
