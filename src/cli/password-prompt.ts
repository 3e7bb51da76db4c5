/**
 * Asks a person at the terminal for a password. What is shown goes to the terminal and never to stdout: that may be a file
 * which gets the result, or a program that reads it.
 */
import { openSync } from 'node:fs';
import { WriteStream } from 'node:tty';
import { CodedError } from '../lib/errors.ts';
import { fault } from './errors.ts';

const SHOW_CURSOR = '\u001b[?25h';

/** Returns the terminal to write to; undefined if nobody could read or answer a question. */
const terminal = (): WriteStream | undefined => {
  // What came before the password may have been read from the same terminal, up to the end of it.
  if (!process.stdin.isTTY || process.stdin.readableEnded || process.stdin.destroyed) return undefined;
  if (process.stderr.isTTY) return process.stderr;
  try {
    return new WriteStream(openSync('/dev/tty', 'w'));
  } catch {
    return undefined;
  }
};

/**
 * @param instead - what to do where there is nobody to ask
 * @throws CodedError `PASSWORD_MISSING` if there is no terminal, `PASSWORD_CANCELLED` at Ctrl-C and at the end of the input
 */
export const askPassword = async (message: string, instead: string): Promise<string> => {
  const output = terminal();
  if (output === undefined)
    throw new CodedError(fault('PASSWORD_MISSING', `no terminal to ask at: ${instead}`));
  const { isCancel, password } = await import('@clack/prompts');
  const ending = new AbortController();
  let isOver = false;
  // At Ctrl-D and at the end of the input, readline pauses the input, and clack waits on for ever. It pauses it after an
  // answer too, and whoever waits for the answer has it before the next turn of the event loop.
  const onPause = (): void => {
    setImmediate(() => {
      if (!isOver) ending.abort();
    });
  };
  // A signal ends the process in the middle of a prompt, which hides the cursor.
  const onExit = (): void => {
    output.write(SHOW_CURSOR);
  };
  process.stdin.on('pause', onPause);
  process.on('exit', onExit);
  try {
    const answer = await password({ message, output, signal: ending.signal });
    if (isCancel(answer)) throw new CodedError(fault('PASSWORD_CANCELLED', 'no password was given'));
    return answer;
  } finally {
    isOver = true;
    process.stdin.off('pause', onPause);
    process.off('exit', onExit);
    if (output !== process.stderr) output.destroy();
  }
};
