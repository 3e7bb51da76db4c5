/**
 * Derives tools/info-1/pt2.json, the code points that are marks in PT-2: they separate words, as spaces do, and are no tokens. It
 * was run once, with the Unicode version below; pt2.json is frozen since, and nothing computes it again.
 *
 * Of the code points that PT-1 makes a token each, these are marks:
 *
 * 1. Punctuation (general category P), of every script.
 * 2. Symbols (general category S) of no script of their own (Script is Common or Inherited), except
 *    - emoji: what is shown as emoji by default, and from U+2600 on every symbol that can be;
 *    - U+1F000 to U+1FAFF, which are pictures, and letters set in circles or squares;
 *    - U+3200 to U+33FF, which are words and letters set in circles or squares, as ㎏ and ㍿.
 *
 * All others stay tokens: letters of scripts without spaces, combining marks and digits that PT-1 does not count as
 * letters of words, symbols that a script writes with (Braille, radicals, SignWriting, circled kana), private and
 * unassigned code points.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** The version of the Unicode Character Database that the table comes from. */
const UNICODE = '17.0';

type Range = readonly [number, number];

const PUNCTUATION = /^\p{P}$/u;
const SYMBOL = /^\p{S}$/u;
const COMMON = /^[\p{Script=Common}\p{Script=Inherited}]$/u;
const SHOWN_AS_EMOJI = /^\p{Emoji_Presentation}$/u;
const EMOJI = /^\p{Emoji}$/u;

const FIRST_PICTOGRAPH = 0x2600;
const KEPT: readonly Range[] = [
  [0x3200, 0x33ff],
  [0x1f000, 0x1faff],
];

const isMark = (c: number): boolean => {
  const text = String.fromCodePoint(c);
  if (PUNCTUATION.test(text)) return true;
  if (!SYMBOL.test(text) || !COMMON.test(text)) return false;
  if (SHOWN_AS_EMOJI.test(text) || (c >= FIRST_PICTOGRAPH && EMOJI.test(text))) return false;
  return !KEPT.some(([first, last]) => c >= first && c <= last);
};

const pt1 = JSON.parse(readFileSync(new URL('info-1/pt1.json', import.meta.url), 'utf8')) as Record<
  'space' | 'removed' | 'word',
  readonly (readonly [string, string])[]
>;

/** The code points to which PT-1 gives another class. */
const classed = new Set<number>();
for (const [first, last] of [...pt1.space, ...pt1.removed, ...pt1.word])
  for (let c = Number.parseInt(first, 16); c <= Number.parseInt(last, 16); c++) classed.add(c);

const ranges: [number, number][] = [];
for (let c = 0; c <= 0x10ffff; c++) {
  if (classed.has(c) || !isMark(c)) continue;
  const open = ranges.at(-1);
  if (open !== undefined && open[1] === c - 1) open[1] = c;
  else ranges.push([c, c]);
}

if (process.versions.unicode !== UNICODE)
  throw new Error(`pt2.json comes from Unicode ${UNICODE}, and this Node has ${process.versions.unicode}`);

const hex = (c: number): string => `"${c.toString(16).toUpperCase()}"`;
const rows = ranges.map(([first, last]) => `    [${hex(first)}, ${hex(last)}]`).join(',\n');
const about =
  'PT-2 code points: marks, inclusive ranges, hexadecimal. Tested after folding. All other classes and the folding are those of pt1.json. Frozen: derived once by tools/build-marks.ts, never recomputed from a Unicode library.';
writeFileSync(
  new URL('info-1/pt2.json', import.meta.url),
  `{\n  "about": "${about}",\n  "unicode": "${UNICODE}",\n  "mark": [\n${rows}\n  ]\n}\n`,
);
