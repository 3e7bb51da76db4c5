/**
 * Finds events and transactions by the index of each height (event-index.ts). A search reads a bounded number of keys,
 * however long the chain is. When the bound is reached, it returns what it has found and where to continue. Heights without
 * a match are skipped, so a search with a rare and a common term reads only the keys of the rare one.
 */
import { type Height, nextHeight } from '../../src/lib/brands.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { Term } from '../events/entities.ts';
import type { Database, Walk } from './database.ts';
import { type Postings, PostingsType } from './event-index.ts';
import { atHeight, heightOfKey, indexPrefix } from './layout.ts';

/** The number of an event at a height, or the place of a transaction. */
export type Position = { readonly height: Height; readonly index: number };

export type Search = {
  /** What must match, one list for each field; the terms of one field are alternatives. */
  readonly terms: readonly (readonly Term[])[];
  /** The first position to search. */
  readonly from: Position;
  /** The last height to search. */
  readonly to: Height;
  readonly limit: number;
};

export type Found = {
  readonly positions: readonly Position[];
  /** The position at which to continue. Undefined when everything up to `to` was searched. */
  readonly next: Position | undefined;
};

/** The number of reads after which a search stops. It finishes the height that it is at. */
const READS_MAX = 2_000;
/** The bytes of postings that count as one more read: 16 numbers. */
const READ_BYTES = 64;

/** A cursor over the heights at which a term has matches. */
class TermHeights {
  readonly #walk: Walk;
  readonly #prefix: string;
  readonly #part: keyof Postings;
  #entry: { readonly height: Height; readonly bytes: Uint8Array } | 'unread' | 'ended' = 'unread';
  reads = 0;

  constructor(database: Database, term: Term, part: keyof Postings) {
    this.#prefix = indexPrefix(term);
    this.#part = part;
    // Heights are hex digits, and 'g' comes after them all.
    this.#walk = database.walk(this.#prefix, `${this.#prefix}g`);
  }

  /** Returns the first height with a match from `height` on; undefined if there is none. */
  async first(height: Height): Promise<Height | undefined> {
    if (this.#entry === 'ended') return undefined;
    if (this.#entry === 'unread' || this.#entry.height < height) {
      this.reads += 1;
      const found = await this.#walk.seek(atHeight(this.#prefix, height));
      this.#entry = found === undefined ? 'ended' : { height: heightOfKey(found[0]), bytes: found[1] };
    }
    return this.#entry === 'ended' ? undefined : this.#entry.height;
  }

  /** Returns the matches at the height that {@link first} has reached. */
  numbersAt(height: Height): readonly number[] {
    if (this.#entry === 'ended' || this.#entry === 'unread' || this.#entry.height !== height) return [];
    this.reads += Math.floor(this.#entry.bytes.length / READ_BYTES);
    return unwrap(PostingsType.decode(this.#entry.bytes))[this.#part];
  }

  close(): Promise<void> {
    return this.#walk.close();
  }
}

/** Returns the first height from `height` on at which one of the alternatives has a match. */
const firstOfAny = async (
  alternatives: readonly TermHeights[],
  height: Height,
): Promise<Height | undefined> => {
  let first: Height | undefined;
  for (const each of alternatives) {
    const at = await each.first(height);
    if (at !== undefined && (first === undefined || at < first)) first = at;
  }
  return first;
};

/** Returns the first height from `height` on at which every field may match; undefined if there is none. */
const firstOfAll = async (
  fields: readonly (readonly TermHeights[])[],
  height: Height,
): Promise<Height | undefined> => {
  let candidate = height;
  for (const alternatives of fields) {
    const at = await firstOfAny(alternatives, candidate);
    if (at === undefined) return undefined;
    candidate = at;
  }
  return candidate;
};

/** Merges two ascending lists: the numbers of either, or only those of both. */
const merged = (a: readonly number[], b: readonly number[], keep: 'either' | 'both'): readonly number[] => {
  const numbers: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Number.POSITIVE_INFINITY;
    const right = b[j] ?? Number.POSITIVE_INFINITY;
    if (keep === 'either' || left === right) numbers.push(Math.min(left, right));
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return numbers;
};

/** Returns the matches of all fields at a height, in ascending order. */
const numbersAt = (fields: readonly (readonly TermHeights[])[], height: Height): readonly number[] =>
  fields
    .map((alternatives) =>
      alternatives
        .map((each) => each.numbersAt(height))
        .reduce((some, more) => merged(some, more, 'either'), []),
    )
    .reduce((some, others) => merged(some, others, 'both'));

/** At least one field is searched for. */
export const search = async (
  database: Database,
  part: keyof Postings,
  { terms, from, to, limit }: Search,
): Promise<Found> => {
  const fields = terms.map((alternatives) =>
    alternatives.map((term) => new TermHeights(database, term, part)),
  );
  const all = fields.flat();
  const positions: Position[] = [];
  const startAt = (height: Height): number => (height === from.height ? from.index : 0);
  try {
    let height = from.height;
    while (height <= to) {
      if (all.reduce((sum, { reads }) => sum + reads, 0) >= READS_MAX)
        return { positions, next: { height, index: startAt(height) } };
      const candidate = await firstOfAll(fields, height);
      if (candidate === undefined || candidate > to) break;
      // Every field has a match only at a height that a whole round confirms.
      if (candidate > height) {
        height = candidate;
        continue;
      }
      for (const index of numbersAt(fields, height)) {
        if (index < startAt(height)) continue;
        if (positions.length === limit) return { positions, next: { height, index } };
        positions.push({ height, index });
      }
      height = nextHeight(height);
    }
    return { positions, next: undefined };
  } finally {
    for (const each of all) await each.close();
  }
};
