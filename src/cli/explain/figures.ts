/** Numbers as people read them. */

import { Q8 } from '../../../state/attribution/parameters.ts';
import { divFloor, divFloorNumber } from '../../lib/math.ts';

/** The smallest amount that is shown in OPEN: the last of its nine decimals. */
const LAST_DECIMAL = 10n ** 9n;
const DECIMALS = 9;

/** Rounded down to nine decimals of an OPEN; less than that in base units. */
export const amount = (value: bigint): string => {
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? '−' : '';
  if (size === 0n) return '0';
  if (size < LAST_DECIMAL) return `${sign}${size} ${size === 1n ? 'base unit' : 'base units'}`;
  const digits = divFloor(size, LAST_DECIMAL)
    .toString()
    .padStart(DECIMALS + 1, '0');
  return `${sign}${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)} OPEN`;
};

export const bits = (q8: number): string => `${(q8 / Q8).toFixed(1)} bits`;

export const percentOfBps = (bps: number): string =>
  `${bps < 0 ? '−' : ''}${(Math.abs(bps) / 100).toFixed(2)} %`;

/** Rounded down, as the chain's own basis points are: one figure reads the same wherever it stands. */
export const percentOf = (part: number, whole: number): string =>
  percentOfBps(divFloorNumber(10_000 * part, Math.max(1, whole)));

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Tokens [start, end) by their places, the last one included. */
export const tokenRange = (start: number, end: number): string =>
  end - start === 1 ? `token ${start}` : `tokens ${start}–${end - 1}`;

/** The most entries of a list in a sentence. */
const LISTED_MAX = 8;

/** Ids in a sentence: `1, 2 and 3`, and how many more there are. */
export const listOf = (ids: readonly number[], all = ids.length): string => {
  const shown = ids.slice(0, LISTED_MAX).map(String);
  const more = all - shown.length;
  const last = more > 0 ? `${more} more` : (shown.pop() ?? '');
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
};
