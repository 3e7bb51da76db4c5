/**
 * Postings on their way to lists: as they come they are dealt to partitions by the high bits of their fingerprint, in chunks. A
 * partition fits into a cache, so what sorts it never leaves the cache.
 */
import { invariant } from '../../lib/errors.ts';

/** Postings of a chunk. */
const CHUNK_BITS = 6;
/**
 * The words of a posting: its place; and the bits of its fingerprint below those of its partition, as many as fit, above what
 * else is known of it.
 */
export const WORDS = 2;
/** The bits of what else is known of a posting. */
const EXTRA_BITS = 16;
/** Chunks of a slab of memory. */
const SLAB_BITS = 10;
const SLOT_BITS = CHUNK_BITS + SLAB_BITS;
const SLOT_MASK = (1 << SLOT_BITS) - 1;

const NONE = -1;

const partitionBits = (expected: number): number => Math.min(10, Math.max(1, 19 - Math.clz32(expected)));

export class Partitions {
  /** The bits of a fingerprint that tell its partition. */
  readonly bits: number;
  readonly #slabs: Int32Array[] = [];
  #chunks = 0;
  #count = 0;
  /** The next chunk of each chunk, in its partition. */
  #next = new Int32Array(64);
  /**
   * The first chunk of each partition, and the slot after its last posting. If the slot is a multiple of a chunk, the
   * chunk is full.
   */
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;

  /** @param expected - postings, about; more cost time, not correctness */
  constructor(expected: number) {
    this.bits = partitionBits(expected);
    this.#heads = new Int32Array(1 << this.bits).fill(NONE);
    this.#tails = new Int32Array(1 << this.bits);
  }

  /** The number of postings. */
  get count(): number {
    return this.#count;
  }

  /** The number of partitions. */
  get length(): number {
    return this.#heads.length;
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return 4 * WORDS * this.#slabs.length * (1 << SLOT_BITS);
  }

  /**
   * Adds `count` postings, whose places are `base` further on than their positions.
   *
   * @param extras - what else is known of each; without them, a posting keeps more of its fingerprint
   */
  add(
    prints: Int32Array,
    positions: Int32Array,
    extras: Uint16Array | undefined,
    count: number,
    base: number,
  ): void {
    const tails = this.#tails;
    const slabs = this.#slabs;
    const bits = this.bits;
    const shift = 32 - bits;
    for (let i = 0; i < count; i++) {
      const print = prints[i] ?? 0;
      const partition = print >>> shift;
      let slot = tails[partition] ?? 0;
      if ((slot & ((1 << CHUNK_BITS) - 1)) === 0) slot = this.#open(partition, slot);
      tails[partition] = slot + 1;
      const slab = slabs[slot >>> SLOT_BITS];
      invariant(slab !== undefined, 'a slot is in a slab');
      const at = WORDS * (slot & SLOT_MASK);
      slab[at] = base + (positions[i] ?? 0);
      const rest = print << bits;
      slab[at + 1] = extras === undefined ? rest : ((rest >>> EXTRA_BITS) << EXTRA_BITS) | (extras[i] ?? 0);
    }
    this.#count += count;
  }

  /** Visits the chunks of a partition, in the order in which they were filled: the words from `from` to `to` of a slab. */
  each(partition: number, visit: (slab: Int32Array, from: number, to: number) => void): void {
    const end = this.#tails[partition] ?? 0;
    for (let chunk = this.#heads[partition] ?? NONE; chunk !== NONE; chunk = this.#next[chunk] ?? NONE) {
      const slab = this.#slabs[chunk >>> SLAB_BITS];
      invariant(slab !== undefined, 'a chunk is in a slab');
      const slot = chunk << CHUNK_BITS;
      const used = this.#next[chunk] === NONE ? end - slot : 1 << CHUNK_BITS;
      const from = WORDS * (slot & SLOT_MASK);
      visit(slab, from, from + WORDS * used);
    }
  }

  /** The first slot of a new chunk, which follows the one that ends before `slot`. */
  #open(partition: number, slot: number): number {
    const chunk = this.#chunks++;
    if (chunk >= this.#next.length) {
      const next = new Int32Array(2 * chunk);
      next.set(this.#next);
      this.#next = next;
    }
    this.#next[chunk] = NONE;
    if (chunk >>> SLAB_BITS >= this.#slabs.length) this.#slabs.push(new Int32Array(WORDS << SLOT_BITS));
    if (this.#heads[partition] === NONE) this.#heads[partition] = chunk;
    else this.#next[(slot >>> CHUNK_BITS) - 1] = chunk;
    return chunk << CHUNK_BITS;
  }
}
