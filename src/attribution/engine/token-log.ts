/**
 * Token ids as they come: two bytes each, and a third once those do not suffice. They lie in shared memory that grows
 * where it is: address space is set aside for all that is expected, and pages are taken as they are written to, so
 * nothing is copied in the end.
 */
import { invariant } from '../../lib/errors.ts';

/** Ids of three bytes are below this. */
export const IDS_MAX = 1 << 24;
/** Ids of two bytes are. */
const NARROW_IDS_MAX = 1 << 16;
/** Tokens by which the memory grows, at least, and at most in one step. */
const STEP_MIN = 1 << 10;
const STEP_MAX = 1 << 24;

/** Bytes in memory that grows. */
class Growing {
  #buffer: SharedArrayBuffer;

  constructor(expected: number) {
    this.#buffer = new SharedArrayBuffer(0, { maxByteLength: Math.max(STEP_MIN, Math.ceil(expected)) });
  }

  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  /** Grows to `bytes`, which keeps what is there; beyond what was expected it is a copy. */
  grow(bytes: number): void {
    if (bytes <= this.#buffer.maxByteLength) {
      this.#buffer.grow(bytes);
      return;
    }
    const larger = new SharedArrayBuffer(bytes, { maxByteLength: 2 * bytes });
    new Uint8Array(larger).set(new Uint8Array(this.#buffer));
    this.#buffer = larger;
  }
}

export class TokenLog {
  readonly #lowBytes: Growing;
  readonly #highBytes: Growing;
  /** The low sixteen bits of each id. */
  #low: Uint16Array<SharedArrayBuffer>;
  /** The eight bits above; empty while all of them are zero. */
  #high: Uint8Array<SharedArrayBuffer>;
  #wide = false;
  #length = 0;

  /** @param expected - tokens, about: more of them cost a copy */
  constructor(expected: number) {
    this.#lowBytes = new Growing(2 * expected);
    this.#highBytes = new Growing(expected);
    this.#low = new Uint16Array(this.#lowBytes.buffer, 0, 0);
    this.#high = new Uint8Array(this.#highBytes.buffer, 0, 0);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that they take. */
  get bytes(): number {
    return this.#length * (this.#wide ? 3 : 2);
  }

  /** @param size - ids are below it, and it is at most IDS_MAX */
  append(ids: Int32Array, count: number, size: number): void {
    // All ids before have two bytes, so their third byte, which is zero, is right.
    if (size > NARROW_IDS_MAX) this.#wide = true;
    const at = this.#length;
    const length = at + count;
    if (length > this.#low.length || (this.#wide && length > this.#high.length)) this.#grow(length);
    const low = this.#low;
    for (let i = 0; i < count; i++) low[at + i] = ids[i] ?? 0;
    if (this.#wide) {
      const high = this.#high;
      for (let i = 0; i < count; i++) high[at + i] = (ids[i] ?? 0) >>> 16;
    }
    this.#length = length;
  }

  /** Returns all ids. `high` is empty if every id has two bytes. */
  finish(): { readonly low: Uint16Array; readonly high: Uint8Array } {
    return {
      low: new Uint16Array(this.#low.buffer, 0, this.#length),
      high: new Uint8Array(this.#high.buffer, 0, this.#wide ? this.#length : 0),
    };
  }

  #grow(length: number): void {
    const room = length + Math.min(STEP_MAX, Math.max(STEP_MIN, length));
    if (length > this.#low.length) {
      this.#lowBytes.grow(2 * room);
      this.#low = new Uint16Array(this.#lowBytes.buffer, 0, room);
    }
    if (this.#wide && length > this.#high.length) {
      this.#highBytes.grow(room);
      this.#high = new Uint8Array(this.#highBytes.buffer, 0, room);
    }
    invariant(this.#low.length >= length, 'there is room for all tokens');
  }
}
