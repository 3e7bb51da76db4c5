/**
 * `npm run demo`: four validators, real data and real model outputs, whose fees are paid to the contributors that the
 * outputs trace to, to the last base unit. The exit code is 0 only if every check holds, 1 if one does not or something
 * broke, 2 for bad arguments, 130 if interrupted.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { toFault } from '../../src/lib/errors.ts';
import { createStepReporter } from '../lib/step-reporter.ts';
import { type DevnetProcess, startDevnet } from './devnet-process.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { runScenario } from './scenario.ts';

const isVacant = (directory: string): boolean =>
  !existsSync(directory) || readdirSync(directory).length === 0;

const run = async ({ json, home }: Options, interrupted: AbortSignal): Promise<number> => {
  const started = performance.now();
  // With --json, stdout has only the summary.
  const out = json ? process.stderr : process.stdout;
  const directory = home === undefined ? mkdtempSync(join(tmpdir(), 'openledger-demo-')) : resolve(home);
  let devnet: DevnetProcess | undefined;
  try {
    const reporter = createStepReporter(out);
    reporter.print('openledger demo: real data, real model outputs, four validators\n');
    const running = await reporter.step('devnet', async (progress) => {
      progress('four validators start');
      const value = await startDevnet(directory, interrupted);
      return { value, done: `four validators agree on blocks of chain ${value.ready.chainId}` };
    });
    devnet = running;
    const stopped = new Promise<never>((_, reject) => {
      interrupted.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
    });
    const { summary, holds } = await Promise.race([
      runScenario(running.ready, reporter, started),
      running.died,
      stopped,
    ]);
    await reporter.step('stop', async () => {
      await running.stop();
      const kept =
        home === undefined
          ? 'the devnet has stopped'
          : `openledger devnet --home ${home} continues this chain`;
      return { value: undefined, done: kept };
    });
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    return holds ? 0 : 1;
  } catch (error) {
    await devnet?.stop();
    if (interrupted.aborted) return 130;
    const { code, message } = toFault(error);
    process.stderr.write(`error ${code}: ${message}\n`);
    return 1;
  } finally {
    if (home === undefined) rmSync(directory, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (!options.ok) {
    const { code, message } = options.fault;
    process.stderr.write(`error ${code}: ${message}\n${USAGE}\n`);
    return 2;
  }
  if (options.value.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { home } = options.value;
  if (home !== undefined && !isVacant(resolve(home))) {
    process.stderr.write(
      `error HOME_NOT_EMPTY: ${home} is not empty; --home takes a directory that is absent or empty\n`,
    );
    return 2;
  }
  const interrupted = new AbortController();
  // A signal to the whole process group arrives twice. The second finds the demo stopping already.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  return run(options.value, interrupted.signal);
};

process.exit(await main());
