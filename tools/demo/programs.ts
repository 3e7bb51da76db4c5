/**
 * Runs verbs of the command `openledger` as child processes, as a user would start them in other terminals. Each is
 * stopped by its own process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { CodedError, fault } from '../../src/lib/errors.ts';

const COMMAND = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));
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
  /** Rejects with `DEMO_PROGRAM` when it ends before it is stopped. */
  readonly died: Promise<never>;
  /** Resolves when it has ended. @throws `DEMO_PROGRAM` if it had to be killed */
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
    fault('DEMO_PROGRAM', `${verb} (process ${child.pid}) did not stop in ${STOP_TIMEOUT_MS / 1000} s`),
  );
};

/**
 * Starts a verb with `--json`.
 * @param log - the file to which its lines are also written; undefined if they are not kept
 */
export const startProgram = (verb: string, args: readonly string[], log?: string): Program => {
  const child = spawn(process.execPath, [COMMAND, verb, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    lastWords = `${lastWords}${chunk}`.slice(-LAST_WORDS);
  });
  const closed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(`it ended with ${signal ?? `exit code ${code}`}; its last words: ${lastWords.trim()}`),
    );
  });
  const died = closed.then((how): never => {
    throw new CodedError(fault('DEMO_PROGRAM', `openledger ${verb} stopped: ${how}`));
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
  return { lines, first, died, stop: () => stopProcess(verb, child, closed) };
};

const Ready = Type.Object({
  ready: Type.Literal(true),
  chainId: Type.String(),
  home: Type.String(),
  nodes: Type.Array(Type.Object({ name: Type.String(), rpc: Type.String(), pid: Type.Integer() })),
  accounts: Type.Array(
    Type.Object({ name: Type.String(), address: Type.String(), privateKey: Type.String() }),
  ),
});
/** The first line of `devnet --json`. */
export type DevnetReady = Static<typeof Ready>;

export const readyOf = (line: Line): DevnetReady => Value.Parse(Ready, line);
