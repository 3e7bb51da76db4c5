/** Callers of the RPC, and lines that take turns: by address, and within an address by connection. */

export type Caller = {
  /** The address that is told apart from others: `callerAddress` of a socket's. */
  readonly address: string;
  /** The number of its connection. */
  readonly connection: number;
};

/** What waits, which is taken round the addresses and within an address round its connections. */
export class Rounds<T> {
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
    const largest = largestOf(this.#addresses, (connections) =>
      connections.values().reduce((sum, { length }) => sum + length, 0),
    );
    const most = largest === undefined ? undefined : largestOf(largest[1], ({ length }) => length);
    if (largest === undefined || most === undefined) return undefined;
    const [connection, items] = most;
    const item = items.at(-1);
    this.#drop({ address: largest[0], connection }, items.length - 1);
    return item;
  }

  /** Takes out one item. Returns whether it still waited. */
  remove(caller: Caller, item: T): boolean {
    const at = this.#addresses.get(caller.address)?.get(caller.connection)?.indexOf(item) ?? -1;
    if (at < 0) return false;
    this.#drop(caller, at);
    return true;
  }

  #drop({ address, connection }: Caller, at: number): void {
    const connections = this.#addresses.get(address);
    const items = connections?.get(connection);
    if (connections === undefined || items === undefined) return;
    items.splice(at, 1);
    this.#size -= 1;
    if (items.length === 0) connections.delete(connection);
    if (connections.size === 0) this.#addresses.delete(address);
  }
}

/** The first of the largest entries; undefined if there are none. */
const largestOf = <K, V>(entries: Iterable<[K, V]>, sizeOf: (value: V) => number): [K, V] | undefined => {
  let largest: [K, V] | undefined;
  let size = -1;
  for (const entry of entries) {
    const own = sizeOf(entry[1]);
    if (own <= size) continue;
    largest = entry;
    size = own;
  }
  return largest;
};
