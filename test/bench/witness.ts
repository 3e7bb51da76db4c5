/**
 * `npm run bench:witness [-- --rounds N] [--json]`: how large witnesses are and how long the judge takes with them, decoding
 * included, against the limits of docs/disputes.md#how-it-is-checked. Exits with 1 if one is passed. On
 * a busy machine the 99th percentile is that of the scheduler, so it is told, and the median decides.
 */
import { toFault, unwrap } from '../../src/lib/errors.ts';
import { WITNESS_BYTES_MAX, WitnessType } from '../../state/attribution/witness/types.ts';
import { parseStrictly } from '../../tools/lib/options.ts';
import { witnessCases } from './witness-cases.ts';
import type { WitnessCase } from './witness-texts.ts';

const BYTES_TYPICAL = 10_000;
const JUDGE_MS = 1;

type Measured = {
  readonly name: string;
  readonly worst: boolean;
  readonly bytes: number;
  readonly medianMs: number;
  readonly p99Ms: number;
};

const quantile = (sorted: readonly number[], of: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? 0;

const measure = ({ name, worst, witness, judge }: WitnessCase, rounds: number): Measured => {
  const encoded = WitnessType.encode(witness);
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const before = performance.now();
    const verdict = judge(unwrap(WitnessType.decode(encoded)));
    times.push(performance.now() - before);
    // What is not upheld was not judged to the end.
    unwrap(verdict);
  }
  // The first ones are before the code was compiled.
  const sorted = times.slice(rounds >> 2).sort((a, b) => a - b);
  return {
    name,
    worst,
    bytes: encoded.length,
    medianMs: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
};

const line = ({ name, worst, bytes, medianMs, p99Ms }: Measured): string =>
  `${worst ? 'worst  ' : 'typical'}  ${name.padEnd(20)} ${bytes.toLocaleString('en').padStart(7)} bytes  ${medianMs.toFixed(3)} ms median  ${p99Ms.toFixed(3)} ms p99`;

const run = (rounds: number, json: boolean): number => {
  const measured = witnessCases().map((each) => measure(each, rounds));
  process.stdout.write(json ? `${JSON.stringify(measured)}\n` : `${measured.map(line).join('\n')}\n`);
  const past = measured.filter(
    ({ worst, bytes, medianMs }) =>
      bytes > (worst ? WITNESS_BYTES_MAX : BYTES_TYPICAL) || medianMs > JUDGE_MS,
  );
  for (const { name, worst } of past)
    process.stderr.write(`error BENCH_LIMIT: ${worst ? 'worst' : 'typical'} ${name} is past the limits\n`);
  return past.length === 0 ? 0 : 1;
};

const USAGE = 'usage: npm run bench:witness -- [--rounds N] [--json] [--help]\n';

try {
  const { values } = parseStrictly({
    options: {
      rounds: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(USAGE);
  else process.exitCode = run(Math.max(8, Number.parseInt(values.rounds, 10) || 0), values.json);
} catch (error) {
  process.stderr.write(`error ARGUMENT_INVALID: ${toFault(error).message}\n${USAGE}`);
  process.exitCode = 1;
}
