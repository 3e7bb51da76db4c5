/** Repeats a call while the node is away, after pauses that double, until the node answers. */
import { check, checkFields, FUNCTION, optional, SIGNAL } from '../lib/arguments.ts';
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { sleep } from './sleep.ts';

/** How to repeat a call while the node is away. */
export type RetryOptions = {
  /** Ends the waiting, and with it the call: it throws the reason of the signal. */
  readonly signal: AbortSignal;
  /** Called before each pause. */
  readonly onAway?: (fault: Fault, pauseMs: number) => void;
  /** Called once the node answers again. */
  readonly onBack?: () => void;
  /** In milliseconds. From 250 ms up to 15 s unless given. */
  readonly pauses?: BackOff;
};

const OPTIONS = { signal: SIGNAL, onAway: optional(FUNCTION), onBack: optional(FUNCTION) };
const PAUSES_MS: BackOff = { first: 250, longest: 15_000 };

/** The codes of a node that does not answer, unlike one that refuses. A node that is shutting down may cut its answer short. */
const AWAY: ReadonlySet<string> = new Set(['RPC_UNREACHABLE', 'RPC_TIMEOUT', 'RPC_ANSWER_INVALID']);

/** A whole answer that does not fit its method comes again however often one asks: its fault names the method. */
export const isAway = (error: unknown): error is CodedError =>
  error instanceof CodedError && AWAY.has(error.code) && error.fault.data?.method === undefined;

/** The number of JSON-RPC for a failure inside a node. */
const INTERNAL_ERROR = -32603;

/**
 * Whether a fault says nothing about what a call did: no answer came, or it is not one of this RPC, or the node failed on
 * the way. The call may have had its effect.
 */
export const isUnanswered = ({ code, data }: Fault): boolean =>
  AWAY.has(code) || code === 'RPC_ERROR' || data?.rpcCode === INTERNAL_ERROR;

/**
 * Returns what `run` returns once the node answers.
 * @throws what `run` throws for another reason than an absent node; the reason of the signal
 */
export const whenAnswered = async <T>(run: () => Promise<T>, options: RetryOptions): Promise<T> => {
  check('run', run, FUNCTION);
  checkFields('', options, OPTIONS);
  const { signal, onAway, onBack, pauses = PAUSES_MS } = options;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const value = await run();
      if (failures > 0) onBack?.();
      return value;
    } catch (error) {
      if (!isAway(error)) throw error;
      failures += 1;
      const pauseMs = pauseAfter(failures, pauses);
      onAway?.(error.fault, pauseMs);
      await sleep(pauseMs, signal);
    }
  }
};
