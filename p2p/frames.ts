/**
 * Reads and writes length-prefixed messages on a libp2p stream, with bounds on size and time:
 *
 *     request         uint32 length ‖ bytes
 *     answer          (uint8 status ‖ uint32 length ‖ bytes)*   only the last one has a status other than CHUNK
 *
 * Numbers are big-endian. The reader pauses the stream when more is buffered than it needs, so that a fast sender fills
 * the flow-control window and not this node's memory. What it buffers is copied into one buffer: a message that comes in a
 * million pieces takes no more memory than one that comes whole.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { concat } from '../src/lib/bytes.ts';
import { ok, toFault } from '../src/lib/errors.ts';
import { fail, type Result } from './errors.ts';

const timedOut = (what: string): Result<never> => fail('P2P_TIMEOUT', `${what} took too long`);

/** Bytes in the order in which they came, in one buffer that grows with them. */
export class ByteQueue {
  #buffer = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#start;
  }

  push(bytes: Uint8Array): void {
    const { size } = this;
    if (this.#end + bytes.length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(2 * size, size + bytes.length));
      grown.set(this.#buffer.subarray(this.#start, this.#end), 0);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = size;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Returns the first bytes, of which there must be so many, in a buffer of their own. */
  take(length: number): Uint8Array {
    const out = this.#buffer.slice(this.#start, this.#start + length);
    this.#start += length;
    if (this.size === 0) this.clear();
    return out;
  }

  clear(): void {
    this.#buffer = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }
}

/** Pauses a stream while its reader wants no more, so that its window fills and not this node's memory. */
export class Tap {
  readonly #stream: Pick<Stream, 'readStatus' | 'pause' | 'resume'>;
  readonly #wants: () => boolean;
  #isResuming = false;

  constructor(stream: Pick<Stream, 'readStatus' | 'pause' | 'resume'>, wants: () => boolean) {
    this.#stream = stream;
    this.#wants = wants;
  }

  /**
   * To be called when the reader has got something, or wants more. Returns false if the connection has just closed: both
   * calls send the peer an update of its window, which throws then.
   */
  regulate(): boolean {
    // A stream that resumes hands over what it kept, and then opens its window: to pause it between the two would leave it open.
    if (this.#isResuming) return true;
    try {
      if (this.#stream.readStatus === 'paused' && this.#wants()) {
        this.#isResuming = true;
        this.#stream.resume();
      }
      if (this.#stream.readStatus === 'readable' && !this.#wants()) this.#stream.pause();
      return true;
    } catch {
      return false;
    } finally {
      this.#isResuming = false;
    }
  }
}

/**
 * Reads a stream piece by piece. A handler must create it before its first `await`: the stream keeps the bytes that arrive
 * before there is a listener, but it emits its end only once.
 */
export class StreamReader {
  readonly #stream: Stream;
  readonly #tap: Tap;
  readonly #bytes = new ByteQueue();
  #rest: number;
  #wanted = 0;
  #state: 'open' | 'ended' | 'broken' | 'overrun' = 'open';
  #wake: (() => void) | undefined;

  /** @param most - the stream is reset when more bytes than these arrive. No limit: it is paused instead */
  constructor(stream: Stream, most = Number.POSITIVE_INFINITY) {
    this.#stream = stream;
    this.#tap = new Tap(stream, () => this.#bytes.size <= this.#wanted);
    this.#rest = most;
    stream.addEventListener('message', (event: StreamMessageEvent) => this.#receive(event.data.subarray()));
    stream.addEventListener('end', () => this.#finish('ended'));
    stream.addEventListener('close', (event) => this.#finish(event.error === undefined ? 'ended' : 'broken'));
    if (stream.readableEnded) this.#state = 'ended';
  }

  /**
   * Returns the next `length` bytes; undefined if the stream ended before the first of them. Faults: `P2P_TIMEOUT`,
   * `P2P_RESET` (the peer reset the stream, or ended it in the middle), `P2P_TOO_LONG` (more than `most`).
   *
   * @param idleMs - some bytes must arrive in each of these times
   */
  async read(
    length: number,
    deadline: number,
    idleMs = Number.POSITIVE_INFINITY,
  ): Promise<Result<Uint8Array | undefined>> {
    this.#wanted = length;
    while (this.#bytes.size < length) {
      this.#regulate();
      // A stream that goes on delivers what it kept at once.
      if (this.#bytes.size >= length) break;
      if (this.#state === 'ended' && this.#bytes.size === 0) return ok(undefined);
      if (this.#state === 'overrun') return fail('P2P_TOO_LONG', 'the peer sent more than it may');
      if (this.#state !== 'open') return fail('P2P_RESET', 'the peer reset the stream');
      if (!(await this.#more(Math.min(deadline, performance.now() + idleMs)))) return timedOut('reading');
    }
    this.#wanted = 0;
    const out = this.#bytes.take(length);
    this.#regulate();
    return ok(out);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'broken' || this.#state === 'overrun') return;
    this.#rest -= bytes.length;
    if (this.#rest < 0) {
      this.#bytes.clear();
      this.#state = 'overrun';
      this.#wake?.();
      this.#stream.abort(new Error('the peer sent more than it may'));
      return;
    }
    this.#bytes.push(bytes);
    this.#regulate();
    this.#wake?.();
  }

  #finish(state: 'ended' | 'broken'): void {
    if (this.#state === 'open') this.#state = state;
    this.#wake?.();
  }

  /** Waits until bytes arrive or the stream ends. Returns false at the deadline. */
  #more(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (value: boolean): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(value);
      };
      const timer = setTimeout(() => settle(false), Math.max(0, deadline - performance.now()));
      this.#wake = () => settle(true);
    });
  }

  #regulate(): void {
    if (!this.#tap.regulate()) this.#finish('broken');
  }
}

/**
 * Sends bytes, and waits until the peer has room for more. `Stream.onDrain` cannot be used for that: its promise is
 * created once and stays resolved after the first drain. Faults: `P2P_TIMEOUT`, `P2P_RESET`.
 */
export const sendAll = async (
  stream: Stream,
  bytes: Uint8Array,
  deadline: number,
): Promise<Result<undefined>> => {
  try {
    stream.send(bytes);
    while (stream.writableNeedsDrain || stream.writeBufferLength > 0) {
      if (stream.writeStatus === 'closed') return fail('P2P_RESET', 'the peer reset the stream');
      if (!(await drained(stream, deadline))) return timedOut('writing');
    }
    return ok(undefined);
  } catch (error) {
    return fail('P2P_RESET', toFault(error).message);
  }
};

const drained = (stream: Stream, deadline: number): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (value: boolean): void => {
      clearTimeout(timer);
      stream.removeEventListener('drain', moved);
      stream.removeEventListener('idle', moved);
      stream.removeEventListener('close', moved);
      resolve(value);
    };
    const moved = (): void => settle(true);
    const timer = setTimeout(() => settle(false), Math.max(0, deadline - performance.now()));
    stream.addEventListener('drain', moved);
    stream.addEventListener('idle', moved);
    stream.addEventListener('close', moved);
  });

const uint32Of = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);

const head = (status: readonly number[], length: number): Uint8Array => {
  const out = new Uint8Array(status.length + 4);
  out.set(status, 0);
  new DataView(out.buffer).setUint32(status.length, length);
  return out;
};

/** The bytes of a request before its message. */
export const PREFIX_BYTES = 4;

export const requestFrame = (bytes: Uint8Array): Uint8Array => concat(head([], bytes.length), bytes);

/** Reads a request. Faults: `P2P_TOO_LONG` (only the length was read), `P2P_TIMEOUT`, `P2P_RESET`. */
export const readRequest = async (
  reader: StreamReader,
  maxBytes: number,
  deadline: number,
): Promise<Result<Uint8Array>> => {
  const prefix = await reader.read(PREFIX_BYTES, deadline);
  if (!prefix.ok) return prefix;
  if (prefix.value === undefined) return fail('P2P_RESET', 'the peer sent no request');
  const length = uint32Of(prefix.value, 0);
  if (length > maxBytes) return fail('P2P_TOO_LONG', `a request of ${length} bytes; at most ${maxBytes}`);
  const body = await reader.read(length, deadline);
  if (!body.ok) return body;
  return body.value === undefined ? fail('P2P_RESET', 'the peer reset the stream') : ok(body.value);
};

/**
 * The status before each part of an answer. All but `CHUNK` come last, without bytes. The end has a status of its own
 * because a lost connection can look like a stream that ended.
 */
export const ANSWER = { CHUNK: 0, END: 1, BAD_REQUEST: 2, BUSY: 3, FAILED: 4 } as const;
export type AnswerStatus = (typeof ANSWER)[keyof typeof ANSWER];

export const answerFrame = (status: AnswerStatus, bytes: Uint8Array): Uint8Array =>
  concat(head([status], bytes.length), bytes);

/**
 * Reads the next chunk of an answer; undefined at its end. Faults: `P2P_BUSY`, `P2P_REFUSED` (the peer could not decode
 * the request), `P2P_FAILED` (an error of the peer), `P2P_TOO_LONG`, `P2P_MALFORMED`, `P2P_TIMEOUT`, `P2P_RESET`.
 *
 * @param idleMs - some bytes must arrive in each of these times
 */
export const readChunk = async (
  reader: StreamReader,
  maxBytes: number,
  deadline: number,
  idleMs: number,
): Promise<Result<Uint8Array | undefined>> => {
  const prefix = await reader.read(5, deadline, idleMs);
  if (!prefix.ok) return prefix;
  if (prefix.value === undefined) return fail('P2P_RESET', 'the peer reset the stream');
  const length = uint32Of(prefix.value, 1);
  switch (prefix.value[0]) {
    case ANSWER.CHUNK:
      break;
    case ANSWER.END:
      return ok(undefined);
    case ANSWER.BAD_REQUEST:
      return fail('P2P_REFUSED', 'the peer refused the request as malformed');
    case ANSWER.BUSY:
      return fail('P2P_BUSY', 'the peer is busy');
    case ANSWER.FAILED:
      return fail('P2P_FAILED', 'the peer failed to answer');
    default:
      return fail('P2P_MALFORMED', 'the peer answered with an unknown status');
  }
  if (length > maxBytes) return fail('P2P_TOO_LONG', `a chunk of ${length} bytes; at most ${maxBytes}`);
  if (length === 0) return ok(new Uint8Array(0));
  const body = await reader.read(length, deadline, idleMs);
  if (!body.ok) return body;
  return body.value === undefined ? fail('P2P_RESET', 'the peer reset the stream') : body;
};
