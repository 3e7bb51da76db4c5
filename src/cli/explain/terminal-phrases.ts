/** The phrases that an answer shares with the data, for a terminal. */
import { styleText } from 'node:util';
import { printable, printableLine } from '../../lib/printable.ts';
import { marked, withoutMarks } from '../marks.ts';
import { licensedText } from './datanet-facts.ts';
import type { Explanation } from './explanation.ts';
import { amount, count } from './figures.ts';
import { ownLabel } from './own-side.ts';
import {
  addsText,
  chunkPlace,
  fullSharerText,
  isSameText,
  NO_PICKS,
  PHRASES_INTRODUCTION,
  PHRASES_LABEL,
  percentOfShare,
  phrasePaid,
  pickLabel,
  sectionSentence,
  sharerText,
  unfoundSentence,
} from './phrase-words.ts';
import { bold, dim, INDENT, MARGIN, paragraph, type Screen, section } from './screen.ts';
import type { ChunkPick, PhrasePiece, PhraseSection, SharedPhrases, Sharer } from './shared-phrases.ts';
import { type Style, type Styled, wrap } from './wrap.ts';

const PHRASE_STYLES: readonly Style[] = [
  ['bold', 'cyan'],
  ['bold', 'yellow'],
  ['bold', 'green'],
  ['bold', 'magenta'],
  ['bold', 'blue'],
];
const LABEL_STYLE: Style = 'dim';

const styleOf = (place: number): Style => PHRASE_STYLES[place % PHRASE_STYLES.length] ?? 'bold';

const shownText = (text: string, { plain }: Screen): string => {
  const shown = printable(text);
  return plain ? withoutMarks(shown) : shown;
};

/** Returns the text of a section, with the phrases of each pick marked and its label behind them. */
export const answerLines = (pieces: readonly PhrasePiece[], screen: Screen): readonly string[] => {
  const styled = pieces.flatMap(({ text, pick }): readonly Styled[] => {
    const words = shownText(text, screen);
    if (pick === undefined) return [{ text: words }];
    const label = pickLabel(pick);
    return screen.plain
      ? [{ text: marked(label.slice(1, -1), words) }]
      : [
          { text: words, style: styleOf(pick) },
          { text: label, style: LABEL_STYLE },
        ];
  });
  const lines = wrap(styled, screen.width - MARGIN).map((line) => INDENT + line);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines;
};

const sectionLines = (section: PhraseSection, screen: Screen, isFirst: boolean): readonly string[] => {
  const { pieces } = section;
  if (pieces === undefined) return [];
  return [
    ...(isFirst ? [] : ['']),
    ...answerLines(pieces, screen),
    ...paragraph(sectionSentence(section), screen, 'dim'),
  ];
};

/** Returns the text of a chunk with its phrases marked, in the style of its place. */
export const chunkLines = (pick: ChunkPick, place: number, screen: Screen): readonly string[] => {
  const { text } = pick;
  const width = screen.width - 2 * MARGIN;
  const indent = ' '.repeat(MARGIN + 2);
  const at = chunkPlace(pick);
  if (!text.available)
    return wrap([{ text: `${at}: ${printableLine(text.reason)}`, style: 'dim' }], width).map(
      (line) => indent + line,
    );
  const same = isSameText(pick);
  const line = (words: string): string => shownText(words, screen).replace(/\s+/g, ' ');
  const pieces: readonly Styled[] = [
    ...(text.cutBefore ? [{ text: '… ', style: 'dim' as const }] : []),
    ...text.pieces.map(({ text: words, isShared }): Styled => {
      if (!isShared) return { text: line(words), style: 'dim' };
      return screen.plain ? { text: `⟦${line(words)}⟧` } : { text: line(words), style: styleOf(place) };
    }),
    ...(text.cutAfter ? [{ text: ' …', style: 'dim' as const }] : []),
  ];
  return [
    `${' '.repeat(MARGIN)}${dim(`${same === true ? '✓ ' : '  '}${at}`)}`,
    ...(same === false
      ? [`${indent}${styleText('red', 'phrases of it differ from the answer: this claim is false')}`]
      : []),
    ...wrap(pieces, width).map((each) => indent + each),
  ];
};

const pickLines = (
  pick: ChunkPick,
  place: number,
  { basis }: SharedPhrases,
  screen: Screen,
): readonly string[] => {
  const { datanet } = pick;
  const own = ownLabel(pick);
  const name = screen.plain ? pickLabel(place) : styleText(styleOf(place), pickLabel(place));
  return [
    '',
    `${INDENT}${name} ${bold(sharerText(pick))}`,
    ...paragraph(`    ${addsText(pick)} · ${phrasePaid(pick, basis)}`, screen),
    ...(datanet === undefined ? [] : paragraph(`    ${licensedText(datanet)}`, screen, 'dim')),
    ...(own === undefined ? [] : paragraph(`    ${own}`, screen, 'yellow')),
    ...chunkLines(pick, place, screen),
  ];
};

const sharerLines = (sharer: Sharer, { basis }: SharedPhrases, screen: Screen): readonly string[] => {
  const { picks, phrases, share, totals } = sharer;
  return [
    ...paragraph(
      `${fullSharerText(sharer)}: ${count(phrases, 'phrase')} of ${count(picks.length, 'chunk')}, ${percentOfShare(share)} of D · ${phrasePaid(sharer, basis)}`,
      screen,
    ),
    ...(totals === undefined
      ? []
      : paragraph(
          `    in all, by every receipt: earned ${amount(totals.earned)}, claimed ${amount(totals.claimed)}, claimable ${amount(totals.earned - totals.claimed)}`,
          screen,
          'dim',
        )),
  ];
};

/** Returns the phrases that the answer shares with the data, and what they are paid; no line without a settlement. */
export const phraseLines = ({ phrases, money }: Explanation, screen: Screen): readonly string[] => {
  if (phrases === undefined) return [];
  const { sections, picks, sharers } = phrases;
  const unfound = unfoundSentence(phrases, money);
  const marks = sections.filter(({ picks: [first, end] }) => end > first);
  return [
    ...section(PHRASES_LABEL, screen),
    ...paragraph(PHRASES_INTRODUCTION, screen, 'dim'),
    '',
    ...(picks.length === 0 ? paragraph(NO_PICKS, screen) : []),
    ...marks.flatMap((each, i) => sectionLines(each, screen, i === 0)),
    ...picks.flatMap((pick, place) => pickLines(pick, place, phrases, screen)),
    ...(sharers.length === 0 ? [] : ['']),
    ...sharers.flatMap((sharer) => sharerLines(sharer, phrases, screen)),
    ...(unfound === undefined ? [] : ['', ...paragraph(unfound, screen)]),
  ];
};
