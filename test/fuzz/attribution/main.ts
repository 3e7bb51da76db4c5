/**
 * `npm run fuzz:attribution -- [--cases N] [--seed S] [--whole] [--json]`: the engine's index against the
 * brute-force oracle, or, with `--whole`, the engine as a node runs it, in files and threads, opened for every case. Exits with 1
 * and a case made small if they ever differ.
 */
import { randomInt } from 'node:crypto';
import { fail, ok, type Result, toFault } from '../../../src/lib/errors.ts';
import { parseStrictly } from '../../../tools/lib/options.ts';
import { openEngine } from '../../bench/attribution/engine.ts';
import { openWholeEngine } from '../../bench/attribution/whole-engine.ts';
import { progressOn, wholeNumber } from '../terminal.ts';
import { heldWholly } from './cases.ts';
import { featureLine, fuzz } from './run.ts';

type Options = {
  readonly cases: number;
  readonly seed: number;
  readonly whole: boolean;
  readonly json: boolean;
  readonly help: boolean;
};

const CASES = 100_000;
const WHOLE_CASES = 1000;

const USAGE = 'usage: npm run fuzz:attribution -- [--cases N] [--seed S] [--whole] [--json]';

/** Fault `ARGUMENT_INVALID`. */
const parse = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseStrictly({
      args: [...args],
      options: {
        cases: { type: 'string' },
        seed: { type: 'string', default: `${randomInt(2 ** 32)}` },
        whole: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const cases = wholeNumber('--cases', values.cases ?? `${values.whole ? WHOLE_CASES : CASES}`);
    if (!cases.ok) return cases;
    const seed = wholeNumber('--seed', values.seed);
    if (!seed.ok) return seed;
    const { whole, json, help } = values;
    return ok({ cases: cases.value, seed: seed.value, whole, json, help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

const run = async ({ cases, seed, whole, json }: Options): Promise<number> => {
  const report = await fuzz({
    seed,
    cases,
    ...(whole ? { open: openWholeEngine(1), adapt: heldWholly } : { open: openEngine }),
    onProgress: progressOn(process.stderr, cases, 'cases'),
  });
  const { failure } = report;
  if (json) process.stdout.write(`${JSON.stringify({ ...report, failure: failure ?? null })}\n`);
  else if (failure === undefined)
    process.stdout.write(
      `the engine is the oracle on ${report.cases.toLocaleString('en')} cases from seed ${seed}, in ${report.seconds.toFixed(0)} s\n${featureLine(report)}\n`,
    );
  if (failure === undefined) return 0;
  process.stderr.write(
    `\nerror FUZZ_MISMATCH: case ${report.cases}: ${failure.why}\n` +
      `again: npm run fuzz:attribution -- --seed ${failure.seed} --cases 1${whole ? ' --whole' : ''}\n` +
      `made small: ${JSON.stringify(failure.shrunken)}\n`,
  );
  return 1;
};

const options = parse(process.argv.slice(2));
if (options.ok && options.value.help) process.stdout.write(`${USAGE}\n`);
else if (options.ok) process.exitCode = await run(options.value);
else {
  process.stderr.write(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}\n`);
  process.exitCode = 1;
}
