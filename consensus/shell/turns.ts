/** A queue that is processed in turns, one at a time. An item that arrives during a turn belongs to the next turn. */
export class Turns<Item> {
  readonly #turn: (items: readonly Item[]) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #queue: Item[] = [];
  #running = false;
  #closed = false;
  #ended: Promise<void> = Promise.resolve();

  /** No turn follows one that fails. */
  constructor(turn: (items: readonly Item[]) => Promise<void>, failed: (error: unknown) => void) {
    this.#turn = turn;
    this.#failed = failed;
  }

  push(item: Item): void {
    if (this.#closed) return;
    this.#queue.push(item);
    if (this.#running) return;
    this.#running = true;
    this.#ended = this.#run();
  }

  /** Accepts no more items. Resolves when the current turn has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#queue = [];
    return this.#ended;
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const items = this.#queue;
        this.#queue = [];
        await this.#turn(items);
      }
    } catch (error) {
      this.#closed = true;
      this.#failed(error);
    } finally {
      this.#running = false;
    }
  }
}
