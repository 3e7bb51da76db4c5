/** The sentences about phrases that an answer shares with the data. */
import { SHARE_BITS } from '../../../state/attribution/relevance.ts';
import { printableLine } from '../../lib/printable.ts';
import type { Money } from './explanation.ts';
import { amount, bits, count, percentOf, percentOfBps, tokenRange } from './figures.ts';
import { remainderText } from './paid-for.ts';
import type { ChunkPick, PhrasePayment, PhraseSection, SharedPhrases, Sharer } from './shared-phrases.ts';
import { shortAddress } from './shared-words.ts';
import type { Asked } from './tracing.ts';

export const PHRASES_LABEL = 'whose phrases';

/** The label of a picked chunk, by its place: `[+1]`, and so on. */
export const pickLabel = (place: number): string => `[+${place + 1}]`;

export const percentOfShare = (share: bigint): string =>
  percentOfBps(Number((share * 10_000n) >> SHARE_BITS));

export const PHRASES_INTRODUCTION =
  'What spans leave of the data money goes to the chunks of the model’s data that share most phrases of three words with the answer. Each is picked for what it adds to those before it; only the first three chunks that hold a phrase bear it.';

export const NO_PICKS = 'No chunk of the model’s data adds two phrases or more.';

/** A section is paid in full once a tenth of its information is shared. */
const inFull = ({ added, information }: PhraseSection): boolean => 10 * added >= information;

/** `tokens 0–511 of the answer: 3 chunks share 120.0 bits of 4,100.0, so they are paid for 29.26 % of it` */
export const sectionSentence = (section: PhraseSection): string => {
  const { start, end, information, added, picks } = section;
  const chunks = picks[1] - picks[0];
  const where = `${tokenRange(start, end)} of the answer`;
  if (chunks === 0) return `${where}: no chunk adds two phrases or more.`;
  return (
    `${where}: ${count(chunks, 'chunk')} ${chunks === 1 ? 'shares' : 'share'} ${bits(added)} of ${bits(information)}. ` +
    (inFull(section)
      ? 'That is a tenth or more, so all of its part is paid.'
      : `A tenth would be paid in full; this is paid for ${percentOf(10 * added, information)}.`)
  );
};

type Who = Pick<Sharer, 'contribution' | 'owner' | 'name'>;

export const sharerText = ({ contribution, owner, name }: Who): string =>
  `contribution ${contribution}${owner === null ? '' : ` of ${name === null ? shortAddress(owner) : printableLine(name)}`}`;

/** The same with the whole address. */
export const fullSharerText = ({ contribution, owner, name }: Who): string =>
  owner === null
    ? `contribution ${contribution}`
    : `contribution ${contribution} of ${name === null ? owner : `${printableLine(name)} (${owner})`}`;

/** `adds 5 phrases, 120.0 bits; weighs 3.21 % of D` */
export const addsText = ({ phrases, added, share }: ChunkPick): string =>
  `adds ${count(phrases.length, 'phrase')}, ${bits(added)}; weighs ${percentOfShare(share)} of D`;

export const chunkPlace = ({ item, text, chunk }: ChunkPick): string =>
  text.available ? `item ${item}, ${tokenRange(text.start, text.end)}` : `item ${item}, chunk ${chunk}`;

/** Returns whether the words of a pick are those of the answer; undefined if nothing was compared. */
export const isSameText = ({ phrases }: ChunkPick): boolean | undefined =>
  phrases.some(({ same }) => same === false)
    ? false
    : phrases.every(({ same }) => same === true)
      ? true
      : undefined;

const nothingText = (nothing: NonNullable<PhrasePayment['nothing']>): string => {
  switch (nothing) {
    case 'data':
      return 'no part of the fee is data money';
    case 'spans':
      return 'spans leave nothing';
    case 'rounding':
      return 'less than one base unit';
    default:
      return nothing satisfies never;
  }
};

/** `≈ 0.001 OPEN (estimate)` */
export const phrasePaid = (
  { amount: paid, nothing }: Pick<PhrasePayment, 'amount' | 'nothing'>,
  basis: SharedPhrases['basis'],
): string =>
  `${basis === 'exact' ? '' : '≈ '}${nothing === null ? amount(paid) : `0, because ${nothingText(nothing)}`} (${basis === 'exact' ? 'exact' : 'estimate'})`;

/** What goes to the treasury of what spans leave, and why. */
export const unfoundSentence = (
  { pool, unfound, sections, sharers, basis }: SharedPhrases,
  { noveltyBps }: Pick<Money, 'noveltyBps'>,
): string | undefined => {
  if (pool === 0n) return undefined;
  const about = basis === 'exact' ? '' : '≈ ';
  const of = `Of ${about}${amount(pool)} that spans leave of D`;
  if (unfound === 0n) return `${of}, all is paid for phrases.`;
  if (sharers.length === 0)
    return `${of}, all goes to ${remainderText(noveltyBps)}: no chunk was found for this answer.`;
  const whole = sections.reduce((sum, { information }) => sum + information, 0);
  const bare = sections.reduce((sum, { added, information }) => sum + (added === 0 ? information : 0), 0);
  const partly = sections.reduce(
    (sum, section) =>
      sum + (section.added === 0 || inFull(section) ? 0 : section.information - 10 * section.added),
    0,
  );
  const reasons = [
    ...(bare > 0 ? [`for ${percentOf(bare, whole)} of the answer no chunk was found`] : []),
    ...(partly > 0
      ? [
          `chunks share less than a tenth of a section, so ${percentOf(partly, whole)} of the answer is not paid for`,
        ]
      : []),
  ];
  const why = reasons.length === 0 ? 'it is what rounding leaves' : reasons.join('; ');
  return `${of}, the rest, ${about}${amount(unfound)}, goes to ${remainderText(noveltyBps)}: ${why}.`;
};

/** Says what relevance pays the contribution that was asked about; undefined if nobody has settled the receipt. */
export const askedPhrasesSentence = ({ phrases }: Asked): string | undefined => {
  if (phrases === undefined) return undefined;
  if (phrases === null)
    return 'No chunk of it was picked for phrases of this answer: it shares none, or others bear them or add more.';
  return `For ${count(phrases.phrases, 'phrase')} that the answer shares with ${count(phrases.picks, 'chunk')} of it, it is paid ${phrasePaid(phrases, phrases.basis)}.`;
};
