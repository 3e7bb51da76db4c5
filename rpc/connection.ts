/** One connection of the server: what it does, the memory that is held for it, and whether it reads its answer. */
import { callerAddress } from '../src/lib/remote-address.ts';
import type { Client } from './answer-chunks.ts';
import type { Holder } from './body.ts';

/** What this needs of a socket. */
export type Socket = {
  readonly remoteAddress?: string | undefined;
  readonly destroyed: boolean;
  /** The bytes given to the socket, and those of them that it has not sent yet. */
  readonly bytesWritten: number;
  readonly writableLength: number;
  readonly destroy: () => unknown;
  readonly once: (event: 'close', listener: () => void) => unknown;
};

/** What a connection does, in the order in which one is closed for others. */
export const PHASES = ['idle', 'reading', 'sending', 'working'] as const;
export type Phase = (typeof PHASES)[number];

/** What a connection needs of all of them. */
export type Keeper = {
  /** Returns whether there is room for more bytes of a connection, for which others may be closed. */
  readonly makeRoom: (connection: Connection, bytes: number) => boolean;
  /** Is told that a connection holds so many bytes more, or fewer. */
  readonly held: (connection: Connection, more: number) => void;
  /** Is told that a connection has another phase than before. */
  readonly turned: (connection: Connection, before: Phase) => void;
};

/** A client that has bytes to read and takes fewer per second, over a whole window, is closed. */
const READ_FLOOR = 16 << 10;
/** The time over which the bytes are counted, in milliseconds. */
export const READ_WINDOW_MS = 10_000;

export class Connection implements Client {
  readonly socket: Socket;
  readonly caller: Client['caller'];
  readonly #keeper: Keeper;
  #request: RequestWork | undefined;
  #phase: Phase = 'idle';
  #held = 0;
  #window: { readonly at: number; readonly sent: number } | undefined;

  constructor(keeper: Keeper, socket: Socket, number: number) {
    this.#keeper = keeper;
    this.socket = socket;
    this.caller = { address: callerAddress(socket.remoteAddress), connection: number };
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether a call works for it. A batch whose answers are read as fast as they come is at work too. */
  get isWorking(): boolean {
    return this.#phase === 'working' || (this.#phase === 'sending' && this.socket.writableLength === 0);
  }

  get held(): number {
    return this.#held;
  }

  isGone(): boolean {
    return this.socket.destroyed;
  }

  hold(bytes: number): boolean {
    if (this.isGone() || !this.#keeper.makeRoom(this, bytes)) return false;
    this.holdAnyway(bytes);
    return true;
  }

  holdAnyway(bytes: number): void {
    this.#held += bytes;
    this.#keeper.held(this, bytes);
  }

  release(bytes: number): void {
    this.#held -= bytes;
    this.#keeper.held(this, -bytes);
  }

  /** Begins a request. Returns undefined if another one of this connection is being answered: they come one at a time. */
  begin(): RequestWork | undefined {
    if (this.#request !== undefined) return undefined;
    const work = new RequestWork(this, (ended) => {
      if (ended) this.#request = undefined;
      this.#turn();
    });
    this.#request = work;
    this.#turn();
    return work;
  }

  #turn(): void {
    const phase = this.#request?.phase ?? 'idle';
    const before = this.#phase;
    if (phase === before) return;
    this.#phase = phase;
    this.#keeper.turned(this, before);
  }

  /** Whether it took fewer bytes than the floor in the last window, though there were some to take all the time. */
  isSlow(now: number): boolean {
    const { writableLength, bytesWritten } = this.socket;
    const sent = bytesWritten - writableLength;
    if (writableLength === 0) this.#window = undefined;
    else this.#window ??= { at: now, sent };
    if (this.#window === undefined || now - this.#window.at < READ_WINDOW_MS) return false;
    const took = sent - this.#window.sent;
    const floor = (READ_FLOOR * (now - this.#window.at)) / 1_000;
    this.#window = { at: now, sent };
    return took < floor;
  }
}

/** One request of a connection, and the memory of its body. */
export class RequestWork implements Holder {
  phase: Exclude<Phase, 'idle'> = 'reading';
  readonly connection: Connection;
  readonly #onChange: (ended: boolean) => void;
  #held = 0;
  #kept: { readonly free: () => void } | undefined;
  #hasEnded = false;

  constructor(connection: Connection, onChange: (ended: boolean) => void) {
    this.connection = connection;
    this.#onChange = onChange;
  }

  hold(bytes: number): boolean {
    if (this.#hasEnded || !this.connection.hold(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    const released = Math.min(bytes, this.#held);
    this.#held -= released;
    this.connection.release(released);
  }

  keep(kept: { readonly free: () => void }): void {
    this.#kept = kept;
  }

  to(phase: Exclude<Phase, 'idle'>): void {
    this.phase = phase;
    this.#onChange(false);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#kept?.free();
    this.release(this.#held);
    this.#onChange(true);
  }
}
