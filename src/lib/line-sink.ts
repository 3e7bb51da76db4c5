/**
 * Writes lines to a stream that may be slow, or fail, or be gone: a pipe whose reader has ended or does not read, a full
 * disk, a terminal that is held. The caller never waits, never gets an error, and never needs more memory than the bound:
 * lines that find no room are dropped and counted, and once the stream works again a line says how many.
 */
import type { Writable } from 'node:stream';
import { type BackOff, pauseAfter } from './back-off.ts';

export type LineSink = {
  /** Writes a line, which ends in a newline. */
  readonly write: (line: string) => void;
  /** Resolves when the system has taken every line, when the stream fails, or after this time. */
  readonly flush: (timeoutMs: number) => Promise<void>;
};

/** Returns the line, without its newline, that says how many lines were dropped where it stands. */
export type DroppedLine = (lines: number) => string;

/** The most characters that wait for the stream. One line more may pass it. */
export const WAITING_CHARACTERS = 1 << 20;
/** The most characters that are handed to the stream at once, if no single line has more. */
const CHUNK_CHARACTERS = 64 << 10;
/** The pauses, in milliseconds, before a stream that failed is tried again: room on a disk may be made at any time. */
const RETRY_MS: BackOff = { first: 500, longest: 15_000 };

const plain: DroppedLine = (lines) => `${lines} lines were dropped`;

class Sink implements LineSink {
  readonly #out: Writable;
  dropped: DroppedLine = plain;
  readonly #lines: string[] = [];
  #characters = 0;
  /** The number of lines that were dropped after the last one that waits. */
  #lost = 0;
  /** The lines that the stream was handed, until it says that it has written them. */
  #handed: string[] = [];
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  readonly #idle = new Set<() => void>();

  constructor(out: Writable) {
    this.#out = out;
    // Each failed write is reported to its callback. As an event without a listener it would end the process.
    out.on('error', () => undefined);
    neverBlocks(out);
  }

  write(line: string): void {
    if (this.#characters >= WAITING_CHARACTERS) {
      this.#lost += 1;
      return;
    }
    this.#reportLost();
    this.#add(line);
    this.#pump();
  }

  async flush(timeoutMs: number): Promise<void> {
    this.#pump();
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #isIdle(): boolean {
    return this.#retry !== undefined || (this.#lines.length === 0 && this.#handed.length === 0);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
  }

  #reportLost(): void {
    if (this.#lost === 0) return;
    const line = `${this.dropped(this.#lost)}\n`;
    this.#lost = 0;
    this.#add(line);
  }

  /** Hands lines to the stream for as long as it takes them at once, as a file does, and a pipe with room. */
  #pump(): void {
    while (this.#handed.length === 0 && this.#retry === undefined) {
      if (this.#lines.length === 0) this.#reportLost();
      const chunk = this.#take();
      if (chunk.length === 0) return;
      this.#hand(chunk);
    }
  }

  #take(): string[] {
    let characters = 0;
    let count = 0;
    for (const line of this.#lines) {
      if (count > 0 && characters + line.length > CHUNK_CHARACTERS) break;
      characters += line.length;
      count += 1;
    }
    this.#characters -= characters;
    return this.#lines.splice(0, count);
  }

  #hand(chunk: string[]): void {
    const out = this.#out;
    this.#handed = chunk;
    // After a failure the file may end in a part of a line.
    const text = `${this.#failures > 0 ? '\n' : ''}${chunk.join('')}`;
    out.write(text, (error) => {
      // What was written at once is settled below, before this is called.
      if (this.#handed !== chunk) return;
      if (error === null || error === undefined) this.#written();
      else this.#failed();
      this.#pump();
      if (this.#isIdle()) this.#settle();
    });
    if (out.writableLength === 0 && out.errored === null && !out.destroyed) this.#written();
  }

  #written(): void {
    this.#handed = [];
    this.#failures = 0;
  }

  #failed(): void {
    this.#lines.unshift(...this.#handed);
    for (const line of this.#handed) this.#characters += line.length;
    this.#handed = [];
    this.#failures += 1;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.#pump();
      },
      pauseAfter(this.#failures, RETRY_MS),
    ).unref();
  }

  #settle(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}

/** Node makes writes to a terminal block, so that one that is held (Ctrl-S) would hold the whole process. */
const neverBlocks = (out: Writable): void => {
  const handle: unknown = Reflect.get(out, '_handle');
  if (typeof handle !== 'object' || handle === null || Reflect.get(out, 'isTTY') !== true) return;
  const setBlocking: unknown = Reflect.get(handle, 'setBlocking');
  if (typeof setBlocking === 'function') Reflect.apply(setBlocking, handle, [false]);
};

const sinks = new Map<Writable, Sink>();

/**
 * Returns the sink of a stream. A stream has one, so that lines keep their order.
 *
 * @param dropped - says from now on that lines were dropped, in the format of the other lines
 */
export const lineSink = (out: Writable, dropped?: DroppedLine): LineSink => {
  const sink = sinks.get(out) ?? new Sink(out);
  sinks.set(out, sink);
  if (dropped !== undefined) sink.dropped = dropped;
  return sink;
};

/** Flushes all sinks of this process: before it ends, as lines that still wait would be lost with it. */
export const flushSinks = async (timeoutMs: number): Promise<void> => {
  await Promise.all([...sinks.values()].map((sink) => sink.flush(timeoutMs)));
};
