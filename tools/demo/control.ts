/**
 * The control, off the chain: how much the same rules would pay for a text that no model wrote. What they pay for the
 * outputs of a model means little without this figure.
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

/** The bits that calibration finds on this data for any draw of tokens. */
const MATHS_BITS = 192;
const PAID_BPS_MAX = 100;

/** Checks that after calibration, matches pay next to nothing for outputs that repeat nothing but idioms. */
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
