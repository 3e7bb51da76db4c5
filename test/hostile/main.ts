/**
 * `npm run hostile`: every attack against two of four nodes on this machine, and what honest users see meanwhile. Each row
 * is printed as soon as it is judged. `-- --json` prints one object as the last line, and the rows to stderr. Ends with 1
 * if a bound does not hold.
 */
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../../tools/lib/options.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { type HostileReport, runHostile } from './run.ts';
import { createTable } from './table.ts';

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
    const { values } = parseStrictly({
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
    const unknown = names.filter((name) => ATTACKS.every((attack) => attack.name !== name));
    if (unknown.length > 0)
      return fail(
        'ARGUMENT_INVALID',
        `no attack is named ${unknown.map((name) => JSON.stringify(name)).join(' or ')}; the attacks are ${ATTACKS.map(({ name }) => name).join(', ')}`,
      );
    const attacks = ATTACKS.filter(({ name }) => names.includes(name));
    return ok({ json, help, list, seconds: Number(seconds), attacks });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Prints each row when it is there. What is for a machine stands alone on stdout. */
const run = async (attacks: readonly Attack[], seconds: number, json: boolean): Promise<HostileReport> => {
  const print = json ? say : (text: string): void => void process.stdout.write(`${text}\n`);
  const table = createTable(attacks, seconds);
  const report = await runHostile({
    attacks,
    seconds,
    onProgress: say,
    onQuiet: (quiet) => print(`${table.head}\n${table.quiet(quiet)}`),
    onControl: (name, control) => print(table.control(name, control)),
    onReport: (each) => print(table.row(each)),
  });
  print(table.end(report));
  return report;
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
    const report = await run(attacks, seconds, json);
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.ok ? 0 : 1;
  } catch (error) {
    const { code, message } = toFault(error);
    say(`error ${code}: ${message}`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
