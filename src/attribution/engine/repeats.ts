/**
 * What a segment repeats so often that its lists do not help: the stretches of which every run has a long list, as a text
 * of their own with a suffix array, so that a window is found there by halving, however often its runs stand anywhere.
 *
 * Around each run of a long list stands a stretch of 11 tokens: the run, three tokens before it and three after it. Where
 * such stretches touch or overlap they are one region. If all runs of a window have long lists, then wherever the window
 * stands, each of its runs begins at most four tokens after the one before, and it reaches at most three tokens beyond
 * the first and the last of them. So it is within one region, and no other text has to be searched.
 */
import { invariant } from '../../lib/errors.ts';
import { SEPARATOR, WORDS_PER_TOKEN } from './lexicon.ts';
import { NOBODY, ownersIn } from './owners.ts';
import { sharedInt32, sharedUint32 } from './postings.ts';
import { contributionAt, idAt, type Segment } from './segment.ts';
import { suffixArray } from './suffix-sort.ts';
import { GRAM, STRETCH } from './winnow.ts';

/** A list is long if it has more postings than this. */
export const LONG_LIST = 4096;
/** The limit of a segment in which no list counts as long. */
export const NO_LIMIT = 0xffff_ffff;

/** Tokens of a stretch that may stand before its run, or after it. */
const BESIDE = STRETCH - GRAM;

/** Numbers of a region: its first token in the text, its first token in the segment, and the number of its owner. */
const REGION = 3;
/** Suffixes, or blocks of the level below, that are a block. */
const FAN = 64;
/** Numbers of a block: see {@link Least}. */
const BLOCK = 3;
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

export const NO_REPEATS: Repeats = {
  limit: NO_LIMIT,
  text: sharedInt32(0),
  suffixes: sharedInt32(0),
  regions: sharedUint32(0),
  leasts: sharedInt32(0),
};

/** The bytes per token of the text that it takes, and that making it takes beside that, at most. */
const REPEATED_BYTES = 10;
const MAKING_BYTES = 40;

/** Where the runs of long lists begin, ascending. */
const runsOfLongLists = ({ directory, places }: Segment, limit: number): Uint32Array => {
  let count = 0;
  const each = (visit: (from: number, to: number) => void): void => {
    for (let bucket = 0; bucket + 1 < directory.length; bucket++) {
      const from = directory[bucket] ?? 0;
      const to = directory[bucket + 1] ?? 0;
      if (to - from > limit) visit(from, to);
    }
  };
  each((from, to) => {
    count += to - from;
  });
  const runs = new Uint32Array(count);
  count = 0;
  each((from, to) => {
    runs.set(places.subarray(from, to), count);
    count += to - from;
  });
  return runs.sort();
};

/** Stretches [from, to) of a segment's tokens, each within an item, as pairs, ascending and apart. */
const stretchesAround = (segment: Segment, runs: Uint32Array): Uint32Array => {
  const { low } = segment;
  const isWord = (token: number): boolean =>
    token >= 0 && token < low.length && idAt(segment, token) !== SEPARATOR;
  const stretches = new Uint32Array(2 * runs.length);
  let count = 0;
  for (const run of runs) {
    let from = run;
    while (run - from < BESIDE && isWord(from - 1)) from -= 1;
    let to = run + GRAM;
    while (to - run < STRETCH && isWord(to)) to += 1;
    // Stretches that touch are joined, also over runs of short lists: more text than is needed is only slower.
    if (count > 0 && from <= (stretches[2 * count - 1] ?? 0)) stretches[2 * count - 1] = to;
    else {
      stretches[2 * count] = from;
      stretches[2 * count + 1] = to;
      count += 1;
    }
  }
  return stretches.subarray(0, 2 * count);
};

/** The text with its ids as numbers from 0 on, in their order: the suffix array needs them dense. */
const dense = (text: Int32Array, ids: number): { readonly symbols: Int32Array; readonly count: number } => {
  const numbers = new Int32Array(ids);
  for (const id of text) numbers[id] = 1;
  let count = 0;
  for (let id = 0; id < ids; id++) if (numbers[id] === 1) numbers[id] = count++;
  return { symbols: text.map((id) => numbers[id] ?? 0), count };
};

