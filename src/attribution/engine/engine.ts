/**
 * The attribution engine of a node: an index on disk of the contributions that outputs may be traced to. All work is
 * done by worker threads over shared memory, so the caller's loop never waits for it: one keeps the folder and adds,
 * one merges, the others answer.
 */

import { failWith, invariant, ok } from '../../lib/errors.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import type { Trace } from '../tracer.ts';
import { Thread } from './calls.ts';
import type { KeeperAnswer, KeeperJob } from './keeper-worker.ts';
import type { HashKey } from './lexicon.ts';
import type { Entry, Range } from './manifest.ts';
import type { MergerJob } from './merger-worker.ts';
import { type PackedTexts, packTexts } from './packed-texts.ts';
import type { ReaderAnswer, ReaderJob, TraceRequest } from './reader-worker.ts';
import { holdsWithoutText } from './scope.ts';
import type { Texts } from './segment-builder.ts';
import type { Written } from './segment-file.ts';
import type { Held } from './store.ts';

/** Which contribution's texts are asked for: by its acceptance or, if it is a commons without one, by its contribution id. */
export type Wanted = { readonly datanet: DatanetId } & (
  | { readonly type: 'accepted'; readonly index: number }
  | { readonly type: 'commons'; readonly contribution: ContributionId }
);

export type EngineOptions = {
  /** Made if there is none. Of one process at a time. */
  readonly folder: string;
  /** Bytes of memory that segments may take, and making one beside them. */
  readonly memoryLimit: number;
  /** Threads that answer queries; 1 by default. */
  readonly threads?: number;
  /** The texts of a contribution that was held and whose segment is lost; none if they cannot be had. */
  readonly texts?: (wanted: Wanted) => Promise<Texts | undefined>;
};

export type EngineFigures = {
  readonly segments: number;
  readonly tokens: number;
  /** The number of bytes of memory. */
  readonly bytes: number;
};

/** What the index holds for a Datanet. */
export type Holdings = { readonly accepted: readonly Range[]; readonly commons: readonly number[] };

const beside = (name: string): URL =>
  new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

const joined = (ranges: readonly Range[]): readonly Range[] => {
  const out: [number, number][] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = out.at(-1);
    if (last !== undefined && last[1] >= from) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
};

