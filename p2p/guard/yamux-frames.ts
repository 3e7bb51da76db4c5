/**
 * Reads the frames of a yamux connection as their bytes arrive, without keeping them. The library waits for a data frame to
 * be whole before it looks at its length, so one header that names 4 GiB makes it buffer without end; and it answers every
 * ping, whether or not the other side reads the answers.
 *
 *     frame    version (0) ‖ type ‖ flags (2 bytes) ‖ stream id (4) ‖ length (4)   big-endian, then `length` bytes of data
 *     type     0 data, 1 window update, 2 ping, 3 go away; only the first is followed by data
 */
import type { Tailed } from './pieces.ts';

const HEADER_BYTES = 12;
const TYPE = { data: 0, ping: 2, goAway: 3 } as const;
const SYN = 1;

/** What has begun in some bytes. */
type Begun = { frames: number; opened: number; pings: number };
export type FrameCount = Readonly<Begun> & Tailed;

export class YamuxFrames {
  readonly #longest: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #view = new DataView(this.#header.buffer);
  #filled = 0;
  /** Bytes left of the data of the present frame. */
  #data = 0;

  /** @param longest - the most bytes of data in a frame */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Counts the frames whose headers end in these bytes. Undefined if they are not yamux, or a frame is too long. */
  feed(bytes: Uint8Array): FrameCount | undefined {
    const count: Begun = { frames: 0, opened: 0, pings: 0 };
    let whole = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#data > 0) {
        const skipped = Math.min(this.#data, bytes.length - at);
        this.#data -= skipped;
        at += skipped;
        if (this.#data === 0) whole = at;
        continue;
      }
      const end = Math.min(bytes.length, at + HEADER_BYTES - this.#filled);
      this.#header.set(bytes.subarray(at, end), this.#filled);
      this.#filled += end - at;
      at = end;
      if (this.#filled < HEADER_BYTES) break;
      this.#filled = 0;
      if (!this.#count(count)) return undefined;
      if (this.#data === 0) whole = at;
    }
    return { ...count, tail: bytes.length - whole };
  }

  #count(count: Begun): boolean {
    const type = this.#view.getUint8(1);
    if (this.#view.getUint8(0) !== 0 || type > TYPE.goAway) return false;
    const length = this.#view.getUint32(8);
    if (type === TYPE.data) {
      if (length > this.#longest) return false;
      this.#data = length;
    }
    count.frames += 1;
    const opens = (this.#view.getUint16(2) & SYN) === SYN;
    if (type === TYPE.ping) count.pings += 1;
    else if (opens) count.opened += 1;
    return true;
  }
}
