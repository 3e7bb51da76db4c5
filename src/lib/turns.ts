/** What a scheduler needs that cuts work into slices and gives them turns of the event loop. */
export type Turns = {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Runs something in the next turn of the event loop. */
  readonly soon: (run: () => void) => void;
  /** Runs something after some milliseconds. */
  readonly later: (run: () => void, ms: number) => void;
  /** Returns when all that a slice began at once is done, or waits for something else. */
  readonly settled: () => Promise<void>;
};

/** Resolves behind every promise that is kept by now, those that it begins that are kept at once, and their ticks. */
export const promisesSettled = (): Promise<void> =>
  new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });

/** Returns the turns of the event loop of this thread, with a clock. */
export const turnsOf = (now: () => number): Turns => ({
  now,
  soon: (run) => {
    setImmediate(run);
  },
  later: (run, ms) => {
    setTimeout(run, ms);
  },
  settled: promisesSettled,
});

/**
 * The milliseconds for which this thread has worked. A pause is for the work that a slice was, not for the time for which the
 * machine did something else meanwhile. Before Node 23.9 nothing tells it, and it is the time that has passed.
 */
export const workedMs = (): number => {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

/** Counts milliseconds of work of this thread, and returns for how many to pause. What shares a budget shares one of these. */
export type SpendTime = (ms: number) => number;
