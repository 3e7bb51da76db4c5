/** The arguments of `npm run loaded`. */
import { parseArgs } from 'node:util';
import { fail, ok, type Result, toFault } from '../../src/lib/errors.ts';
import { parseStrictly } from '../lib/options.ts';
import { JOBS, type JobName } from './jobs.ts';

export type Options = {
  /** Whether to print only the usage. */
  readonly help: boolean;
  readonly json: boolean;
  /** The number of busy processes beside the job. */
  readonly busy: number;
  /** The number of runs, one after the other. */
  readonly times: number;
  /** Where the logs of failed runs are kept; undefined for a new folder for temporary files. */
  readonly logs: string | undefined;
  readonly job: JobName;
  /** The arguments of the job. */
  readonly args: readonly string[];
};

export const USAGE = `usage: npm run loaded -- [--busy N] [--times N] [--logs DIR] [--json] JOB [arguments of the job]

  JOB         ${Object.entries(JOBS)
    .map(([name, { what }]) => `${name.padEnd(8)} ${what}`)
    .join('\n              ')}
  --busy N    how many busy processes run beside it (default: 8)
  --times N   how often it runs, one after the other (default: 1)
  --logs DIR  where the output of failed runs is kept (default: a new folder for temporary files)
  --json      print one JSON object on stdout, and the rest on stderr
  -h, --help  print this`;

const OPTIONS = {
  busy: { type: 'string', default: '8' },
  times: { type: 'string', default: '1' },
  logs: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const isJob = (name: string | undefined): name is JobName => name !== undefined && Object.hasOwn(JOBS, name);

const count = (text: string, most: number): number | undefined =>
  /^[0-9]{1,4}$/.test(text) && Number(text) <= most ? Number(text) : undefined;

/** Parses the arguments; those after the name of the job belong to the job. Fault `ARGUMENT_INVALID`. */
export const parseOptions = (args: readonly string[]): Result<Options> => {
  try {
    const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
    const first = tokens.find(({ kind }) => kind === 'positional')?.index ?? args.length;
    const { values } = parseStrictly({ args: args.slice(0, first), options: OPTIONS });
    const job = args[first];
    const busy = count(values.busy, 1_000);
    const times = count(values.times, 1_000);
    if (busy === undefined || times === undefined || times === 0)
      return fail('ARGUMENT_INVALID', '--busy takes a number up to 1000, and --times one from 1 to 1000');
    const { help, json, logs } = values;
    if (help) return ok({ help, json, busy, times, logs, job: 'demo', args: [] });
    if (!isJob(job)) return fail('ARGUMENT_INVALID', `name a job to run: ${Object.keys(JOBS).join(', ')}`);
    return ok({ help, json, busy, times, logs, job, args: args.slice(first + 1) });
  } catch (error) {
    return fail('ARGUMENT_INVALID', toFault(error).message);
  }
};
