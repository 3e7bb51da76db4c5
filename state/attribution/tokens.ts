/**
 * Protocol tokens (docs/attribution.md#tokens), for any version of the rules: a version is a table that says which code
 * points are dropped, which separate, and which words are made of. They do not depend on the tokenizer of any model or on
 * the Unicode tables of the runtime. A word is a run of word code points. It is cut, after folding, before the code point
 * that would make it longer than 16 bytes. Every other code point that is neither removed nor a separator is a token of its
 * own.
 */
import { utf8 } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { fail, type Result } from './errors.ts';

/** A token has at least one byte and at most this many. */
export const TOKEN_BYTES_MAX = 16;

/** The folded tokens of a text: token i is `bytes[offsets[i] .. offsets[i + 1])`. */
export type Tokens = {
  readonly count: number;
  /** count + 1 ascending offsets into `bytes`; the first is 0, the last is its length. */
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
};

/** Tokens that know where in the source, in bytes, each begins and ends (the end after its last code point). */
export type LocatedTokens = Tokens & { readonly starts: Uint32Array; readonly ends: Uint32Array };

/** The classes of code points. */
export const OTHER = 0;
export const WORD_CLASS = 1;
export const SPACE_CLASS = 2;
export const REMOVED_CLASS = 3;

export const BASIC_PLANE = 0x10000;

/** What a version of the rules does with each code point. */
export type CodePoints = {
  /** The class of each code point of the basic plane, after folding. */
  readonly classes: Uint8Array;
  /** The folded form of each code point of the basic plane. No removed code point folds. */
  readonly folded: Uint16Array;
  /** The class of a code point above the basic plane, where nothing folds and nothing is part of a word. */
  readonly classAbove: (c: number) => number;
};

const invalid = (offset: number): Result<never> =>
  fail('TEXT_UTF8_INVALID', `the text is not valid UTF-8 at byte ${offset}`, { offset });

const EMPTY = new Uint32Array(0);

/** Reads the bytes in one pass: strict decoding (Unicode, table 3-7), folding and cutting at once. */
const scan = (
  { classes, folded, classAbove }: CodePoints,
  source: Uint8Array,
  located: boolean,
): Result<LocatedTokens> => {
  const length = source.length;
  // Folding makes a code point longer only from two bytes to three (U+023A, U+023E), never from any other length.
  const out = new Uint8Array(length + (length >> 1));
  const offsets = new Uint32Array(length + 1);
  const starts = located ? new Uint32Array(length) : EMPTY;
  const ends = located ? new Uint32Array(length) : EMPTY;
  let count = 0;
  let written = 0;
  /** The place in `out` where the open word begins; no word is open if it equals `written`. */
  let word = 0;
  let at = 0;
  while (at < length) {
    const from = at;
    let c = source[at] ?? 0;
    let kind: number;
    let size: number;
    if (c < 0x80) {
      at += 1;
      kind = classes[c] ?? OTHER;
      c = folded[c] ?? c;
      size = 1;
    } else {
      const second = source[at + 1] ?? 0;
      if (c < 0xe0) {
        if (c < 0xc2 || (second & 0xc0) !== 0x80) return invalid(from);
        c = ((c & 0x1f) << 6) | (second & 0x3f);
        at += 2;
      } else {
        const third = source[at + 2] ?? 0;
        if ((second & 0xc0) !== 0x80 || (third & 0xc0) !== 0x80) return invalid(from);
        if (c < 0xf0) {
          c = ((c & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
          // Below 0x800 the form is overlong; 0xd800 to 0xdfff are surrogates.
          if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff)) return invalid(from);
          at += 3;
        } else {
          const fourth = source[at + 3] ?? 0;
          if (c > 0xf4 || (fourth & 0xc0) !== 0x80) return invalid(from);
          c = ((c & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f);
          if (c < 0x10000 || c > 0x10ffff) return invalid(from);
          at += 4;
        }
      }
      if (c < BASIC_PLANE) {
        kind = classes[c] ?? OTHER;
        c = folded[c] ?? c;
      } else {
        kind = classAbove(c);
      }
      size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }

    if (kind === REMOVED_CLASS) continue;
    if (written > word && (kind !== WORD_CLASS || written - word + size > TOKEN_BYTES_MAX)) {
      count += 1;
      offsets[count] = written;
      word = written;
    }
    if (kind === SPACE_CLASS) continue;
    if (located) {
      if (written === word) starts[count] = from;
      ends[count] = at;
    }
    if (size === 1) {
      out[written++] = c;
    } else if (size === 2) {
      out[written++] = 0xc0 | (c >> 6);
      out[written++] = 0x80 | (c & 0x3f);
    } else if (size === 3) {
      out[written++] = 0xe0 | (c >> 12);
      out[written++] = 0x80 | ((c >> 6) & 0x3f);
      out[written++] = 0x80 | (c & 0x3f);
    } else {
      out[written++] = 0xf0 | (c >> 18);
      out[written++] = 0x80 | ((c >> 12) & 0x3f);
      out[written++] = 0x80 | ((c >> 6) & 0x3f);
      out[written++] = 0x80 | (c & 0x3f);
    }
    if (kind !== WORD_CLASS) {
      count += 1;
      offsets[count] = written;
      word = written;
    }
  }
  if (written > word) {
    count += 1;
    offsets[count] = written;
  }
  return ok({
    count,
    offsets: offsets.slice(0, count + 1),
    bytes: out.slice(0, written),
    starts: starts.slice(0, count),
    ends: ends.slice(0, count),
  });
};

export type Tokenizer = {
  /** Returns the tokens of UTF-8 bytes. Fault `TEXT_UTF8_INVALID` with the byte `offset` at which decoding fails. */
  readonly tokenize: (source: Uint8Array) => Result<Tokens>;
  /** Does the same, and adds the place of every token in the source, to show and colour text. */
  readonly tokenizeLocated: (source: Uint8Array) => Result<LocatedTokens>;
  /** Does the same as `tokenize` for a string. Fault `TEXT_LONE_SURROGATE` if it is not well-formed UTF-16. */
  readonly tokenizeText: (text: string) => Result<Tokens>;
};

export const createTokenizer = (codePoints: CodePoints): Tokenizer => {
  const tokenize = (source: Uint8Array): Result<Tokens> => scan(codePoints, source, false);
  return {
    tokenize,
    tokenizeLocated: (source) => scan(codePoints, source, true),
    tokenizeText: (text) =>
      text.isWellFormed()
        ? tokenize(utf8(text))
        : fail('TEXT_LONE_SURROGATE', 'the text holds half of a surrogate pair, which has no UTF-8'),
  };
};

/** Returns the text that consists of these tokens. */
export const listTokens = (list: readonly Uint8Array[]): Tokens => {
  const offsets = new Uint32Array(list.length + 1);
  for (const [i, token] of list.entries()) offsets[i + 1] = (offsets[i] ?? 0) + token.length;
  const bytes = new Uint8Array(offsets[list.length] ?? 0);
  for (const [i, token] of list.entries()) bytes.set(token, offsets[i] ?? 0);
  return { count: list.length, offsets, bytes };
};

/** Returns the folded bytes of token `index`. */
export const tokenAt = (tokens: Tokens, index: number): Uint8Array =>
  tokens.bytes.subarray(tokens.offsets[index], tokens.offsets[index + 1]);
