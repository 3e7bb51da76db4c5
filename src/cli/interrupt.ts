/** Ctrl-C: ends a command with its exit code, and says what is left open. */
import { EXIT } from './exit-codes.ts';
import { note } from './output.ts';

let open: string | undefined;

/** Sets what to tell people if the command is interrupted from now on; undefined if nothing is left open. */
export const leavesOpen = (text: string | undefined): void => {
  open = text;
};

/** Ends the process at SIGINT. A command that listens itself, such as one that runs until it is stopped, ends in its own way. */
export const endOnInterrupt = (): void => {
  process.on('SIGINT', () => {
    if (process.listenerCount('SIGINT') > 1) return;
    if (open !== undefined) note(open);
    process.exit(EXIT.interrupted);
  });
};
