/**
 * The windows of an output that decide its owners. Of all windows that are long and informative enough to be a match, they are
 * the shortest from each start and the shortest to each end.
 *
 * Why they suffice. Call a window *qualified* if it has at least Lmin tokens and Imin bits outside of X. Every window that
 * contains a qualified one is qualified too. Let [s, e) be a match with contribution c. Then c holds every qualified window
 * within [s, e). Those from the following two lists cover [s, e):
 * - Let s' be the last start of a qualified window that ends at e or before. The shortest qualified window from each start in
 *   s .. s' ends no later than the one from s', so it lies within [s, e). Together these windows cover [s, b'), where b' is
 *   the end of the one from s'.
 * - The shortest qualified window to the end e starts at s', and covers [s', e).
 *
 * So every position of a match lies in one of these windows, which the contribution of the match holds. Therefore the
 * contribution that comes first of all matches over a position is the one that comes first among the first holders of these
 * windows over it.
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
  /** For each end, the last start of a qualified window to it, of any length; −1 if there is none. It never descends. */
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
  // From each start, first the shortest window. Then those that are the shortest to their ends: they end after it, and before
  // the shortest window from the next start.
  for (let start = 0, end = 0; start < tokens; start++) {
    while (end <= tokens && (latestStart[end] ?? -1) < start) end += 1;
    if (end > tokens) break;
    add(start, end);
    for (let to = end + 1; to <= tokens && latestStart[to] === start; to++) add(start, to);
  }
  return { starts: starts.subarray(0, count), ends: ends.subarray(0, count), count, latestStart };
};
