/**
 * The windows of an output that decide its owners: of all that are long and informative enough to be a match, only the
 * shortest from each start and the shortest to each end.
 *
 * Why they suffice. Let [s, e) match contribution c, and call [a, b) with Lmin tokens and Imin bits outside X
 * *qualified*; growing a qualified window keeps it so. Every qualified window within [s, e) matches c as well, at the
 * same place. Let s' be the last start in it with a qualified [s', b), b <= e. From each start a of s .. s' the
 * shortest qualified window ends by e, as no later than that from s', and together they cover [s, b'), b' being the
 * end of the shortest from s'. The shortest qualified window to the end e starts at s' and covers [s', e). So every
 * position of [s, e) lies in one of those windows, which c holds; hence the least contribution id over all matches that cover a
 * position is the least among the first holders of these windows that cover it.
 */
import { Q8 } from '../../state/attribution/parameters.ts';

export type WindowRules = {
  /** Lmin and Lmax. */
  readonly matchTokensMin: number;
  readonly matchTokensMax: number;
  /** Imin, in bits. */
  readonly matchBitsMin: number;
};

export type Windows = {
  /**
   * The windows by start, then end: window i is [starts[i], ends[i]). They are distinct, and none is longer than Lmax.
   */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
  /** For each end e, the last start s of a qualified [s, e) of any length, or −1. Ascending. */
  readonly latestStart: Int32Array;
};

/**
 * Returns the windows.
 * @param free - the information outside of X before each position, and the total, in Q8 bits: one more than there are
 * tokens
 */
export const shortestWindows = (free: Float64Array, rules: WindowRules): Windows => {
  const tokens = free.length - 1;
  const least = Q8 * rules.matchBitsMin;
  const qualified = (start: number, end: number): boolean =>
    end - start >= rules.matchTokensMin && (free[end] ?? 0) - (free[start] ?? 0) >= least;

  const latestStart = new Int32Array(tokens + 1).fill(-1);
  for (let end = 0, start = 0; end <= tokens; end++) {
    while (qualified(start, end)) start += 1;
    latestStart[end] = start - 1;
  }

  const starts = new Uint32Array(2 * tokens);
  const ends = new Uint32Array(2 * tokens);
  let count = 0;
  const add = (start: number, end: number): void => {
    if (end - start > rules.matchTokensMax) return;
    starts[count] = start;
    ends[count] = end;
    count += 1;
  };
  // The windows to an end that begin at this start: longer than the shortest from this start, shorter than the shortest
  // from the next.
  for (let start = 0, end = 0; start < tokens; start++) {
    while (end <= tokens && (latestStart[end] ?? -1) < start) end += 1;
    if (end > tokens) break;
    add(start, end);
    for (let to = end + 1; to <= tokens && latestStart[to] === start; to++) add(start, to);
  }
  return { starts: starts.subarray(0, count), ends: ends.subarray(0, count), count, latestStart };
};