export class AttributionEngine {
  readonly #keeper = new Thread<KeeperJob, KeeperAnswer>(beside('keeper-worker'));
  readonly #merger = new Thread<MergerJob, Written>(beside('merger-worker'));
  readonly #readers: readonly Thread<ReaderJob, ReaderAnswer>[];
  #turn = 0;
  #key: HashKey = { start: 0, multiplier: 0 };
  readonly #held = new Map<string, Held>();
  #lost: readonly Entry[] = [];
  #bytes = 0;
  /** The merging that goes on, if any. */
  #merging: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(threads: number) {
    invariant(threads >= 1, 'a query needs a thread');
    this.#readers = Array.from(
      { length: threads },
      () => new Thread<ReaderJob, ReaderAnswer>(beside('reader-worker')),
    );
  }

  /**
   * Opens the index of a folder. What is corrupt, truncated, missing or foreign there is never used: it is reported in
   * `faults`, by stable code, and made anew from `texts`. What those do not give stays lost ({@link lost}).
   */
  static async open(
    options: EngineOptions,
  ): Promise<Result<{ readonly engine: AttributionEngine; readonly faults: readonly Fault[] }>> {
    const engine = new AttributionEngine(options.threads ?? 1);
    const opened = await engine.#keep({
      type: 'open',
      folder: options.folder,
      limit: options.memoryLimit,
    });
    if (!opened.ok) {
      await engine.close();
      return opened;
    }
    const faults = [...opened.value.faults];
    if (options.texts !== undefined)
      for (const entry of engine.#lost) faults.push(...(await engine.#restore(entry, options.texts)));
    engine.#merge();
    return ok({ engine, faults });
  }

  /**
   * Adds contributions of one Datanet, in any order: on the disk, and in every answer, once this is resolved; all of
   * them or, at a fault, none. Faults: see `IndexStore.add`, and those of the threads.
   */
  async add(datanet: DatanetId, contributions: readonly Texts[]): Promise<Result<void>> {
    const added = await this.#keepTexts({ type: 'add', datanet, texts: packTexts(contributions) });
    if (!added.ok) return added;
    this.#merge();
    return ok(undefined);
  }

  /**
   * Takes the texts of contributions out of memory and files for good, when content is shredded. They stay known, so
   * that nothing is missing, and hold nothing, so that they answer nothing.
   */
  async erase(datanet: DatanetId, contributions: ReadonlySet<ContributionId>): Promise<Result<void>> {
    const erased = await this.#keep({ type: 'erase', datanet, contributions });
    return erased.ok ? ok(undefined) : erased;
  }

  /**
   * Traces an output to the first eligible holders of its words. Faults: `TEXT_LONE_SURROGATE`; `INDEX_INCOMPLETE` if
   * the index does not hold all that is eligible, as the answer would be wrong; those of the threads.
   */
  async trace(request: TraceRequest): Promise<Result<Trace>> {
    const missing = this.#missing(request.scope.datanets);
    if (missing !== undefined) return failWith(missing);
    const traced = await this.#ask({ type: 'trace', request });
    if (!traced.ok) return traced;
    invariant(traced.value !== undefined, 'a trace is answered by a trace');
    return ok(traced.value);
  }

  /** Returns what it holds for a Datanet. */
  holdings(datanet: DatanetId): Holdings {
    const entries = [...this.#held.values()]
      .map(({ entry }) => entry)
      .filter((entry) => entry.datanet === datanet);
    return {
      accepted: joined(entries.flatMap(({ accepted }) => accepted)),
      commons: entries.flatMap(({ commons }) => commons).toSorted((a, b) => a - b),
    };
  }

  /** Whether it holds a contribution of a Datanet without its text: an entry without items was added, or it was erased. */
  isWithoutText(datanet: DatanetId, contribution: ContributionId): boolean {
    return [...this.#held.values()].some(
      ({ segment }) => segment.datanet === datanet && holdsWithoutText(segment, contribution),
    );
  }

  /** Segments that were found to be lost, and could not be made anew. */
  get lost(): readonly Entry[] {
    return this.#lost;
  }

  get figures(): EngineFigures {
    const tokens = [...this.#held.values()].reduce((sum, { entry }) => sum + entry.tokens, 0);
    return { segments: this.#held.size, tokens, bytes: this.#bytes };
  }

  /** Resolves when no merging is due: for tests and measurements. */
  settled(): Promise<void> {
    return this.#merging;
  }

  /** Closes the engine. Everything acknowledged is on the disk; work that is not finished is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#keeper, this.#merger, ...this.#readers].map((thread) => thread.close()));
  }

  /** Hands texts over to the keeper, which copies nothing. */
  #keepTexts(job: Extract<KeeperJob, { readonly texts: PackedTexts }>): Promise<Result<KeeperAnswer>> {
    return this.#keep(job, [job.texts.bytes.buffer]);
  }

  /** Has the keeper do something, and tells every reader what has changed. */
  async #keep(job: KeeperJob, handed: readonly ArrayBuffer[] = []): Promise<Result<KeeperAnswer>> {
    const kept = await this.#keeper.call(job, handed);
    if (!kept.ok) return kept;
    const { key, lost, bytes, added, removed } = kept.value;
    this.#key = key;
    this.#lost = lost;
    this.#bytes = bytes;
    for (const held of added) this.#held.set(held.entry.file, held);
    for (const file of removed) this.#held.delete(file);
    if (added.length === 0 && removed.length === 0) return kept;
    const sent = added.map(({ entry, segment }) => [entry.file, segment] as const);
    const told = await Promise.all(
      this.#readers.map((reader) => reader.call({ type: 'segments', key, added: sent, removed })),
    );
    return told.find((each) => !each.ok) === undefined
      ? kept
      : fail('INDEX_WORKER_DIED', 'a worker thread died');
  }

  #ask(job: ReaderJob): Promise<Result<ReaderAnswer>> {
    this.#turn = (this.#turn + 1) % this.#readers.length;
    const reader = this.#readers[this.#turn];
    invariant(reader !== undefined, 'a query needs a thread');
    return reader.call(job);
  }

  async #restore(entry: Entry, texts: NonNullable<EngineOptions['texts']>): Promise<readonly Fault[]> {
    const { datanet, file } = entry;
    const wanted: Wanted[] = entry.commons.map((contribution) => ({
      datanet,
      type: 'commons',
      contribution,
    }));
    for (const [from, to] of entry.accepted)
      for (let index = from; index < to; index++) wanted.push({ datanet, type: 'accepted', index });
    const contributions: Texts[] = [];
    for (const each of wanted) {
      const found = await texts(each);
      if (found === undefined) return [];
      contributions.push(found);
    }
    const restored = await this.#keepTexts({ type: 'restore', file, texts: packTexts(contributions) });
    return restored.ok ? [] : [restored.fault];
  }

  /** Merges until nothing is to be merged; a merge that fails leaves everything as it was. */
  #merge(): void {
    this.#merging = this.#merging.then(async () => {
      while (!this.#closed) {
        const asked = await this.#keep({ type: 'merge' });
        if (!asked.ok || asked.value.merge === undefined) return;
        const { files, path, free } = asked.value.merge;
        const segments = files
          .map((file) => this.#held.get(file)?.segment)
          .filter((each) => each !== undefined);
        const written = await this.#merger.call({ key: this.#key, segments, free, path });
        if (!written.ok) return;
        const kept = await this.#keep({ type: 'merged', files, written: written.value });
        if (!kept.ok) return;
      }
    });
  }

  /** Returns the fault of a query whose answer would be wrong, because the index lacks something eligible. */
  #missing(datanets: ReadonlyMap<number, number>): Fault | undefined {
    for (const [datanet, count] of datanets) {
      const lost = this.#lost.find((entry) => entry.datanet === datanet);
      const [first] = this.holdings(datanet).accepted;
      const held = first?.[0] === 0 ? first[1] : 0;
      if (lost === undefined && (count === 0 || held >= count)) continue;
      return {
        code: 'INDEX_INCOMPLETE',
        message: `of Datanet ${datanet} the first ${count} contributions are eligible, and not all are in the index`,
        data: { datanet, count, held },
      };
    }
    return undefined;
  }
}
