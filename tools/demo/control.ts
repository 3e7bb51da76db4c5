/**
 * The control, off the chain: how much the same rules would pay for a text that no model wrote. What they pay for the
 * outputs of a model means little without this figure.
 */
import { traceInference } from '../../src/attribution/attestor.ts';
import { corpusOf } from '../../src/attribution/corpus.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import type { AttributionParams } from '../../state/params.ts';
import type { Check } from './checks.ts';
import type { Contribution } from './contribute.ts';
import { SOLVERS, type SolvedProblem } from './dataset.ts';
import type { CalibratedModel } from './services.ts';

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

/** A row of the control: the coverage before calibration, and after it. */
export type ControlRow = { readonly name: string; readonly raw: Coverage; readonly coverage: Coverage };

/**
 * Traces the human answers and the outputs of the four models to the contributed texts, by the rules before and after the
 * calibration of a model. The texts are those of the files, so no node or attestor has a part in it.
 */
export const measureCoverage = (
  { lMin, lMax, promptMin, iMin }: AttributionParams,
  contributions: readonly Contribution[],
  problems: readonly SolvedProblem[],
  matchBits: number,
): readonly ControlRow[] => {
  const rules = {
    version: RULES_DEFAULT,
    matchTokensMin: lMin,
    matchTokensMax: lMax,
    matchBitsMin: matchBits,
    promptMin,
  };
  const texts = contributions
    .map(({ contribution, rows }) => ({ contribution, items: rows.map(({ tokens }) => tokens) }))
    .toSorted((a, b) => a.contribution - b.contribution);
  const corpus = corpusOf(texts, new Set(), rules);
  const at = (name: 'ground_truth' | (typeof SOLVERS)[number], bits: number): Coverage =>
    coverageOf(
      problems.map((row) => {
        const output = name === 'ground_truth' ? row.ground_truth : row[name].solution;
        const inference = { prompt: row.question, output };
        return traceInference(corpus, inference, { ...rules, matchBitsMin: bits }).attribution;
      }),
    );
  return (['ground_truth', ...SOLVERS] as const).map((name) => ({
    name,
    raw: at(name, iMin),
    coverage: at(name, matchBits),
  }));
};

/** Returns basis points as a percentage. */
export const percentOf = (bps: number): string => `${(bps / 100).toFixed(2)} %`;

/** The bits that calibration finds on this data, by the draw of tokens: of 60 draws, 59 led to the first, 1 to the second. */
const MATHS_BITS: readonly number[] = [128, 160];
const PAID_BPS_MAX = 100;

/** Checks that after calibration, matches pay next to nothing for outputs that repeat nothing but idioms. */
export const habitIsNotPaid = (
  { matchBits, controlBps }: Pick<CalibratedModel, 'matchBits' | 'controlBps'>,
  settled: Coverage,
): Check => ({
  name: 'what habit explains is not paid',
  premise: 'settled receipts of the maths model',
  cases: settled.outputs,
  holds: MATHS_BITS.includes(matchBits) && settled.bps - controlBps <= PAID_BPS_MAX,
  detail: `matches count from ${matchBits} bits on; they explain ${percentOf(settled.bps)} of the outputs, and coincidence ${percentOf(controlBps)}`,
});
