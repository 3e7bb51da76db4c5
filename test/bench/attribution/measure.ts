/** Measures one subject on one corpus, in a process of its own: what it holds is then what the process holds. */
import { statSync } from 'node:fs';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { type Contribution, grownCorpus, permutedCorpus, rowsOf, type Sample } from './corpus.ts';
import { COMMONS, type OpenEngine } from './engine.ts';
import { hostileOutputs } from './hostile.ts';
import { type Added, addMore, build, DATANET } from './index-bench.ts';
import type { Options, Source } from './options.ts';
import { editedOutputs, grownOutputs, outputsOf, permutedOutputs } from './outputs.ts';
import { type Queried, query } from './query-bench.ts';
import { settle } from './spent.ts';

/** MB are millions of bytes. Times are wall times where they do not say that they are of the processor. */
export type Figures = Queried &
  Added & {
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
  };

const MEGA = 1e6;
const BATCH_BYTES = 16 * MEGA;
const WARMING = 150;

/** About: of what cannot be read, reading it will tell. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const corpusOf = (source: Source, seed: number): Iterable<Contribution> => {
  if (source.kind === 'grown') return grownCorpus(source.bytes, seed);
  if (source.kind === 'permuted') return permutedCorpus(source.bytes, seed, source.phrases);
  const rows = rowsOf(source.corpus, [source.field]);
  return source.bytes === undefined ? rows : grownCorpus(source.bytes, seed, [...rows].flat());
};

const outputsFor = (source: Source, count: number, seed: number, sample: Sample): readonly string[] => {
  if (source.kind === 'permuted') return permutedOutputs(count, seed, source.phrases);
  return (source.kind === 'grown' ? grownOutputs : editedOutputs)(count, seed, sample);
};

/** @throws CodedError of the files read */
export const measure = async (
  open: OpenEngine,
  source: Source,
  { seed, imin, queries, threads, owners, voided }: Options,
  onProgress: (bytes: number) => void,
): Promise<Figures> => {
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: imin };
  // Before anything is built: a file that cannot be read should cost nobody minutes.
  const asked =
    source.kind === 'files' && source.outputs !== undefined
      ? outputsOf(source.outputs, source.field)
      : undefined;
  const engine = await open({
    gram: rules.matchTokensMin,
    scope: {
      datanets: new Map([[DATANET, COMMONS]]),
      voided: new Set(Array.from({ length: voided }, (_, contribution) => contribution)),
    },
    expectedBytes: source.bytes ?? (source.kind === 'files' ? sizeOf(source.corpus) : 0),
  });
  try {
    const built = await build(engine, corpusOf(source, seed), {
      batchBytes: BATCH_BYTES,
      seed: seed + 1,
      owners,
      onProgress,
    });
    const { bytes, contributions, spent, sample } = built;
    const peakMB = (process.resourceUsage().maxRSS * 1024) / MEGA;
    await settle();
    const residentMB = process.memoryUsage().rss / MEGA;
    const indexBytes = engine.indexBytes();
    const outputs = asked ?? outputsFor(source, queries, seed + 2, sample);
    const warming = editedOutputs(WARMING, seed + 3, sample);
    const hostile = hostileOutputs(queries, seed + 5, sample);
    const queried = await query(engine, { warming, outputs, hostile }, rules, threads ?? 1);
    const added = await addMore(engine, built, rules, seed + 4);
    return {
      bytes,
      contributions,
      buildSeconds: spent.ms / 1e3,
      buildCpuSeconds: spent.cpuMs / 1e3,
      buildMBps: bytes / MEGA / (spent.ms / 1e3),
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
