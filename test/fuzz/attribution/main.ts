/**
 * `npm run fuzz:attribution -- [--cases N] [--seed S] [--json]`: the engine against the brute-force oracle. Exits with 1
 * and a case made small if they ever differ.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fail, ok, type Result, toFault } from '../../../src/lib/errors.ts';
import { openEngine } from '../../bench/attribution/engine.ts';
import { featureLine, fuzz } from './run.ts';

type Options = { readonly cases: number; readonly seed: number; readonly json: boolean };

const USAGE = 'usage: npm run fuzz:attribution -- [--cases N] [--seed S] [--json]';

const whole = (name: string, text: string): Result<number> =>
  /^\d{1,10}$/.test(text) ? ok(Number(text)) : fail('ARGUMENT_INVALID', `${name} takes a whole number`);

/** Fault `ARGUMENT_INVALID`. */
const parse = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        cases: { type: 'string', default: '100000' },
        seed: { type: 'string', default: `${randomInt(2 ** 32)}` },
        json: { type: 'boolean', default: false },
      },
    });
    const cases = whole('--cases', values.cases);
    if (!cases.ok) return cases;
    const seed = whole('--seed', values.seed);
    if (!seed.ok) return seed;
    return ok({ cases: cases.value, seed: seed.value, json: values.json });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

const PROGRESS_MS = 250;

/** One line on a terminal, written over again and again; nothing elsewhere. */
const progressOn = (stream: NodeJS.WriteStream, cases: number) => {
  let last = 0;
  return (done: number, seconds: number): void => {
    if (!stream.isTTY || (performance.now() - last < PROGRESS_MS && done < cases)) return;
    last = performance.now();
    const perSecond = done / seconds;
    const left = Math.round((cases - done) / perSecond);
    stream.write(
      `\r\x1b[K${done.toLocaleString('en')} of ${cases.toLocaleString('en')} cases, ${Math.round(perSecond)} /s, ${left} s left${done === cases ? '\n' : ''}`,
    );
  };
};

const run = async ({ cases, seed, json }: Options): Promise<number> => {
  const report = await fuzz({ seed, cases, open: openEngine, onProgress: progressOn(process.stderr, cases) });
  const { failure } = report;
  if (json) process.stdout.write(`${JSON.stringify({ ...report, failure: failure ?? null })}\n`);
  else if (failure === undefined)
    process.stdout.write(
      `the engine is the oracle on ${report.cases.toLocaleString('en')} cases from seed ${seed}, in ${report.seconds.toFixed(0)} s\n${featureLine(report)}\n`,
    );
  if (failure === undefined) return 0;
  process.stderr.write(
    `\nerror FUZZ_MISMATCH: case ${report.cases}: ${failure.why}\n` +
      `again: npm run fuzz:attribution -- --seed ${failure.seed} --cases 1\n` +
      `made small: ${JSON.stringify(failure.shrunken)}\n`,
  );
  return 1;
};

const options = parse(process.argv.slice(2));
if (options.ok) process.exitCode = await run(options.value);
else {
  process.stderr.write(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}\n`);
  process.exitCode = 1;
}
