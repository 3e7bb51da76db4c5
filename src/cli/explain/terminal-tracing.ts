/** What the texts say, for a terminal: words that are credited to nobody, and the contribution that was asked about. */
import { printableLine } from '../../lib/printable.ts';
import { datanetText } from './datanet-facts.ts';
import type { Contributor, Explanation, OwnedSpan } from './explanation.ts';
import { bits, percentOf, tokenRange } from './figures.ts';
import { askedPhrasesSentence } from './phrase-words.ts';
import {
  alsoSentences,
  askedSentence,
  barsOf,
  isPaid,
  partSentence,
  uncreditedSentence,
  whoText,
} from './reasons.ts';
import { excerptLines, MARGIN, paragraph, placeText, type Screen, section } from './screen.ts';
import { bringerPlace, SHARED_INTRODUCTION, sharedClause, sharedLabel } from './shared-words.ts';
import {
  HELD_LABEL,
  labelOf,
  morePartsSentence,
  moreRunsSentence,
  nothingFoundSentence,
  notSearchedSentence,
  PHRASES_PAID_TOO,
  SHARED_LABEL,
  searchSentence,
} from './words.ts';
import type { Style } from './wrap.ts';

/** The style of words that stand in the data and are credited to nobody. */
export const UNCREDITED_STYLE: Style = 'underline';

/** The style of words that several brought independently. */
export const SHARED_STYLE: Style = ['white', 'bgBlackBright'];

const DEEP = ' '.repeat(MARGIN);

/** Returns who else holds a span, as one paragraph; no line if nobody does. */
export const alsoLines = (
  { also, start, end }: OwnedSpan,
  { contribution, owner }: Contributor,
  screen: Screen,
): readonly string[] => {
  if (also === undefined || also.count === 0) return [];
  return alsoSentences(also, { start, end, owner: contribution, isCommons: owner === null }).flatMap((text) =>
    paragraph(text, screen, 'dim', `${DEEP}  `),
  );
};

/** Returns the words that several brought independently; no line if there are none. */
export const sharedLines = ({ shared, coverage }: Explanation, screen: Screen): readonly string[] => {
  if (shared.length === 0) return [];
  return [
    ...section(SHARED_LABEL, screen),
    ...paragraph(SHARED_INTRODUCTION, screen, 'dim'),
    ...shared.flatMap((words, i) => [
      '',
      ...paragraph(`${sharedLabel(i)} ${sharedClause(words)}.`, screen),
      ...paragraph(
        [
          `${tokenRange(words.start, words.end)} of the answer`,
          bits(words.score),
          ...(coverage === undefined ? [] : [percentOf(words.score, coverage.total)]),
        ].join(' · '),
        screen,
        'dim',
        DEEP,
      ),
      ...[words.first, words.second].flatMap((bringer) => [
        ...paragraph(bringerPlace(bringer), screen, 'dim', DEEP),
        ...bringer.sources.flatMap((source) =>
          excerptLines(source.excerpt, placeText(source), SHARED_STYLE, screen),
        ),
      ]),
    ]),
  ];
};

export const uncreditedLines = (explanation: Explanation, screen: Screen): readonly string[] => {
  const { tracing, coverage, phrases } = explanation;
  if (tracing === undefined) return [];
  if (!tracing.available)
    return [...section(HELD_LABEL, screen), ...paragraph(notSearchedSentence(tracing), screen, 'dim')];
  const { uncredited, more } = tracing;
  const nothingFound = nothingFoundSentence(tracing);
  const whole = coverage?.total;
  return [
    ...section(HELD_LABEL, screen),
    ...paragraph(searchSentence(tracing), screen, 'dim'),
    ...(phrases === undefined ? [] : paragraph(PHRASES_PAID_TOO, screen, 'dim')),
    ...(nothingFound === undefined ? [] : paragraph(nothingFound, screen)),
    ...uncredited.flatMap((each, i) => [
      '',
      ...paragraph(`${labelOf(i)} ${uncreditedSentence(each, tracing)}`, screen),
      ...paragraph(
        [
          `${tokenRange(each.start, each.end)} of the answer, ${bits(each.score)}`,
          ...(whole === undefined ? [] : [percentOf(each.score, whole)]),
          datanetText(each.holder.datanet),
          ...(each.reason.type === 'short' ? [placeText(each.holder)] : []),
        ].join(' · '),
        screen,
        'dim',
        DEEP,
      ),
      ...(each.reason.type === 'short'
        ? []
        : excerptLines(each.excerpt, placeText(each.holder), UNCREDITED_STYLE, screen)),
    ]),
    ...(more > 0 ? ['', ...paragraph(moreRunsSentence(more), screen)] : []),
  ];
};

export const askedLines = (explanation: Explanation, screen: Screen): readonly string[] => {
  const { asked, status, coverage, output, money } = explanation;
  if (asked === undefined) return [];
  const phrases = askedPhrasesSentence(asked);
  const bars = barsOf(explanation);
  const { contribution, owner, name, datanet, parts, more } = asked;
  const paid = isPaid(asked);
  const who = owner === null || name === null ? '' : ` (${owner})`;
  return [
    ...section(`why contribution ${contribution} ${paid ? 'is' : 'is not'} paid`, screen),
    ...paragraph(
      askedSentence(asked, bars, {
        status,
        isSettled: coverage !== undefined,
        reason: output.available ? '' : printableLine(output.reason),
        noveltyBps: money.noveltyBps,
      }),
      screen,
      paid ? 'green' : 'yellow',
    ),
    ...(phrases === undefined ? [] : paragraph(phrases, screen)),
    ...paragraph(
      `${owner !== null && name === null ? `contribution ${contribution} of ${owner}` : whoText(asked)}${who} · ${datanetText(datanet)}`,
      screen,
      'dim',
    ),
    ...parts.flatMap((part) => [
      '',
      ...paragraph(`${tokenRange(part.start, part.end)} of the answer: ${partSentence(part, bars)}`, screen),
      ...excerptLines(
        part.excerpt,
        placeText(part),
        part.fate.type === 'credited' ? 'bold' : UNCREDITED_STYLE,
        screen,
      ),
    ]),
    ...(more > 0 ? ['', ...paragraph(morePartsSentence(more), screen)] : []),
  ];
};