/**
 * Returns what a segment repeats.
 *
 * @param limit - the postings that a list may have without being long
 * @param room - bytes that it may take while it is made; with less, no list counts as long
 */
export const repeatsOf = (segment: Segment, limit: number, room: number): Repeats => {
  const runs = runsOfLongLists(segment, limit);
  if (12 * runs.length > room) return NO_REPEATS;
  const stretches = stretchesAround(segment, runs);
  let length = stretches.length / 2;
  for (let i = 0; i < stretches.length; i += 2) length += (stretches[i + 1] ?? 0) - (stretches[i] ?? 0);
  if (12 * runs.length + (REPEATED_BYTES + MAKING_BYTES) * length > room) return NO_REPEATS;

  const { owners } = ownersIn(segment);
  const text = sharedInt32(length);
  const regions = sharedUint32((REGION * stretches.length) / 2);
  const ownerAt = new Int32Array(length);
  let position = 0;
  for (let i = 0, region = 0; i < stretches.length; i += 2, region += REGION) {
    const from = stretches[i] ?? 0;
    const to = stretches[i + 1] ?? 0;
    const owner = owners[contributionAt(segment, from)] ?? NOBODY;
    regions[region] = position;
    regions[region + 1] = from;
    regions[region + 2] = owner;
    ownerAt.fill(owner, position, position + to - from);
    for (let token = from; token < to; token++) text[position++] = idAt(segment, token);
    text[position++] = SEPARATOR;
  }
  invariant(position === length, 'a text is as long as its regions');
  const { symbols, count } = dense(text, segment.words.length / WORDS_PER_TOKEN);
  const suffixes = sharedInt32(length);
  suffixes.set(suffixArray(symbols, count));
  return { limit, text, suffixes, regions, leasts: leastsOf(suffixes, ownerAt) };
};

/**
 * The least of some positions in the text, the least of those whose owner is known, and the least of those that another
 * one owns than that: NONE where there is none.
 */
class Least {
  any = NONE;
  owned = NONE;
  other = NONE;
  #owner = NOBODY;

  addOwned(position: number, owner: number): void {
    if (owner === NOBODY) return;
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

const leastsOf = (suffixes: Int32Array, ownerAt: Int32Array): Int32Array => {
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
          if (position < least.any) least.any = position;
          if (position < least.other) least.addOwned(position, ownerAt[position] ?? NOBODY);
        } else {
          const any = leasts[below + BLOCK * i] ?? NONE;
          if (any < least.any) least.any = any;
          for (let k = 1; k < BLOCK; k++) {
            const position = leasts[below + BLOCK * i + k] ?? NONE;
            if (position < least.other) least.addOwned(position, ownerAt[position] ?? NOBODY);
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

/** Returns the first token of a segment at which one of the suffixes stands. */
export const firstPlace = (repeats: Repeats, range: Range): number => {
  const { suffixes, leasts } = repeats;
  let least = NONE;
  cover(
    suffixes.length,
    range,
    (from, to) => {
      for (let i = from; i < to; i++) least = Math.min(least, suffixes[i] ?? NONE);
    },
    (from, to) => {
      for (let i = from; i < to; i++) least = Math.min(least, leasts[BLOCK * i] ?? NONE);
    },
  );
  return placeAt(repeats, least);
};

/** Returns the first token at which one of the suffixes stands in a text of anybody who is known, but not of `owner`. */
export const firstPlaceOfOthers = (repeats: Repeats, range: Range, owner: number): number => {
  const { suffixes, leasts } = repeats;
  const least = new Least();
  const add = (position: number): void => {
    if (position < least.other) least.addOwned(position, ownerAt(repeats, position));
  };
  cover(
    suffixes.length,
    range,
    (from, to) => {
      for (let i = from; i < to; i++) add(suffixes[i] ?? NONE);
    },
    (from, to) => {
      for (let i = from; i < to; i++) for (let k = 1; k < BLOCK; k++) add(leasts[BLOCK * i + k] ?? NONE);
    },
  );
  const { owned, other } = least;
  return placeAt(repeats, owned !== NONE && ownerAt(repeats, owned) === owner ? other : owned);
};
