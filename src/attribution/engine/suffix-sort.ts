/**
 * Sorts all suffixes of a text over integers, in linear time: SA-IS (Nong, Zhang and Chan, "Two efficient algorithms for
 * linear time suffix array construction", IEEE Trans. Computers 60(10), 2011). After the text stands a sentinel that
 * is less than everything; it is not stored.
 *
 * A suffix is of type S if it is less than the next one, otherwise of type L; an S after an L is an LMS. The last
 * suffix is an L. From LMS suffixes in order one scan induces all L in order, and a second all S.
 */
const EMPTY = -1;

/** Where the bucket of each symbol begins, and, at the end, the length of the text. */
const bucketStarts = (text: Int32Array, symbols: number): Int32Array => {
  const starts = new Int32Array(symbols + 1);
  for (let i = 0; i < text.length; i++) {
    const after = (text[i] ?? 0) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let symbol = 0; symbol < symbols; symbol++)
    starts[symbol + 1] = (starts[symbol + 1] ?? 0) + (starts[symbol] ?? 0);
  return starts;
};

/** Calls `visit` for every LMS, from the last to the first. */
const eachLms = (text: Int32Array, visit: (position: number) => void): void => {
  let isS = false;
  for (let i = text.length - 2; i >= 0; i--) {
    const here = text[i] ?? 0;
    const next = text[i + 1] ?? 0;
    const wasS: boolean = isS;
    isS = here < next || (here === next && wasS);
    if (wasS && !isS) visit(i + 1);
  }
};

/** From the LMS at the ends of their buckets, every slot else EMPTY, to all suffixes. */
const induce = (text: Int32Array, starts: Int32Array, suffixes: Int32Array): void => {
  const { length } = text;
  const heads = starts.slice(0, -1);
  const last = text[length - 1] ?? 0;
  suffixes[heads[last] ?? 0] = length - 1;
  heads[last] = (heads[last] ?? 0) + 1;
  // The symbol whose bucket i is in; what precedes is an L if its symbol is not less.
  for (let i = 0, symbol = 0; i < length; i++) {
    while (i >= (starts[symbol + 1] ?? 0)) symbol += 1;
    const before = (suffixes[i] ?? 0) - 1;
    if (before < 0) continue;
    const own = text[before] ?? 0;
    if (own < symbol) continue;
    const head = heads[own] ?? 0;
    suffixes[head] = before;
    heads[own] = head + 1;
  }
  const tails = starts.slice(1);
  for (let i = length - 1, symbol = starts.length - 2; i >= 0; i--) {
    while (i < (starts[symbol] ?? 0)) symbol -= 1;
    const before = (suffixes[i] ?? 0) - 1;
    if (before < 0) continue;
    const own = text[before] ?? 0;
    // Of equal symbols it is an S if the next one is: if that stands in the part of the bucket where S were put.
    if (own > symbol || (own === symbol && i < (tails[own] ?? 0))) continue;
    const tail = (tails[own] ?? 0) - 1;
    suffixes[tail] = before;
    tails[own] = tail;
  }
};

/** Puts LMS, the last of their order first, at the ends of their buckets. */
const placeLms = (text: Int32Array, starts: Int32Array, suffixes: Int32Array, lms: Int32Array): void => {
  suffixes.fill(EMPTY);
  const tails = starts.slice(1);
  for (let i = lms.length - 1; i >= 0; i--) {
    const position = lms[i] ?? 0;
    const symbol = text[position] ?? 0;
    const tail = (tails[symbol] ?? 0) - 1;
    suffixes[tail] = position;
    tails[symbol] = tail;
  }
};

/** All LMS, ascending. */
const lmsOf = (text: Int32Array): Int32Array => {
  let count = 0;
  eachLms(text, () => {
    count += 1;
  });
  const positions = new Int32Array(count);
  eachLms(text, (position) => {
    count -= 1;
    positions[count] = position;
  });
  return positions;
};

/**
 * Numbers the stretches from each LMS to the next one, both included, in their order, equal ones alike. No two LMS are
 * neighbours, so half of a position tells them apart.
 *
 * @param sorted - the LMS in the order of their stretches
 * @returns how many numbers there are, and that of the stretch from position p on at [p >> 1]
 */
const nameStretches = (
  text: Int32Array,
  positions: Int32Array,
  sorted: Int32Array,
): { readonly names: Int32Array; readonly count: number } => {
  const half = (text.length >> 1) + 1;
  const lengths = new Int32Array(half);
  // The last one has the sentinel in it, and is like no other.
  for (const [i, position] of positions.entries())
    lengths[position >> 1] = (positions[i + 1] ?? text.length) - position + 1;
  const same = (a: number, b: number): boolean => {
    const length = lengths[a >> 1] ?? 0;
    if (length !== lengths[b >> 1] || Math.max(a, b) + length > text.length) return false;
    for (let i = 0; i < length; i++) if (text[a + i] !== text[b + i]) return false;
    return true;
  };
  const names = new Int32Array(half);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const position = sorted[i] ?? 0;
    if (i === 0 || !same(sorted[i - 1] ?? 0, position)) count += 1;
    names[position >> 1] = count - 1;
  }
  return { names, count };
};

/** The LMS in the order of their suffixes. @param suffixes - room to work in */
const sortLms = (text: Int32Array, starts: Int32Array, suffixes: Int32Array): Int32Array => {
  const positions = lmsOf(text);
  if (positions.length < 2) return positions;
  // From LMS in any order the scans sort the stretches, though not yet what follows them.
  placeLms(text, starts, suffixes, positions);
  induce(text, starts, suffixes);
  const marked = new Uint8Array((text.length >> 3) + 1);
  for (const position of positions)
    marked[position >> 3] = (marked[position >> 3] ?? 0) | (1 << (position & 7));
  const sorted = new Int32Array(positions.length);
  let found = 0;
  for (let i = 0; i < suffixes.length; i++) {
    const position = suffixes[i] ?? 0;
    if (((marked[position >> 3] ?? 0) & (1 << (position & 7))) === 0) continue;
    sorted[found] = position;
    found += 1;
  }
  const { names, count } = nameStretches(text, positions, sorted);
  if (count === positions.length) return sorted;
  const order = suffixArray(
    positions.map((position) => names[position >> 1] ?? 0),
    count,
  );
  return order.map((i) => positions[i] ?? 0);
};

/**
 * The suffixes of `text`, as the positions they begin at, in order.
 *
 * @param symbols - all of the text are from 0 up to, and without, this
 */
export const suffixArray = (text: Int32Array, symbols: number): Int32Array => {
  const suffixes = new Int32Array(text.length);
  if (text.length === 0) return suffixes;
  const starts = bucketStarts(text, symbols);
  const lms = sortLms(text, starts, suffixes);
  placeLms(text, starts, suffixes, lms);
  induce(text, starts, suffixes);
  return suffixes;
};
