/** What was measured on one corpus, for people and for programs. */
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Figures } from './measure.ts';
import type { Options, Source, Subject } from './options.ts';

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
};

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
});

/** Runnable processes over the last minute, as the system has it. */
export const load = (): number => loadavg()[0] ?? Number.NaN;

export type Run = {
  readonly source: Source;
  /** Load averages before and after. */
  readonly load: readonly [number, number];
  readonly measured: ReadonlyMap<Subject, Figures>;
};

/** Figures of the engine over those of the baseline: above 1, the engine has more of it. */
const RATIOS = [
  'buildMBps',
  'indexBytes',
  'residentMB',
  'p50Ms',
  'p99Ms',
  'hostileP99Ms',
  'addMs',
] as const satisfies readonly (keyof Figures)[];

const ratiosOf = (engine: Figures, baseline: Figures): Readonly<Record<string, number>> =>
  Object.fromEntries(RATIOS.map((name) => [name, engine[name] / baseline[name]]));

/** Which outputs, by their index, the two attribute differently. */
export const disagreements = (one: Figures, other: Figures): readonly number[] =>
  [...one.answers.keys()].filter((i) => one.answers[i] !== other.answers[i]);

const plain = ({ answers: _answers, ...figures }: Figures): Omit<Figures, 'answers'> => figures;

/** One object: the engine's figures, or those of what alone was measured, and beside them the rest. */
export const jsonOf = ({ source, load: seen, measured }: Run, options: Options): string => {
  const [first] = measured.values();
  const engine = measured.get('engine') ?? first;
  const baseline = measured.get('baseline');
  return JSON.stringify({
    ...(engine && plain(engine)),
    ...(engine &&
      baseline &&
      engine !== baseline && {
        baseline: plain(baseline),
        ratios: ratiosOf(engine, baseline),
        sameAttributions: engine.outputs,
      }),
    source,
    // Of the engine as a node runs it; its index alone needs none.
    threads: options.threads ?? null,
    matchBitsMin: options.imin,
    owners: options.owners,
    voided: options.voided,
    seed: options.seed,
    load: seen,
    machine: machine(),
  });
};

const number = (value: number, digits = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const ROWS: readonly (readonly [what: string, value: (figures: Figures) => string, ratio?: keyof Figures])[] =
  [
    ['build, tokenising included, MB/s', ({ buildMBps }) => number(buildMBps, 1), 'buildMBps'],
    ['  seconds', ({ buildSeconds }) => number(buildSeconds, 2), 'buildSeconds'],
    ['  seconds of processor', ({ buildCpuSeconds }) => number(buildCpuSeconds, 2), 'buildCpuSeconds'],
    ['index bytes per byte of text', ({ indexBytesPerByte }) => number(indexBytesPerByte, 2), 'indexBytes'],
    ['resident memory, MB', ({ residentMB }) => number(residentMB), 'residentMB'],
    ['  at its peak, MB', ({ peakMB }) => number(peakMB), 'peakMB'],
    ['one output, p50, ms', ({ p50Ms }) => number(p50Ms, 2), 'p50Ms'],
    ['  p99, ms', ({ p99Ms }) => number(p99Ms, 2), 'p99Ms'],
    ['  p50 of processor, ms', ({ cpuP50Ms }) => number(cpuP50Ms, 2), 'cpuP50Ms'],
    ['  p99 of processor, ms', ({ cpuP99Ms }) => number(cpuP99Ms, 2), 'cpuP99Ms'],
    ['a hostile answer, p50, ms', ({ hostileP50Ms }) => number(hostileP50Ms, 2)],
    ['  p99, ms', ({ hostileP99Ms }) => number(hostileP99Ms, 2), 'hostileP99Ms'],
    ['  p99 of processor, ms', ({ hostileCpuP99Ms }) => number(hostileCpuP99Ms, 2)],
    [
      '  p99 over that of outputs, of processor',
      ({ hostileCpuP99Ms, cpuP99Ms }) => number(hostileCpuP99Ms / cpuP99Ms, 2),
    ],
    ['the picks of an output, p50, ms', ({ picks }) => (picks === undefined ? '' : number(picks.p50Ms, 2))],
    ['  p99, ms', ({ picks }) => (picks === undefined ? '' : number(picks.p99Ms, 2))],
    ['  p50 of processor, ms', ({ picks }) => (picks === undefined ? '' : number(picks.cpuP50Ms, 2))],
    ['  p99 of processor, ms', ({ picks }) => (picks === undefined ? '' : number(picks.cpuP99Ms, 2))],
    ['  on average', ({ picks }) => (picks === undefined ? '' : number(picks.picks, 1))],
    [
      'the picks of a hostile answer, p50, ms',
      ({ picks }) => (picks === undefined ? '' : number(picks.hostileP50Ms, 2)),
    ],
    ['  p99, ms', ({ picks }) => (picks === undefined ? '' : number(picks.hostileP99Ms, 2))],
    ['  p99 of processor, ms', ({ picks }) => (picks === undefined ? '' : number(picks.hostileCpuP99Ms, 2))],
    ['outputs a second, all threads', ({ outputsPerSecond }) => number(outputsPerSecond), 'outputsPerSecond'],
    ['1 MB added, ms', ({ addMs, addedMB }) => number(addMs / addedMB, 1), 'addMs'],
    ['  of processor, ms', ({ addCpuMs, addedMB }) => number(addCpuMs / addedMB, 1), 'addCpuMs'],
  ];

const originOf = (source: Source): string => {
  if (source.kind === 'permuted') return `${source.phrases} phrases of GSM8K in random order`;
  if (source.kind === 'grown') return 'grown from GSM8K';
  return source.bytes === undefined ? source.corpus : `grown from ${source.corpus}`;
};

export const tableOf = ({ source, load: seen, measured }: Run, options: Options): string => {
  const subjects = [...measured];
  const [one] = measured.values();
  if (one === undefined) return '';
  const engine = measured.get('engine');
  const baseline = measured.get('baseline');
  const compared = engine !== undefined && baseline !== undefined;
  const head = ['', ...subjects.map(([subject]) => (subject === 'baseline' ? 'suffix array' : subject))];
  const rows = [
    [...head, ...(compared ? ['ratio'] : [])],
    ...ROWS.map(([what, value, ratio]) => {
      const over =
        compared && ratio !== undefined ? Number(engine[ratio]) / Number(baseline[ratio]) : undefined;
      return [
        what,
        ...subjects.map(([, figures]) => value(figures)),
        ...(over === undefined ? [] : [`× ${number(over, 2)}`]),
      ];
    }),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const { cpu, cores, memoryGB, system, node } = machine();
  const from = `${originOf(source)}${source.bytes === undefined ? '' : `, seed ${options.seed}`}`;
  return [
    `${number(one.bytes / 1e6, 1)} MB, ${number(one.contributions)} contributions (${from}); ${number(one.outputs)} outputs of ${number(one.outputTokens)} tokens, ${number(one.coverageBps)} bps covered at ${options.imin} bits; ${options.owners === 0 ? 'nobody owns it' : `${number(options.owners)} owners`}${options.voided === 0 ? '' : `, the first ${number(options.voided)} void`}`,
    `${cores} × ${cpu}, ${memoryGB} GB, ${system}, Node ${node}; load ${seen.map((each) => number(each, 1)).join(' to ')}; ${options.threads === undefined ? 'one core, in memory' : `in files, threads that answer: ${options.threads}`}`,
    ...lines,
    ...(compared ? [`both attribute all ${number(one.outputs)} outputs alike`] : []),
    '',
  ].join('\n');
};
