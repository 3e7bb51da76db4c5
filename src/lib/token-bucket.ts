/**
 * Token buckets: the rates of requests and gossip. They are our own few lines because the time is an argument: one reading
 * of the clock serves all buckets of a message, and tests need no timers. The packages of this name read the clock
 * themselves, or wait until there are tokens.
 */

import { LRUCache } from 'lru-cache';

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
    this.#fill(now);
    if (this.#level < cost) return false;
    this.#level -= cost;
    return true;
  }

  /** Takes `cost` tokens even if there are fewer. Returns the milliseconds until what it owes is there; 0 if nothing. */
  spend(cost: number, now: number): number {
    this.#fill(now);
    this.#level -= cost;
    return this.#level >= 0 ? 0 : (-this.#level / this.#rate.perSecond) * 1000;
  }

  /** Gives back tokens that were taken, up to the burst. */
  giveBack(cost: number): void {
    this.#level = Math.min(this.#rate.burst, this.#level + cost);
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#rate.burst, this.#level + ((now - this.#at) / 1000) * this.#rate.perSecond);
    this.#at = now;
  }
}

/** The buckets of many names. Past `remembered` the one that was used longest ago is forgotten, and starts full again. */
export class TokenBuckets {
  readonly #buckets: LRUCache<string, TokenBucket>;

  constructor(remembered: number) {
    this.#buckets = new LRUCache({ max: remembered });
  }

  /** Returns the bucket of a name, which is full at first. */
  of(name: string, rate: Rate, now: number): TokenBucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket(rate, now);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  /** Returns the bucket of a name, if it has one. */
  known(name: string): TokenBucket | undefined {
    return this.#buckets.get(name);
  }
}
