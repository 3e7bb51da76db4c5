/**
 * What a segment repeats so often that its lists do not help: the stretches of which every run has a long list, as a text
 * of their own with a suffix array, so that a window is found there by halving, however often its runs stand anywhere.
 *
 * Around each run of a long list stands a stretch of 10 tokens: the run, two tokens before it and two after it. Where
 * such stretches touch or overlap they are one region. If all runs of a window have long lists, then wherever the window
 * stands, each of its runs begins at most three tokens after the one before, and it reaches at most two tokens beyond
 * the first and the last of them. So it is within one region, and no other text has to be searched.
 */
import { sharedInt32, sharedUint32 } from './postings.ts';

/** The limit of a segment in which no list counts as long. */
export const NO_LIMIT = 0xffff_ffff;

/** The numbers of a region: its first token in the text, its first token in the segment, and the number of its owner. */
export const REGION = 3;
/** Suffixes, or blocks of the level below, that are a block. */
const FAN = 64;
/** Numbers of a block: see {@link Least}. */
const BLOCK = 3;
/** Owners are numbers from 0 on; this stands for an owner who is not known. */
const UNKNOWN = -1;
/** A position that is none. */
const NONE = 0x7fff_ffff;

/** Arrays that several threads may read. */
export type Repeats = {
  /** Lists with more postings than this are long. */
  readonly limit: number;
  /** The ids of the text: all regions in the order of their places, each followed by a SEPARATOR. */
  readonly text: Int32Array;
  readonly suffixes: Int32Array;
  readonly regions: Uint32Array;
  /** The least positions of every block of suffixes, then of every block of those, and so on. */
  readonly leasts: Int32Array;
};

/** What of the repeated text may answer. */
export type Part = {
  /** The least positions, as in {@link Repeats}, of those that may. */
  readonly leasts: Int32Array;
  /** A bit for each position of the text, set if it may not; undefined if all may. */
  readonly outside: Uint8Array | undefined;
};

const isOutside = (outside: Uint8Array | undefined, position: number): boolean =>
  outside !== undefined && (((outside[position >> 3] ?? 0) >> (position & 7)) & 1) === 1;

export const NO_REPEATS: Repeats = {
  limit: NO_LIMIT,
  text: sharedInt32(0),
  suffixes: sharedInt32(0),
  regions: sharedUint32(0),
  leasts: sharedInt32(0),
};

/**
 * The least of some positions in the text, the least of those whose owner is known, and the least of those that another
 * one owns than that: NONE where there is none.
 */
class Least {
  any = NONE;
  owned = NONE;
  other = NONE;
  #owner = UNKNOWN;

