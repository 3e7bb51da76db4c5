/** Finds the runs of a text that an index of earlier items already holds (docs/calibration.md#the-rules). */
import type { Place } from './first-holders.ts';
import type { Answer } from './many-texts.ts';
import { NOWHERE, type WindowList } from './suffix-automaton.ts';

/** Tokens [start, end) of a text that also stand at `place` in the index. */
export type HeldRun = { readonly start: number; readonly end: number; readonly place: Place };

/** Returns all windows of exactly `length` tokens. */
export const windowsOf = (tokens: number, length: number): WindowList => {
  const count = Math.max(0, tokens - length + 1);
  const starts = Uint32Array.from({ length: count }, (_, i) => i);
  return { starts, ends: starts.map((start) => start + length), count };
};

/**
 * Returns runs of at least `copyMin` tokens that items of the index hold, whose union is all such runs. They ascend:
 * each starts and ends after the one before, and starts where the last but one has ended, or later. The reason is that
 * each run is the one that extends furthest of all runs over the first position that is still open. A third run that
 * began earlier would lie over that position too, so it would have been chosen as the second.
 *
 * @param answer - what an index holds of all windows of `copyMin` tokens of the text
 */
export const copiedRuns = (
  { tokens: { count }, windows, places, extent }: Answer,
  copyMin: number,
  locate: (place: number) => Place,
): readonly HeldRun[] => {
  const endFrom = (start: number): number => {
    const place = places[start] ?? NOWHERE;
    return place === NOWHERE ? start : start + copyMin + extent(start + copyMin, place + copyMin);
  };
  const runs: HeldRun[] = [];
  // The ends of the stretches of the windows. They are computed on demand, because one run covers most of a copy.
  const ends = new Int32Array(windows.count).fill(-1);
  let open = 0;
  while (open < count) {
    let best = -1;
    let bestEnd = open;
    const last = Math.min(open, windows.count - 1);
    for (let start = Math.max(0, open - copyMin + 1); start <= last; start++) {
      if ((ends[start] ?? -1) < 0) ends[start] = endFrom(start);
      const end = ends[start] ?? start;
      if (end > bestEnd) {
        best = start;
        bestEnd = end;
      }
    }
    if (best < 0) {
      open += 1;
      continue;
    }
    runs.push({ start: best, end: bestEnd, place: locate(places[best] ?? NOWHERE) });
    open = bestEnd;
  }
  return runs;
};
