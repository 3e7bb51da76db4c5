/**
 * Makes the claim of a measured calibration: all matches and shared runs at the step that meets the bar, and of enough draws
 * at the step before.
 */
import { meetsBar, NO_STEP } from '../../state/attribution/calibration.ts';
import type { BeforeClaim, CalibrationClaim } from '../../state/attribution/calibration-claim.ts';
import { invariant } from '../lib/errors.ts';
import type { MeasuredStep, Measurement } from './calibrator.ts';

/**
 * Returns as many claims of draws, those with the most coverage first, as are needed to show that the bar is not met. The
 * sums never decrease as claims are added.
 */
const enough = (
  { traces }: MeasuredStep,
  { sumsOf }: Measurement,
  targetBps: number,
): readonly BeforeClaim[] => {
  const ranked = traces
    .map((trace, draw) => ({ trace, draw }))
    .sort((a, b) => b.trace.covered - a.trace.covered || a.draw - b.draw);
  const chosen = (count: number): ReadonlySet<number> =>
    new Set(ranked.slice(0, count).map(({ draw }) => draw));
  const shows = (count: number): boolean => {
    const shown = chosen(count);
    const sums = sumsOf(traces.map((trace, k) => (shown.has(k) ? trace : { ...trace, scores: [] })));
    return !meetsBar(sums, targetBps);
  };
  let low = 0;
  let high = ranked.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shows(middle)) high = middle;
    else low = middle + 1;
  }
  const shown = chosen(low);
  return traces.flatMap(({ claim }, draw) => (shown.has(draw) ? [{ draw, claim }] : []));
};

export const claimOfMeasurement = (
  measurement: Measurement,
  {
    targetBps,
    ...named
  }: Pick<CalibrationClaim, 'model' | 'version' | 'round' | 'asOf'> & { readonly targetBps: number },
): CalibrationClaim => {
  const { draws, steps, level, measurable } = measurement;
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
    before: before === undefined || !measurable ? [] : enough(before, measurement, targetBps),
  };
};