  addOwned(position: number, owner: number): void {
    if (owner <= UNKNOWN) return;
    if (position < this.owned) {
      if (owner !== this.#owner) this.other = this.owned;
      this.owned = position;
      this.#owner = owner;
    } else if (owner !== this.#owner && position < this.other) this.other = position;
  }
}

/** The number of blocks of each level above so many suffixes. */
const levelsOver = (suffixes: number): readonly number[] => {
  const levels: number[] = [];
  for (let size = suffixes; size > 2 * FAN; ) {
    size = Math.ceil(size / FAN);
    levels.push(size);
  }
  return levels;
};

/**
 * Returns the tree over the suffixes.
 *
 * @param ownerOf - returns the number of the owner of a position
 * @param outside - see {@link Part}
 */
export const leastsOf = (
  suffixes: Int32Array,
  ownerOf: (position: number) => number,
  outside?: Uint8Array,
): Int32Array => {
  const levels = levelsOver(suffixes.length);
  const leasts = sharedInt32(BLOCK * levels.reduce((sum, size) => sum + size, 0));
  let below = 0;
  let belowSize = suffixes.length;
  let at = 0;
  for (const [level, size] of levels.entries()) {
    for (let block = 0; block < size; block++) {
      const least = new Least();
      const to = Math.min(belowSize, FAN * (block + 1));
      for (let i = FAN * block; i < to; i++)
        if (level === 0) {
          const position = suffixes[i] ?? 0;
          if (position >= least.other || isOutside(outside, position)) continue;
          if (position < least.any) least.any = position;
          least.addOwned(position, ownerOf(position));
        } else {
          const any = leasts[below + BLOCK * i] ?? NONE;
          if (any < least.any) least.any = any;
          for (let k = 1; k < BLOCK; k++) {
            const position = leasts[below + BLOCK * i + k] ?? NONE;
            if (position < least.other) least.addOwned(position, ownerOf(position));
          }
        }
      leasts[at + BLOCK * block] = least.any;
      leasts[at + BLOCK * block + 1] = least.owned;
      leasts[at + BLOCK * block + 2] = least.other;
    }
    below = at;
    belowSize = size;
    at += BLOCK * size;
  }
  return leasts;
};

/** Suffixes [from, to), in their order. */
export type Range = { readonly from: number; readonly to: number };

/**
 * Covers suffixes with as few suffixes and blocks as possible: calls `suffixes` with ranges of them, and `blocks` with
 * ranges of blocks, by their numbers through all levels.
 */
const cover = (
  count: number,
  { from, to }: Range,
  suffixes: (from: number, to: number) => void,
  blocks: (from: number, to: number) => void,
): void => {
  let [low, high] = [from, to];
  let scan = suffixes;
  let offset = 0;
  let size = count;
  while (high - low > 2 * FAN) {
    const first = Math.ceil(low / FAN);
    const last = Math.floor(high / FAN);
    scan(offset + low, offset + FAN * first);
    scan(offset + FAN * last, offset + high);
    offset = scan === suffixes ? 0 : offset + size;
    size = Math.ceil(size / FAN);
    scan = blocks;
    [low, high] = [first, last];
  }
  scan(offset + low, offset + high);
};

const regionAt = ({ regions }: Repeats, position: number): number => {
  let low = 0;
  let high = regions.length / REGION - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((regions[REGION * middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return REGION * low;
};

const placeAt = (repeats: Repeats, position: number): number => {
  if (position === NONE) return Number.POSITIVE_INFINITY;
  const region = regionAt(repeats, position);
  const { regions } = repeats;
  return position - (regions[region] ?? 0) + (regions[region + 1] ?? 0);
};

/** Returns the owner of a position, as `ownersIn` numbers them. */
const ownerAt = (repeats: Repeats, position: number): number =>
  (repeats.regions[regionAt(repeats, position) + 2] ?? 0) | 0;

/** All of it may answer. */
export const wholeOf = ({ leasts }: Repeats): Part => ({ leasts, outside: undefined });

/** @param mayAnswer - whether what stands at a token of the segment may answer; it decides alike on a whole item */
export const partOf = (repeats: Repeats, mayAnswer: (token: number) => boolean): Part => {
  const { text, suffixes, regions } = repeats;
  const outside = new Uint8Array(Math.ceil(text.length / 8));
  for (let region = 0; region < regions.length; region += REGION) {
    if (mayAnswer(regions[region + 1] ?? 0)) continue;
    const end = regions[region + REGION] ?? text.length;
    for (let position = regions[region] ?? 0; position < end; position++)
      outside[position >> 3] = (outside[position >> 3] ?? 0) | (1 << (position & 7));
  }
  return { leasts: leastsOf(suffixes, (position) => ownerAt(repeats, position), outside), outside };
};

/** Returns the first token of a segment at which one of the suffixes stands, of those that may answer. */
export const firstPlace = (
  repeats: Repeats,
  range: Range,
  { leasts, outside }: Part = wholeOf(repeats),
): number => {
  const { suffixes } = repeats;
  let least = NONE;
  cover(
    suffixes.length,
    range,
    (from, to) => {
      for (let i = from; i < to; i++) {
        const position = suffixes[i] ?? NONE;
        if (position < least && !isOutside(outside, position)) least = position;
      }
    },
    (from, to) => {
      for (let i = from; i < to; i++) least = Math.min(least, leasts[BLOCK * i] ?? NONE);
    },
  );
  return placeAt(repeats, least);
};

/**
 * Returns the first token at which one of the suffixes stands in a text of anybody who is known, but not of `owner`, of those
 * that may answer.
 */
export const firstPlaceOfOthers = (
  repeats: Repeats,
  range: Range,
  owner: number,
  { leasts, outside }: Part = wholeOf(repeats),
): number => {
  const { suffixes } = repeats;
  const least = new Least();
  const add = (position: number): void => {
    if (position < least.other) least.addOwned(position, ownerAt(repeats, position));
  };
  cover(
    suffixes.length,
    range,
    (from, to) => {
      for (let i = from; i < to; i++) {
        const position = suffixes[i] ?? NONE;
        if (position < least.other && !isOutside(outside, position)) add(position);
      }
    },
    (from, to) => {
      for (let i = from; i < to; i++) for (let k = 1; k < BLOCK; k++) add(leasts[BLOCK * i + k] ?? NONE);
    },
  );
  const { owned, other } = least;
  return placeAt(repeats, owned !== NONE && ownerAt(repeats, owned) === owner ? other : owned);
};
