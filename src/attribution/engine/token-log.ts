/**
 * Token ids as they come, of two bytes each while those suffice, in shared memory that grows where it lies: address space
 * is set aside for all that is expected, and pages are taken as they are written to, so nothing is copied in the end.
 */
import { invariant } from '../../lib/errors.ts';

const NARROW_MAX = 0xffff;
/** Tokens by which the memory grows, at least, and at most in one step. */
const STEP_MIN = 1 << 10;
const STEP_MAX = 1 << 24;

type Ids = Uint16Array<SharedArrayBuffer> | Uint32Array<SharedArrayBuffer>;

const viewOf = (buffer: SharedArrayBuffer, wide: boolean, length: number): Ids =>
  wide ? new Uint32Array(buffer, 0, length) : new Uint16Array(buffer, 0, length);

export class TokenLog {
  #ids: Ids;
  #length = 0;
  #wide = false;

  /** @param expected - tokens, about: more of them cost a copy */
  constructor(expected: number) {
    this.#ids = viewOf(
      new SharedArrayBuffer(0, { maxByteLength: 2 * Math.max(STEP_MIN, Math.ceil(expected)) }),
      false,
      0,
    );
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that they take. */
  get bytes(): number {
    return this.#length * this.#ids.BYTES_PER_ELEMENT;
  }

  /** @param size - ids are below it */
  append(ids: Int32Array, count: number, size: number): void {
    if (size - 1 > NARROW_MAX && !this.#wide) this.#widen();
    const length = this.#length + count;
    if (length > this.#ids.length) this.#grow(length);
    const into = this.#ids;
    const at = this.#length;
    if (into instanceof Uint16Array) for (let i = 0; i < count; i++) into[at + i] = ids[i] ?? 0;
    else for (let i = 0; i < count; i++) into[at + i] = ids[i] ?? 0;
    this.#length = length;
  }

  /** All of them. */
  finish(): Uint16Array | Uint32Array {
    return viewOf(this.#ids.buffer, this.#wide, this.#length);
  }

  #widen(): void {
    const { buffer } = this.#ids;
    const narrow = this.#ids.subarray(0, this.#length);
    this.#wide = true;
    const wider = new SharedArrayBuffer(4 * this.#length, { maxByteLength: 2 * buffer.maxByteLength });
    this.#ids = viewOf(wider, true, this.#length);
    this.#ids.set(narrow);
  }

  #grow(length: number): void {
    const width = this.#ids.BYTES_PER_ELEMENT;
    const room = length + Math.min(STEP_MAX, Math.max(STEP_MIN, length));
    let { buffer } = this.#ids;
    const { maxByteLength } = buffer;
    if (width * length > maxByteLength) {
      const larger = new SharedArrayBuffer(width * room, { maxByteLength: 2 * width * room });
      new Uint8Array(larger).set(new Uint8Array(buffer, 0, width * this.#length));
      buffer = larger;
    } else buffer.grow(Math.min(width * room, maxByteLength));
    this.#ids = viewOf(buffer, this.#wide, Math.floor(buffer.byteLength / width));
    invariant(this.#ids.length >= length, 'there is room for all tokens');
  }
}
