/** Measures one engine on one corpus, in a process of its own: what it holds is then what the process holds. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TraceRules } from '../../../src/attribution/tracer.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, fault, invariant, unwrap } from '../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS, Q8 } from '../../../state/attribution/parameters.ts';
import { tokenize } from '../../../state/attribution/pt1.ts';
import { randomFrom } from '../../fuzz/attribution/random.ts';
import { percentile } from '../percentile.ts';
import { type Contribution, grownCorpus, rowsOf, Sample } from './corpus.ts';
import { COMMONS, type Engine, type Contribution as Indexed, type OpenEngine } from './engine.ts';
import type { Options, Source } from './options.ts';
import { editedOutputs, editor, grownOutputs, outputsOf } from './outputs.ts';

/** MB are millions of bytes. Times are wall times where they do not say that they are of the processor. */
export type Figures = {
  readonly bytes: number;
  readonly contributions: number;
  readonly buildSeconds: number;
  readonly buildCpuSeconds: number;
  readonly buildMBps: number;
  readonly indexBytes: number;
  readonly indexBytesPerByte: number;
  /** Once built, and once its garbage is collected: of the process, with the text it samples from. */
  readonly residentMB: number;
  /** While it was built. */
  readonly peakMB: number;
  readonly outputs: number;
  readonly outputTokens: number;
  readonly coverageBps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuP50Ms: number;
  readonly cpuP99Ms: number;
  readonly addedMB: number;
  readonly addMs: number;
  /** By output: a digest of what it was attributed to. */
  readonly answers: readonly string[];
};

const MEGA = 1e6;
/** Contributions are taken from their source, and handed over, by so many bytes. */
const BATCH_BYTES = 4 * MEGA;
const ADDS = 5;
/** Outputs traced before any that is measured, and none of those. */
const WARMING = 150;

/** Collects all garbage, and gives what is freed in the background the time to be. */
const settle = async (): Promise<void> => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  invariant(typeof gc === 'function', 'V8 collects garbage when told to');
  for (let round = 0; round < 2; round++) {
    Reflect.apply(gc, undefined, []);
    await sleep(200);
  }
};

type Spent = { seconds: number; cpuSeconds: number };

/** Adds the time that `work` takes. */
const timed = async (spent: Spent, work: () => void | Promise<void>): Promise<void> => {
  const cpu = process.cpuUsage();
  const since = performance.now();
  await work();
  spent.seconds += (performance.now() - since) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  spent.cpuSeconds += (user + system) / 1e6;
};

/** About: of what cannot be read, reading it will tell. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const corpusOf = (source: Source, seed: number): Generator<Contribution> =>
  source.kind === 'grown' ? grownCorpus(source.bytes, seed) : rowsOf(source.corpus, [source.field]);

const outputsFor = (source: Source, { queries, seed }: Options, sample: Sample): readonly Uint8Array[] =>
  source.kind === 'grown'
    ? grownOutputs(queries, seed + 1, sample)
    : editedOutputs(queries, seed + 1, sample);

/** All is of one Datanet, accepted in the order of seq. */
const DATANET = 0;
const contributionOf = (seq: number, items: readonly Uint8Array[]): Indexed => ({
  seq,
  datanet: DATANET,
  index: seq,
  items,
});

type Built = {
  readonly bytes: number;
  readonly contributions: number;
  readonly spent: Spent;
  readonly sample: Sample;
};

const build = async (
  engine: Engine,
  source: Source,
  { seed }: Options,
  onProgress: (bytes: number) => void,
): Promise<Built> => {
  const sample = new Sample(seed + 2);
  const spent: Spent = { seconds: 0, cpuSeconds: 0 };
  let bytes = 0;
  let contributions = 0;
  let batch: (readonly Uint8Array[])[] = [];
  let batchBytes = 0;
  const flush = async (): Promise<void> => {
    await timed(spent, () => {
      for (const items of batch) {
        engine.add(contributionOf(contributions, items));
        contributions += 1;
      }
    });
    bytes += batchBytes;
    batch = [];
    batchBytes = 0;
    onProgress(bytes);
  };
  for (const texts of corpusOf(source, seed)) {
    const items = texts.map((text) => utf8(text));
    for (const text of texts) sample.pass(text);
    for (const item of items) batchBytes += item.length;
    batch.push(items);
    if (batchBytes >= BATCH_BYTES) await flush();
  }
  await flush();
  await timed(spent, () => engine.seal());
  return { bytes, contributions, spent, sample };
};

type Queried = Pick<
  Figures,
  'outputs' | 'outputTokens' | 'coverageBps' | 'p50Ms' | 'p99Ms' | 'cpuP50Ms' | 'cpuP99Ms' | 'answers'
>;

