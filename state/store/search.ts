/**
 * Finds events and transactions by the index of each height (event-index.ts). A search reads a bounded number of keys,
 * however long the chain is. When the bound is reached, it returns what it has found and where to continue. Heights without
 * a match are skipped, so a search with a rare and a common term reads only the keys of the rare one.
 */
import { type Height, nextHeight } from '../../src/lib/brands.ts';
import type { Term } from '../events/entities.ts';
import type { Database, Walk } from './database.ts';
import { PostedNumbers, type Postings } from './event-index.ts';
import { atHeight, heightOfKey, indexPrefix } from './layout.ts';
import type { Pace } from './pace.ts';

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

/** The number of reads after which a search stops, wherever it is. */
const READS_MAX = 2_000;
/** The bytes of postings that count as one more read. */
const READ_BYTES = 4_096;
/** The part of a read that looking up a number in postings counts for. */
const LOOK = 1 / 16;

/** A cursor over the heights at which a term has matches. */
class TermHeights {
  readonly #walk: Walk;
  readonly #prefix: string;
  readonly #part: keyof Postings;
  #entry: { readonly height: Height; readonly numbers: PostedNumbers } | 'unread' | 'ended' = 'unread';
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
      if (found === undefined) this.#entry = 'ended';
      else {
        const [key, postings] = found;
        this.reads += Math.floor(postings.length / READ_BYTES);
        this.#entry = { height: heightOfKey(key), numbers: new PostedNumbers(postings, this.#part) };
      }
    }
    return this.#entry === 'ended' ? undefined : this.#entry.height;
  }

  /** Returns the first match from `least` on at the height that {@link first} has reached; undefined if there is none. */
  numberAt(height: Height, least: number): number | undefined {
    if (this.#entry === 'ended' || this.#entry === 'unread' || this.#entry.height !== height)
      return undefined;
    this.reads += LOOK;
    return this.#entry.numbers.first(least);
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

/** Returns the first number from `least` on that one of the alternatives has at a height. */
const numberOfAny = (
  alternatives: readonly TermHeights[],
  height: Height,
  least: number,
): number | undefined => {
  let first: number | undefined;
  for (const each of alternatives) {
    const number = each.numberAt(height, least);
    if (number !== undefined && (first === undefined || number < first)) first = number;
  }
  return first;
};

/**
 * Returns the first number from `least` on that every field may have at a height: if it is `least`, every field has it.
 * Fields skip what others do not have, so the field with the fewest numbers decides how much is looked at.
 */
const numberOfAll = (
  fields: readonly (readonly TermHeights[])[],
  height: Height,
  least: number,
): number | undefined => {
  let candidate = least;
  for (const alternatives of fields) {
    const number = numberOfAny(alternatives, height, candidate);
    if (number === undefined) return undefined;
    candidate = number;
  }
  return candidate;
};

/** At least one field is searched for. */
export const search = async (
  database: Database,
  part: keyof Postings,
  { terms, from, to, limit }: Search,
  pace: Pace,
): Promise<Found> => {
  const fields = terms.map((alternatives) =>
    alternatives.map((term) => new TermHeights(database, term, part)),
  );
  const all = fields.flat();
  const isOver = (): boolean => all.reduce((sum, { reads }) => sum + reads, 0) >= READS_MAX;
  const positions: Position[] = [];
  const startAt = (height: Height): number => (height === from.height ? from.index : 0);
  try {
    let height = from.height;
    while (height <= to) {
      if (isOver()) return { positions, next: { height, index: startAt(height) } };
      const candidate = await firstOfAll(fields, height);
      if (candidate === undefined || candidate > to) break;
      // Every field has a match only at a height that a whole round confirms.
      if (candidate > height) {
        height = candidate;
        continue;
      }
      let index = startAt(height);
      for (;;) {
        const number = numberOfAll(fields, height, index);
        if (number === undefined) break;
        if (number > index) index = number;
        else {
          if (positions.length === limit) return { positions, next: { height, index } };
          positions.push({ height, index });
          index += 1;
        }
        if (isOver()) return { positions, next: { height, index } };
        const pause = pace();
        if (pause !== undefined) await pause;
      }
      height = nextHeight(height);
    }
    return { positions, next: undefined };
  } finally {
    for (const each of all) await each.close();
  }
};
