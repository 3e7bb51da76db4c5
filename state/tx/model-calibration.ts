/** An attestor's claim of a calibration (docs/calibration.md#the-rules): the evidence for one round of a version of a model. */
import { CALIBRATION_STEPS, NO_STEP } from '../attribution/calibration.ts';
import { type CalibrationClaim, CalibrationClaimType } from '../attribution/calibration-claim.ts';
import { countRuns } from '../attribution/claim.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

export const modelCalibration: Kind<CalibrationClaim> = {
  id: 27,
  version: 2,
  name: 'modelCalibration',
  payload: CalibrationClaimType,
  action: ({ model, version, round, level }) =>
    `claim round ${round} of the calibration of version ${version} of model ${model}: ` +
    (level < NO_STEP ? `at ${CALIBRATION_STEPS[level]} bits the bar is met` : 'no step meets the bar'),
  check: ({ level, draws }) =>
    allOf(
      level > NO_STEP &&
        problem('CALIBRATION_LEVEL', 'level', `a step of 0 to ${NO_STEP}, not ${level}`, { level }),
      draws.length === 0 && problem('CALIBRATION_LEVEL', 'draws', 'a calibration has draws', { level }),
    ),
  gas: ({ draws, before }) =>
    20_000n +
    200n * BigInt(draws.length + before.length) +
    100n * BigInt([...draws, ...before].reduce((sum, { claim }) => sum + countRuns(claim), 0)),
  accounts: noAccounts,
  content: noContent,
};
