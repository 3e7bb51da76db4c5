/** Pauses a connection while it is above its pace. */
import type { MessageStream } from '@libp2p/interface';
import type { TokenBucket } from '../../src/lib/token-bucket.ts';

export class Throttle {
  readonly #connection: MessageStream;
  readonly #buckets: readonly TokenBucket[];
  readonly #now: () => number;
  #paused: NodeJS.Timeout | undefined;
  #isResuming = false;
  /** Milliseconds to pause for when the connection has resumed. */
  #waitAfter = 0;

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
    if (wait === 0 || this.#paused !== undefined) return;
    if (this.#isResuming) this.#waitAfter = wait;
    else this.#pause(wait);
  }

  #pause(wait: number): void {
    if (this.#connection.status !== 'open') return;
    this.#orAbort(() => this.#connection.pause());
    this.#paused = setTimeout(() => this.#resume(), wait);
  }

  /**
   * The connection hands over what has come meanwhile and only then lets its socket go on: to pause it between the two
   * would leave the socket open.
   */
  #resume(): void {
    this.#paused = undefined;
    this.#isResuming = true;
    this.#waitAfter = 0;
    this.#orAbort(() => this.#connection.resume());
    this.#isResuming = false;
    if (this.#waitAfter > 0) this.#pause(this.#waitAfter);
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
