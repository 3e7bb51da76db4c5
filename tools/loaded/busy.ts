/** Processes that do nothing but use a processor. Each is ended by its own process id. */
import { type ChildProcess, spawn } from 'node:child_process';

/** Spins in turns, so that it notices when its parent is gone, however that went. */
const SPIN = `
const parent = process.ppid;
const spin = () => {
  const end = performance.now() + 100;
  while (performance.now() < end);
  if (process.ppid !== parent) process.exit();
  setImmediate(spin);
};
spin();`;

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

export type Busy = {
  readonly pids: readonly number[];
  /** Resolves when all have ended. */
  readonly end: () => Promise<void>;
};

export const startBusy = (count: number): Busy => {
  const children = Array.from({ length: count }, () =>
    // Each in a session of its own: Linux may share the processors among sessions before processes (autogroup, sched(7)),
    // and all of them together would then take no more than the one command beside them.
    spawn(process.execPath, ['-e', SPIN], { stdio: 'ignore', detached: true }),
  );
  return {
    pids: children.flatMap(({ pid }) => pid ?? []),
    end: async () => {
      await Promise.all(
        children.map(async (child) => {
          if (hasEnded(child)) return;
          const ended = new Promise((resolve) => child.once('exit', resolve));
          child.kill('SIGKILL');
          await ended;
        }),
      );
    },
  };
};
