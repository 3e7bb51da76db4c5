/** The novel runs that the contributions of a segment declared, and which of them has a token of a stretch. */
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { sharedUint32 } from './postings.ts';

/** Arrays that several threads may read. Runs ascend, and do not overlap. */
export type NovelRuns = {
  /** The first run of each contribution, with one more entry for the end: their order is that of the declaration. */
  readonly firsts: Uint32Array;
  /** The first token of each run, and the token after its last one, counted through the segment. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
};

const shared = (from: readonly number[]): Uint32Array => {
  const to = sharedUint32(from.length);
  to.set(from);
  return to;
};

/** Returns the first of ends[from .. to), ascending, that is above a token; `to` if none is. */
const firstAbove = (ends: ArrayLike<number>, from: number, to: number, token: number): number => {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) > token) high = middle;
    else low = middle + 1;
  }
  return low;
};

export class NovelRunsBuilder {
  readonly #firsts: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  get count(): number {
    return this.starts.length;
  }

  /** Begins the next contribution. */
  begin(): void {
    this.#firsts.push(this.count);
  }

  add(start: number, end: number): void {
    this.starts.push(start);
    this.ends.push(end);
  }

  /**
   * Adds those of the item that begins at a token of the segment and has `count` tokens. A declaration may be wrong: what is past
   * the end of the item is left out, and the run keeps its index.
   *
   * @returns the next run: that of a later item
   */
  addItem(runs: readonly NovelRun[], next: number, item: number, from: number, count: number): number {
    let at = next;
    for (let run = runs[at]; run !== undefined && run.item <= item; run = runs[++at])
      this.add(from + Math.min(run.start, count), from + Math.min(run.end, count));
    return at;
  }

  finish(): NovelRuns {
    return {
      firsts: shared([...this.#firsts, this.count]),
      starts: shared(this.starts),
      ends: shared(this.ends),
    };
  }
}

/**
 * Returns the first run of a contribution that has a token of [from, to) and is not struck, by its index in the declaration;
 * undefined if there is none.
 */
export const novelRunOver = (
  novel: NovelRuns,
  source: number,
  from: number,
  to: number,
  struck: ReadonlySet<number> | undefined,
): number | undefined => {
  const first = novel.firsts[source] ?? 0;
  const past = novel.firsts[source + 1] ?? 0;
  for (let run = firstAbove(novel.ends, first, past, from); run < past; run++) {
    const start = novel.starts[run] ?? 0;
    if (start >= to) return undefined;
    // A run may be empty.
    if (start < (novel.ends[run] ?? 0) && struck?.has(run - first) !== true) return run - first;
  }
  return undefined;
};
