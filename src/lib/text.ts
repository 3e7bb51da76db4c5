/**
 * The one reader of text from outside: of files, pipes and answers. Text is UTF-8, or it is refused with the place of the
 * first byte that is not. Nothing is replaced, because what is replaced is signed, hashed or made into a key.
 */
import { fromUtf8 } from './bytes.ts';
import { fault, ok } from './errors.ts';
import { fail, type Result } from './lib-errors.ts';

const NEWLINE = 0x0a;
const BOM = '\uFEFF';

const strict = () => new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of a character that begins with this byte; 0 if none does (RFC 3629, 3). */
const lengthOf = (lead: number): number => {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 0;
};

/** Returns the place of the first byte of the character that a byte at `at` does not continue, or `at` itself. */
const beginOf = (bytes: Uint8Array, at: number): number => {
  for (let begin = at - 1; begin >= 0 && begin >= at - 3; begin--) {
    const byte = bytes[begin] ?? 0;
    if (byte >= 0xc0) return lengthOf(byte) > at - begin ? begin : at;
    if (byte < 0x80) return at;
  }
  return at;
};

/**
 * Returns the place of the first character that is not valid UTF-8. In a text that ends before it, only the last character
 * can be incomplete.
 */
const firstInvalid = (bytes: Uint8Array): number => {
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = valid + ((invalid - valid) >> 1);
    try {
      strict().decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return beginOf(bytes, invalid - 1);
};

const hex = (byte: number | undefined): string => `0x${(byte ?? 0).toString(16).padStart(2, '0')}`;

/** Returns what bytes look like that are not UTF-8. */
const encodingOf = (bytes: Uint8Array): string => {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16';
  return bytes.subarray(0, 4_096).includes(0) ? 'no text' : 'Latin-1 (ISO 8859-1) or Windows-1252';
};

const ADVICE: Readonly<Record<string, string>> = {
  'UTF-16': 'iconv -f UTF-16 -t UTF-8',
  'Latin-1 (ISO 8859-1) or Windows-1252': 'iconv -f WINDOWS-1252 -t UTF-8',
};

/** What to do with a byte order mark, which some editors put before a text. */
export type ByteOrderMark =
  /** It is not a part of the text. */
  | 'drop'
  /** The text counts as it is, because it is hashed. */
  | 'keep';

/**
 * Returns the text of bytes from outside. Fault `UTF8_INVALID`, with the line and the byte in it, both counted from 1, and
 * the offset in the whole, counted from 0.
 *
 * @param mark - `drop` if left out
 */
export const readUtf8 = (bytes: Uint8Array, mark: ByteOrderMark = 'drop'): Result<string> => {
  const text = fromUtf8(bytes);
  if (text.ok) return mark === 'drop' && text.value.startsWith(BOM) ? ok(text.value.slice(1)) : text;
  const offset = firstInvalid(bytes);
  const before = bytes.subarray(0, offset);
  const line = before.reduce((count, byte) => count + (byte === NEWLINE ? 1 : 0), 1);
  const byte = offset - before.lastIndexOf(NEWLINE);
  const encoding = encodingOf(bytes);
  const advice = ADVICE[encoding];
  const convert = advice === undefined ? '' : `; convert it with "${advice}"`;
  return fail(
    'UTF8_INVALID',
    `line ${line}, byte ${byte}: ${hex(bytes[offset])} is no valid UTF-8; it looks like ${encoding}${convert}`,
    { line, byte, offset },
  );
};

/**
 * Returns a secret from outside, such as a password. A byte order mark is refused: nobody types it, so with it the same
 * secret would be another one. Faults: those of {@link readUtf8}, `TEXT_BOM`, `TEXT_NUL`.
 */
export const readSecretUtf8 = (bytes: Uint8Array): Result<string> => {
  const text = readUtf8(bytes, 'keep');
  if (!text.ok) return text;
  if (text.value.startsWith(BOM))
    return fail(
      'TEXT_BOM',
      'it begins with a byte order mark, which nobody types; save it without ("UTF-8 without BOM")',
    );
  return text.value.includes('\0')
    ? fail(
        'TEXT_NUL',
        'it holds zero bytes, so it looks like UTF-16; convert it with "iconv -f UTF-16LE -t UTF-8"',
      )
    : text;
};

/**
 * Whether something between its writer and this program has replaced characters: the system and the terminal hand over
 * arguments, variables and typed text, and where those are not UTF-8, the replacement character U+FFFD stands in them.
 */
export const isReplaced = (text: string): boolean => text.includes('\uFFFD');

/** The fault of a text in which {@link isReplaced} has found something. @param what - names the text */
export const replacedFault = (what: string) =>
  fault(
    'UTF8_INVALID',
    `${what}: holds characters that are not UTF-8, or the replacement character U+FFFD; use a terminal and a locale of UTF-8`,
  );

/** Decodes bytes for people to look at, such as a part of a text that was checked. Never for what is signed or stored. */
export const showUtf8 = (bytes: Uint8Array): string => lenient.decode(bytes);
