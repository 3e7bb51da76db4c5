/**
 * The connections of the server, and the memory that is held for them. Both are bounded, in all and for one address. When
 * something is full, room is made by closing what does the least: a connection that is idle, then one whose request comes
 * slowly, then one that does not read its answer. It is one of an address that has no less than the one that needs the
 * room: otherwise a crowd whose calls all run would close those of everybody else. A connection whose call runs is closed
 * only for a newcomer whose address has far fewer: a call may do nothing but wait, and few addresses could fill the server
 * with calls that wait. So newcomers get in however many connections are kept open, and nobody is refused for sharing an
 * address.
 *
 * The connections of one phase stand in a line in the order in which they came to it, one line for all and one for each
 * address. So to close one for a newcomer costs one pass over the connections, at most.
 */
import { Connection, type Keeper, PHASES, type Phase, type Socket } from './connection.ts';
import { addressShare } from './fair-slots.ts';

export type ConnectionLimits = {
  /** The most connections. */
  readonly connections: number;
  /** The most bytes of bodies, parsed values and answers in memory. */
  readonly bytes: number;
};

/** Milliseconds of a clock that never goes back. */
export type Clock = { readonly now: () => number };

/** An address with so many times the connections of another gives up one that works for it. */
const CROWD_TIMES = 4;
/** The connections of one phase, those that came to it first in front. A Set keeps the order in which they were added. */
type Lines = Readonly<Record<Phase, Set<Connection>>>;
const lines = (): Lines => ({ idle: new Set(), reading: new Set(), sending: new Set(), working: new Set() });

/** The connections of one address. */
type Owner = { readonly address: string; readonly lines: Lines; count: number; held: number };

/** The addresses by how many connections they have. */
class Counts {
  readonly #owners = new Map<number, Set<Owner>>();
  #most = 0;

  /** Returns one with the most connections. */
  largest(): Owner | undefined {
    return this.#owners.get(this.#most)?.values().next().value;
  }

