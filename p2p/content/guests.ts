/**
 * Guests: clients that wait for a root that nothing else wants. A root is pending on behalf of guests only while they
 * wait: anyone may ask for content, and could otherwise fill the pending roots with some that do not exist.
 */
export class Guests {
  readonly #waiting = new Map<string, number>();

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  enter(key: string): void {
    this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
  }

  /** Returns true if the last guest of this root has left. */
  leave(key: string): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return false;
    if (waiting > 1) {
      this.#waiting.set(key, waiting - 1);
      return false;
    }
    this.#waiting.delete(key);
    return true;
  }

  /** The chain wants the root too: it stays pending when the guests leave. */
  adopt(key: string): void {
    this.#waiting.delete(key);
  }
}
