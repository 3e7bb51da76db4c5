/** Runs the devnet as a child process of the demo, and stops it by its process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { CodedError, fault } from '../../src/lib/errors.ts';

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

export type DevnetProcess = {
  readonly ready: DevnetReady;
  /** Rejects when the devnet ends before it is stopped. */
  readonly died: Promise<never>;
  /** Resolves when it and its nodes have ended. */
  readonly stop: () => Promise<void>;
};

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** The devnet promises to exit within 15 s of a SIGINT. */
const STOP_TIMEOUT_MS = 20_000;

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const stopProcess = async (child: ChildProcess, closed: Promise<unknown>): Promise<void> => {
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
    fault('DEMO_DEVNET', `the devnet (process ${child.pid}) did not stop in ${STOP_TIMEOUT_MS / 1000} s`),
  );
};

/** @throws `DEMO_DEVNET` if it ends before it is ready, with its last words. */
export const startDevnet = async (home: string, aborted: AbortSignal): Promise<DevnetProcess> => {
  const args = [CLI, 'devnet', '--nodes', '4', '--home', home, '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    lastWords = `${lastWords}${chunk}`.slice(-2000);
  });
  const closed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(`it ended with ${signal ?? `exit code ${code}`}; its last words: ${lastWords.trim()}`),
    );
  });
  const died = closed.then((how): never => {
    throw new CodedError(fault('DEMO_DEVNET', `the devnet stopped: ${how}`));
  });
  // Whoever races against it hears of it; without a listener the process would end on it.
  died.catch(() => undefined);
  const lines = createInterface({ input: child.stdout });
  const first = new Promise<string>((resolve) => {
    lines.once('line', resolve);
  });
  const stop = (): Promise<void> => stopProcess(child, closed);
  const interrupted = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new CodedError(fault('DEMO_INTERRUPTED', 'interrupted')));
    if (aborted.aborted) abort();
    else aborted.addEventListener('abort', abort, { once: true });
  });
  try {
    const line = await Promise.race([first, died, interrupted]);
    return { ready: Value.Parse(Ready, JSON.parse(line)), died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
