/**
 * The control, off the chain: how much of a text that no model wrote the same rules would pay for. What they pay for a
 * model's outputs means little without it.
 */
import type { CalibratedModel } from './calibrate.ts';
import type { Check } from './checks.ts';

export type Coverage = {
  readonly outputs: number;
  /** Σ S and Σ T, Q8 bits. */
  readonly covered: number;
  readonly total: number;
  /** ⌊10000 · Σ S / Σ T⌋ */
  readonly bps: number;
};

export const coverageOf = (
  parts: readonly { readonly covered: number; readonly total: number }[],
): Coverage => {
  const covered = parts.reduce((sum, part) => sum + part.covered, 0);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return {
    outputs: parts.length,
    covered,
    total,
    bps: total === 0 ? 0 : Math.floor((10_000 * covered) / total),
  };
};

/** The bits that calibration finds on this data for any draw of tokens, and the most that may be paid after it. */
const MATHS_BITS = 192;
const PAID_BPS_MAX = 100;

/** After calibration, what matches earn of outputs that repeat nothing but idioms is next to nothing. */
export const habitIsNotPaid = (
  { matchBits, controlBps }: Pick<CalibratedModel, 'matchBits' | 'controlBps'>,
  settled: Coverage,
): Check => ({
  name: 'what habit explains is not paid',
  premise: 'settled receipts of the maths model',
  cases: settled.outputs,
  holds: matchBits === MATHS_BITS && settled.bps - controlBps <= PAID_BPS_MAX,
  detail: `matches count from ${matchBits} bits on; a ${settled.bps} bps, κ ${controlBps} bps of the outputs’ information`,
});
