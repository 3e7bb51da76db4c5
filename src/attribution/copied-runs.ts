/** Which runs of a text an index of earlier items holds already (docs/calibration.md#the-rules). */
import type { Tokens } from '../../state/attribution/pt1.ts';
import type { FirstHolders, Place } from './corpus-index.ts';
import { NOWHERE } from './suffix-automaton.ts';

/** Tokens [start, end) that also stand at `place`. */
export type HeldRun = { readonly start: number; readonly end: number; readonly place: Place };

const windowsOf = (tokens: number, length: number) => {
  const count = Math.max(0, tokens - length + 1);
  const starts = Uint32Array.from({ length: count }, (_, i) => i);
  return { starts, ends: starts.map((start) => start + length), count };
};

/**
 * Runs of at least `copyMin` tokens that items of the index hold, whose union is all such runs. Ascending: each starts
 * after, and reaches further than, the one before, and begins where the one before that has ended, or later. That holds
 * because each is, of those over the first position that is still open, the one that reaches furthest: a third one that
 * began earlier lay over that position too, and would have been taken as the second.
 */
export const copiedRuns = <Q>(
  index: FirstHolders<Q>,
  tokens: Tokens,
  copyMin: number,
): readonly HeldRun[] => {
  const query = index.prepare(tokens);
  const windows = windowsOf(tokens.count, copyMin);
  const places = index.firsts(query, windows);
  const endFrom = (start: number): number => {
    const place = places[start] ?? NOWHERE;
    if (place === NOWHERE) return start;
    return (
      start + copyMin + index.extent(query, start + copyMin, place + copyMin, tokens.count - start - copyMin)
    );
  };
  const runs: HeldRun[] = [];
  // Ends of the windows' stretches, worked out when they are asked for: most of a copy is under one run.
  const ends = new Int32Array(windows.count).fill(-1);
  let open = 0;
  while (open < tokens.count) {
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
    runs.push({ start: best, end: bestEnd, place: index.locate(places[best] ?? NOWHERE) });
    open = bestEnd;
  }
  return runs;
};
