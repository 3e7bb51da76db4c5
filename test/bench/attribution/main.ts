/**
 * `npm run bench:attribution`: what it costs to build an index, to add to it, and to trace outputs. Each subject is measured
 * in a process of its own, one after the other. `-- --json` prints one object, a line, for every corpus.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CodedError, fault, toFault } from '../../../src/lib/errors.ts';
import { openEngine } from './engine.ts';
import { type Figures, measure } from './measure.ts';
import { argumentsOf, type Options, parseOptions, type Source, type Subject, USAGE } from './options.ts';
import { disagreements, jsonOf, load, type Run, tableOf } from './report.ts';
import { openSuffixArray } from './suffix-index.ts';
import { openWholeEngine } from './whole-engine.ts';

const ENTRY = fileURLToPath(import.meta.url);

const say = (text: string): void => {
  process.stderr.write(text);
};

const progress = (subject: Subject, source: Source) => {
  const total = source.bytes === undefined ? '' : ` of ${Math.round(source.bytes / 1e6)}`;
  return (bytes: number): void => {
    if (process.stderr.isTTY) say(`\r\x1b[K${subject}: ${Math.round(bytes / 1e6)}${total} MB`);
  };
};

/** In this process; the figures go to stdout. */
const measureHere = async (subject: Subject, source: Source, options: Options): Promise<void> => {
  const { threads } = options;
  const openedBy = threads === undefined ? openEngine : openWholeEngine(threads);
  const open = subject === 'engine' ? openedBy : openSuffixArray;
  const figures = await measure(open, source, options, progress(subject, source));
  if (process.stderr.isTTY) say('\r\x1b[K');
  process.stdout.write(`${JSON.stringify(figures)}\n`);
};

const STOPPING = ['SIGINT', 'SIGTERM'] as const;

/** In another process. @returns undefined if it failed, which it has said itself */
const measureApart = (subject: Subject, source: Source, options: Options): Promise<Figures | undefined> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [ENTRY, ...argumentsOf(source, subject, options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // It is of no use without this process.
    for (const signal of STOPPING) process.once(signal, (each) => child.kill(each));
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(out) as Figures);
      else {
        if (signal !== null) say(`error BENCH_KILLED: measuring the ${subject} was ended by ${signal}\n`);
        resolve(undefined);
      }
    });
  });

/** @throws CodedError `BENCH_DISAGREES` */
const runOn = async (source: Source, options: Options): Promise<Run | undefined> => {
  const before = load();
  const measured = new Map<Subject, Figures>();
  for (const subject of options.subjects) {
    const figures = await measureApart(subject, source, options);
    if (figures === undefined) return undefined;
    measured.set(subject, figures);
  }
  const [engine, baseline] = [measured.get('engine'), measured.get('baseline')];
  if (engine !== undefined && baseline !== undefined) {
    const differ = disagreements(engine, baseline);
    if (differ.length > 0)
      throw new CodedError(
        fault(
          'BENCH_DISAGREES',
          `the engine and the suffix array attribute ${differ.length} outputs differently`,
          {
            outputs: differ.map(String),
          },
        ),
      );
  }
  return { source, load: [before, load()], measured };
};

const main = async (options: Options): Promise<number> => {
  const [subject] = options.subjects;
  if (options.alone && subject !== undefined) {
    for (const source of options.sources) await measureHere(subject, source, options);
    return 0;
  }
  for (const source of options.sources) {
    const run = await runOn(source, options);
    if (run === undefined) return 1;
    (options.json ? process.stderr : process.stdout).write(`${tableOf(run, options)}\n`);
    if (options.json) process.stdout.write(`${jsonOf(run, options)}\n`);
  }
  return 0;
};

const options = parseOptions(process.argv.slice(2));
if (!options.ok) {
  say(`error ${options.fault.code}: ${options.fault.message}\n${USAGE}\n`);
  process.exitCode = 1;
} else if (options.value.help) process.stdout.write(`${USAGE}\n`);
else
  try {
    process.exitCode = await main(options.value);
  } catch (error) {
    const { code, message } = toFault(error);
    say(`error ${code}: ${message}\n`);
    process.exitCode = 1;
  }
