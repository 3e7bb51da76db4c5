/**
 * Reads a text into the ids of its tokens in one pass, without the tokens in between. It decides as `tokenize`
 * (state/attribution/tokens.ts) does, which stays the definition; a test holds the two together.
 */
import {
  BASIC_PLANE,
  type CodePoints,
  OTHER,
  REMOVED_CLASS,
  SPACE_CLASS,
  TOKEN_BYTES_MAX,
  WORD_CLASS,
} from '../../../state/attribution/tokens.ts';
import { invariant, ok } from '../../lib/errors.ts';
import { fail, type Result } from '../errors.ts';
import { type Lexicon, RECENT_ROOM, SEPARATOR } from './lexicon.ts';

/** The value in {@link byteTable} for a byte that is not part of a word by itself. */
const SEPARATES = 0x100;
const REMOVED = 0x200;
const LONGER = 0x300;
/** A token of its own, what it folds to in the low byte. */
const ALONE = 0x400;

/** The high bit of each byte of four. */
const HIGH = 0x8080_8080 | 0;
/** The bytes of a number that are read at once. */
const AT_ONCE = 4;

/** The high bits of those of four bytes that are ASCII letters, if no byte below them has its own set. */
const lettersOf = (four: number): number => {
  const lower = four | 0x2020_2020;
  return (lower + 0x1f1f_1f1f) & ~(lower + 0x0505_0505) & ~four & HIGH;
};

/** The same for ASCII digits. */
const digitsOf = (four: number): number => (four + 0x5050_5050) & ~(four + 0x4646_4646) & ~four & HIGH;

/** What the high bit of a letter is to be shifted by to become the bit that makes it lower case. */
const FOLDS = 2;

/** All bits if none of the high bits is set, and no bit otherwise. */
const allIfNone = (highs: number): number => ~((highs | -highs) >> 31);
/** All bits of the bytes below the first of those whose high bits are set; all bits if there is none. */
const maskBelow = (highs: number): number => (((highs & -highs) - 1) >>> 7) | allIfNone(highs);
const sizeOfMask = (mask: number): number => (32 - Math.clz32(mask)) >>> 3;

const isAlphanumeric = (byte: number): boolean => ((lettersOf(byte) | digitsOf(byte)) & 0x80) !== 0;

const byteTables = new WeakMap<CodePoints, Int32Array>();

/** For each byte below 0x80 that is part of a word, what it folds to; for any other byte, one of the values above. */
const byteTable = (codePoints: CodePoints): Int32Array => {
  const known = byteTables.get(codePoints);
  if (known !== undefined) return known;
  const { classes, folded } = codePoints;
  const made = Int32Array.from({ length: 256 }, (_, byte) => {
    if (byte >= 0x80) return LONGER;
    const kind = classes[byte];
    if (kind === SPACE_CLASS) return SEPARATES;
    if (kind === REMOVED_CLASS) return REMOVED;
    invariant((kind === WORD_CLASS) === isAlphanumeric(byte), 'letters and digits make words in ASCII');
    return kind === WORD_CLASS ? (folded[byte] ?? 0) : ALONE | (folded[byte] ?? 0);
  });
  byteTables.set(codePoints, made);
  return made;
};

const invalid = (offset: number): Result<never> =>
  fail('TEXT_UTF8_INVALID', `the text is not valid UTF-8 at byte ${offset}`, { offset });

/** The value that {@link decode} returns for bytes that are not UTF-8. */
const MALFORMED = -1;

