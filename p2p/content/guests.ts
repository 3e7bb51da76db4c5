/**
 * Guests: clients that wait for a root. What only guests want is pending only while they wait: anyone may ask for content,
 * and could otherwise fill the pending roots with some that do not exist.
 *
 * There is one entry for each root that guests wait for, so there are no more entries than calls that wait.
 */
type Entry = {
  /** The guests that wait now, at least one. */
  guests: number;
  /** True if the chain wants the root too. */
  adopted: boolean;
};

export class Guests {
  readonly #entries = new Map<string, Entry>();

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** @param isWanted - whether something else than guests wants the root; it counts for the first guest */
  enter(key: string, isWanted: boolean): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { guests: 1, adopted: isWanted });
    else entry.guests += 1;
  }

  /** Returns true if the last guest of this root has left, and only guests wanted it. */
  leave(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    entry.guests -= 1;
    if (entry.guests > 0) return false;
    this.#entries.delete(key);
    return !entry.adopted;
  }

  /**
   * The chain wants the root too: it stays pending when the guests leave. The guests are still counted. Otherwise the
   * next to leave would be taken for one that came later.
   */
  adopt(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.adopted = true;
  }
}
