/**
 * The pace at which connections are let in. A connection costs little until its first bytes have come; then it gets a
 * parser and its request is looked at. So it is let in when they have come, and within a rate: one for each address and
 * one for all. Whoever is above it waits, and is not refused: behind a proxy all callers have one address. Addresses that
 * wait take turns, and each lets in its connections in their order.
 *
 * An address that has hardly let in any has a rate that the busy ones cannot use up. So a host that looks at `/health` once
 * a second gets in however many others come anew all the time.
 */
import { type Rate, TokenBucket, TokenBuckets } from '../src/lib/token-bucket.ts';

/** The rate at which one address is let in. Its burst is the number of connections that it may keep open. */
export const ADDRESS: Rate = { burst: 512, perSecond: 512 };
/** The rate of all addresses together. One connection costs about a tenth of a millisecond, without its requests. */
export const ALL: Rate = { burst: 1_024, perSecond: 1_024 };
/** The rate at which quiet addresses are let in once {@link ALL} is used up. */
export const QUIET: Rate = { burst: 128, perSecond: 128 };
/** An address is quiet as long as it comes no more often than this. */
const QUIET_ADDRESS: Rate = { burst: 8, perSecond: 2 };
/** Addresses whose rate is remembered. Past it the one that came longest ago is forgotten. */
const REMEMBERED = 4_096;
/** How often those that wait are looked at, in milliseconds. */
export const LOOK_MS = 10;

export type AcceptPaceParts = {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Runs something after some milliseconds. */
  readonly later: (run: () => void, ms: number) => void;
};

const SYSTEM: AcceptPaceParts = {
  now: () => performance.now(),
  later: (run, ms) => {
    setTimeout(run, ms).unref();
  },
};

/** Stops the waiting of a connection that is gone. */
export type Leave = () => void;

export class AcceptPace {
  readonly #parts: AcceptPaceParts;
  readonly #addresses = new TokenBuckets(REMEMBERED);
  readonly #quietAddresses = new TokenBuckets(REMEMBERED);
  readonly #all: TokenBucket;
  readonly #quiet: TokenBucket;
  /** By address, in the order of their turns. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #isLooking = false;

  constructor(parts: AcceptPaceParts = SYSTEM) {
    this.#parts = parts;
    const now = parts.now();
    this.#all = new TokenBucket(ALL, now);
    this.#quiet = new TokenBucket(QUIET, now);
  }

  /** Lets in a connection of an address, at once if the pace allows it. */
  enter(address: string, letIn: () => void): Leave {
    const line = this.#waiting.get(address);
    if (line === undefined && this.#take(address)) {
      letIn();
      return () => undefined;
    }
    // An object of its own, also if the same function is given twice.
    const entry = (): void => letIn();
    this.#waiting.set(address, (line ?? new Set()).add(entry));
    this.#lookLater();
    return () => this.#leave(address, entry);
  }

  #take(address: string): boolean {
    const now = this.#parts.now();
    const own = this.#addresses.of(address, ADDRESS, now);
    if (!own.take(1, now)) return false;
    const ownQuiet = this.#quietAddresses.of(address, QUIET_ADDRESS, now);
    const isQuiet = ownQuiet.take(1, now);
    if (this.#all.take(1, now) || (isQuiet && this.#quiet.take(1, now))) return true;
    own.giveBack(1);
    if (isQuiet) ownQuiet.giveBack(1);
    return false;
  }

  #leave(address: string, entry: () => void): void {
    const line = this.#waiting.get(address);
    line?.delete(entry);
    if (line?.size === 0) this.#waiting.delete(address);
  }

  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.later(() => {
      this.#isLooking = false;
      this.#look();
      if (this.#waiting.size > 0) this.#lookLater();
    }, LOOK_MS);
  }

  /** Lets in one of each address in turn, until nobody may. Who has more comes again behind the others in the same walk. */
  #look(): void {
    for (const [address, line] of this.#waiting) {
      if (!this.#take(address)) continue;
      const [first] = line;
      this.#waiting.delete(address);
      if (first === undefined) continue;
      line.delete(first);
      if (line.size > 0) this.#waiting.set(address, line);
      first();
    }
  }
}