const PROMPT = unwrap(tokenize(new Uint8Array(0)));
const NO_COMMONS: ReadonlySet<number> = new Set();

const query = (
  engine: Engine,
  warming: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
  rules: TraceRules,
): Queried => {
  const traceOf = (text: Uint8Array) =>
    engine.trace({ output: unwrap(tokenize(text)), prompt: PROMPT }, rules, NO_COMMONS);
  for (const output of warming) traceOf(output);
  const samples: number[] = [];
  const answers: string[] = [];
  const cpuSamples: number[] = [];
  let [tokens, coverage] = [0, 0];
  for (const output of outputs) {
    const cpu = process.cpuUsage();
    const since = performance.now();
    const { attribution } = traceOf(output);
    samples.push(performance.now() - since);
    const { user, system } = process.cpuUsage(cpu);
    cpuSamples.push((user + system) / 1e3);
    coverage += attribution.coverageBps;
    tokens += unwrap(tokenize(output)).count;
    answers.push(createHash('sha256').update(JSON.stringify(attribution)).digest('hex').slice(0, 16));
  }
  return {
    outputs: outputs.length,
    outputTokens: tokens / outputs.length,
    coverageBps: coverage / outputs.length,
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    cpuP50Ms: percentile(cpuSamples, 0.5),
    cpuP99Ms: percentile(cpuSamples, 0.99),
    answers,
  };
};

/** A megabyte more, several times; and what was added is there. @throws CodedError `BENCH_ADDED_LOST` */
const add = async (
  engine: Engine,
  { sample, contributions }: Built,
  seed: number,
  rules: TraceRules,
): Promise<Pick<Figures, 'addedMB' | 'addMs'>> => {
  const next = editor(randomFrom(seed + 3), sample);
  const samples: number[] = [];
  let seq = contributions;
  let bytes = 0;
  let last: Uint8Array = new Uint8Array(0);
  for (let round = 0; round < ADDS; round++) {
    const texts: Uint8Array[] = [];
    for (let size = 0; size < MEGA; size += last.length) {
      last = utf8(`${next()}\n`);
      texts.push(last);
    }
    bytes += texts.reduce((sum, { length }) => sum + length, 0);
    const spent: Spent = { seconds: 0, cpuSeconds: 0 };
    await timed(spent, async () => {
      for (const text of texts) {
        engine.add(contributionOf(seq, [text]));
        seq += 1;
      }
      await engine.seal();
    });
    samples.push(spent.seconds * 1e3);
  }
  const output = unwrap(tokenize(last));
  const { attribution } = engine.trace({ output, prompt: PROMPT }, rules, NO_COMMONS);
  const isMatch =
    output.count >= rules.matchTokensMin &&
    output.count <= rules.matchTokensMax &&
    attribution.total >= Q8 * rules.matchBitsMin;
  if (isMatch && attribution.covered < attribution.total)
    throw new CodedError(fault('BENCH_ADDED_LOST', 'what was added last is not wholly found'));
  return { addedMB: bytes / ADDS / MEGA, addMs: percentile(samples, 0.5) };
};

/** @throws CodedError of the files read */
export const measure = async (
  open: OpenEngine,
  source: Source,
  options: Options,
  onProgress: (bytes: number) => void,
): Promise<Figures> => {
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: options.imin };
  // Before anything is built: a file that cannot be read should cost nobody minutes.
  const asked =
    source.kind === 'files' && source.outputs !== undefined
      ? outputsOf(source.outputs, source.field)
      : undefined;
  const engine = open({
    gram: rules.matchTokensMin,
    scope: { datanets: new Map([[DATANET, COMMONS]]) },
    retired: new Set(),
    expectedBytes: source.kind === 'grown' ? source.bytes : sizeOf(source.corpus),
    threads: options.threads,
  });
  try {
    const built = await build(engine, source, options, onProgress);
    const { bytes, contributions, spent, sample } = built;
    const indexBytes = engine.indexBytes();
    const peakMB = (process.resourceUsage().maxRSS * 1024) / MEGA;
    await settle();
    const residentMB = process.memoryUsage().rss / MEGA;
    const warming = editedOutputs(WARMING, options.seed + 4, sample);
    const queried = query(engine, warming, asked ?? outputsFor(source, options, sample), rules);
    const added = await add(engine, built, options.seed, rules);
    return {
      bytes,
      contributions,
      buildSeconds: spent.seconds,
      buildCpuSeconds: spent.cpuSeconds,
      buildMBps: bytes / MEGA / spent.seconds,
      indexBytes,
      indexBytesPerByte: indexBytes / bytes,
      residentMB,
      peakMB,
      ...queried,
      ...added,
    };
  } finally {
    await engine.close();
  }
};
