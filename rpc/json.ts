/**
 * Reads JSON that a stranger sent. The bytes are counted before they are parsed: a few megabytes of brackets or of names
 * would become hundreds of megabytes of objects, and would hold the thread for seconds. Counting gives way to the rest of
 * the node. Parsing is one piece of work, so the limits are chosen such that it takes a few milliseconds, and at most
 * about 20 for 8 MiB of text.
 */
import { randomInt } from 'node:crypto';
import { fromUtf8, utf8 } from '../src/lib/bytes.ts';
import { printableRow } from '../src/lib/printable.ts';
import { showUtf8 } from '../src/lib/text.ts';
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

/** The prime of FNV-1a (32 bits), by which names are found. */
const HASH_PRIME = 0x01000193;

const hashOf = (bytes: Uint8Array, seed: number): number => {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, HASH_PRIME);
  return hash;
};

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** The part of a name that an error shows. */
const SHOWN_LENGTH = 80;

/** Numbers the names of fields in the order in which they come. Those past one more than the limit all get its number. */
class Names {
  /** By the hash, the numbers of the names that have it. */
  readonly #byHash = new Map<number, number[]>();
  readonly #names: Uint8Array[] = [];

  get count(): number {
    return this.#names.length;
  }

  numberOf(name: Uint8Array, hash: number): number {
    const same = this.#byHash.get(hash);
    for (const number of same ?? []) if (sameBytes(this.#names[number] ?? name, name)) return number;
    if (this.count > NAMES_MAX) return NAMES_MAX;
    const number = this.#names.push(name) - 1;
    if (same === undefined) this.#byHash.set(hash, [number]);
    else same.push(number);
    return number;
  }

  shown(number: number): string {
    return printableRow(showUtf8(this.#names[number] ?? new Uint8Array()).slice(0, SHOWN_LENGTH));
  }
}

/**
 * Counts what JSON holds, slice by slice, and looks for objects that have a name twice. Brackets and colons within strings do
 * not count. The parser decides whether the bytes are JSON.
 */
export class JsonCounter {
  readonly #body: Uint8Array;
  #at = 0;
  #depth = 0;
  #deepest = 0;
  #values = 0;
  readonly #names = new Names();
  /** The names that are written with escapes, as they are written, and the number of the name that each means. */
  readonly #forms = new Names();
  readonly #meanings: number[] = [];
  /** Hashes begin at random, so that nobody can make up names with the same hash. */
  readonly #seed = randomInt(2 ** 32);
  /** The last string: its first byte, the byte after its last one, its hash, and whether it has escapes. */
  #from = 0;
  #to = 0;
  #hash = 0;
  #hasEscapes = false;
  #isWide = false;
  #inString = false;
  #escaped = false;
  /** Whether the last byte belonged to a number or a literal. */
  #inScalar = false;
  /** By depth, the number of the object that is open there. Objects are numbered from 1 on. */
  readonly #open = new Uint32Array(DEPTH_MAX + 1);
  #objects = 0;
  /** By depth and the number of a name, the last object at that depth that had it. */
  readonly #holders: Uint32Array[] = [];
  #twice: string | undefined;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  get counts(): Counts {
    const names = Math.max(this.#names.count, this.#forms.count);
    return { depth: this.#deepest, values: this.#values, names, isWide: this.#isWide };
  }

  /** A name that an object has twice; undefined if there is none so far. */
  get twice(): string | undefined {
    return this.#twice;
  }

  /** Counts the bytes before `end`. */
  countTo(end: number): void {
    const body = this.#body;
    const last = Math.min(end, body.length);
    let inString = this.#inString;
    let escaped = this.#escaped;
    let inScalar = this.#inScalar;
    let hash = this.#hash;
    let isWide = this.#isWide;
    for (let at = this.#at; at < last; at++) {
      const byte = body[at] ?? 0;
      if (inString) {
        if (byte >= WIDE || (escaped && byte === LETTER_U)) isWide = true;
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) {
          escaped = true;
          this.#hasEscapes = true;
        } else if (byte === QUOTE) {
          inString = false;
          this.#to = at;
          continue;
        }
        hash = Math.imul(hash ^ byte, HASH_PRIME);
        continue;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          inScalar = false;
          hash = this.#seed;
          this.#from = at + 1;
          this.#hasEscapes = false;
          this.#values++;
          break;
        case OPEN_BRACKET:
        case OPEN_BRACE:
          inScalar = false;
          this.#values++;
          this.#depth++;
          if (this.#depth > this.#deepest) this.#deepest = this.#depth;
          if (byte === OPEN_BRACE && this.#depth <= DEPTH_MAX) this.#open[this.#depth] = ++this.#objects;
          break;
        case CLOSE_BRACKET:
        case CLOSE_BRACE:
          inScalar = false;
          this.#depth--;
          break;
        case COLON:
          inScalar = false;
          this.#named(hash);
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
    this.#at = last;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#inScalar = inScalar;
    this.#hash = hash;
    this.#isWide = isWide;
  }

  /** Takes the last string for the name of a field in the object that is open. */
  #named(hash: number): void {
    const name = this.#body.subarray(this.#from, this.#to);
    const number = this.#hasEscapes ? this.#meant(name, hash) : this.#names.numberOf(name, hash);
    const depth = this.#depth;
    if (depth < 0 || depth > DEPTH_MAX || number >= NAMES_MAX) return;
    const object = this.#open[depth] ?? 0;
    this.#holders[depth] ??= new Uint32Array(NAMES_MAX);
    const holders = this.#holders[depth];
    if (holders[number] === object) this.#twice ??= this.#names.shown(number);
    holders[number] = object;
  }

  /** Returns the number of the name that is meant by one with escapes. Each way to write it is read once. */
  #meant(written: Uint8Array, hash: number): number {
    const form = this.#forms.numberOf(written, hash);
    const known = this.#meanings[form];
    if (known !== undefined) return known;
    const name = unescaped(written);
    const number = this.#names.numberOf(name, hashOf(name, this.#seed));
    this.#meanings[form] = number;
    return number;
  }
}

/** The name that a string with escapes stands for: `"\u0061"` is `a`. What is no string is left to the parser. */
const unescaped = (written: Uint8Array): Uint8Array => {
  try {
    return utf8(JSON.parse(`"${showUtf8(written)}"`) as string);
  } catch {
    return written;
  }
};

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

const excess = ({ counts: { depth, values, names }, twice }: JsonCounter): Fault | undefined => {
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
  // The parser would take the last of the two, and the caller may have meant the other (RFC 8259, section 4).
  if (twice !== undefined)
    return fault('PARSE_ERROR', `an object of the body has the name ${JSON.stringify(twice)} twice`, {
      name: twice,
    });
  return undefined;
};

/** Returns the memory that is reckoned for what a body of so many bytes becomes, in bytes. */
export const parsedBytes = ({ values, isWide }: Counts, length: number): number =>
  values * VALUE_BYTES + length * (isWide ? 2 : 1);

/** Counts a body, and stops at the slice that passes a limit. Faults: `PARSE_ERROR`, `VALUES_TOO_MANY`. */
export const countJson = async (body: Uint8Array, pace: Pace): Promise<Fault | Counts> => {
  const counter = new JsonCounter(body);
  for (let at = 0; at < body.length; at += SLICE_BYTES) {
    counter.countTo(at + SLICE_BYTES);
    const found = excess(counter);
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
