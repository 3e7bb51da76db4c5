/** Trying again while a node is away: after a pause that doubles, until it answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pauseAfter } from '../lib/back-off.ts';
import { CodedError, type Fault } from '../lib/errors.ts';

export type BackOff = {
  /** Ends the waiting, and with it the call: it throws the reason of the signal. */
  readonly signal: AbortSignal;
  /** Told before each pause. */
  readonly onAway?: (fault: Fault, pauseMs: number) => void;
  /** Told once it answers again. */
  readonly onBack?: () => void;
  readonly firstMs?: number;
  readonly mostMs?: number;
};

const FIRST_MS = 250;
const MOST_MS = 15_000;

/**
 * The codes which mean that nobody answers. A node that refuses a call is not away. An answer that is cut short comes
 * from a node that is shutting down.
 */
const AWAY: ReadonlySet<string> = new Set(['RPC_UNREACHABLE', 'RPC_TIMEOUT', 'RPC_ANSWER_INVALID']);

export const isAway = (error: unknown): error is CodedError =>
  error instanceof CodedError && AWAY.has(error.code);

/** @throws what `run` throws, but for a node that is away; the reason of the signal */
export const whenAnswered = async <T>(
  run: () => Promise<T>,
  { signal, onAway, onBack, firstMs = FIRST_MS, mostMs = MOST_MS }: BackOff,
): Promise<T> => {
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const value = await run();
      if (failures > 0) onBack?.();
      return value;
    } catch (error) {
      if (!isAway(error)) throw error;
      failures += 1;
      const pauseMs = pauseAfter(failures, { first: firstMs, longest: mostMs });
      onAway?.(error.fault, pauseMs);
      await sleep(pauseMs, undefined, { signal });
    }
  }
};
