/**
 * Turns for dear work that anyone may ask for without paying: a simulation, or a payload to decode. One turn runs at a
 * time, and a pause follows each, so that all of them take a quarter of the thread at most. Turns go round the addresses of
 * callers and their connections: who asks for many waits for their own.
 */
import type { InTurn } from '../rpc/backend.ts';
import { fail, type Result } from '../rpc/codes.ts';
import { createFairSlots } from '../rpc/fair-slots.ts';

/** How long a caller waits for a turn at most, in milliseconds: that of some others, and their pauses. */
const WAIT_MAX_MS = 10_000;
/** The work of one turn, in milliseconds. The dearest simulation, of two of the longest transactions, needs about a third. */
const WORK_MAX_MS = 1_000;
/** The most callers that wait. */
const WAITING_MAX = 64;
/** A turn is followed by a pause of so many times its own work. */
const PAUSE_FACTOR = 3;

export type TurnParts = {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Runs something after a time, unless what it returns is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
};

const SYSTEM: TurnParts = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

export const busy = (why: string): Result<never> =>
  fail('SIMULATION_BUSY', `${why}; ask again, or send the transaction without simulating it`);

export const createTurns = (parts: Partial<TurnParts> = {}): InTurn => {
  const { now, after } = { ...SYSTEM, ...parts };
  const turns = createFairSlots({ slots: 1, waiting: WAITING_MAX });
  return async ({ caller, pace }, run) => {
    const patience = new AbortController();
    const stop = after(WAIT_MAX_MS, () => patience.abort());
    const release = await turns.take(caller, patience.signal);
    stop();
    if (release === undefined)
      return busy(
        patience.signal.aborted
          ? 'the simulations before this one took too long'
          : 'too many simulations are waiting',
      );
    // What others do while this one pauses does not count.
    let spent = 0;
    let since = now();
    const turn = {
      pace: () => {
        const until = now();
        const pause = pace();
        if (pause === undefined) return undefined;
        spent += until - since;
        return pause.then(() => {
          since = now();
        });
      },
      isOver: () => spent + now() - since > WORK_MAX_MS,
    };
    try {
      return await run(turn);
    } finally {
      spent += now() - since;
      after(spent * PAUSE_FACTOR, release);
    }
  };
};
