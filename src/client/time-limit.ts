/**
 * How long a client waits for an answer to begin. A call that a node holds back on purpose has a long limit. Any other has a short
 * one: whoever must act in time is not to wait in silence for an answer that was lost on the way. What is sent slowly has longer.
 * What is received slowly has longer once it has begun, as long as more of it comes: each piece has the limit of the beginning. If nothing comes in time, the next request of the same method has twice
 * as long, so that a node that is slow is understood in the end.
 */
import { field } from './answers.ts';

/** A node holds a `tx_send` back for two minutes at most, until a block has the transaction. */
export const LONGEST_MS = 150_000;
const FIRST_MS = 20_000;
/** A line that sends 64 kbit/s. */
const SENT_BYTES_PER_SECOND = 8 << 10;

/** A call as it is sent. */
export type LimitedCall = { readonly method: string; readonly params: unknown };

const isLong = ({ method, params }: LimitedCall): boolean =>
  method === 'content_put' || (method === 'tx_send' && field(params, 'mode') === 'commit');

export type TimeLimit = {
  /** Returns the milliseconds until the answer to these calls has to begin. */
  readonly of: (calls: readonly LimitedCall[], bodyBytes: number) => number;
  /** These calls were answered. */
  readonly answered: (calls: readonly LimitedCall[]) => void;
  /** Nothing came to these calls within so many milliseconds. */
  readonly missed: (calls: readonly LimitedCall[], limitMs: number) => void;
};

export const createTimeLimit = (): TimeLimit => {
  /** The limits of methods that were not answered in time. */
  const grown = new Map<string, number>();
  return {
    of: (calls, bodyBytes) => {
      const shortMs = Math.max(FIRST_MS, ...calls.map(({ method }) => grown.get(method) ?? 0));
      const sendingMs = Math.ceil((1_000 * bodyBytes) / SENT_BYTES_PER_SECOND);
      return calls.some(isLong) ? LONGEST_MS : Math.min(LONGEST_MS, shortMs + sendingMs);
    },
    answered: (calls) => {
      for (const { method } of calls) grown.delete(method);
    },
    // Of several requests at a time that get no answer, each says the same.
    missed: (calls, limitMs) => {
      for (const { method } of calls)
        grown.set(method, Math.min(LONGEST_MS, Math.max(grown.get(method) ?? 0, 2 * limitMs)));
    },
  };
};

/** A time at which a request ends, unless the time is moved. */
export type Deadline = {
  /** Aborts with an error of the name `TimeoutError`. */
  readonly signal: AbortSignal;
  /** Gives it so many milliseconds from now on. */
  readonly move: (ms: number) => void;
  /** The milliseconds that it was given last. */
  readonly ms: () => number;
  readonly clear: () => void;
};

export const createDeadline = (ms: number): Deadline => {
  const ending = new AbortController();
  let given = ms;
  const start = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => ending.abort(new DOMException('no answer in time', 'TimeoutError')), given);
  let timer = start();
  return {
    signal: ending.signal,
    move: (next) => {
      clearTimeout(timer);
      given = next;
      timer = start();
    },
    ms: () => given,
    clear: () => clearTimeout(timer),
  };
};
