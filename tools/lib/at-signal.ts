/** What a tool does when it is told to end. */

/** The exit code of a process that SIGINT ended. */
const INTERRUPTED = 130;

/** Closes what a tool has started before SIGINT or SIGTERM ends the tool, so that nothing outlives it. */
export const closeAtSignal = (close: () => Promise<void>): void => {
  let told = false;
  const end = (): void => {
    // A signal to the whole process group may arrive twice.
    if (told) return;
    told = true;
    void close().finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
};
