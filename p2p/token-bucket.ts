/** A rate with room for bursts: `burst` at once, refilled at `perSecond`. */
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

  /** Takes `cost` if it is there. */
  take(cost: number, now: number): boolean {
    this.#level = Math.min(this.#rate.burst, this.#level + ((now - this.#at) / 1000) * this.#rate.perSecond);
    this.#at = now;
    if (this.#level < cost) return false;
    this.#level -= cost;
    return true;
  }
}
