/** Texts of strangers, made harmless before they are shown. */

/**
 * Code points that would drive a terminal, reorder what stands around them or hide in it: controls other than tab and
 * newline, bidirectional embeddings, overrides and isolates (CVE-2021-42574), separators of lines, tags.
 */
const isUnsafe = (c: number): boolean =>
  (c < 0x20 && c !== 0x09 && c !== 0x0a) ||
  (c >= 0x7f && c < 0xa0) ||
  (c >= 0x202a && c <= 0x202e) ||
  (c >= 0x2066 && c <= 0x2069) ||
  c === 0x2028 ||
  c === 0x2029 ||
  (c >= 0xe0000 && c <= 0xe007f);

/** The text with every unsafe code point shown as U+FFFD, and the ends of lines as newlines. */
export const printable = (text: string): string => {
  let out = '';
  for (const character of text.toWellFormed().replaceAll('\r\n', '\n'))
    out += isUnsafe(character.codePointAt(0) ?? 0) ? '\uFFFD' : character;
  return out;
};

/** The same on one line. */
export const printableLine = (text: string): string => printable(text).replace(/\s+/g, ' ').trim();

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for the content of an element and for a quoted attribute. */
export const escapeHtml = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