/** The code point from source[at] on, which is no ASCII (Unicode, table 3-7). */
const decode = (source: Uint8Array, at: number): number => {
  const first = source[at] ?? 0;
  // Past the end reads as 0, which is no continuation.
  const second = source[at + 1] ?? 0;
  if (first < 0xc2 || first > 0xf4 || (second & 0xc0) !== 0x80) return MALFORMED;
  if (first < 0xe0) return ((first & 0x1f) << 6) | (second & 0x3f);
  const third = source[at + 2] ?? 0;
  if ((third & 0xc0) !== 0x80) return MALFORMED;
  if (first < 0xf0) {
    const c = ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
    // Below 0x800 the form is overlong; 0xd800 to 0xdfff are surrogates.
    return c < 0x800 || (c >= 0xd800 && c <= 0xdfff) ? MALFORMED : c;
  }
  const fourth = source[at + 3] ?? 0;
  if ((fourth & 0xc0) !== 0x80) return MALFORMED;
  const c = ((first & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f);
  return c < 0x10000 || c > 0x10ffff ? MALFORMED : c;
};

const sizeOf = (c: number): number => (c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);

/** The UTF-8 of a code point, its first byte lowest. */
const packed = (c: number): number => {
  if (c < 0x80) return c;
  if (c < 0x800) return 0xc0 | (c >> 6) | ((0x80 | (c & 0x3f)) << 8);
  if (c < 0x10000) return 0xe0 | (c >> 12) | ((0x80 | ((c >> 6) & 0x3f)) << 8) | ((0x80 | (c & 0x3f)) << 16);
  return (
    0xf0 |
    (c >> 18) |
    ((0x80 | ((c >> 12) & 0x3f)) << 8) |
    ((0x80 | ((c >> 6) & 0x3f)) << 16) |
    ((0x80 | (c & 0x3f)) << 24)
  );
};

/** The id of the token of one code point of the basic plane. */
const single = (lexicon: Lexicon, singles: Int32Array, c: number): number => {
  const known = singles[c] ?? 0;
  if (known !== SEPARATOR) return known;
  const id = lexicon.intern(packed(c), 0, 0, 0);
  singles[c] = id;
  return id;
};

/** The numbers of a recent word: its first eight bytes, its id, and an unused one, so that all are in one line of a cache. */
const RECENT_NUMBERS = 4;
const RECENT_SHIFT = 32 - Math.log2(RECENT_ROOM / RECENT_NUMBERS);

/**
 * Returns where a word of at most eight bytes is kept. This hash has no secret key: if somebody writes words that share a place,
 * each of them is looked up in the lexicon, whose hash has one.
 */
const recentPlace = (w0: number, w1: number): number => {
  const mixed = Math.imul(w0, 0x2c1b_3c6d) ^ Math.imul(w1, 0x297a_2d39);
  return RECENT_NUMBERS * (Math.imul(mixed ^ (mixed >>> 15), 0x9e37_79b1) >>> RECENT_SHIFT);
};

/** The id of a word that is not at its place among the recent ones, where it is from now on. */
const learn = (lexicon: Lexicon, place: number, w0: number, w1: number, w2: number, w3: number): number => {
  const id = lexicon.intern(w0, w1, w2, w3);
  if ((w2 | w3) !== 0) return id;
  const { recent } = lexicon;
  recent[place] = w0;
  recent[place + 1] = w1;
  recent[place + 2] = id;
  return id;
};

/**
 * The ids of the tokens of `source` into `ids`, which must have room for as many as there are bytes; gives how many.
 * Fault `TEXT_UTF8_INVALID` with the byte `offset` at which decoding fails.
 */
export const readTokens = (
  codePoints: CodePoints,
  source: Uint8Array,
  lexicon: Lexicon,
  ids: Int32Array,
): Result<number> => {
  const { classes, folded, classAbove } = codePoints;
  const bytes = byteTable(codePoints);
  const length = source.length;
  const { singles, recent } = lexicon;
  const view = new DataView(source.buffer, source.byteOffset, length);
  /** The last byte at which two numbers can be read. */
  const last = length - 2 * AT_ONCE;
  let count = 0;
  /** The open word, four bytes to a number, and how many bytes it has: between tokens none, and all zero. */
  let w0 = 0;
  let w1 = 0;
  let w2 = 0;
  let w3 = 0;
  let size = 0;
  let at = 0;
  while (at < length) {
    let byte = bytes[source[at] ?? 0] ?? 0;
    if (byte < 0x80 && size === 0 && at <= last) {
      // Nearly every word: ASCII from its start to its end. No branch depends on whether it has more than four bytes, as a
      // processor cannot predict that.
      const first = view.getInt32(at, true);
      const second = view.getInt32(at + AT_ONCE, true);
      const letters = lettersOf(first);
      const lettersBehind = lettersOf(second);
      const others = ~(letters | digitsOf(first)) & HIGH;
      const mask = maskBelow(others);
      const maskBehind = maskBelow(~(lettersBehind | digitsOf(second)) & HIGH) & allIfNone(others);
      w0 = (first | (letters >>> FOLDS)) & mask;
      w1 = (second | (lettersBehind >>> FOLDS)) & maskBehind;
      size = sizeOfMask(mask) + sizeOfMask(maskBehind);
      at += size;
      byte = at < length ? (bytes[source[at] ?? 0] ?? 0) : SEPARATES;
    }
    if (byte < 0x80) {
      if (size === TOKEN_BYTES_MAX) {
        ids[count++] = lexicon.intern(w0, w1, w2, w3);
        w0 = w1 = w2 = w3 = size = 0;
        continue;
      }
      const bits = byte << (size << 3);
      if (size < 4) w0 |= bits;
      else if (size < 8) w1 |= bits;
      else if (size < 12) w2 |= bits;
      else w3 |= bits;
      size += 1;
      at += 1;
      // The last byte of the text closes its word below.
      continue;
    }
    if (byte === REMOVED) {
      at += 1;
      continue;
    }
    if (byte !== LONGER) {
      if (size > 0) {
        // Nearly every token ends here, so this lookup is not left to a function.
        const place = recentPlace(w0, w1);
        const isRecent = recent[place] === w0 && recent[place + 1] === w1 && (w2 | w3) === 0;
        ids[count++] = isRecent ? (recent[place + 2] ?? 0) : learn(lexicon, place, w0, w1, w2, w3);
        w0 = w1 = w2 = w3 = size = 0;
      }
      if (byte >= ALONE) {
        ids[count++] = single(lexicon, singles, byte & 0x7f);
      }
      at += 1;
      continue;
    }

    const original = decode(source, at);
    if (original === MALFORMED) return invalid(at);
    at += sizeOf(original);
    const basic = original < BASIC_PLANE;
    const kind = basic ? (classes[original] ?? OTHER) : classAbove(original);
    if (kind === REMOVED_CLASS) continue;
    const c = basic ? (folded[original] ?? original) : original;
    const added = sizeOf(c);
    if (size > 0 && (kind !== WORD_CLASS || size + added > TOKEN_BYTES_MAX)) {
      ids[count++] = lexicon.intern(w0, w1, w2, w3);
      w0 = w1 = w2 = w3 = size = 0;
    }
    if (kind === SPACE_CLASS) continue;
    if (kind !== WORD_CLASS) {
      ids[count++] = basic ? single(lexicon, singles, c) : lexicon.intern(packed(c), 0, 0, 0);
      continue;
    }
    const bits = packed(c);
    // Into the word that its first byte falls into, and what is left over into the next.
    const shift = (size & 3) << 3;
    const low = bits << shift;
    const high = shift + 8 * added > 32 ? bits >>> (32 - shift) : 0;
    if (size < 4) {
      w0 |= low;
      w1 |= high;
    } else if (size < 8) {
      w1 |= low;
      w2 |= high;
    } else if (size < 12) {
      w2 |= low;
      w3 |= high;
    } else w3 |= low;
    size += added;
  }
  if (size > 0) ids[count++] = lexicon.intern(w0, w1, w2, w3);
  return ok(count);
};
