/**
 * Which chunks bear a phrase (docs/attribution.md#relevance): of the first three in which it stands, those in which a token of
 * it is novel. In memory, and simple.
 */
import type { TokenRun } from '../../../src/attribution/novelty.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import { BEARERS_MAX, type ChunkPlace } from '../../../state/attribution/relevance.ts';
import type { Contribution } from '../collections.ts';
import { phrasesOf, type Words } from './words.ts';

const NONE: readonly number[] = [];

export class PhraseIndex {
  readonly #words: Words;
  readonly #before: PhraseIndex | undefined;
  readonly #from: number;
  readonly #chunks: ChunkPlace[] = [];
  readonly #chunksOf = new Map<string, number[]>();

  /**
   * @param before - an index of contributions that all come before those of this one. It must not change any more.
   */
  constructor(words: Words, before?: PhraseIndex) {
    this.#words = words;
    this.#before = before;
    this.#from = before?.size ?? 0;
  }

  /** The number of chunks, which are numbered in their order. */
  get size(): number {
    return this.#from + this.#chunks.length;
  }

  chunkAt(number: number): ChunkPlace {
    const chunk = number < this.#from ? this.#before?.chunkAt(number) : this.#chunks[number - this.#from];
    if (chunk === undefined) throw new RangeError(`no chunk ${number}`);
    return chunk;
  }

  /** Returns the numbers of the chunks that bear a phrase, ascending. */
  bearersOf(key: string): readonly number[] {
    return this.#standing(key).filter((chunk) => chunk >= 0);
  }

  /** Returns the first chunks in which a phrase stands, in their order. Where no token of it is novel, it is `~number`. */
  #standing(key: string): readonly number[] {
    const earlier = this.#before === undefined ? NONE : this.#before.#standing(key);
    const own = this.#chunksOf.get(key) ?? NONE;
    if (own.length === 0 || earlier.length === BEARERS_MAX) return earlier;
    return earlier.length === 0 ? own : [...earlier, ...own].slice(0, BEARERS_MAX);
  }

  /**
   * Adds contributions, which have to come after all that were added.
   * @param novel - the novel runs of each item, in the order of the contributions
   */
  addAll(contributions: readonly Contribution[], novel: readonly (readonly TokenRun[])[]): this {
    let at = 0;
    for (const { contribution, items, commons } of contributions)
      for (const [item, { tokens }] of items.entries()) {
        const runs = novel[at++] ?? [];
        if (commons === true) continue;
        const first = this.size;
        for (let chunk = 0; chunk * CHUNK_TOKENS < tokens.count; chunk++)
          this.#chunks.push({ contribution, item, chunk });
        let run = 0;
        for (const { start, end, key } of phrasesOf(this.#words.numbered(tokens))) {
          // Runs ascend without overlap, so the first one that ends after the start decides.
          while (run < runs.length && (runs[run]?.end ?? 0) <= start) run += 1;
          this.#post(key, first + Math.floor(start / CHUNK_TOKENS), (runs[run]?.start ?? end) < end);
        }
      }
    return this;
  }

  #post(key: string, chunk: number, isNovel: boolean): void {
    const posted = isNovel ? chunk : ~chunk;
    const known = this.#chunksOf.get(key);
    if (known === undefined) {
      this.#chunksOf.set(key, [posted]);
      return;
    }
    const last = known.at(-1);
    if (last === ~chunk) known[known.length - 1] = posted;
    else if (last !== chunk && known.length < BEARERS_MAX) known.push(posted);
  }
}
