/**
 * Texts of which some chunks are known, as after an answer to a demand. A token has at least one byte, so one of none
 * stands for a token that is not known; everything that reads {@link Tokens} works on them as it is.
 */
import type { Tokens } from '../../../state/attribution/tokens.ts';

/** Tokens that differ, that may differ for all that is known, or that are the same. */
export type Comparison = 'same' | 'different' | 'unknown';

/** Compares token i of a with token j of b, both of which exist. */
export const compareTokens = (a: Tokens, i: number, b: Tokens, j: number): Comparison => {
  const from = a.offsets[i] ?? 0;
  const other = b.offsets[j] ?? 0;
  const length = (a.offsets[i + 1] ?? 0) - from;
  const otherLength = (b.offsets[j + 1] ?? 0) - other;
  if (length === 0 || otherLength === 0) return 'unknown';
  if (length !== otherLength) return 'different';
  for (let k = 0; k < length; k++) if (a.bytes[from + k] !== b.bytes[other + k]) return 'different';
  return 'same';
};

export const isKnown = (tokens: Tokens, i: number): boolean =>
  (tokens.offsets[i + 1] ?? 0) > (tokens.offsets[i] ?? 0);

/** Checks whether all of tokens [start, end) are known. */
export const areKnown = (tokens: Tokens, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (!isKnown(tokens, i)) return false;
  return true;
};

/**
 * Returns a text of `count` tokens of which some are known.
 * @param token - returns undefined for an unknown token
 */
export const partialTokens = (count: number, token: (position: number) => Uint8Array | undefined): Tokens => {
  const known = Array.from({ length: count }, (_, position) => token(position));
  const offsets = new Uint32Array(count + 1);
  for (const [i, each] of known.entries()) offsets[i + 1] = (offsets[i] ?? 0) + (each?.length ?? 0);
  const bytes = new Uint8Array(offsets[count] ?? 0);
  for (const [i, each] of known.entries()) if (each !== undefined) bytes.set(each, offsets[i] ?? 0);
  return { count, offsets, bytes };
};

/** Returns tokens [start, end) of a text, as a text. */
export const sliceTokens = ({ offsets, bytes }: Tokens, start: number, end: number): Tokens => {
  const from = offsets[start] ?? 0;
  return {
    count: end - start,
    offsets: offsets.subarray(start, end + 1).map((offset) => offset - from),
    bytes: bytes.subarray(from, offsets[end] ?? from),
  };
};
