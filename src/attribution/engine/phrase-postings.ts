/**
 * The lists of phrases of a segment: by the fingerprint of a phrase, the blocks of 64 tokens in which it begins, ascending. An
 * entry has 32 bits:
 *
 *     [ bits of the fingerprint below those of the bucket | block ]
 *
 * Entries of a bucket ascend. So those of one phrase stand together, and are found by halving.
 */
import { Partitions, WORDS } from './partitions.ts';
import { sharedUint32 } from './postings.ts';

const BLOCK_SHIFT = 6;
/** Tokens of a block, counted through the whole segment: as many as a chunk has. */
export const BLOCK_TOKENS = 1 << BLOCK_SHIFT;
/** The most entries of a bucket, on average. */
const PER_BUCKET = 16;
/** Lists that are no longer are sorted by insertion. */
const FEW = 24;

/** Arrays that several threads may read. */
export type PhrasePostings = {
  /** The start of the list of each bucket, with one more entry for the end of the last. */
  readonly directory: Uint32Array;
  readonly entries: Uint32Array;
};

/** How the fingerprint of a phrase is split. */
export type PhraseLayout = {
  readonly bucketBits: number;
  readonly tagBits: number;
  readonly blockBits: number;
};

const layout = (bucketBits: number, tokens: number): PhraseLayout => {
  const blockBits = 32 - Math.clz32((tokens - 1) >>> BLOCK_SHIFT);
  return { bucketBits, tagBits: Math.min(32 - bucketBits, 32 - blockBits), blockBits };
};

/** Returns the layout of a segment with so many tokens. */
export const layoutOf = ({ directory }: PhrasePostings, tokens: number): PhraseLayout =>
  layout(31 - Math.clz32(directory.length - 1), tokens);

/** Returns the bucket of a phrase. */
export const phraseBucket = (print: number, { bucketBits }: PhraseLayout): number =>
  print >>> (32 - bucketBits);

/** Returns the entry of a phrase for block 0, of the bits that follow those of its bucket: `rest` has them at its left. */
const entryOf = (rest: number, { tagBits, blockBits }: PhraseLayout): number =>
  ((rest >>> (32 - tagBits)) << blockBits) >>> 0;

/** Returns what an entry of a phrase for block 0 would be. */
export const phraseEntry = (print: number, layout: PhraseLayout): number =>
  entryOf(print << layout.bucketBits, layout);

/** Returns the block of a token. */
export const blockOf = (token: number): number => token >>> BLOCK_SHIFT;

/** Sorts list[from .. to). */
const sort = (list: Uint32Array, from: number, to: number): void => {
  if (to - from > FEW) {
    list.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const entry = list[i] ?? 0;
    let at = i;
    for (; at > from && (list[at - 1] ?? 0) > entry; at--) list[at] = list[at - 1] ?? 0;
    list[at] = entry;
  }
};

/** The phrases that were added last, by the low bits of their fingerprints: most of what a block repeats is added once. */
const RECENT = 256;

export class PhrasePostingsBuilder {
  readonly #partitions: Partitions;
  readonly #recentPrints = new Int32Array(RECENT);
  readonly #recentBlocks = new Int32Array(RECENT).fill(-1);
  #blocks = new Int32Array(0);

  /** @param expected - postings, about; more cost time, not correctness */
  constructor(expected: number) {
    this.#partitions = new Partitions(expected);
  }

  /** Bytes of memory that they take, and will take once they are lists. */
  get bytes(): number {
    const listed = 4 + 8 / PER_BUCKET;
    return this.#partitions.bytes + listed * this.#partitions.count;
  }

  /** Adds the first `count` phrases, which begin at some tokens, ascending. It overwrites both arrays. */
  add(prints: Int32Array, tokens: Int32Array, count: number): void {
    if (this.#blocks.length < count) this.#blocks = new Int32Array(2 * count);
    const blocks = this.#blocks;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const print = prints[i] ?? 0;
      const block = blockOf(tokens[i] ?? 0);
      const slot = print & (RECENT - 1);
      if (this.#recentPrints[slot] === print && this.#recentBlocks[slot] === block) continue;
      this.#recentPrints[slot] = print;
      this.#recentBlocks[slot] = block;
      prints[kept] = print;
      blocks[kept] = block;
      kept += 1;
    }
    this.#partitions.add(prints, blocks, undefined, kept, 0);
  }

  /**
   * The lists; the builder is spent.
   * @param tokens - those of the segment
   */
  finish(tokens: number): PhrasePostings {
    const partitions = this.#partitions;
    const known = partitions.bits;
    const bits = Math.min(
      16,
      Math.max(1, Math.ceil(Math.log2(partitions.count / (PER_BUCKET * partitions.length)))),
    );
    const each = 1 << bits;
    const split = layout(known + bits, tokens);
    const directory = sharedUint32(each * partitions.length + 1);
    const entries = sharedUint32(partitions.count);
    const fills = new Uint32Array(each);
    let placed = 0;
    for (let partition = 0; partition < partitions.length; partition++) {
      const first = partition * each;
      fills.fill(0);
      partitions.each(partition, (slab, from, to) => {
        for (let at = from; at < to; at += WORDS) {
          const bucket = (slab[at + 1] ?? 0) >>> (32 - bits);
          fills[bucket] = (fills[bucket] ?? 0) + 1;
        }
      });
      for (let bucket = 0; bucket < each; bucket++) {
        const size = fills[bucket] ?? 0;
        directory[first + bucket] = placed;
        fills[bucket] = placed;
        placed += size;
      }
      partitions.each(partition, (slab, from, to) => {
        for (let at = from; at < to; at += WORDS) {
          const rest = slab[at + 1] ?? 0;
          const bucket = rest >>> (32 - bits);
          const slot = fills[bucket] ?? 0;
          fills[bucket] = slot + 1;
          entries[slot] = entryOf(rest << bits, split) + (slab[at] ?? 0);
        }
      });
      for (let bucket = 0; bucket < each; bucket++)
        sort(entries, directory[first + bucket] ?? 0, fills[bucket] ?? 0);
    }
    directory[each * partitions.length] = placed;
    return { directory, entries };
  }
}