  /** Adds one to the count of an owner, or takes one from it. */
  change(owner: Owner, by: 1 | -1): void {
    const before = this.#owners.get(owner.count);
    before?.delete(owner);
    if (before?.size === 0) this.#owners.delete(owner.count);
    owner.count += by;
    if (owner.count > 0) {
      const same = this.#owners.get(owner.count) ?? new Set();
      this.#owners.set(owner.count, same.add(owner));
    }
    if (owner.count > this.#most) this.#most = owner.count;
    // The one that was alone with the most has one less now.
    else if (!this.#owners.has(this.#most)) this.#most -= 1;
  }
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #known = new WeakMap<object, Connection>();
  readonly #open = new Set<Connection>();
  readonly #lines = lines();
  readonly #owners = new Map<string, Owner>();
  readonly #counts = new Counts();
  readonly #keeper: Keeper = {
    makeRoom: (connection, bytes) => this.#makeRoom(connection, bytes),
    held: (connection, more) => this.#holds(connection, more),
    turned: (connection, before) => this.#turned(connection, before),
  };
  #held = 0;
  #number = 0;

  constructor(limits: ConnectionLimits, clock: Clock = performance) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The bytes that are held for all connections. */
  get held(): number {
    return this.#held;
  }

  /** Takes in a new socket. Returns false if there is no room, and no connection to close for it. */
  add(socket: Socket): boolean {
    const connection = this.of(socket);
    const owner = this.#ownerOf(connection);
    if (owner === undefined) return false;
    const limit = this.#limits.connections;
    const isOverShare = owner.count > addressShare(limit);
    if (!isOverShare && this.#open.size <= limit) return true;
    const from = isOverShare ? owner : (this.#counts.largest() ?? owner);
    const isOther = (each: Connection): boolean => each !== connection;
    const isOfCrowd = (each: Connection): boolean =>
      isOther(each) && (this.#ownerOf(each)?.count ?? 0) >= owner.count;
    const victim =
      firstToClose(from.lines, isOther) ??
      (isOverShare
        ? undefined
        : (firstToClose(this.#lines, isOfCrowd) ?? firstOfTheCrowd(from, owner.count)));
    if (victim === undefined) {
      this.#forget(connection);
      return false;
    }
    this.#close(victim);
    return true;
  }

  /** Returns the connection of a socket. */
  of(socket: Socket): Connection {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    this.#number += 1;
    const connection = new Connection(this.#keeper, socket, this.#number);
    this.#known.set(socket, connection);
    this.#remember(connection);
    socket.once('close', () => this.#forget(connection));
    return connection;
  }

  /** Closes those that have something to read and do not read it. To be called about once a second. */
  closeSlow(): void {
    const now = this.#clock.now();
    for (const each of this.#open) if (each.isSlow(now)) this.#close(each);
  }

  #makeRoom(connection: Connection, bytes: number): boolean {
    const owner = this.#ownerOf(connection);
    if (owner === undefined) return false;
    const limit = this.#limits.bytes;
    const isHolder = (each: Connection): boolean => each !== connection && each.held > 0;
    const holdsNoLess = (each: Connection): boolean =>
      isHolder(each) && (this.#ownerOf(each)?.held ?? 0) >= owner.held;
    for (;;) {
      const isOverShare = owner.held + bytes > addressShare(limit);
      if (!isOverShare && this.#held + bytes <= limit) return true;
      const from = isOverShare ? owner : this.#holdsMost(owner);
      const victim =
        firstToClose(from.lines, isHolder) ??
        (isOverShare ? undefined : firstToClose(this.#lines, holdsNoLess));
      if (victim === undefined) return false;
      this.#close(victim);
    }
  }

  #holdsMost(owner: Owner): Owner {
    let most = owner;
    for (const each of this.#owners.values()) if (each.held > most.held) most = each;
    return most;
  }

  /** Undefined for one that is closed. */
  #ownerOf(connection: Connection): Owner | undefined {
    return this.#open.has(connection) ? this.#owners.get(connection.caller.address) : undefined;
  }

  #remember(connection: Connection): void {
    const { address } = connection.caller;
    const owner = this.#owners.get(address) ?? { address, lines: lines(), count: 0, held: 0 };
    this.#owners.set(address, owner);
    this.#open.add(connection);
    this.#counts.change(owner, 1);
    this.#lines[connection.phase].add(connection);
    owner.lines[connection.phase].add(connection);
  }

  #forget(connection: Connection): void {
    const owner = this.#ownerOf(connection);
    if (owner === undefined) return;
    this.#holds(connection, -connection.held);
    this.#lines[connection.phase].delete(connection);
    owner.lines[connection.phase].delete(connection);
    this.#open.delete(connection);
    this.#counts.change(owner, -1);
    if (owner.count === 0) this.#owners.delete(owner.address);
  }

  #holds(connection: Connection, more: number): void {
    const owner = this.#ownerOf(connection);
    if (owner === undefined) return;
    owner.held += more;
    this.#held += more;
  }

  #turned(connection: Connection, before: Phase): void {
    const owner = this.#ownerOf(connection);
    if (owner === undefined) return;
    for (const each of [this.#lines, owner.lines]) {
      each[before].delete(connection);
      each[connection.phase].add(connection);
    }
  }

  #close(connection: Connection): void {
    this.#forget(connection);
    connection.socket.destroy();
  }
}

/** The phases in which a connection is closed for others. */
const CLOSABLE = ['idle', 'reading', 'sending'] as const satisfies readonly Phase[];

/** Returns the one that does the least, and of equals has done it longest. None whose call works. */
const firstToClose = (all: Lines, which: (each: Connection) => boolean): Connection | undefined => {
  for (const phase of CLOSABLE)
    for (const each of all[phase]) if (!each.isWorking && which(each)) return each;
  return undefined;
};

/**
 * Returns the connection of an address that has worked longest, if the address has at least so many times more than the
 * one that a newcomer comes from.
 */
const firstOfTheCrowd = (crowd: Owner, ofNewcomer: number): Connection | undefined => {
  if (crowd.count < CROWD_TIMES * ofNewcomer) return undefined;
  for (const phase of PHASES) for (const each of crowd.lines[phase]) return each;
  return undefined;
};
