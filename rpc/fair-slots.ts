/**
 * Shares a few slots among callers. A caller is known by its address, but behind a proxy all callers have the same one.
 * So the slots go round the addresses, and within an address round its connections. Nobody is refused for sharing an
 * address, and nobody waits behind all that another has asked for.
 */

export type Caller = {
  /** The address that is told apart from others: `callerAddress` of a socket's. */
  readonly address: string;
  /** The number of its connection. */
  readonly connection: number;
};

/** What waits, taken round the addresses and within an address round its connections. */
class Rounds<T> {
  /** In the order of their turns. A Map keeps the order in which keys were added. */
  readonly #addresses = new Map<string, Map<number, T[]>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push({ address, connection }: Caller, item: T): void {
    const connections = this.#addresses.get(address) ?? new Map<number, T[]>();
    const items = connections.get(connection) ?? [];
    items.push(item);
    connections.set(connection, items);
    this.#addresses.set(address, connections);
    this.#size += 1;
  }

  /** Takes the next item of an address that may have one; undefined if there is none. */
  next(may: (address: string) => boolean): T | undefined {
    for (const [address, connections] of this.#addresses) {
      if (!may(address)) continue;
      const [first] = connections;
      if (first === undefined) continue;
      const [connection, items] = first;
      const item = items.shift();
      this.#size -= 1;
      // To the end of their lines, if there is more of them.
      connections.delete(connection);
      if (items.length > 0) connections.set(connection, items);
      this.#addresses.delete(address);
      if (connections.size > 0) this.#addresses.set(address, connections);
      return item;
    }
    return undefined;
  }

  /** Takes out the newest item of whoever has the most: of the address with the most, the connection with the most. */
  dropOfLargest(): T | undefined {
    const sizeOf = (connections: ReadonlyMap<number, readonly T[]>): number =>
      [...connections.values()].reduce((sum, { length }) => sum + length, 0);
    const [largest] = [...this.#addresses].toSorted((a, b) => sizeOf(b[1]) - sizeOf(a[1]));
    if (largest === undefined) return undefined;
    const [address, connections] = largest;
    const [most] = [...connections].toSorted((a, b) => b[1].length - a[1].length);
    if (most === undefined) return undefined;
    const [connection, items] = most;
    const item = items.pop();
    this.#size -= 1;
    if (items.length === 0) connections.delete(connection);
    if (connections.size === 0) this.#addresses.delete(address);
    return item;
  }
}

/** Gives a slot back. Further calls do nothing. */
export type Release = () => void;

export type SlotLimits = {
  /** The number of slots. */
  readonly slots: number;
  /** The most slots that one address holds at a time. */
  readonly perAddress: number;
  /** The most that wait. Past it, whoever has the most waiting is refused. */
  readonly waiting: number;
};

export type FairSlots = {
  /** Waits for a slot. Undefined if too many wait, and this caller has the most of them. */
  readonly take: (caller: Caller) => Promise<Release | undefined>;
};

type Waiting = { readonly caller: Caller; readonly give: (release: Release | undefined) => void };

export const createFairSlots = ({ slots, perAddress, waiting }: SlotLimits): FairSlots => {
  const queue = new Rounds<Waiting>();
  const held = new Map<string, number>();
  let taken = 0;
  const heldBy = (address: string): number => held.get(address) ?? 0;

  const hold = ({ address }: Caller): Release => {
    taken += 1;
    held.set(address, heldBy(address) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      taken -= 1;
      const left = heldBy(address) - 1;
      if (left === 0) held.delete(address);
      else held.set(address, left);
      pass();
    };
  };

  const pass = (): void => {
    while (taken < slots) {
      const next = queue.next((address) => heldBy(address) < perAddress);
      if (next === undefined) return;
      next.give(hold(next.caller));
    }
  };

  return {
    take: (caller) =>
      new Promise((give) => {
        queue.push(caller, { caller, give });
        pass();
        if (queue.size > waiting) queue.dropOfLargest()?.give(undefined);
      }),
  };
};

/** An address holds at most three quarters of what is scarce, so that another one always finds some. */
export const addressShare = (whole: number): number => Math.max(1, Math.floor((3 * whole) / 4));
