/**
 * The distinct tokens of a segment, as numbers: equal ids mean equal bytes, so texts are compared a number at a time.
 * A token has at most 16 bytes and none of them is zero (PT-1 drops control characters), so it is kept as four words,
 * padded with zeros, and compared as such. The hash only finds the place to look; the words decide.
 */
import { BASIC_PLANE, TOKEN_BYTES_MAX } from '../../../state/attribution/tokens.ts';
import { invariant } from '../../lib/errors.ts';

/** The id of no token: it separates items and equals nothing that is asked for. */
export const SEPARATOR = 0;
/** The value that a lookup returns for a token that is not in the lexicon. */
export const UNKNOWN = -1;

export const WORDS_PER_TOKEN = TOKEN_BYTES_MAX / 4;

/**
 * The start values of the hashes of tokens, two unsigned 32-bit numbers. They are secret and different on each node, so
 * that nobody can write tokens that all get the same place, or texts whose fingerprints collide. No result depends on
 * them.
 */
export type HashKey = { readonly start: number; readonly multiplier: number };

/** The hash of a token, a signed 32-bit number: the same in every segment under one key. */
const hashOfWords = (
  { start, multiplier }: HashKey,
  first: number,
  second: number,
  third: number,
  fourth: number,
): number => {
  const odd = multiplier | 1;
  let hash = Math.imul(start ^ first, odd);
  hash = Math.imul((hash ^ (hash >>> 15)) + second, odd);
  // Few tokens have more than 8 bytes.
  if ((third | fourth) !== 0) {
    hash = Math.imul((hash ^ (hash >>> 15)) + third, odd);
    hash = Math.imul((hash ^ (hash >>> 15)) + fourth, odd);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
};

/** The tokens of a lexicon, as far as looking them up needs them: four words for each id, and the table of ids. */
export type SharedLexicon = { readonly words: Int32Array; readonly table: Int32Array };

/** Returns the place of a token in the table, or the place where it would be inserted. */
const placeOf = (
  table: Int32Array,
  words: Int32Array,
  hash: number,
  first: number,
  second: number,
  third: number,
  fourth: number,
): number => {
  const mask = table.length - 1;
  for (let place = hash & mask; ; place = (place + 1) & mask) {
    const id = table[place] ?? 0;
    const at = id << 2;
    if (
      id === SEPARATOR ||
      (words[at] === first && words[at + 1] === second && words[at + 2] === third && words[at + 3] === fourth)
    )
      return place;
  }
};

/** The shared lexicon of words that were kept, whose first four are those of id 0. */
export const shareWords = (key: HashKey, words: Int32Array): SharedLexicon => {
  const lexicon = new Lexicon(key, Math.max(1, words.length / WORDS_PER_TOKEN));
  for (let at = WORDS_PER_TOKEN; at < words.length; at += WORDS_PER_TOKEN)
    lexicon.intern(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0);
  return lexicon.share();
};

/** Places of a table, a power of two: two to four times as many as ids. */
const placesFor = (size: number): number => 1 << (33 - Math.clz32(size));

/** The numbers that a reader of texts has room for: see {@link Lexicon.recent}. */
export const RECENT_ROOM = 1 << 15;

export class Lexicon {
  readonly key: HashKey;
  /** Four words for each id. */
  #words: Int32Array;
  /** The hash of each id. */
  #hashes: Int32Array;
  /** Open addressing, at most half full: the id at each place, or SEPARATOR where there is none. */
  #table: Int32Array;
  #size = 1;
  #recent: Int32Array | undefined;
  #singles: Int32Array | undefined;

  constructor(key: HashKey, expected = 256) {
    invariant(expected >= 1, 'a lexicon has room for a token');
    this.key = key;
    this.#words = new Int32Array(WORDS_PER_TOKEN * (expected + 1));
    this.#hashes = new Int32Array(expected + 1);
    this.#table = new Int32Array(placesFor(expected));
  }

  /** Ids are below this; the least is 1. */
  get size(): number {
    return this.#size;
  }

  /** Where readers of texts keep the ids of the tokens of one code point of the basic plane, which they know by that. */
  get singles(): Int32Array {
    this.#singles ??= new Int32Array(BASIC_PLANE);
    return this.#singles;
  }

  /** Where readers of texts keep the ids of tokens that they met lately: few tokens make up most of a text. */
  get recent(): Int32Array {
    this.#recent ??= new Int32Array(RECENT_ROOM);
    return this.#recent;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    const kept = (this.#singles?.byteLength ?? 0) + (this.#recent?.byteLength ?? 0);
    return this.#words.byteLength + this.#hashes.byteLength + this.#table.byteLength + kept;
  }

  /** Returns the first four bytes of a token, the first one in the lowest bits. */
  beginningOf(id: number): number {
    return this.#words[WORDS_PER_TOKEN * id] ?? 0;
  }

  /** The hashes of the first `count` ids. */
  hashesOf(ids: Int32Array, count: number, out: Int32Array): void {
    const hashes = this.#hashes;
    for (let i = 0; i < count; i++) out[i] = hashes[ids[i] ?? 0] ?? 0;
  }

  /** Returns, for each id of this lexicon, the id in another lexicon with the same key, or {@link UNKNOWN}. */
  idsIn({ table, words }: SharedLexicon): Int32Array {
    const ids = new Int32Array(this.#size).fill(UNKNOWN);
    const own = this.#words;
    for (let id = 1, at = WORDS_PER_TOKEN; id < ids.length; id++, at += WORDS_PER_TOKEN) {
      const place = placeOf(
        table,
        words,
        this.#hashes[id] ?? 0,
        own[at] ?? 0,
        own[at + 1] ?? 0,
        own[at + 2] ?? 0,
        own[at + 3] ?? 0,
      );
      const there = table[place] ?? 0;
      if (there !== SEPARATOR) ids[id] = there;
    }
    return ids;
  }

  /** The data that lookups need, in memory that threads share. */
  share(): SharedLexicon {
    const used = this.#words.subarray(0, WORDS_PER_TOKEN * this.#size);
    const words = new Int32Array(new SharedArrayBuffer(used.byteLength));
    words.set(used);
    // The table has the size that the tokens need, whatever size was expected.
    const table = new Int32Array(new SharedArrayBuffer(4 * placesFor(this.#size)));
    this.#fill(table);
    return { words, table };
  }

  /** The id of the token, learned if it is new. */
  intern(first: number, second: number, third: number, fourth: number): number {
    const hash = hashOfWords(this.key, first, second, third, fourth);
    const place = placeOf(this.#table, this.#words, hash, first, second, third, fourth);
    const id = this.#table[place] ?? 0;
    return id === SEPARATOR ? this.#add(place, hash, first, second, third, fourth) : id;
  }

  #add(place: number, hash: number, first: number, second: number, third: number, fourth: number): number {
    const id = this.#size;
    if (id >= this.#hashes.length) {
      const hashes = new Int32Array(2 * id);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
      const words = new Int32Array(WORDS_PER_TOKEN * 2 * id);
      words.set(this.#words);
      this.#words = words;
    }
    const at = WORDS_PER_TOKEN * id;
    this.#words[at] = first;
    this.#words[at + 1] = second;
    this.#words[at + 2] = third;
    this.#words[at + 3] = fourth;
    this.#hashes[id] = hash;
    this.#table[place] = id;
    this.#size = id + 1;
    if (2 * this.#size > this.#table.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    this.#table = new Int32Array(placesFor(this.#size));
    this.#fill(this.#table);
  }

  #fill(table: Int32Array): void {
    const mask = table.length - 1;
    for (let id = 1; id < this.#size; id++) {
      let place = (this.#hashes[id] ?? 0) & mask;
      while (table[place] !== SEPARATOR) place = (place + 1) & mask;
      table[place] = id;
    }
  }
}
