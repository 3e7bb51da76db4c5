/**
 * The lists of a segment: by fingerprint, every place where a run with it begins, ascending, each with its signature.
 *
 * Building sorts twice, so that nothing but the last copy leaves the cache: as postings come they are dealt to
 * partitions by the high bits of their fingerprint, in chunks; in the end each partition is sorted by counting.
 */
import { invariant } from '../../lib/errors.ts';

/** Postings of a chunk. */
const CHUNK_BITS = 6;
/**
 * The words of a posting: its place; and the bits of its fingerprint below those of its partition, as many as fit, above its
 * signature.
 */
const WORDS = 2;
const SIGNATURE_BITS = 16;
const SIGNATURE_MASK = (1 << SIGNATURE_BITS) - 1;
/** The bits of a fingerprint that a posting keeps. */
const PRINT_BITS = 32 - SIGNATURE_BITS;
/** Chunks of a slab of memory. */
const SLAB_BITS = 10;
const SLOT_BITS = CHUNK_BITS + SLAB_BITS;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
/** The most postings of a bucket, on average. */
const PER_BUCKET = 8;

const NONE = -1;

/** Arrays that several threads may read. */
export type Postings = {
  /** The start of the list of each bucket, with one more entry for the end of the last. */
  readonly directory: Uint32Array;
  readonly places: Uint32Array;
  readonly signatures: Uint16Array;
};

export const sharedFloat64 = (from: readonly number[]): Float64Array => {
  const to = new Float64Array(new SharedArrayBuffer(8 * from.length));
  to.set(from);
  return to;
};

export const sharedUint32 = (length: number): Uint32Array<SharedArrayBuffer> =>
  new Uint32Array(new SharedArrayBuffer(4 * length));

export const sharedInt32 = (length: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(4 * length));

/** Fingerprints fall into buckets in their order: [0, 2^32) scaled to the number of buckets. */
export const bucketScale = (directory: Uint32Array): number => (directory.length - 1) / 2 ** 32;
export const bucketOf = (print: number, scale: number): number => Math.trunc((print >>> 0) * scale);

/** The bits of a fingerprint that tell a bucket of a partition with `buckets` buckets or more; at most those of a posting. */
const bucketBits = (buckets: number): number =>
  Math.min(PRINT_BITS, Math.max(1, Math.ceil(Math.log2(buckets))));

const partitionBits = (expected: number): number => Math.min(10, Math.max(1, 19 - Math.clz32(expected)));

export class PostingsBuilder {
  readonly #bits: number;
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
    this.#bits = partitionBits(expected);
    this.#heads = new Int32Array(1 << this.#bits).fill(NONE);
    this.#tails = new Int32Array(1 << this.#bits);
  }

  /** Bytes of memory that they take, and will take once they are lists. */
  get bytes(): number {
    const listed = 6 + 8 / PER_BUCKET;
    return 4 * WORDS * this.#slabs.length * (1 << SLOT_BITS) + listed * this.#count;
  }

  /** Adds the first `count` runs; places, which are `base` further on than positions, never descend. */
  add(prints: Int32Array, positions: Int32Array, signatures: Uint16Array, count: number, base: number): void {
    const tails = this.#tails;
    const slabs = this.#slabs;
    const bits = this.#bits;
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
      slab[at + 1] = (((print << bits) >>> SIGNATURE_BITS) << SIGNATURE_BITS) | (signatures[i] ?? 0);
    }
    this.#count += count;
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

  /** The lists; the builder is spent. */
  finish(): Postings {
    const partitions = this.#heads.length;
    // A power of two, so that a bucket is told by the first bits of a fingerprint.
    const bits = bucketBits(this.#count / (PER_BUCKET * partitions));
    const each = 1 << bits;
    const shift = 32 - bits;
    const directory = sharedUint32(each * partitions + 1);
    const places = sharedUint32(this.#count);
    const signatures = new Uint16Array(new SharedArrayBuffer(2 * this.#count));
    const fills = new Uint32Array(each);
    let placed = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const first = partition * each;
      fills.fill(0);
      this.#each(partition, (slab, from, to) => {
        for (let at = from; at < to; at += WORDS) {
          const bucket = (slab[at + 1] ?? 0) >>> shift;
          fills[bucket] = (fills[bucket] ?? 0) + 1;
        }
      });
      for (let bucket = 0; bucket < each; bucket++) {
        const size = fills[bucket] ?? 0;
        directory[first + bucket] = placed;
        fills[bucket] = placed;
        placed += size;
      }
      this.#each(partition, (slab, from, to) => {
        for (let at = from; at < to; at += WORDS) {
          const posting = slab[at + 1] ?? 0;
          const bucket = posting >>> shift;
          const slot = fills[bucket] ?? 0;
          fills[bucket] = slot + 1;
          places[slot] = slab[at] ?? 0;
          signatures[slot] = posting & SIGNATURE_MASK;
        }
      });
    }
    directory[each * partitions] = placed;
    return { directory, places, signatures };
  }

  /** The chunks of a partition, in the order in which they were filled. */
  #each(partition: number, visit: (slab: Int32Array, from: number, to: number) => void): void {
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
}
