/** An attestor's claim of a calibration (docs/calibration.md#the-rules): the evidence for one version of a model. */
import { CALIBRATION_STEPS, NO_STEP } from '../attribution/calibration.ts';
import { type CalibrationClaim, CalibrationClaimType } from '../attribution/calibration-claim.ts';
import { fault } from './errors.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

export const modelCalibration: Kind<CalibrationClaim> = {
  id: 27,
  version: 1,
  name: 'modelCalibration',
  payload: CalibrationClaimType,
  action: ({ model, version, level }) =>
    `claim the calibration of version ${version} of model ${model}: ` +
    (level < NO_STEP ? `at ${CALIBRATION_STEPS[level]} bits the bar is met` : 'no step meets the bar'),
  check: ({ level, draws }) =>
    level > NO_STEP || draws.length === 0
      ? fault('CALIBRATION_LEVEL', `a calibration has draws, and a step of 0 to ${NO_STEP}`, { level })
      : undefined,
  gas: ({ draws, before }) =>
    20_000n +
    200n * BigInt(draws.length + before.length) +
    100n *
      BigInt(
        [...draws, ...before].reduce((sum, { claim }) => sum + claim.matches.length + claim.x.length, 0),
      ),
  accounts: noAccounts,
  contentRoots: noContent,
};
