/**
 * Tokens as numbers. Equal ids mean equal bytes, so texts are compared by numbers. A hash only finds the place to look;
 * the bytes decide.
 */
import { type Tokens, tokenAt } from '../../state/attribution/tokens.ts';

/** The id of no token. It separates items and equals no token of a query. */
export const SEPARATOR = 0;
/** The id of every token that a vocabulary does not know. */
export const UNKNOWN = 0xffff_ffff;

/**
 * FNV-1a with a random start and multiplier per process, so that nobody can write tokens that all get the same place in
 * the table. Ids follow the order in which tokens were learnt, so no result depends on them.
 */
const [START = 0, RANDOM = 0] = crypto.getRandomValues(new Uint32Array(2));
const MULTIPLIER = (RANDOM << 2) | 3;

const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = START;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), MULTIPLIER);
  // Mixes the high bits, which depend on every byte, into the low bits, which are the place in the table.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
};

export class Vocabulary {
  /** Open addressing, at most half full: the id at each place, or SEPARATOR where there is none. */
  #table = new Uint32Array(1024);
  /** The bytes of the tokens: id i has #bytes[#ends[i - 1] .. #ends[i]), and id 0 has none. */
  #bytes = new Uint8Array(8192);
  #ends = new Uint32Array(512);
  #size = 1;

  /** Returns the ids of the tokens, and learns those that are new. */
  intern(tokens: Tokens): Uint32Array {
    const ids = this.lookup(tokens);
    for (let i = 0; i < tokens.count; i++) if (ids[i] === UNKNOWN) ids[i] = this.#add(tokenAt(tokens, i));
    return ids;
  }

  /** Returns the ids of the tokens, {@link UNKNOWN} for unknown ones. */
  lookup(tokens: Tokens): Uint32Array {
    const { bytes, offsets, count } = tokens;
    const ids = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const id = this.#table[this.#place(bytes, offsets[i] ?? 0, offsets[i + 1] ?? 0)] ?? SEPARATOR;
      ids[i] = id === SEPARATOR ? UNKNOWN : id;
    }
    return ids;
  }

  /** Returns the place of a token in the table, or the place where it would be inserted. */
  #place(bytes: Uint8Array, from: number, to: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = hashOf(bytes, from, to) & mask;
    for (;;) {
      const id = table[place] ?? SEPARATOR;
      if (id === SEPARATOR || this.#holds(id, bytes, from, to)) return place;
      place = (place + 1) & mask;
    }
  }

  #holds(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#ends[id - 1] ?? 0;
    if ((this.#ends[id] ?? 0) - start !== to - from) return false;
    for (let i = from, j = start; i < to; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }

  #add(token: Uint8Array): number {
    const place = this.#place(token, 0, token.length);
    const known = this.#table[place] ?? SEPARATOR;
    // The same new token may occur twice in one text.
    if (known !== SEPARATOR) return known;
    const id = this.#size;
    const start = this.#ends[id - 1] ?? 0;
    const end = start + token.length;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * this.#bytes.length));
    if (id >= this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * this.#ends.length));
    this.#bytes.set(token, start);
    this.#ends[id] = end;
    this.#size += 1;
    this.#table[place] = id;
    if (2 * this.#size > this.#table.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    this.#table = new Uint32Array(2 * this.#table.length);
    for (let id = 1; id < this.#size; id++)
      this.#table[this.#place(this.#bytes, this.#ends[id - 1] ?? 0, this.#ends[id] ?? 0)] = id;
  }
}

const grown = <T extends Uint8Array | Uint32Array>(from: T, to: T): T => {
  to.set(from);
  return to;
};
