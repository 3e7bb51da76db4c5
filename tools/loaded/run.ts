/** One run of a command: how it ended, and what it took. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export type Ran = {
  /** The exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly wallSeconds: number;
  /** The processor time of the command, with that of all processes it has waited for. Undefined if it was killed. */
  readonly cpuSeconds: number | undefined;
};

/** Runs a command, and then says on descriptor 3 what processor time it took, which only its parent can ask for. */
const TIMED = '"$@"; code=$?; times >&3; exit $code';

/** The seconds of a time that `times` of a shell prints: `1m2.5s`. */
const secondsOf = (text: string): number => {
  const [, minutes = '0', seconds = '0'] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
};

/** Returns user and system time of the children of a shell; undefined if it did not get to print them. */
export const cpuSecondsOf = (times: string): number | undefined => {
  const [, children] = times.trim().split('\n');
  const [user, system] = children?.trim().split(/\s+/) ?? [];
  return user === undefined || system === undefined
    ? undefined
    : Math.round(10 * (secondsOf(user) + secondsOf(system))) / 10;
};

/** The time after which a command that was asked to stop is taken to hang. */
const STOP_MS = 600_000;

/**
 * Runs a command at the head of a process group of its own.
 * @param log - the file for its output
 * @param interrupted - asks it to stop
 */
export const runOnce = async (
  command: readonly string[],
  log: string,
  interrupted: AbortSignal,
): Promise<Ran> => {
  const started = performance.now();
  const output = openSync(log, 'w');
  const child = spawn('/bin/sh', ['-c', TIMED, 'sh', ...command], {
    stdio: ['ignore', output, output, 'pipe'],
    detached: true,
  });
  closeSync(output);
  let times = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    times += chunk.toString();
  });
  const group = child.pid;
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (group !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-group, signal);
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup('SIGINT');
    timer = setTimeout(() => signalGroup('SIGKILL'), STOP_MS);
  };
  interrupted.addEventListener('abort', stop, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  interrupted.removeEventListener('abort', stop);
  clearTimeout(timer);
  const wallSeconds = Math.round((performance.now() - started) / 100) / 10;
  return { code, wallSeconds, cpuSeconds: cpuSecondsOf(times) };
};
