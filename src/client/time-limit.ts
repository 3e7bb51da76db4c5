/**
 * How long a client waits for an answer. A call that a node holds back on purpose, or that brings much, has a long limit. A call
 * that reads has a short one: whoever must act in time is not to wait in silence for an answer that was lost on the way. If
 * nothing comes in time, the next requests have twice as long, so that a node that is slow is understood in the end.
 */
import { field } from './answers.ts';

/** A node holds a `tx_send` back for two minutes at most, until a block has the transaction. */
const LONGEST_MS = 150_000;
const FIRST_MS = 20_000;

/** A call as it is sent. */
export type LimitedCall = { readonly method: string; readonly params: unknown };

const isLong = ({ method, params }: LimitedCall): boolean =>
  method === 'content_put' || (method === 'tx_send' && field(params, 'mode') === 'commit');

export type TimeLimit = {
  /** Returns the milliseconds for a request of these calls. */
  readonly of: (calls: readonly LimitedCall[]) => number;
  /** A request was answered. */
  readonly answered: () => void;
  /** Nothing came within so many milliseconds. */
  readonly missed: (limitMs: number) => void;
};

/** @param fixedMs - the limit of every request, if a caller has named one */
export const createTimeLimit = (fixedMs?: number): TimeLimit => {
  let shortMs = FIRST_MS;
  return {
    of: (calls) => fixedMs ?? (calls.some(isLong) ? LONGEST_MS : shortMs),
    answered: () => {
      shortMs = FIRST_MS;
    },
    // Of several requests at a time that get no answer, each says the same.
    missed: (limitMs) => {
      shortMs = Math.min(LONGEST_MS, Math.max(shortMs, 2 * limitMs));
    },
  };
};
