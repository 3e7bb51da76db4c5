/** The parts of which the view for a terminal is made. */
import { styleText } from 'node:util';
import { printable, printableLine } from '../../lib/printable.ts';
import { withoutMarks } from '../marks.ts';
import { tokenRange } from './figures.ts';
import type { Source } from './parts.ts';
import { cut, cutStart, type Style, type Styled, widthOf, wrap } from './wrap.ts';

/** `plain`: without colours. */
export type Screen = { readonly width: number; readonly plain: boolean };

export const INDENT = '  ';
export const MARGIN = 4;

/** The style of the part of a match that an earlier contribution owns. */
const MATCHED_STYLE: Style = 'underline';

export const dim = (text: string): string => styleText('dim', text);
export const bold = (text: string): string => styleText('bold', text);

export const paragraph = (
  text: string,
  { width }: Screen,
  style?: Style,
  indent = INDENT,
): readonly string[] => wrap([{ text, style }], width - widthOf(indent)).map((line) => indent + line);

export const section = (title: string, { width }: Screen): readonly string[] => [
  '',
  `${bold(title)} ${dim('─'.repeat(Math.max(0, width - widthOf(title) - 1)))}`,
];

/** A text with what stands around it, as far as it is available. */
export const excerptLines = (
  excerpt: Source['excerpt'],
  place: string,
  style: Style,
  screen: Screen,
): readonly string[] => {
  const width = screen.width - 2 * MARGIN;
  if (!excerpt.available)
    return wrap([{ text: `${place}: ${printableLine(excerpt.reason)}`, style: 'dim' }], width).map(
      (line) => `${' '.repeat(MARGIN + 2)}${line}`,
    );
  const line = (text: string): string => {
    const shown = printable(text).replace(/\s+/g, ' ');
    return screen.plain ? withoutMarks(shown) : shown;
  };
  const before = `${excerpt.cutBefore ? '… ' : ''}${line(excerpt.before)}`;
  const after = `${line(excerpt.after)}${excerpt.cutAfter ? ' …' : ''}`;
  const own = line(excerpt.text);
  const pieces: readonly Styled[] = [
    { text: cutStart(before.trimStart(), 2 * width), style: 'dim' },
    { text: line(excerpt.matchedBefore), style: MATCHED_STYLE },
    screen.plain ? { text: `⟦${own}⟧` } : { text: own, style },
    { text: line(excerpt.matchedAfter), style: MATCHED_STYLE },
    { text: cut(after.trimEnd(), 2 * width), style: 'dim' },
  ];
  const warning =
    excerpt.same === false
      ? [`${' '.repeat(MARGIN + 2)}${styleText('red', 'the words differ: this claim is false')}`]
      : [];
  return [
    `${' '.repeat(MARGIN)}${dim(`${excerpt.same === true ? '✓ ' : '  '}${place}`)}`,
    ...warning,
    ...wrap(pieces, width).map((text) => `${' '.repeat(MARGIN + 2)}${text}`),
  ];
};

/** The place of a run in an item. */
export const placeText = ({
  item,
  pos,
  start,
  end,
}: Pick<Source, 'item' | 'pos' | 'start' | 'end'>): string =>
  `item ${item}, ${tokenRange(pos, pos + end - start)}`;
