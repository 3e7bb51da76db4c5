/** Reads files that may be anything: longer than what is expected of them, devices without end, pipes that nobody writes to. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CodedError } from './errors.ts';
import { fault } from './lib-errors.ts';

/** The bytes of a file with a secret: a key, a password, a mnemonic, a keystore. The longest, a keystore, has under 1 KiB. */
export const SECRET_BYTES_MAX = 64 << 10;
/** The bytes of a text, such as a payload or a genesis: half of what Node.js holds as one string. */
export const TEXT_BYTES_MAX = 256 << 20;
/** The bytes of a file of contributions, or of a text to trace. They are held in memory as a whole. */
export const CORPUS_BYTES_MAX = 1 << 30;

const PIECE_BYTES = 1 << 20;
/** How long a named pipe may have no writer. Whoever opens it for writing waits for its reader, so it comes at once. */
const NO_WRITER_MS = 2_000;
/** How long the writer of a pipe, or a person at a terminal, may write nothing: a password manager asks a person first. */
const SILENCE_MS = 60_000;
const POLL_MS = 10;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/** Returns how many bytes were read; undefined if a pipe or terminal has none now. */
const readSome = (file: number, into: Uint8Array): number | undefined => {
  try {
    return readSync(file, into);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
};

/**
 * Reads at least one byte, or to the end, which has 0. It blocks the process for a bounded time.
 * @param isFresh - whether nothing was read from the file: only then can the end of a pipe be that it has no writer yet
 */
const readWaiting = (file: number, into: Uint8Array, isFresh: boolean): number => {
  const awaitsWriter = isFresh && fstatSync(file).isFIFO();
  const started = performance.now();
  for (;;) {
    const read = readSome(file, into);
    if (read !== undefined && (read > 0 || !awaitsWriter)) return read;
    const waited = performance.now() - started;
    if (read === 0 && waited > NO_WRITER_MS)
      throw systemError('EAGAIN', `it is a pipe, and nobody has written to it for ${NO_WRITER_MS / 1_000} s`);
    if (waited > SILENCE_MS)
      throw systemError('EAGAIN', `nothing was written to it for ${SILENCE_MS / 1_000} s`);
    Atomics.wait(sleeper, 0, 0, POLL_MS);
  }
};

/** Returns the fault `FILE_TOO_LARGE`. @param most - bytes */
export const tooLarge = (path: string, most: number) =>
  fault('FILE_TOO_LARGE', `${path} has more than ${most} bytes, the most that are read of such a file`, {
    path,
    most,
  });

/**
 * Reads a file to its end.
 * @param most - the bytes that it may have
 * @throws CodedError `FILE_TOO_LARGE`, before more is read; the error of the system
 */
export const readBounded = (path: string, most: number): Uint8Array => {
  // Otherwise a pipe without a writer could not even be opened. Windows has no such flag, and no such pipe.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { size } = fstatSync(file);
    if (size > most) throw new CodedError(tooLarge(path, most));
    const full: Uint8Array[] = [];
    // One byte more than the size, so that a file that does not grow fits into one piece with its end.
    let piece = new Uint8Array(Math.min(Math.max(PIECE_BYTES, size + 1), most + 1));
    let used = 0;
    let length = 0;
    for (;;) {
      if (used === piece.length) {
        full.push(piece);
        piece = new Uint8Array(Math.min(PIECE_BYTES, most + 1 - length));
        used = 0;
      }
      const read = readWaiting(file, piece.subarray(used), length === 0);
      if (read === 0) {
        const last = piece.subarray(0, used);
        return full.length === 0 ? last : Buffer.concat([...full, last]);
      }
      used += read;
      length += read;
      if (length > most) throw new CodedError(tooLarge(path, most));
    }
  } finally {
    closeSync(file);
  }
};
