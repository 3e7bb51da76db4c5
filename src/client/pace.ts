/**
 * The pace of a client that a node tells to slow down. All requests of the client share it: while one has to pause, the
 * others wait too, so that a node that is busy hears less and not more.
 */
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import { sleep } from './sleep.ts';

/** Pauses where the node does not say how long to wait. */
const PAUSES_MS: BackOff = { first: 500, longest: 15_000 };
/** The shortest pause, also if the node asks for none. */
const PAUSE_MIN_MS = 100;

/** The form of a date in a header (RFC 9110, 5.6.7). `Date.parse` alone takes far more. */
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$/;

/**
 * Returns the pause that a header `retry-after` asks for, in milliseconds; undefined if it is missing or says nothing
 * (RFC 9110, 10.2.3: seconds, or a date).
 */
export const retryAfterOf = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1_000;
  const date = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

/**
 * Returns a random pause between half and the whole of one: programs that failed at the same moment do not try again at
 * the same moment.
 */
export const spread = (pause: number): number => pause * (0.5 + Math.random() / 2);

export type Pace = {
  /** Waits until the client may send. @throws the reason of the signal */
  readonly turn: (signal: AbortSignal | undefined) => Promise<void>;
  /** Returns how long to pause after so many refusals of one request in a row. */
  readonly pauseFor: (refusals: number, retryAfterMs: number | undefined) => number;
  /** Lets every request wait so long from now on. */
  readonly slowDown: (pauseMs: number) => void;
};

export const createPace = (): Pace => {
  let closedUntil = 0;
  return {
    turn: async (signal) => {
      for (let left = closedUntil - performance.now(); left > 0; left = closedUntil - performance.now())
        await sleep(left, signal);
    },
    pauseFor: (refusals, retryAfterMs) =>
      Math.max(PAUSE_MIN_MS, retryAfterMs ?? pauseAfter(refusals, PAUSES_MS)),
    slowDown: (pauseMs) => {
      closedUntil = Math.max(closedUntil, performance.now() + pauseMs);
    },
  };
};
