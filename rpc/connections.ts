/**
 * The connections of the server, and the memory that is held for them. Both are bounded, in all and for one address. When
 * something is full, room is made by closing what does the least: a connection that is idle, then one whose request comes
 * slowly, then one that does not read its answer. A connection whose call runs is closed only for a newcomer whose address
 * has far fewer: a call may do nothing but wait, and few addresses could fill the server with calls that wait. So newcomers
 * get in however many connections are kept open, and nobody is refused for sharing an address.
 */
import { callerAddress } from '../src/lib/remote-address.ts';
import type { Client } from './answer-chunks.ts';
import type { Holder } from './body.ts';
import { addressShare } from './fair-slots.ts';

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
const PHASES = ['idle', 'reading', 'sending', 'working'] as const;
export type Phase = (typeof PHASES)[number];

export type ConnectionLimits = {
  /** The most connections. */
  readonly connections: number;
  /** The most bytes of bodies, parsed values and answers in memory. */
  readonly bytes: number;
};

export type Clock = { readonly now: () => number };

/** An address with so many times the connections of another gives up one that works for it. */
const CROWD_TIMES = 4;
/** A client that has bytes to read and takes fewer per second, over a whole window, is closed. */
const READ_FLOOR = 16 << 10;
/** The time over which the bytes are counted, in milliseconds. */
export const READ_WINDOW_MS = 10_000;

export class Connection implements Client {
  readonly socket: Socket;
  readonly caller: Client['caller'];
  readonly #all: Connections;
  #request: RequestWork | undefined;
  #phase: Phase = 'idle';
  #since: number;
  #held = 0;
  #window: { readonly at: number; readonly sent: number } | undefined;

  constructor(all: Connections, socket: Socket, number: number) {
    this.#all = all;
    this.socket = socket;
    this.caller = { address: callerAddress(socket.remoteAddress), connection: number };
    this.#since = all.now();
  }

  get phase(): Phase {
    // A batch whose answers are read as fast as they come is at work.
    return this.#phase === 'sending' && this.socket.writableLength === 0 ? 'working' : this.#phase;
  }

  /** When its phase began. */
  get since(): number {
    return this.#since;
  }

  get held(): number {
    return this.#held;
  }

  isGone(): boolean {
    return this.socket.destroyed;
  }

  hold(bytes: number): boolean {
    if (this.isGone() || !this.#all.makeRoom(this, bytes)) return false;
    this.holdAnyway(bytes);
    return true;
  }

  holdAnyway(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
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
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#since = this.#all.now();
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

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #known = new WeakMap<object, Connection>();
  readonly #open = new Set<Connection>();
  #number = 0;

  constructor(limits: ConnectionLimits, clock: Clock = performance) {
    this.#limits = limits;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  get size(): number {
    return this.#open.size;
  }

  /** The bytes that are held for all connections. */
  get held(): number {
    return this.#sum(
      () => true,
      (each) => each.held,
    );
  }

  /** Takes in a new socket. Returns false if there is no room, and no connection to close for it. */
  add(socket: Socket): boolean {
    const connection = this.of(socket);
    const { address } = connection.caller;
    const ofAddress = this.#sum(isOf(address), () => 1);
    const limit = this.#limits.connections;
    const isOverShare = ofAddress > addressShare(limit);
    if (!isOverShare && this.#open.size <= limit) return true;
    const from = isOverShare ? address : this.#largest(() => 1);
    const isCandidate = (each: Connection): boolean => each !== connection && each.phase !== 'working';
    const victim =
      this.#firstToClose((each) => isCandidate(each) && isOf(from)(each)) ??
      (isOverShare ? undefined : (this.#firstToClose(isCandidate) ?? this.#ofTheCrowd(from, ofAddress)));
    if (victim === undefined) {
      this.#open.delete(connection);
      return false;
    }
    this.#close(victim);
    return true;
  }

  /**
   * Returns the connection of an address that has worked longest, if the address has at least so many times more than the
   * one that a newcomer comes from.
   */
  #ofTheCrowd(address: string, ofNewcomer: number): Connection | undefined {
    const crowd = this.#sum(isOf(address), () => 1);
    return crowd < CROWD_TIMES * ofNewcomer ? undefined : this.#firstToClose(isOf(address));
  }

  /** Returns the connection of a socket. */
  of(socket: Socket): Connection {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    this.#number += 1;
    const connection = new Connection(this, socket, this.#number);
    this.#known.set(socket, connection);
    this.#open.add(connection);
    socket.once('close', () => {
      this.#open.delete(connection);
    });
    return connection;
  }

  /** Returns whether there is room for more bytes of a connection, for which others may be closed. */
  makeRoom(connection: Connection, bytes: number): boolean {
    const limit = this.#limits.bytes;
    const { address } = connection.caller;
    const isHolder = (each: Connection): boolean =>
      each !== connection && each.held > 0 && each.phase !== 'working';
    for (;;) {
      const ofAddress = this.#sum(isOf(address), (each) => each.held);
      const isOverShare = ofAddress + bytes > addressShare(limit);
      if (!isOverShare && this.held + bytes <= limit) return true;
      const from = isOverShare ? address : this.#largest((each) => each.held);
      const victim =
        this.#firstToClose((each) => isHolder(each) && isOf(from)(each)) ??
        (isOverShare ? undefined : this.#firstToClose(isHolder));
      if (victim === undefined) return false;
      this.#close(victim);
    }
  }

  /** Closes those that have something to read and do not read it. To be called about once a second. */
  closeSlow(): void {
    const now = this.now();
    for (const each of this.#open) if (each.isSlow(now)) this.#close(each);
  }

  #close(connection: Connection): void {
    this.#open.delete(connection);
    connection.socket.destroy();
  }

  #sum(which: (each: Connection) => boolean, amount: (each: Connection) => number): number {
    let sum = 0;
    for (const each of this.#open) if (which(each)) sum += amount(each);
    return sum;
  }

  /** The address with the largest sum. */
  #largest(amount: (each: Connection) => number): string {
    const sums = new Map<string, number>();
    for (const each of this.#open) {
      const { address } = each.caller;
      sums.set(address, (sums.get(address) ?? 0) + amount(each));
    }
    return [...sums].reduce((most, each) => (each[1] > most[1] ? each : most), ['', -1] as const)[0];
  }

  #firstToClose(which: (each: Connection) => boolean): Connection | undefined {
    let first: Connection | undefined;
    for (const each of this.#open)
      if (which(each) && (first === undefined || isBefore(each, first))) first = each;
    return first;
  }
}

const isOf =
  (address: string) =>
  ({ caller }: Connection): boolean =>
    caller.address === address;

const isBefore = (a: Connection, b: Connection): boolean => {
  const order = PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase);
  return order === 0 ? a.since < b.since : order < 0;
};
