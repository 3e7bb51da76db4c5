/** Makes the text that a segment repeats, see repeats.ts. */
import { invariant } from '../../lib/errors.ts';
import { SEPARATOR, WORDS_PER_TOKEN } from './lexicon.ts';
import { contributionAt, NOBODY, ownersIn } from './owners.ts';
import { sharedInt32, sharedUint32 } from './postings.ts';
import { leastsOf, NO_REPEATS, REGION, type Repeats } from './repeats.ts';
import { idAt, type Segment } from './segment.ts';
import { suffixArray } from './suffix-sort.ts';
import { GRAM, STRETCH } from './winnow.ts';

/**
 * A list is long if it has more postings than the limit of its segment. That is LONG_LIST where one of REPETITIVE tokens,
 * or more, begins a run with such a list: where a text was made to repeat itself. Elsewhere it is the least power of two
 * from LONG_LIST on at which no more than one of FEW tokens does, but at most LONGEST_LIST: so what people write has
 * hardly any long lists, however much of it there is.
 */
const LONG_LIST = 4096;
const LONGEST_LIST = 65_536;
const REPETITIVE = 32;
const FEW = 1024;
/** Tokens of a stretch that may stand before its run, or after it. */
const BESIDE = STRETCH - GRAM;

/** The bytes per token of the text that it takes, and that making it takes beside that, at most. */
const REPEATED_BYTES = 10;
const MAKING_BYTES = 40;

const eachLongList = (
  { directory }: Segment,
  limit: number,
  visit: (from: number, to: number) => void,
): void => {
  for (let bucket = 0; bucket + 1 < directory.length; bucket++) {
    const from = directory[bucket] ?? 0;
    const to = directory[bucket + 1] ?? 0;
    if (to - from > limit) visit(from, to);
  }
};

/** The number of postings in lists of more than `limit`. */
const postingsAbove = (segment: Segment, limit: number): number => {
  let count = 0;
  eachLongList(segment, limit, (from, to) => {
    count += to - from;
  });
  return count;
};

const limitFor = (segment: Segment): number => {
  const tokens = segment.low.length;
  let limit = LONG_LIST;
  if (REPETITIVE * postingsAbove(segment, limit) >= tokens) return limit;
  while (limit < LONGEST_LIST && FEW * postingsAbove(segment, limit) > tokens) limit *= 2;
  return limit;
};

/** Where the runs of long lists begin, ascending. */
const runsOfLongLists = (segment: Segment, limit: number): Uint32Array => {
  const runs = new Uint32Array(postingsAbove(segment, limit));
  let count = 0;
  eachLongList(segment, limit, (from, to) => {
    runs.set(segment.places.subarray(from, to), count);
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
 * @param room - bytes that it may take while it is made; with less, no list counts as long
 * @param limit - the postings that a list may have without being long
 */
export const repeatsOf = (segment: Segment, room: number, limit = limitFor(segment)): Repeats => {
  const runs = runsOfLongLists(segment, limit);
  if (runs.length === 0) return { ...NO_REPEATS, limit };
  if (12 * runs.length > room) return NO_REPEATS;
  const stretches = stretchesAround(segment, runs);
  let length = stretches.length / 2;
  for (let i = 0; i < stretches.length; i += 2) length += (stretches[i + 1] ?? 0) - (stretches[i] ?? 0);
  if (12 * runs.length + (REPEATED_BYTES + MAKING_BYTES) * length > room) return NO_REPEATS;

  const owners = ownersIn(segment);
  const text = sharedInt32(length);
  const regions = sharedUint32((REGION * stretches.length) / 2);
  const ownerAt = new Int32Array(length);
  let position = 0;
  for (let i = 0, region = 0; i < stretches.length; i += 2, region += REGION) {
    const from = stretches[i] ?? 0;
    const to = stretches[i + 1] ?? 0;
    const owner = owners.owners[contributionAt(owners, from)] ?? NOBODY;
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
  return { limit, text, suffixes, regions, leasts: leastsOf(suffixes, (at) => ownerAt[at] ?? NOBODY) };
};
