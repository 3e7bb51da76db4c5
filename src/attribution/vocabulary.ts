/**
 * Tokens as numbers: equal ids mean equal bytes, so texts are compared a number at a time. The hash only finds the
 * place to look; the bytes decide.
 */
import { randomInt } from 'node:crypto';
import { type Tokens, tokenAt } from '../../state/attribution/pt1.ts';

/** The id of no token: it separates items and equals nothing that is asked for. */
export const SEPARATOR = 0;
/** The id of every token that a vocabulary does not know. */
export const UNKNOWN = 0xffff_ffff;

/**
 * FNV-1a with a start and a multiplier of this process's own, so that nobody can write tokens that all fall into one
 * place of the table. Ids follow the order of learning, so no result depends on them.
 */
const START = randomInt(2 ** 32);
const MULTIPLIER = (randomInt(2 ** 30) << 2) | 3;

const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = START;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), MULTIPLIER);
  // The high bits, which every byte has reached, down to where the table looks.
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
};

export class Vocabulary {
  /** Open addressing, at most half full: the id at each place, or SEPARATOR where there is none. */
  #table = new Uint32Array(1024);
  /** Bytes of id i are #bytes[#ends[i - 1] .. #ends[i]); id 0 has none. */
  #bytes = new Uint8Array(8192);
  #ends = new Uint32Array(512);
  #size = 1;

  /** The ids of the tokens, learning those that are new. */
  intern(tokens: Tokens): Uint32Array {
    const ids = this.lookup(tokens);
    for (let i = 0; i < tokens.count; i++) if (ids[i] === UNKNOWN) ids[i] = this.#add(tokenAt(tokens, i));
    return ids;
  }

  /** The ids of the tokens, {@link UNKNOWN} for those that are not known. */
  lookup(tokens: Tokens): Uint32Array {
    const { bytes, offsets, count } = tokens;
    const ids = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const id = this.#table[this.#place(bytes, offsets[i] ?? 0, offsets[i + 1] ?? 0)] ?? SEPARATOR;
      ids[i] = id === SEPARATOR ? UNKNOWN : id;
    }
    return ids;
  }

  /** Where the token is in the table, or where it would go. */
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
    // The same new token may stand in one text twice.
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
