/**
 * Merges what arrives in small pieces. The libraries keep every piece of a message or frame that is not whole yet, which
 * takes some 125 bytes for each, even for one of a single byte. They do nothing with such a piece before the rest is there,
 * so it may as well wait here, in one buffer.
 */
import { concat } from '../../src/lib/bytes.ts';

/** Pieces of this length are passed on at once. */
const PIECE_BYTES = 16 << 10;

/** How many bytes at the end of a piece belong to something that is not whole yet. */
export type Tailed = { readonly tail: number };

export class Pieces {
  #held = new Uint8Array(0);
  #filled = 0;

  /** Returns what is to be passed on now: all that is whole, and the rest once it is long. It keeps none of `bytes`. */
  merge(bytes: Uint8Array, { tail }: Tailed): Uint8Array | undefined {
    const whole = bytes.length - tail;
    const waiting = whole > 0 ? tail : this.#filled + tail;
    if (waiting >= PIECE_BYTES) return this.#with(bytes);
    const passed = whole > 0 ? this.#with(bytes.subarray(0, whole)) : undefined;
    this.#hold(bytes.subarray(whole));
    return passed;
  }

  #with(bytes: Uint8Array): Uint8Array {
    if (this.#filled === 0) return bytes;
    const merged = concat(this.#held.subarray(0, this.#filled), bytes);
    this.#filled = 0;
    this.#held = new Uint8Array(0);
    return merged;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#held.length === 0) this.#held = new Uint8Array(PIECE_BYTES);
    this.#held.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }
}
