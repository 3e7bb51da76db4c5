/** A line in which the shortest entry and the oldest take turns: short entries come soon, and long ones come too. */
export class ShortestAndOldest<T extends { readonly size: number }> {
  /** The oldest comes first. */
  readonly #byKey = new Map<string, T>();
  #turn = 0;

  get length(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  add(key: string, entry: T): void {
    this.#byKey.set(key, entry);
  }

  remove(key: string): void {
    this.#byKey.delete(key);
  }

  /** Returns the entry whose turn it is. It stays until it is removed. */
  next(): T | undefined {
    const [oldest] = this.#byKey.values();
    let shortest = oldest;
    for (const entry of this.#byKey.values())
      if (shortest === undefined || entry.size < shortest.size) shortest = entry;
    this.#turn += 1;
    return this.#turn % 2 === 1 ? shortest : oldest;
  }

  /** Removes and returns all entries. */
  clear(): readonly T[] {
    const entries = [...this.#byKey.values()];
    this.#byKey.clear();
    return entries;
  }
}
