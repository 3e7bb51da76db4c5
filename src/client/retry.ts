/** Repeats a call while the node is away or has no time for it, after pauses that double, until it is answered. */
import { check, checkFields, FUNCTION, optional, SIGNAL } from '../lib/arguments.ts';
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { isForLater } from './refusals.ts';
import { sleep } from './sleep.ts';

/** How to repeat a call while the node is away, fails on the way, or says that it has no time. */
export type RetryOptions = {
  /** Ends the waiting, and with it the call: it throws the reason of the signal. */
  readonly signal: AbortSignal;
  /**
   * Whether to ask again after a fault. Unless given, a fault is waited out if the node is away, failed on the way, or says
   * that it has no time.
   */
  readonly repeatAfter?: (fault: Fault) => boolean;
  /** Called before each pause, with why the call was not answered. */
  readonly onAway?: (fault: Fault, pauseMs: number) => void;
  /** Called once the node answers again. */
  readonly onBack?: () => void;
  /** In milliseconds. From 250 ms up to 15 s unless given. */
  readonly pauses?: BackOff;
};

const OPTIONS = {
  signal: SIGNAL,
  repeatAfter: optional(FUNCTION),
  onAway: optional(FUNCTION),
  onBack: optional(FUNCTION),
};
const PAUSES_MS: BackOff = { first: 250, longest: 15_000 };

/**
 * Returns what `run` returns once the node answers. A refusal that says "later" is waited out too.
 * @throws what `run` throws, unless it is a fault that is waited out; the reason of the signal
 */
export const whenAnswered = async <T>(run: () => Promise<T>, options: RetryOptions): Promise<T> => {
  check('run', run, FUNCTION);
  checkFields('', options, OPTIONS);
  const { signal, repeatAfter = isForLater, onAway, onBack, pauses = PAUSES_MS } = options;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const value = await run();
      if (failures > 0) onBack?.();
      return value;
    } catch (error) {
      if (!(error instanceof CodedError) || !repeatAfter(error.fault)) throw error;
      failures += 1;
      const pauseMs = pauseAfter(failures, pauses);
      onAway?.(error.fault, pauseMs);
      await sleep(pauseMs, signal);
    }
  }
};
