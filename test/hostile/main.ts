/**
 * `npm run hostile`: every attack against two of four nodes on this machine, and what honest users see meanwhile.
 * `-- --json` prints one object as the last line. Ends with 1 if a bound does not hold.
 */
import { parseArgs } from 'node:util';
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { type AttackReport, type HostileReport, runHostile } from './run.ts';

const USAGE = 'usage: npm run hostile [-- [--only NAME,...] [--seconds N] [--list] [--json]]';

type Options = {
  readonly json: boolean;
  readonly help: boolean;
  readonly list: boolean;
  readonly seconds: number;
  readonly attacks: readonly Attack[];
};

/** Fault `ARGUMENT_INVALID`. */
const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        list: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '20' },
        only: { type: 'string' },
      },
    });
    const { json, help, list, seconds, only } = values;
    if (!/^[1-9][0-9]{0,3}$/.test(seconds))
      return fail('ARGUMENT_INVALID', '--seconds takes a whole number from 1 to 9999');
    const names = only?.split(',') ?? ATTACKS.map(({ name }) => name);
    const unknown = names.find((name) => ATTACKS.every((attack) => attack.name !== name));
    if (unknown !== undefined)
      return fail('ARGUMENT_INVALID', `no attack is named ${unknown}; --list names all of them`);
    const attacks = ATTACKS.filter(({ name }) => names.includes(name));
    return ok({ json, help, list, seconds: Number(seconds), attacks });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

const row = ({ name, bytes, honestP99Ms, blocks, peakRssMB, ok: held }: AttackReport): readonly string[] => [
  held ? 'holds' : 'BROKEN',
  name,
  `${(bytes / 2 ** 20).toFixed(1)} MiB`,
  honestP99Ms === null ? 'ended' : `${honestP99Ms} ms`,
  String(blocks),
  peakRssMB === null ? 'unknown' : `${peakRssMB} MB`,
];

const table = ({ attacks, quiet, seconds }: HostileReport): string => {
  const none = { name: 'without an attack', bytes: 0, ...quiet, ok: true, broken: [] };
  const rows = [
    ['', 'attack', 'sent', 'honest p99', `blocks in ${seconds} s`, 'memory'],
    row(none),
    ...attacks.map(row),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const broken = attacks.flatMap(({ name, broken: each }) => each.map((what) => `${name}: ${what}`));
  return `${[...lines, ...broken].join('\n')}\n`;
};

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const main = async (args: readonly string[]): Promise<number> => {
  const options = parseOptions(args);
  if (!options.ok) {
    say(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}`);
    return 1;
  }
  const { json, help, list, seconds, attacks } = options.value;
  if (help || list) {
    const names = ATTACKS.map(({ name, what }) => `${name}: ${what}`);
    process.stdout.write(`${help ? USAGE : names.join('\n')}\n`);
    return 0;
  }
  try {
    const report = await runHostile({ attacks, seconds, progress: say });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : table(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    const { code, message } = toFault(error);
    say(`error ${code}: ${message}`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
