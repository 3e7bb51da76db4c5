/**
 * `npm run demo`: four validators, real data and real model outputs, whose fees are paid to the contributors that the
 * outputs trace to, to the last base unit. The exit code is 0 only if every check holds, 1 if one does not or something
 * broke, 2 for bad arguments, 130 if interrupted.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Program, startProgram } from '../../src/cli/liar/programs.ts';
import { WATCHED_WINDOW } from '../../src/cli/liar/windows.ts';
import { toFault } from '../../src/lib/errors.ts';
import { makeDirectory } from '../../src/lib/files.ts';
import { errorText, jsonLine } from '../lib/say.ts';
import { createStepReporter } from '../lib/step-reporter.ts';
import { readyOf } from './devnet-ready.ts';
import { PATIENCE, withGenesis } from './genesis.ts';
import { nextSteps } from './next-steps.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { runScenario } from './scenario.ts';

/** Writes the result to stdout. @throws the error of the system: without its result the demo has not done what was asked */
const written = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(text, (error) =>
      error === null || error === undefined ? resolve() : reject(error),
    );
  });

const isVacant = (directory: string): boolean =>
  !existsSync(directory) || readdirSync(directory).length === 0;

const run = async ({ lie, json, home }: Options, interrupted: AbortSignal): Promise<number> => {
  const started = performance.now();
  // With --json, stdout has only the summary.
  const out = json ? process.stderr : process.stdout;
  const directory = home === undefined ? mkdtempSync(join(tmpdir(), 'openledger-demo-')) : resolve(home);
  const folder = join(directory, 'demo');
  /** In the order in which they were started. They are stopped in the opposite order. */
  const programs: Program[] = [];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const stopped = (): never => {
    throw new Error('interrupted');
  };
  const start = (verb: string, args: readonly string[], log?: string): Program => {
    if (interrupted.aborted) stopped();
    const program = startProgram(verb, args, log);
    program.died.catch(broken.reject);
    programs.push(program);
    return program;
  };
  const stopAll = async (): Promise<void> => {
    for (const program of programs.splice(0).toReversed()) await program.stop();
  };
  interrupted.addEventListener('abort', () => broken.reject(new Error('interrupted')), { once: true });
  let isKept = home !== undefined;
  try {
    const reporter = createStepReporter(out);
    reporter.print('openledger demo: real data, real model outputs, four validators\n');
    const ready = await reporter.step('devnet', async (progress) => {
      progress('four validators start');
      const value = await withGenesis(lie ? WATCHED_WINDOW : undefined, async (genesis) => {
        const devnet = start('devnet', ['--nodes', '4', '--home', directory, '--genesis', genesis]);
        return readyOf(await Promise.race([devnet.first, broken.promise]));
      });
      return { value, done: `four validators agree on blocks of chain ${value.chainId}` };
    });
    makeDirectory(folder);
    const service = (verb: string, node: number, key: string) => (): Program =>
      start(
        verb,
        ['--home', directory, '--rpc', ready.nodes[node]?.rpc ?? '', '--key', key, ...PATIENCE],
        join(folder, `${verb}.log`),
      );
    const stage = {
      ready,
      startAttestor: service('attest', 2, 'attestor-1'),
      startWatcher: service('watch', 1, 'bob'),
      folder,
      lie,
    };
    const { summary, holds, receipt } = await Promise.race([
      runScenario(stage, reporter, started),
      broken.promise,
    ]);
    await reporter.step('stop', async () => {
      await stopAll();
      return { value: undefined, done: 'the attestor, the watcher and the four validators have stopped' };
    });
    isKept ||= !json;
    if (isKept) reporter.print(nextSteps(directory, receipt));
    if (json) await written(jsonLine(summary));
    return holds ? 0 : 1;
  } catch (error) {
    await stopAll();
    if (interrupted.aborted) return 130;
    process.stderr.write(errorText(toFault(error)));
    return 1;
  } finally {
    if (!isKept) rmSync(directory, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2));
  if (!options.ok) {
    process.stderr.write(`${errorText(options.fault)}${USAGE}\n`);
    return 2;
  }
  if (options.value.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { home } = options.value;
  if (home !== undefined && !isVacant(resolve(home))) {
    const message = `${home} is not empty; --home takes a directory that is absent or empty`;
    process.stderr.write(errorText({ code: 'HOME_NOT_EMPTY', message }));
    return 2;
  }
  const interrupted = new AbortController();
  // A signal to the whole process group arrives twice. The second finds the demo stopping already.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  return run(options.value, interrupted.signal);
};

process.exit(await main());
