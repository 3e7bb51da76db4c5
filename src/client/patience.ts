/** What waits after a refusal that passes: since when it is due again, and what the last refusal was. */
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import type { Fault } from '../lib/errors.ts';

type Waiting = { readonly refusals: number; readonly until: number; readonly fault: Fault };

export class Patience {
  readonly #pauses: BackOff;
  readonly #waiting = new Map<string, Waiting>();

  /** @param pauses - in milliseconds */
  constructor(pauses: BackOff) {
    this.#pauses = pauses;
  }

  /** Whether the time to try again has come; true for what was not refused. */
  isDue(key: string): boolean {
    return (this.#waiting.get(key)?.until ?? 0) <= performance.now();
  }

  /** Notes a refusal. @returns the pause before the next try, in milliseconds */
  refused(key: string, fault: Fault): number {
    const refusals = 1 + (this.#waiting.get(key)?.refusals ?? 0);
    const pauseMs = pauseAfter(refusals, this.#pauses);
    this.#waiting.set(key, { refusals, until: performance.now() + pauseMs, fault });
    return pauseMs;
  }

  /** Returns why it was refused last; undefined if it was not, or was taken since. */
  lastOf(key: string): Fault | undefined {
    return this.#waiting.get(key)?.fault;
  }

  taken(key: string): void {
    this.#waiting.delete(key);
  }
}
