/**
 * Room for connections that come in a burst. The system hands a server one connection in each turn of the event loop (libuv since
 * 1.46). While the RPC works for some milliseconds in each turn, somebody who connects behind two hundred others would wait for
 * two hundred such turns before a byte is read. So work that is due waits for another turn as long as the turn before it brought a
 * connection, but not for long: a flood of connections leaves a third of the time to those that are in.
 */
import type { Turns } from '../src/lib/turns.ts';

/** The longest that work waits for connections, in milliseconds. It is twice as long as the longest work in a turn. */
const YIELD_MS = 10;

export class Newcomers {
  readonly #now: () => number;
  #came = 0;

  /** @param now - milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A connection has come. */
  came(): void {
    this.#came += 1;
  }

  /** Returns turns that begin once no connection has come in the turn before, or after 10 ms. */
  turns(turns: Turns): Turns {
    const afterThem = (run: () => void): (() => void) => {
      const begin = (seen: number, until: number): void => {
        const came = this.#came;
        if (came === seen || this.#now() >= until) run();
        else turns.soon(() => begin(came, until));
      };
      const seen = this.#came;
      return () => begin(seen, this.#now() + YIELD_MS);
    };
    return {
      ...turns,
      soon: (run) => turns.soon(afterThem(run)),
      later: (run, ms) => turns.later(afterThem(run), ms),
    };
  }
}
