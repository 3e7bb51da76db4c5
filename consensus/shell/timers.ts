/** Timers as a value, so that a simulation can run the runner under a time of its own. */
export type Timers = {
  /** Calls `run` once, `delayMs` from now. @returns the function that cancels it */
  readonly after: (delayMs: number, run: () => void) => () => void;
};

export const systemTimers: Timers = {
  after: (delayMs, run) => {
    const handle = setTimeout(run, delayMs);
    return () => clearTimeout(handle);
  },
};
