/** Divides the rows of the training data among the contributors. */
import type { Problem } from './dataset.ts';

export const CONTRIBUTORS = 10;
export const CONTRIBUTIONS = 50;

export type Share = {
  /** The number of the contributor, from 0 to CONTRIBUTORS − 1. */
  readonly contributor: number;
  /** The index of the first of its rows, and the index after the last. */
  readonly from: number;
  readonly to: number;
};

/**
 * Divides `rows` rows, in their order, into contributions whose sizes differ by at most one row, the larger ones first.
 * Contribution i belongs to contributor i mod 10, so that nobody has one continuous stretch of the data.
 */
export const partition = (
  rows: number,
  contributions = CONTRIBUTIONS,
  contributors = CONTRIBUTORS,
): readonly Share[] => {
  const small = Math.floor(rows / contributions);
  const larger = rows - small * contributions;
  const shares: Share[] = [];
  let from = 0;
  for (let i = 0; i < contributions; i++) {
    const to = from + small + (i < larger ? 1 : 0);
    shares.push({ contributor: i % contributors, from, to });
    from = to;
  }
  return shares;
};

/** Returns the text of an item: its question, which is its prompt, then a newline, then its answer. */
export const itemText = ({ question, answer }: Problem): string => `${question}\n${answer}`;
