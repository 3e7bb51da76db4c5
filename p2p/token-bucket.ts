/**
 * Token buckets: the rates of requests and gossip. They are our own few lines because the time is an argument: one reading
 * of the clock serves all buckets of a message, and tests need no timers. The packages of this name read the clock
 * themselves, or wait until there are tokens.
 */

/** A rate that allows bursts: at most `burst` at once, and `perSecond` in the long run. */
export type Rate = { readonly burst: number; readonly perSecond: number };

export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #at: number;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#at = now;
  }

  /** Takes `cost` tokens and returns true, or takes nothing and returns false if there are fewer. */
  take(cost: number, now: number): boolean {
    this.#level = Math.min(this.#rate.burst, this.#level + ((now - this.#at) / 1000) * this.#rate.perSecond);
    this.#at = now;
    if (this.#level < cost) return false;
    this.#level -= cost;
    return true;
  }
}
