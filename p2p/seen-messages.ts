/**
 * The ids of the gossip messages that were seen, so that no copy of one is handled again. The library's own cache has no bound
 * but time, and the time is that of the system's clock: if somebody sets that back by an hour, every id stays for an hour more.
 *
 * Ids are kept in two generations. When the younger one is old enough, or full, it becomes the older one, and the older one is
 * dropped whole. So an id is remembered for the given time, and for twice that at most. Under a flood it is forgotten sooner,
 * and a copy that comes then is handled as a new message: its handler finds that it is known.
 */

export type SeenMessagesOptions = {
  /** How long an id is remembered at least, in milliseconds, unless more ids than `most` come in that time. */
  readonly keepMs: number;
  /** The ids of one generation. */
  readonly most: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

/** It has what the library asks of its cache (`SimpleTimeCache`). */
export class SeenMessages {
  readonly #options: SeenMessagesOptions;
  #younger = new Set<string>();
  #older = new Set<string>();
  #began: number;

  constructor(options: SeenMessagesOptions) {
    this.#options = options;
    this.#began = options.now();
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  has(id: string): boolean {
    return this.#younger.has(id) || this.#older.has(id);
  }

  /** Adds an id. Returns true if it was known: then it is kept for no longer. */
  put(id: string): boolean {
    if (this.has(id)) return true;
    if (this.#younger.size >= this.#options.most) this.#turn();
    this.#younger.add(id);
    return false;
  }

  /** Forgets what is old. The library calls it with every heartbeat. */
  prune(): void {
    if (this.#options.now() - this.#began >= this.#options.keepMs) this.#turn();
  }

  clear(): void {
    this.#younger = new Set();
    this.#older = new Set();
  }

  #turn(): void {
    this.#older = this.#younger;
    this.#younger = new Set();
    this.#began = this.#options.now();
  }
}
