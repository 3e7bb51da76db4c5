/**
 * Reads the body of a request, within a limit for one and within the memory of the server for all of them together. What is
 * held is what it takes in memory: the parts, each of which an object would cost more than its byte, are copied into one
 * buffer that grows.
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

/** Reckons the memory of a body. It is let go of when its request ends. */
export type Holder = {
  /** Returns false if there is no room: then it is not held. */
  readonly hold: (bytes: number) => boolean;
  readonly release: (bytes: number) => void;
};

/** The size of the first buffer. */
const BUFFER_BYTES = 4 << 10;
/** The parts in which a body of any size may come. Each costs some microseconds. */
export const PARTS_FREE = 1_024;
/** The bytes that parts must have on average past {@link PARTS_FREE}. The server takes 2 KiB at a time, and segments of TCP have about 1,400. */
export const PART_BYTES_MIN = 512;

/** Reads a whole body. Its memory stays held, also if it is refused: it is the request's to let go of. @throws BodyError */
export const readBody = async (
  body: Readable,
  {
    limit,
    announced,
    holder,
  }: { readonly limit: number; readonly announced: number; readonly holder: Holder },
): Promise<Uint8Array> => {
  if (announced > limit) throw new BodyError('tooLarge');
  let buffer = Buffer.alloc(0);
  let size = 0;
  let parts = 0;
  try {
    // A body that is refused is not destroyed: its socket is needed for the answer.
    for await (const part of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      parts += 1;
      const end = size + part.length;
      if (end > limit) throw new BodyError('tooLarge');
      if (parts > PARTS_FREE && end < parts * PART_BYTES_MIN) throw new BodyError('tooManyParts');
      if (end > buffer.length) buffer = grown(buffer.subarray(0, size), end, limit, holder);
      part.copy(buffer, size);
      size = end;
    }
  } catch (error) {
    throw error instanceof BodyError ? error : new BodyError('notWhole');
  }
  return buffer.subarray(0, size);
};

/** Returns a buffer at least twice as long with the same bytes. Both are held while they are copied. */
const grown = (bytes: Buffer, needed: number, limit: number, holder: Holder): Buffer<ArrayBuffer> => {
  const length = Math.min(limit, Math.max(needed, 2 * bytes.length, BUFFER_BYTES));
  if (!holder.hold(length)) throw new BodyError('noRoom');
  const longer = Buffer.alloc(length);
  bytes.copy(longer);
  holder.release(bytes.buffer.byteLength);
  return longer;
};
