/** The picks of a section: the chunks that share most with it, one after another. */

import { PICK_PHRASES_MIN, PICKS_MAX } from '../../state/attribution/relevance.ts';

/**
 * Returns the picks, as indices of chunks: each is the chunk that adds the most bits to those before it, of those that add
 * enough phrases. Of equal ones it is the least.
 *
 * @param bits - of each phrase
 * @param bearers - by phrase, the chunks that bear it, each once
 * @param chunks - the number of chunks
 */
export const pickChunks = (
  bits: ArrayLike<number>,
  bearers: readonly (readonly number[])[],
  chunks: number,
): readonly number[] => {
  const borne: number[][] = Array.from({ length: chunks }, () => []);
  const gains = new Float64Array(chunks);
  const counts = new Uint32Array(chunks);
  for (const [phrase, all] of bearers.entries())
    for (const chunk of all) {
      borne[chunk]?.push(phrase);
      gains[chunk] = (gains[chunk] ?? 0) + (bits[phrase] ?? 0);
      counts[chunk] = (counts[chunk] ?? 0) + 1;
    }
  const added = new Uint8Array(bearers.length);
  const picks: number[] = [];
  while (picks.length < PICKS_MAX) {
    let best = -1;
    for (let chunk = 0; chunk < chunks; chunk++)
      if ((counts[chunk] ?? 0) >= PICK_PHRASES_MIN && (best < 0 || (gains[chunk] ?? 0) > (gains[best] ?? 0)))
        best = chunk;
    if (best < 0) break;
    picks.push(best);
    for (const phrase of borne[best] ?? []) {
      if (added[phrase] === 1) continue;
      added[phrase] = 1;
      for (const chunk of bearers[phrase] ?? []) {
        gains[chunk] = (gains[chunk] ?? 0) - (bits[phrase] ?? 0);
        counts[chunk] = (counts[chunk] ?? 0) - 1;
      }
    }
  }
  return picks;
};
