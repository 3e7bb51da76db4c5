/**
 * A connection as the parser of HTTP sees it: what comes from the socket is handed to it in slices, when the intake gives it
 * a turn (src/lib/intake.ts). Meanwhile the socket is not read. A slice ends with the head of a request at the latest, and
 * after a request nothing is handed over until it is answered: so whoever sends many requests at once (pipelining) has them
 * answered one by one, each in a turn of its own, as nginx does it. When the connection is to be closed, nothing more is
 * parsed: what still comes is dropped for a moment, so that the client can read its answer, which a reset would take from it.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Intake, Source } from '../src/lib/intake.ts';
import { callerAddress } from '../src/lib/remote-address.ts';

/** The bytes that are parsed at a time. In the worst case they are 340 chunks of a body. */
export const SLICE_BYTES = 2 << 10;
/** How long and how much a client may go on sending after its answer, in milliseconds and bytes. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 256 << 10;
/**
 * How long the answer may take to a client that has ended its side after the request, in milliseconds. One that has gone away
 * ends it too, and after this time its call is given up.
 */
export const ANSWER_MS = 10_000;
/** What the head of a request ends with, and a body in chunks (RFC 9112, sections 2.1 and 7.1). */
const END = Buffer.from('\r\n\r\n');

/** What a gate needs of the intake. */
export type Turns = Pick<Intake, 'ask' | 'drop'>;

/** A request whose head was parsed. */
export type BegunRequest = {
  /** Whether its body was parsed too. */
  readonly complete: boolean;
};

export class Gate extends Duplex implements Source {
  readonly raw: Socket;
  /** Its address. */
  readonly of: string;
  readonly remoteAddress: string | undefined;
  readonly #intake: Turns;
  #pending: Buffer = Buffer.alloc(0);
  /** The request that is not answered yet, and the bytes of its body that are still to come; undefined if they come in chunks. */
  #request: { readonly message: BegunRequest; left: number | undefined } | undefined;
  /** The last bytes that were handed over. */
  #before: Buffer = Buffer.alloc(0);
  /** Whether the client has ended its side, and whether its answer has had its time since. */
  #isEnding = false;
  #isEndDue = false;
  #isStopped = false;
  #isLingering = false;
  #dropped = 0;

  constructor(raw: Socket, intake: Turns) {
    // A mark of one byte: a parser that is paused holds one slice at most.
    super({ readableHighWaterMark: 1, allowHalfOpen: true });
    this.raw = raw;
    this.#intake = intake;
    this.remoteAddress = raw.remoteAddress;
    this.of = callerAddress(raw.remoteAddress);
    // Of a connection that is refused no parser listens, and an error that nobody listens to ends the process.
    this.on('error', () => undefined);
    raw.on('data', (data: Buffer) => this.#take(data));
    raw.once('end', () => {
      this.#isEnding = true;
      this.#after(ANSWER_MS, () => {
        this.#isEndDue = true;
        this.#ask();
      });
      this.#ask();
    });
    raw.on('timeout', () => this.emit('timeout'));
    raw.once('error', (error) => this.destroy(error));
    raw.once('close', () => this.destroy());
  }

  /** Takes a request, whose body has so many bytes, or comes in chunks. Nothing after it is parsed until {@link answered}. */
  begin(message: BegunRequest, bodyBytes: number | undefined): void {
    this.#before = Buffer.alloc(0);
    this.#request = { message, left: bodyBytes };
  }

  /** The request is answered, and the next one may be parsed. */
  answered(): void {
    this.#request = undefined;
    this.#ask();
  }

  /** Parses nothing more of this connection. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#pending = Buffer.alloc(0);
    this.#intake.drop(this);
  }

  /** Closes the connection when all is written. */
  destroySoon(): void {
    this.stop();
    this.end();
  }

  setTimeout(ms: number): this {
    this.raw.setTimeout(ms);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  /** Hands the parser one slice. The intake calls it. */
  parse(): void {
    if (this.#isStopped || this.destroyed || this.#isFull() || this.#isAnswering()) return;
    const slice = this.#pending.subarray(0, this.#sliceLength());
    this.#pending = this.#pending.subarray(slice.length);
    const request = this.#request;
    if (request?.left === undefined) this.#before = lastOf(this.#before, slice);
    else request.left -= slice.length;
    if (slice.length > 0) this.push(slice);
    this.#ask();
  }

  override _read(): void {
    this.#ask();
  }

  /** The parser calls it when it wants more: `_read` is not called again for what it did not take. */
  override resume(): this {
    super.resume();
    process.nextTick(() => this.#ask());
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.raw.write(chunk, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.raw.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.raw.end();
    if (this.#isStopped) this.#linger();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stop();
    this.raw.destroy();
    done(error);
  }

  #isFull(): boolean {
    return this.isPaused() || this.readableLength > 0;
  }

  #isAnswering(): boolean {
    return this.#request?.message.complete === true;
  }

  #sliceLength(): number {
    const left = this.#request?.left;
    if (left !== undefined) return Math.min(left, SLICE_BYTES);
    const seen = Buffer.concat([this.#before, this.#pending.subarray(0, SLICE_BYTES)]);
    const end = seen.indexOf(END);
    return end === -1 ? SLICE_BYTES : end + END.length - this.#before.length;
  }

  #take(data: Buffer): void {
    if (this.#isStopped) {
      this.#dropped += data.length;
      if (!this.#isLingering) this.raw.pause();
      else if (this.#dropped > LINGER_BYTES) this.raw.destroy();
      return;
    }
    this.raw.pause();
    this.#pending = data;
    this.#ask();
  }

  #ask(): void {
    if (this.#isStopped || this.destroyed || this.#isFull()) return;
    if (this.#pending.length === 0) {
      if (!this.#isEnding) this.raw.resume();
      // The parser drops the answer to a request that is not answered by then.
      else if (this.#isEndDue || !this.#isAnswering()) this.push(null);
    } else if (!this.#isAnswering()) this.#intake.ask(this);
  }

  #linger(): void {
    this.#isLingering = true;
    this.#after(LINGER_MS, () => this.raw.destroy());
    this.raw.resume();
  }

  /** Runs something after a time, unless the connection is closed by then. */
  #after(ms: number, run: () => void): void {
    const timer = setTimeout(run, ms);
    this.raw.once('close', () => clearTimeout(timer));
  }
}

/** The last bytes of both, as many as an {@link END} that comes in parts may have in the first. */
const lastOf = (before: Buffer, slice: Buffer): Buffer =>
  slice.length < END.length
    ? Buffer.concat([before, slice]).subarray(1 - END.length)
    : slice.subarray(1 - END.length);
