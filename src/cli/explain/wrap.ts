/** Styled text in lines of a width, for a terminal: styles never reach past the text they are of. */
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
export type Styled = { readonly text: string; readonly style?: Style | undefined };

/** Scripts whose characters take two cells of a terminal (Unicode UAX #11, wide and full-width), and emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];
/** Marks that stand on the character before them, and what joins or varies it. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

const cellsOf = (character: string): number => {
  const c = character.codePointAt(0) ?? 0;
  if (c < 0x300) return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.some(([first, last]) => c >= first && c <= last) ? 2 : 1;
};

export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
};

/** The beginning of a text that fits, with an ellipsis where it was cut. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  let out = '';
  let used = 1;
  for (const character of text) {
    used += cellsOf(character);
    if (used > width) break;
    out += character;
  }
  return `${out}…`;
};

/** The same of its end: the ellipsis stands before it. */
export const cutStart = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  let out = '';
  let used = 1;
  for (const character of [...text].reverse()) {
    used += cellsOf(character);
    if (used > width) break;
    out = character + out;
  }
  return `…${out}`;
};

type Cell = { readonly character: string; readonly style: Style | undefined };

const draw = (cells: readonly Cell[]): string => {
  let out = '';
  for (let from = 0; from < cells.length; ) {
    let to = from;
    let text = '';
    const style = cells[from]?.style;
    for (; to < cells.length && cells[to]?.style === style; to++) text += cells[to]?.character ?? '';
    out += style === undefined ? text : styleText(style, text);
    from = to;
  }
  return out;
};

/** Broken at spaces where there are any, else where the line is full; the newlines of the text stay. */
export const wrap = (pieces: readonly Styled[], width: number): readonly string[] => {
  const lines: string[] = [];
  let line: Cell[] = [];
  let used = 0;
  /** Where the line may be broken: after this many of its cells. */
  let breakAt = 0;
  const end = (cells: readonly Cell[]): void => {
    let last = cells.length;
    while (last > 0 && cells[last - 1]?.character === ' ') last--;
    lines.push(draw(cells.slice(0, last)));
  };
  const cellsIn = (cells: readonly Cell[]): number =>
    cells.reduce((sum, { character }) => sum + cellsOf(character), 0);
  for (const { text, style } of pieces)
    for (const character of text.replaceAll('\t', '    ')) {
      if (character === '\n') {
        end(line);
        line = [];
        used = 0;
        breakAt = 0;
        continue;
      }
      const cells = cellsOf(character);
      while (used + cells > width && line.length > 0) {
        const at = breakAt > 0 ? breakAt : line.length;
        end(line.slice(0, at));
        line = line.slice(at);
        used = cellsIn(line);
        breakAt = 0;
      }
      line.push({ character, style });
      used += cells;
      if (character === ' ') breakAt = line.length;
    }
  if (line.length > 0) end(line);
  return lines;
};
