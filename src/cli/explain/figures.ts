/** Numbers as people read them. */

import { Q8 } from '../../../state/attribution/parameters.ts';
import { divFloor, divFloorNumber } from '../../lib/math.ts';

const UNITS: readonly (readonly [name: string, base: bigint])[] = [
  ['OPEN', 10n ** 18n],
  ['mOPEN', 10n ** 15n],
  ['µOPEN', 10n ** 12n],
  ['nOPEN', 10n ** 9n],
];

/** Rounded down to three decimals of the largest unit of which there is one; less than a nOPEN in base units. */
export const amount = (value: bigint): string => {
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? '−' : '';
  const unit = UNITS.find(([, base]) => size >= base);
  if (size === 0n) return '0';
  if (unit === undefined) return `${sign}${size} ${size === 1n ? 'base unit' : 'base units'}`;
  const [name, base] = unit;
  const thousandths = divFloor(1000n * size, base);
  const whole = divFloor(thousandths, 1000n);
  return `${sign}${whole}.${(thousandths % 1000n).toString().padStart(3, '0')} ${name}`;
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
