/**
 * Reads JSON that a stranger sent. The bytes are counted before they are parsed: a few megabytes of brackets or of names
 * would become hundreds of megabytes of objects, and would hold the thread for seconds. Counting gives way to the rest of
 * the node. Parsing is one piece of work, so the limits are chosen such that it takes a few milliseconds, and at most
 * about 20 for 8 MiB of text.
 */
import { randomInt } from 'node:crypto';
import { fromUtf8 } from '../src/lib/bytes.ts';
import { type Fault, fault } from './codes.ts';
import type { Pace } from './pace.ts';

/** The deepest nesting of JSON that is parsed. The deepest payload of a transaction needs about ten levels. */
export const DEPTH_MAX = 32;
/**
 * The most values of a body: lists, objects, names, texts, numbers and literals. The payload of the longest transaction has
 * up to 164,000: 32,768 shapes of items, each an object with two names and two numbers.
 */
export const VALUES_MAX = 200_000;
/**
 * The most different names of fields in a body. Objects with known names are parsed fast, and each new name costs time and
 * memory. All methods and all kinds of transactions together have about 300.
 */
export const NAMES_MAX = 1_000;
/** The memory that is reckoned for each value of a parsed body, in bytes. An empty object takes 56. */
const VALUE_BYTES = 64;
/** The first byte, in UTF-8, of characters past U+00FF. A text with one of them takes two bytes for each character. */
const WIDE = 0xc4;

/** The bytes that are counted before the rest of the node gets its turn: about half a millisecond. */
const SLICE_BYTES = 256 << 10;

export type Counts = {
  readonly depth: number;
  readonly values: number;
  /** The number of different names of fields; not counted past one more than the limit. */
  readonly names: number;
  /** Whether a text may take two bytes for each of its characters. */
  readonly isWide: boolean;
};

/** The prime of FNV-1a (32 bits), by which names are told apart. */
const HASH_PRIME = 0x01000193;

/**
 * Counts what JSON holds, slice by slice. Brackets and colons within strings do not count. The parser decides whether the
 * bytes are JSON.
 */
export class JsonCounter {
  #depth = 0;
  #deepest = 0;
  #values = 0;
  /** The hashes of names. They begin at random, so that nobody can make up names with the same hash. */
  readonly #names = new Set<number>();
  readonly #seed = randomInt(2 ** 32);
  #hash = 0;
  #isWide = false;
  #inString = false;
  #escaped = false;
  /** Whether the last byte belonged to a number or a literal. */
  #inScalar = false;

  get counts(): Counts {
    return { depth: this.#deepest, values: this.#values, names: this.#names.size, isWide: this.#isWide };
  }

  add(bytes: Uint8Array): void {
    let inString = this.#inString;
    let escaped = this.#escaped;
    let inScalar = this.#inScalar;
    let hash = this.#hash;
    let isWide = this.#isWide;
    for (const byte of bytes) {
      if (inString) {
        hash = Math.imul(hash ^ byte, HASH_PRIME);
        if (byte >= WIDE || (escaped && byte === LETTER_U)) isWide = true;
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          inScalar = false;
          hash = this.#seed;
          this.#values++;
          break;
        case OPEN_BRACKET:
        case OPEN_BRACE:
          inScalar = false;
          this.#values++;
          this.#depth++;
          if (this.#depth > this.#deepest) this.#deepest = this.#depth;
          break;
        case CLOSE_BRACKET:
        case CLOSE_BRACE:
          inScalar = false;
          this.#depth--;
          break;
        case COLON:
          inScalar = false;
          // One more than the limit tells enough.
          if (this.#names.size <= NAMES_MAX) this.#names.add(hash);
          break;
        case COMMA:
        case SPACE:
        case NEWLINE:
        case RETURN:
        case TAB:
          inScalar = false;
          break;
        default:
          if (!inScalar) this.#values++;
          inScalar = true;
      }
    }
    this.#inString = inString;
    this.#escaped = escaped;
    this.#inScalar = inScalar;
    this.#hash = hash;
    this.#isWide = isWide;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;
const LETTER_U = 0x75;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;

const excess = ({ depth, values, names }: Counts): Fault | undefined => {
  if (depth > DEPTH_MAX)
    return fault('PARSE_ERROR', `the body nests deeper than ${DEPTH_MAX} levels`, { limit: DEPTH_MAX });
  if (values > VALUES_MAX)
    return fault('VALUES_TOO_MANY', `the body has more than ${VALUES_MAX} values; send less at a time`, {
      limit: VALUES_MAX,
    });
  if (names > NAMES_MAX)
    return fault('VALUES_TOO_MANY', `the body has more than ${NAMES_MAX} different names of fields`, {
      limit: NAMES_MAX,
    });
  return undefined;
};

/** Returns the memory that is reckoned for what a body of so many bytes becomes, in bytes. */
export const parsedBytes = ({ values, isWide }: Counts, length: number): number =>
  values * VALUE_BYTES + length * (isWide ? 2 : 1);

/** Counts a body, and stops at the slice that passes a limit. Faults: `PARSE_ERROR`, `VALUES_TOO_MANY`. */
export const countJson = async (body: Uint8Array, pace: Pace): Promise<Fault | Counts> => {
  const counter = new JsonCounter();
  for (let at = 0; at < body.length; at += SLICE_BYTES) {
    counter.add(body.subarray(at, at + SLICE_BYTES));
    const found = excess(counter.counts);
    if (found !== undefined) return found;
    await pace();
  }
  return counter.counts;
};

/** Parses bytes within the limits. Fault `PARSE_ERROR`. */
export const parseJson = (body: Uint8Array): { readonly value: unknown } | Fault => {
  const text = fromUtf8(body);
  if (!text.ok) return fault('PARSE_ERROR', 'the body is not UTF-8');
  try {
    return { value: JSON.parse(text.value) as unknown };
  } catch {
    return fault('PARSE_ERROR', 'the body is not JSON');
  }
};
