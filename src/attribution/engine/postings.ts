/**
 * The lists of a segment: by fingerprint, every place where a run with it begins, ascending, each with its signature.
 *
 * Building sorts twice, so that nothing but the last copy leaves the cache: first into partitions (partitions.ts), and in the
 * end each partition is sorted by counting.
 */
import { Partitions, WORDS } from './partitions.ts';

const SIGNATURE_BITS = 16;
const SIGNATURE_MASK = (1 << SIGNATURE_BITS) - 1;
/** The bits of a fingerprint that a posting keeps. */
const PRINT_BITS = 32 - SIGNATURE_BITS;
/** The most postings of a bucket, on average. */
const PER_BUCKET = 8;

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

export class PostingsBuilder {
  readonly #partitions: Partitions;

  /** @param expected - postings, about; more cost time, not correctness */
  constructor(expected: number) {
    this.#partitions = new Partitions(expected);
  }

  /** Bytes of memory that they take, and will take once they are lists. */
  get bytes(): number {
    const listed = 6 + 8 / PER_BUCKET;
    return this.#partitions.bytes + listed * this.#partitions.count;
  }

  /** Adds the first `count` runs; places, which are `base` further on than positions, never descend. */
  add(prints: Int32Array, positions: Int32Array, signatures: Uint16Array, count: number, base: number): void {
    this.#partitions.add(prints, positions, signatures, count, base);
  }

  /** The lists; the builder is spent. */
  finish(): Postings {
    const partitions = this.#partitions.length;
    // A power of two, so that a bucket is told by the first bits of a fingerprint.
    const bits = bucketBits(this.#partitions.count / (PER_BUCKET * partitions));
    const each = 1 << bits;
    const shift = 32 - bits;
    const directory = sharedUint32(each * partitions + 1);
    const places = sharedUint32(this.#partitions.count);
    const signatures = new Uint16Array(new SharedArrayBuffer(2 * this.#partitions.count));
    const fills = new Uint32Array(each);
    let placed = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const first = partition * each;
      fills.fill(0);
      this.#partitions.each(partition, (slab, from, to) => {
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
      this.#partitions.each(partition, (slab, from, to) => {
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
}
