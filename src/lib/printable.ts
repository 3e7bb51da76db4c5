/**
 * Texts of strangers, made harmless before they are shown: in the output of the command, in logs, in pages. Names,
 * licences, the texts of items, what a peer or a server says of itself: anyone can put anything into them.
 */

/**
 * Code points that would drive a terminal, reorder what stands around them or hide in it: controls other than tab and
 * newline (ECMA-48, C0 and C1), the bidirectional marks, embeddings, overrides and isolates (UAX #9, CVE-2021-42574),
 * invisible characters other than the joiners that scripts need, separators of lines, tags.
 */
const UNSAFE =
  /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

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
