/**
 * Finds events and transactions by the index of each height (event-index.ts). A search reads a bounded number of keys,
 * whatever the chain holds: when that is used up it returns what it has found and where to go on. Heights without a match
 * are skipped, so that a rare term costs its own keys, not those of a common one beside it.
 */
import { unwrap } from '../../src/lib/errors.ts';
import type { Term } from '../events/entities.ts';
import type { Database, Walk } from './database.ts';
import { type Postings, PostingsType } from './event-index.ts';
import { atHeight, heightOfKey, indexPrefix } from './layout.ts';

/** The number of an event at a height, or the place of a transaction. */
export type Position = { readonly height: bigint; readonly index: number };

export type Search = {
  /** What must match, one list for each field; the terms of one field are alternatives. */
  readonly terms: readonly (readonly Term[])[];
  /** The first position to look at. */
  readonly from: Position;
  /** The last height to look at. */
  readonly to: bigint;
  readonly limit: number;
};

export type Found = {
  readonly positions: readonly Position[];
  /** Where to go on. Undefined when everything up to `to` was looked at. */
  readonly next: Position | undefined;
};

/** Keys that one search reads, and no more than one for each of its terms beyond. */
const READS_MAX = 2_000;

/** The heights at which a term finds something. */
class TermHeights {
  readonly #walk: Walk;
  readonly #prefix: string;
  readonly #part: keyof Postings;
  #entry: { readonly height: bigint; readonly bytes: Uint8Array } | 'unread' | 'ended' = 'unread';
  reads = 0;

  constructor(database: Database, term: Term, part: keyof Postings) {
    this.#prefix = indexPrefix(term);
    this.#part = part;
    // Heights are hex digits, and 'g' comes after them all.
    this.#walk = database.walk(this.#prefix, `${this.#prefix}g`);
  }

  /** The first height from `height` on; undefined if there is none. */
  async first(height: bigint): Promise<bigint | undefined> {
    if (this.#entry === 'ended') return undefined;
    if (this.#entry === 'unread' || this.#entry.height < height) {
      this.reads += 1;
      const found = await this.#walk.seek(atHeight(this.#prefix, height));
      this.#entry = found === undefined ? 'ended' : { height: heightOfKey(found[0]), bytes: found[1] };
    }
    return this.#entry === 'ended' ? undefined : this.#entry.height;
  }

  /** What it finds at this height, as far as {@link first} has come. */
  numbersAt(height: bigint): readonly number[] {
    if (this.#entry === 'ended' || this.#entry === 'unread' || this.#entry.height !== height) return [];
    return unwrap(PostingsType.decode(this.#entry.bytes))[this.#part];
  }

  close(): Promise<void> {
    return this.#walk.close();
  }
}

/** The first height from `height` on at which one of the alternatives finds something. */
const firstOfAny = async (
  alternatives: readonly TermHeights[],
  height: bigint,
): Promise<bigint | undefined> => {
  let first: bigint | undefined;
  for (const each of alternatives) {
    const at = await each.first(height);
    if (at !== undefined && (first === undefined || at < first)) first = at;
  }
  return first;
};

/** The first height from `height` on at which every field may match; undefined if there is none. */
const firstOfAll = async (
  fields: readonly (readonly TermHeights[])[],
  height: bigint,
): Promise<bigint | undefined> => {
  let candidate = height;
  for (const alternatives of fields) {
    const at = await firstOfAny(alternatives, candidate);
    if (at === undefined) return undefined;
    candidate = at;
  }
  return candidate;
};

/** What all fields find at a height, ascending. */
const numbersAt = (fields: readonly (readonly TermHeights[])[], height: bigint): readonly number[] => {
  const [first = new Set<number>(), ...others] = fields.map(
    (alternatives) => new Set(alternatives.flatMap((each) => each.numbersAt(height))),
  );
  return [...first].filter((each) => others.every((other) => other.has(each))).sort((a, b) => a - b);
};

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
  const startAt = (height: bigint): number => (height === from.height ? from.index : 0);
  try {
    let height = from.height;
    while (height <= to) {
      if (all.reduce((sum, { reads }) => sum + reads, 0) >= READS_MAX)
        return { positions, next: { height, index: startAt(height) } };
      const candidate = await firstOfAll(fields, height);
      if (candidate === undefined || candidate > to) break;
      // Only a height that a whole round confirms is one at which every field has something.
      if (candidate > height) {
        height = candidate;
        continue;
      }
      for (const index of numbersAt(fields, height)) {
        if (index < startAt(height)) continue;
        if (positions.length === limit) return { positions, next: { height, index } };
        positions.push({ height, index });
      }
      height += 1n;
    }
    return { positions, next: undefined };
  } finally {
    for (const each of all) await each.close();
  }
};
