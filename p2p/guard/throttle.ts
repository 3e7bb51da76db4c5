/** Pauses a connection while it is above its pace. */
import type { MessageStream } from '@libp2p/interface';
import type { TokenBucket } from '../../src/lib/token-bucket.ts';

export class Throttle {
  readonly #connection: MessageStream;
  readonly #buckets: readonly TokenBucket[];
  readonly #now: () => number;
  #paused: NodeJS.Timeout | undefined;

  constructor(connection: MessageStream, buckets: readonly TokenBucket[], now: () => number) {
    this.#connection = connection;
    this.#buckets = buckets;
    this.#now = now;
    connection.addEventListener('close', () => {
      clearTimeout(this.#paused);
      this.#paused = undefined;
    });
  }

  /** Reckons units of work that the connection has caused. */
  spend(units: number): void {
    const at = this.#now();
    const wait = Math.max(...this.#buckets.map((bucket) => bucket.spend(units, at)));
    if (wait === 0 || this.#paused !== undefined || this.#connection.status !== 'open') return;
    this.#orAbort(() => this.#connection.pause());
    this.#paused = setTimeout(() => {
      this.#paused = undefined;
      this.#orAbort(() => this.#connection.resume());
    }, wait);
  }

  /** The connection may be closing under it, which its status does not always say. */
  #orAbort(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#connection.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
