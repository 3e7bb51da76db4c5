/**
 * `npm run fuzz:disputes -- [--disputes N] [--seed S] [--json]`: random claims, declarations, commitments and bytes, held
 * against the judge. Exits with 1 and the command that does it again if a false one has no witness that is upheld, or a
 * true one falls.
 */
import { randomInt } from 'node:crypto';
import { fail, ok, type Result, toFault } from '../../../src/lib/errors.ts';
import { parseStrictly } from '../../../tools/lib/options.ts';
import { progressOn, wholeNumber } from '../terminal.ts';
import { type DisputeReport, dispute } from './run.ts';

type Options = {
  readonly disputes: number;
  readonly seed: number;
  readonly json: boolean;
  readonly help: boolean;
};

const USAGE = 'usage: npm run fuzz:disputes -- [--disputes N] [--seed S] [--json]';

/** Fault `ARGUMENT_INVALID`. */
const parse = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseStrictly({
      args: [...args],
      options: {
        disputes: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: `${randomInt(2 ** 31)}` },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const disputes = wholeNumber('--disputes', values.disputes);
    if (!disputes.ok) return disputes;
    const seed = wholeNumber('--seed', values.seed);
    if (!seed.ok) return seed;
    return ok({ disputes: disputes.value, seed: seed.value, json: values.json, help: values.help });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

const countLines = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `  ${count.toLocaleString('en').padStart(11)}  ${name}`)
    .join('\n');

const textOf = (report: DisputeReport): string =>
  [
    `${report.disputes.toLocaleString('en')} disputes from seed ${report.seed}, in ${report.seconds.toFixed(0)} s`,
    `judged in ${(1000 * report.meanJudgeMs).toFixed(0)} µs on average; the largest witness has ${report.largestBytes} bytes`,
    'upheld, of what is false:',
    countLines(report.upheld),
    'refuted:',
    countLines(report.refuted),
    report.failure === undefined
      ? 'holds: whatever is false has a witness that is upheld, and nothing true has fallen'
      : `does not hold: ${report.failure.why}`,
  ].join('\n');

const run = ({ disputes, seed, json }: Options): number => {
  const report = dispute({ seed, disputes, onProgress: progressOn(process.stderr, disputes, 'disputes') });
  const { failure } = report;
  if (json) process.stdout.write(`${JSON.stringify({ ...report, failure: failure ?? null })}\n`);
  else process.stdout.write(`${textOf(report)}\n`);
  if (failure === undefined) return 0;
  process.stderr.write(
    `\nerror FUZZ_DISPUTE: after ${report.disputes} disputes: ${failure.why}\n` +
      `again: npm run fuzz:disputes -- --seed ${report.seed} --disputes ${report.disputes + 1}\n`,
  );
  return 1;
};

const options = parse(process.argv.slice(2));
if (options.ok && options.value.help) process.stdout.write(`${USAGE}\n`);
else if (options.ok) process.exitCode = run(options.value);
else {
  process.stderr.write(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}\n`);
  process.exitCode = 1;
}
