/** A part of a text, as a text of its own. */
import type { Tokens } from '../../state/attribution/pt1.ts';

/** Tokens [start, end). */
export const tokensBetween = ({ offsets, bytes }: Tokens, start: number, end: number): Tokens => {
  const first = offsets[start] ?? 0;
  return {
    count: end - start,
    offsets: offsets.slice(start, end + 1).map((offset) => offset - first),
    bytes: bytes.subarray(first, offsets[end]),
  };
};
