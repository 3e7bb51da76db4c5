/** Finds, by halving, the suffixes that begin with a stretch. */

/** From where on, and to where, suffixes begin with a stretch; or how much of it the closest one begins with. */
export type Interval =
  | { readonly held: true; readonly from: number; readonly to: number }
  | { readonly held: false; readonly longest: number };

/** A text, which ends with an id that nobody asks for, and its suffixes in order. */
export type SortedText = { readonly text: Int32Array; readonly suffixes: Int32Array };

/**
 * Returns the suffixes that begin with query[start .. end).
 *
 * @param within - the suffixes among which they are; those all begin with the same `known` tokens as the stretch
 */
export const intervalOf = (
  { text, suffixes }: SortedText,
  query: Int32Array | Uint32Array,
  start: number,
  end: number,
  within: { readonly from: number; readonly to: number; readonly known: number },
): Interval => {
  const { known } = within;
  let low = within.from;
  let high = within.to;
  const length = end - start;
  // Tokens that the suffixes just outside of [low, high) share with the stretch: those between share the lesser.
  let sharedLow = known;
  let sharedHigh = known;
  let longest = known;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const suffix = suffixes[middle] ?? 0;
    let shared = Math.min(sharedLow, sharedHigh);
    while (shared < length && query[start + shared] === text[suffix + shared]) shared += 1;
    if (shared > longest) longest = shared;
    // The text ends with an id that nobody asks for, so neither is a prefix of the other.
    if (shared < length && (text[suffix + shared] ?? 0) < (query[start + shared] ?? 0)) {
      low = middle + 1;
      sharedLow = shared;
    } else {
      high = middle;
      sharedHigh = shared;
    }
  }
  if (longest < length) return { held: false, longest };
  // Only suffixes that begin with it, then others, stand from here on: doubling steps, then halving.
  const from = low;
  const holds = (at: number): boolean => {
    const suffix = suffixes[at] ?? 0;
    for (let i = known; i < length; i++) if (query[start + i] !== text[suffix + i]) return false;
    return true;
  };
  let step = 1;
  while (from + step < within.to && holds(from + step)) step *= 2;
  let last = from + (step >> 1);
  let beyond = Math.min(within.to, from + step);
  while (beyond - last > 1) {
    const middle = (last + beyond) >>> 1;
    if (holds(middle)) last = middle;
    else beyond = middle;
  }
  return { held: true, from, to: beyond };
};
