/** Finds X, the positions of an output in a run that also stands in the prompt, and runs that prove it. */
import type { Echo } from '../../state/attribution/claim.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { CorpusIndex } from './corpus-index.ts';
import { NOWHERE } from './suffix-automaton.ts';

/**
 * Returns runs, each with its place in the prompt, whose union is X. Every run of at least `promptMin` tokens is a
 * union of runs of exactly that length, so those determine X. Each is extended as far as the prompt agrees.
 */
export const findEchoes = (output: Tokens, prompt: Tokens, promptMin: number): readonly Echo[] => {
  if (output.count < promptMin || prompt.count < promptMin) return [];
  const index = new CorpusIndex(promptMin, prompt.count + 1);
  index.append(0, 0, prompt);
  const query = index.prepare(output);
  const starts = Uint32Array.from(query.hashes, (_, start) => start);
  const ends = starts.map((start) => start + promptMin);
  const places = index.firsts(query, { starts, ends, count: starts.length });

  const echoes: Echo[] = [];
  let at = 0;
  while (at < output.count) {
    // The run that extends furthest of those over the first position not yet covered, which keeps the runs few
    // (claim.ts).
    let furthest: Echo | undefined;
    for (let start = Math.max(0, at - promptMin + 1); start <= at; start++) {
      const place = places[start] ?? NOWHERE;
      if (place === NOWHERE) continue;
      const end = start + index.extent(query, start, place, output.count);
      if (furthest === undefined || end > furthest.end) furthest = { start, end, place };
    }
    if (furthest === undefined) at += 1;
    else {
      echoes.push(furthest);
      at = furthest.end;
    }
  }
  return echoes;
};
