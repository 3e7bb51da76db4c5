/**
 * Runs verbs of the command as child processes, as a user would start them in other terminals. Each is stopped by its own
 * process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CodedError } from '../../lib/errors.ts';
import { showUtf8 } from '../../lib/text.ts';
import { fault } from '../errors.ts';

/** The command's own entry point, of sources or of the built package. */
const ENTRY = fileURLToPath(
  new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);
/** The time after which a program that was asked to stop is taken to hang, and is ended. */
const STOP_TIMEOUT_MS = 600_000;
/** The characters of stderr that an error quotes. */
const LAST_WORDS = 2_000;

/** A line of `--json`. */
export type Line = Readonly<Record<string, unknown>>;

export type Program = {
  /** All lines of stdout so far. */
  readonly lines: readonly Line[];
  /** Resolves with the first line. @throws what {@link died} throws */
  readonly first: Promise<Line>;
  /** Rejects with `PROGRAM_ENDED` when it ends before it is stopped. */
  readonly died: Promise<never>;
  /** Resolves when it has ended, which is no failure then. @throws `PROGRAM_ENDED` if it had to be killed */
  readonly stop: () => Promise<void>;
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const stopProcess = async (verb: string, child: ChildProcess, closed: Promise<unknown>): Promise<void> => {
  if (hasEnded(child)) return;
  child.kill('SIGINT');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), STOP_TIMEOUT_MS);
  });
  const outcome = await Promise.race([closed, late]);
  clearTimeout(timer);
  if (outcome !== 'late') return;
  child.kill('SIGKILL');
  throw new CodedError(
    fault('PROGRAM_ENDED', `${verb} (process ${child.pid}) did not stop in ${STOP_TIMEOUT_MS / 1000} s`),
  );
};

/**
 * Starts a verb with `--json`.
 * @param log - the file to which its lines are also written; undefined if they are not kept
 */
export const startProgram = (verb: string, args: readonly string[], log?: string): Program => {
  const child = spawn(process.execPath, [ENTRY, verb, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let lastWords = '';
  child.stderr.on('data', (chunk: Uint8Array) => {
    lastWords = `${lastWords}${showUtf8(chunk)}`.slice(-LAST_WORDS);
  });
  const closed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(`it ended with ${signal ?? `exit code ${code}`}; its last words: ${lastWords.trim()}`),
    );
  });
  let isStopping = false;
  const died = closed.then((how): Promise<never> => {
    if (isStopping) return new Promise(() => undefined);
    throw new CodedError(fault('PROGRAM_ENDED', `openledger ${verb} stopped: ${how}`));
  });
  // Whoever races against it hears of it; without a listener the process would end on it.
  died.catch(() => undefined);
  const arrived = new Promise<Line>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (log !== undefined) appendFileSync(log, `${text}\n`);
      const line = JSON.parse(text) as Line;
      lines.push(line);
      resolve(line);
    });
  });
  const first = Promise.race([arrived, died]);
  first.catch(() => undefined);
  return {
    lines,
    first,
    died,
    stop: () => {
      isStopping = true;
      return stopProcess(verb, child, closed);
    },
  };
};
