/**
 * Collects transactions into batches: gossip of a hundred transactions in one message costs little more than gossip of
 * one. A batch is published when it is full, by number or bytes, or a few milliseconds after its first transaction.
 */
import { BATCH_BYTES, BATCH_TRANSACTIONS } from './protocols.ts';

const LINGER_MS = 5;

export class TransactionBatcher {
  readonly #publish: (batch: readonly Uint8Array[]) => void;
  #batch: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (batch: readonly Uint8Array[]) => void) {
    this.#publish = publish;
  }

  add(transactions: readonly Uint8Array[]): void {
    for (const transaction of transactions) {
      this.#batch.push(transaction);
      this.#bytes += transaction.length;
      if (this.#batch.length >= BATCH_TRANSACTIONS || this.#bytes >= BATCH_BYTES) this.flush();
    }
    if (this.#batch.length > 0) this.#timer ??= setTimeout(() => this.flush(), LINGER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    this.#publish(batch);
  }
}
