/**
 * Texts of strangers, made harmless before they are shown: in the output of the command, in logs, in pages. Names,
 * licences, the texts of items, what a peer or a server says of itself: anyone can put anything into them.
 */

/**
 * Code points that would drive a terminal, reorder what stands around them or hide in it: controls other than tab and
 * newline (ECMA-48, C0 and C1), separators of lines, and what is shown as nothing (UAX #44, `Default_Ignorable_Code_Point`):
 * bidirectional controls (UAX #9, CVE-2021-42574), fillers of Hangul, variation selectors, tags. So do the marks of
 * annotations, and the blanks of Braille, notes and hieroglyphs, which are no spaces. With them two names look alike that
 * differ, or a name looks empty.
 */
const HIDDEN = String.raw`[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufff9-\ufffb\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]`;

/** Those of them that change how their neighbours look, where they stand beside such a one. */
const SHAPING = String.raw`[\u200c\u200d\ufe0e\ufe0f\u180b-\u180d\u180f]`;

/** Letters and marks of the scripts that need joiners within words (UAX #31, section 2.3). */
const JOINED = String.raw`[[\p{L}\p{M}]&&[\p{Script=Adlam}\p{Script=Arabic}\p{Script=Balinese}\p{Script=Bengali}\p{Script=Devanagari}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Hanifi_Rohingya}\p{Script=Javanese}\p{Script=Kannada}\p{Script=Khmer}\p{Script=Malayalam}\p{Script=Mandaic}\p{Script=Meetei_Mayek}\p{Script=Mongolian}\p{Script=Myanmar}\p{Script=Nko}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Sundanese}\p{Script=Syriac}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Tibetan}]]`;

/** What may stand as it is: what ends with a shaping code point that has something to shape. */
const SHAPED = [
  String.raw`${JOINED}(?:\u200d|\u200c(?=[\p{L}\p{M}]))`,
  String.raw`[\p{Script=Mongolian}&&\p{L}][\u180b-\u180d\u180f]`,
  // Emoji (UTS #51): the selectors of their form, keycaps, and sequences such as a farmer's.
  String.raw`\p{Extended_Pictographic}[\ufe0e\ufe0f]`,
  String.raw`[0-9#*]\ufe0f(?=\u20e3)`,
  String.raw`(?:\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})`,
].join('|');

const UNSAFE = new RegExp(`[${HIDDEN}--[\\t\\n${SHAPING}]]|${SHAPING}(?<!${SHAPED})`, 'gv');

/** The text with every unsafe code point shown as U+FFFD, and the ends of lines as newlines. */
export const printable = (text: string): string =>
  text.toWellFormed().replaceAll('\r\n', '\n').replace(UNSAFE, '\uFFFD');

/** The same on one line, with its columns kept. */
export const printableRow = (text: string): string => printable(text).replace(/[\n\t]/g, ' ');

/** The same on one line, with single spaces. */
export const printableLine = (text: string): string => printable(text).replace(/\s+/g, ' ').trim();

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * The JSON with every unsafe code point written as an escape: the same value, harmless to read. In the JSON that
 * `JSON.stringify` makes such code points stand in strings only.
 */
export const printableJson = (json: string): string => json.replace(UNSAFE, escaped);
