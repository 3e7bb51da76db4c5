/** Ctrl-C and SIGTERM: each ends a command with its exit code, and says what is left open. */
import { EXIT } from './exit-codes.ts';
import { note } from './output.ts';
import { leftOpen } from './sent.ts';

/** SIGHUP is not among them: whoever listens to it undoes "nohup". */
const ENDS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/** Ends the process at a signal. A command that listens itself, such as one that runs until it is stopped, ends in its own way. */
export const endOnInterrupt = (): void => {
  for (const [signal, exit] of Object.entries(ENDS))
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      for (const line of leftOpen()) note(line);
      process.exit(exit);
    });
};
