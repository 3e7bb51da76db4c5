/**
 * Reads the messages of noise as their bytes arrive, and counts them. Each costs a decryption however short it is, and the
 * library takes one of no bytes at all.
 *
 *     message    length (2 bytes, big-endian) ‖ `length` bytes, of which the last 16 are a tag once there are keys
 */
import type { Tailed } from './pieces.ts';

/** The shortest message: an empty one with its tag. Those of the handshake are longer. */
const SHORTEST_BYTES = 16;

export class NoiseMessages {
  /** Bytes left of the present message. */
  #left = 0;
  /** The first byte of a length whose second one has not come. */
  #high: number | undefined;

  /** The next byte begins a message. */
  restart(): void {
    this.#left = 0;
    this.#high = undefined;
  }

  /** Counts the messages whose lengths end in these bytes. Undefined if one is too short to be a message of noise. */
  feed(bytes: Uint8Array): (Tailed & { readonly messages: number }) | undefined {
    let messages = 0;
    let whole = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
        if (this.#left === 0) whole = at;
        continue;
      }
      const byte = bytes[at] ?? 0;
      at += 1;
      if (this.#high === undefined) {
        this.#high = byte;
        continue;
      }
      this.#left = (this.#high << 8) | byte;
      this.#high = undefined;
      if (this.#left < SHORTEST_BYTES) return undefined;
      messages += 1;
    }
    return { messages, tail: bytes.length - whole };
  }
}
