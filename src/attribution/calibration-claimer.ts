/**
 * Makes the claim of a measured calibration: all matches and shared runs at the step that meets the bar, and of enough draws
 * at the step before.
 */
import { meetsBar, NO_STEP } from '../../state/attribution/calibration.ts';
import type { BeforeClaim, CalibrationClaim } from '../../state/attribution/calibration-claim.ts';
import { invariant } from '../lib/errors.ts';
import type { MeasuredStep, Measurement } from './calibrator.ts';

/**
 * Returns as many claims of draws, those with the most coverage first, as are needed to show that the bar is not met.
 */
const enough = ({ traces, total }: MeasuredStep, targetBps: number): readonly BeforeClaim[] => {
  const chosen: BeforeClaim[] = [];
  let covered = 0;
  for (const { trace, draw } of traces
    .map((trace, draw) => ({ trace, draw }))
    .sort((a, b) => b.trace.covered - a.trace.covered || a.draw - b.draw)) {
    if (!meetsBar({ covered, total }, targetBps)) break;
    chosen.push({ draw, claim: trace.claim });
    covered += trace.covered;
  }
  return chosen.sort((a, b) => a.draw - b.draw);
};

export const claimOfMeasurement = (
  { draws, steps, level, measurable }: Measurement,
  {
    targetBps,
    ...named
  }: Pick<CalibrationClaim, 'model' | 'version' | 'round' | 'asOf'> & { readonly targetBps: number },
): CalibrationClaim => {
  const before = steps[level - 1];
  const met = steps[level] ?? steps.at(-1);
  invariant(met !== undefined && met.traces.length === draws.length, 'every draw was traced at every step');
  return {
    ...named,
    level,
    draws: draws.map((draw, k) => {
      const claim = met.traces[k]?.claim ?? { x: [], matches: [], shared: [], info: [0] };
      // If no step meets the bar, only the totals are claimed.
      return {
        ...draw,
        claim: level < NO_STEP ? claim : { x: [], matches: [], shared: [], info: claim.info.slice(-1) },
      };
    }),
    before: before === undefined || !measurable ? [] : enough(before, targetBps),
  };
};
