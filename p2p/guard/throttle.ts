/**
 * Pauses a connection while it is above its pace. Connections that share a pace are paused when together they are above it,
 * but for those that took no more than a fair part: one that floods must not hold up the others.
 */
import type { MessageStream } from '@libp2p/interface';
import type { TokenBucket } from '../../src/lib/token-bucket.ts';

export type Paces = {
  readonly own: TokenBucket;
  /** What all strangers share, and the part of it that is fair for one. */
  readonly shared?: { readonly all: TokenBucket; readonly fair: TokenBucket };
};

export class Throttle {
  readonly #connection: MessageStream;
  readonly #paces: Paces;
  readonly #now: () => number;
  #paused: NodeJS.Timeout | undefined;
  #isResuming = false;
  /** Milliseconds to pause for when the connection has resumed. */
  #waitAfter = 0;

  constructor(connection: MessageStream, paces: Paces, now: () => number) {
    this.#connection = connection;
    this.#paces = paces;
    this.#now = now;
    connection.addEventListener('close', () => {
      clearTimeout(this.#paused);
      this.#paused = undefined;
    });
  }

  /** Reckons units of work that the connection has caused. */
  spend(units: number): void {
    const wait = this.#waitAfterSpending(units, this.#now());
    if (wait === 0 || this.#paused !== undefined) return;
    if (this.#isResuming) this.#waitAfter = wait;
    else this.#pause(wait);
  }

  #waitAfterSpending(units: number, at: number): number {
    const { own, shared } = this.#paces;
    const wait = own.spend(units, at);
    if (shared === undefined) return wait;
    const ofAll = shared.all.spend(units, at);
    return shared.fair.spend(units, at) === 0 ? wait : Math.max(wait, ofAll);
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
