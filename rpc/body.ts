/**
 * Reads the body of a request, within a limit for one and within the memory of the server for all of them together. What is
 * held is what it takes in memory: the parts, each of which an object would cost more than its byte, are copied into one
 * buffer that grows. Its memory goes back to the system at once, and not when garbage is collected next: so the bodies of
 * a flood never take more than what is held.
 */
import type { Readable } from 'node:stream';

export type BodyRefusal = 'tooLarge' | 'noRoom' | 'notWhole' | 'tooManyParts';

/** Why a body was not read. */
export class BodyError extends Error {
  readonly refusal: BodyRefusal;

  constructor(refusal: BodyRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/** Reckons the memory of a body. */
export type Holder = {
  /** Returns false if there is no room: then it is not held. */
  readonly hold: (bytes: number) => boolean;
  readonly release: (bytes: number) => void;
  /** Keeps what is to be freed when the request ends. */
  readonly keep: (kept: { readonly free: () => void }) => void;
};

/** The size of the first buffer. */
const BUFFER_BYTES = 4 << 10;
/** The parts in which a body of any size may come. Each costs some microseconds. */
export const PARTS_FREE = 1_024;
/** The bytes that parts must have on average past {@link PARTS_FREE}. The server takes 2 KiB at a time, and segments of TCP have about 1,400. */
export const PART_BYTES_MIN = 512;

/** The bytes of a body that have come. */
export class Body {
  readonly #limit: number;
  readonly #holder: Holder;
  #buffer = new ArrayBuffer(0);
  #size = 0;
  #parts = 0;
  #isFreed = false;

  constructor(limit: number, holder: Holder) {
    this.#limit = limit;
    this.#holder = holder;
    holder.keep(this);
  }

  /** Empty after {@link free}, also where they were asked for before. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.#size);
  }

  /** @throws BodyError */
  add(part: Uint8Array): void {
    if (this.#isFreed) throw new BodyError('notWhole');
    this.#parts += 1;
    const end = this.#size + part.length;
    if (end > this.#limit) throw new BodyError('tooLarge');
    if (this.#parts > PARTS_FREE && end < this.#parts * PART_BYTES_MIN) throw new BodyError('tooManyParts');
    if (end > this.#buffer.byteLength) this.#grow(end);
    new Uint8Array(this.#buffer).set(part, this.#size);
    this.#size = end;
  }

  /** Gives the memory back to the system. */
  free(): void {
    this.#isFreed = true;
    this.#holder.release(this.#buffer.byteLength);
    this.#size = 0;
    this.#buffer = this.#buffer.transfer(0);
  }

  /** Makes the buffer at least twice as long. Both are held while the bytes are copied. */
  #grow(needed: number): void {
    const before = this.#buffer.byteLength;
    const length = Math.min(this.#limit, Math.max(needed, 2 * before, BUFFER_BYTES));
    if (!this.#holder.hold(length)) throw new BodyError('noRoom');
    this.#buffer = this.#buffer.transfer(length);
    this.#holder.release(before);
  }
}

/** Reads a whole body. @throws BodyError; then nothing of it is held */
export const readBody = async (
  incoming: Readable,
  {
    limit,
    announced,
    holder,
  }: { readonly limit: number; readonly announced: number; readonly holder: Holder },
): Promise<Body> => {
  if (announced > limit) throw new BodyError('tooLarge');
  const body = new Body(limit, holder);
  try {
    // A body that is refused is not destroyed: its socket is needed for the answer.
    for await (const part of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
      body.add(part);
    return body;
  } catch (error) {
    body.free();
    throw error instanceof BodyError ? error : new BodyError('notWhole');
  }
};
