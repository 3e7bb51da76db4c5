/**
 * `npm run bench`: what four validators on this machine do. Everything is counted when it has been executed with success
 * on the slowest node, not when it was accepted. `-- --json` prints one object as the last line.
 */
import { cpus, release, totalmem } from 'node:os';
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { secp256k1Backend } from '../../src/lib/secp256k1.ts';
import { parseStrictly } from '../../tools/lib/options.ts';
import type { Throughput } from './measure.ts';
import { type BenchNetwork, pause, startNetwork } from './network.ts';
import { saturateWithReceipts } from './receipts.ts';
import { createSenders, type Finality, measureFinality, saturateWithTransfers } from './transfers.ts';

type Options = {
  readonly json: boolean;
  readonly help: boolean;
  readonly nodes: number;
  readonly transfers: number;
  readonly batches: number;
  readonly seconds: number;
};

const USAGE = 'usage: npm run bench [-- [--nodes N] [--transfers N] [--batches N] [--seconds N] [--json]]';

/** Fault `ARGUMENT_INVALID`. */
const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseStrictly({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        nodes: { type: 'string', default: '4' },
        transfers: { type: 'string', default: '20000' },
        batches: { type: 'string', default: '20' },
        seconds: { type: 'string', default: '40' },
      },
    });
    const { json, help, nodes, transfers, batches, seconds } = values;
    const wrong = Object.entries({ nodes, transfers, batches, seconds }).find(
      ([, text]) => !/^[1-9][0-9]{0,8}$/.test(text),
    );
    if (wrong !== undefined) return fail('ARGUMENT_INVALID', `--${wrong[0]} takes a whole number above 0`);
    return ok({
      json,
      help,
      nodes: Number(nodes),
      transfers: Number(transfers),
      batches: Number(batches),
      seconds: Number(seconds),
    });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

type Report = {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly nodes: number;
  readonly readyMs: number;
  readonly transfers: Throughput;
  readonly finality: Finality;
  readonly receipts: Throughput;
  readonly memoryMb: { readonly rest: readonly number[]; readonly load: readonly number[] } | 'unknown';
};

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const machine = (): Report['machine'] => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
  secp256k1: secp256k1Backend,
});

/** The most that each node has used while `work` ran. */
const watchMemory = async <T>(
  network: BenchNetwork,
  work: Promise<T>,
): Promise<{ readonly value: T; readonly peak: readonly number[] }> => {
  let peak: readonly number[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      const now = network.residentMb() ?? [];
      peak = now.map((mb, i) => Math.max(mb, peak[i] ?? 0));
      await pause(500);
    }
  })();
  try {
    return { value: await work, peak };
  } finally {
    over = true;
    await watching;
  }
};

const run = async ({ nodes, transfers: count, batches, seconds: maxSeconds }: Options): Promise<Report> => {
  say(`starting ${nodes} nodes`);
  const network = await startNetwork(nodes);
  try {
    await pause(5_000);
    const rest = network.residentMb();
    const senders = await createSenders(network, 40);
    say('transfers until saturation');
    const transfers = await watchMemory(
      network,
      saturateWithTransfers(network, senders, { count, maxSeconds }),
    );
    say(`${Math.round(transfers.value.perSecond)} transfers a second; finality at half of that`);
    const finality = await measureFinality(network, senders, {
      perSecond: transfers.value.perSecond / 2,
      seconds: 15,
    });
    say('receipts until saturation');
    const receipts = await watchMemory(network, saturateWithReceipts(network, { batches, maxSeconds }));
    const load = transfers.peak.map((mb, i) => Math.max(mb, receipts.peak[i] ?? 0));
    return {
      machine: machine(),
      nodes,
      readyMs: network.readyMs,
      transfers: transfers.value,
      finality,
      receipts: receipts.value,
      memoryMb: rest === undefined ? 'unknown' : { rest, load },
    };
  } finally {
    await network.stop();
  }
};

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const span = (values: readonly number[]): string =>
  `${whole(Math.min(...values))} to ${whole(Math.max(...values))}`;

const table = (report: Report): string => {
  const { transfers, receipts, finality, memoryMb } = report;
  const rows: readonly (readonly [string, string, string])[] = [
    ['from the command to block 1, agreed by all', `${whole(report.readyMs)} ms`, '3,000 ms'],
    ['signed transfers', `${whole(transfers.perSecond)} /s`, '1,000 /s'],
    ['receipts, in batches of 1,000', `${whole(receipts.perSecond)} /s`, '5,000 /s'],
    [
      `finality at ${whole(finality.loadPerSecond)} transfers/s, p50`,
      `${whole(finality.p50Ms)} ms`,
      '300 ms',
    ],
    ['the same, p99', `${whole(finality.p99Ms)} ms`, ''],
    ['memory of a node at rest', memoryMb === 'unknown' ? 'unknown' : `${span(memoryMb.rest)} MB`, '250 MB'],
    [
      'memory of a node under load, peak',
      memoryMb === 'unknown' ? 'unknown' : `${span(memoryMb.load)} MB`,
      '250 MB',
    ],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([what, value, aim]) =>
    `${what.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${aim === '' ? '' : `aim ${aim}`}`.trimEnd(),
  );
  const facts = Object.entries(report.machine).map(([name, value]) => `${name} ${value}`);
  return [`${report.nodes} validators; ${facts.join(', ')}`, ...lines, ''].join('\n');
};

const main = async (args: readonly string[]): Promise<number> => {
  const options = parseOptions(args);
  if (!options.ok) {
    say(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}`);
    return 1;
  }
  if (options.value.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  try {
    const report = await run(options.value);
    process.stdout.write(table(report));
    if (options.value.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  } catch (error) {
    const { code, message } = toFault(error);
    say(`error ${code}: ${message}`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
