/**
 * Texts that are kept up to a weight in all. Those that were read are removed first, the oldest before the others. What has
 * arrived and was not read yet was requested for work that is still to come: it has room of its own, so that no other
 * work removes it before.
 */

/** How many times the weight of those that were read the others may have. */
const UNREAD_TIMES = 4;

export class KeptTexts<T> {
  readonly #weightOf: (text: T) => number;
  readonly #read = new Map<string, T>();
  readonly #unread = new Map<string, T>();
  readonly #max: number;
  #readWeight = 0;
  #unreadWeight = 0;

  /** @param max - the weight that those that were read may have */
  constructor(max: number, weightOf: (text: T) => number) {
    this.#max = max;
    this.#weightOf = weightOf;
  }

  has(name: string): boolean {
    return this.#read.has(name) || this.#unread.has(name);
  }

  get(name: string): T | undefined {
    return this.#read.get(name) ?? this.#unread.get(name);
  }

  add(name: string, text: T): void {
    if (this.has(name)) return;
    this.#unread.set(name, text);
    this.#unreadWeight += this.#weightOf(text);
  }

  /** Notes that texts were read for good: they make room for others from now on. */
  markRead(names: readonly string[]): void {
    for (const name of names) {
      const text = this.#unread.get(name);
      if (text === undefined) continue;
      this.#unread.delete(name);
      this.#unreadWeight -= this.#weightOf(text);
      this.#read.set(name, text);
      this.#readWeight += this.#weightOf(text);
    }
  }

  /** Removes the oldest until the rest fits. */
  trim(): void {
    for (const [name, text] of this.#read) {
      if (this.#readWeight <= this.#max) break;
      this.#read.delete(name);
      this.#readWeight -= this.#weightOf(text);
    }
    for (const [name, text] of this.#unread) {
      if (this.#unreadWeight <= UNREAD_TIMES * this.#max) break;
      this.#unread.delete(name);
      this.#unreadWeight -= this.#weightOf(text);
    }
  }
}
