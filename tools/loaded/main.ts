/**
 * `npm run loaded`: runs the demo or tests again and again beside busy processes, to find what depends on the speed of a
 * machine. The exit code is 0 only if every run has passed, 1 if one has not, 2 for bad arguments, 130 if interrupted.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { errorText, jsonLine, styled } from '../lib/say.ts';
import { startBusy } from './busy.ts';
import { JOBS } from './jobs.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { type Ran, runOnce } from './run.ts';

type Run = Ran & {
  readonly ok: boolean;
  /** The file with its output; null unless it has failed. */
  readonly log: string | null;
};

const timeText = (seconds: number | undefined): string =>
  seconds === undefined ? 'unknown' : `${seconds.toFixed(1)} s`;

const runLine = (run: Run, number: number, { job, times }: Options): string =>
  [
    run.ok ? 'ok    ' : 'FAILED',
    `${job} ${number} of ${times}`.padEnd(16),
    `wall ${timeText(run.wallSeconds)}`.padEnd(14),
    `processor ${timeText(run.cpuSeconds)}`.padEnd(20),
    run.log === null ? '' : `exit code ${run.code}, output in ${run.log}`,
  ]
    .join('  ')
    .trimEnd();

const runAll = async (options: Options, interrupted: AbortSignal): Promise<readonly Run[]> => {
  const { busy: count, times, job, args, json, logs } = options;
  const say = (text: string): void =>
    void (json ? process.stderr : process.stdout).write(`${styled(text)}\n`);
  const folder = logs === undefined ? mkdtempSync(join(tmpdir(), 'openledger-loaded-')) : resolve(logs);
  mkdirSync(folder, { recursive: true });
  const runs: Run[] = [];
  const busy = startBusy(count);
  try {
    say(`${job} runs ${times} times beside ${count} busy processes (${busy.pids.join(' ')})`);
    for (let number = 1; number <= times && !interrupted.aborted; number++) {
      const log = join(folder, `${job}-${number}.log`);
      const home = join(folder, `${job}-${number}`);
      const ran = await runOnce(JOBS[job].command(home, args), log, interrupted);
      if (interrupted.aborted) break;
      const isOk = ran.code === 0;
      // What a failed run has left behind tells why.
      if (isOk) for (const each of [log, home]) rmSync(each, { recursive: true, force: true });
      const run = { ...ran, ok: isOk, log: isOk ? null : log };
      runs.push(run);
      say(runLine(run, number, options));
    }
    return runs;
  } finally {
    await busy.end();
    if (logs === undefined && runs.every((run) => run.ok)) rmSync(folder, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (!options.ok) {
    process.stderr.write(`${errorText(options.fault)}${USAGE}\n`);
    return 2;
  }
  const { help, json, busy, job } = options.value;
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  const runs = await runAll(options.value, interrupted.signal);
  const failed = runs.filter((run) => !run.ok).length;
  const passed = runs.length - failed;
  if (json) process.stdout.write(jsonLine({ ok: failed === 0, job, busy, passed, failed, runs }));
  else process.stdout.write(`${passed} passed, ${failed} failed\n`);
  if (interrupted.signal.aborted) return 130;
  return failed === 0 ? 0 : 1;
};

process.exit(await main());
