/** An attestor's claim of a calibration (docs/calibration.md#the-rules): the evidence for one round of a version of a model. */
import { CALIBRATION_STEPS, NO_STEP } from '../attribution/calibration.ts';
import { type CalibrationClaim, CalibrationClaimType } from '../attribution/calibration-claim.ts';
import { citedRuns, countRuns } from '../attribution/claim.ts';
import { citedGas, READ_GAS } from './gas.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';
import { allOf, problem } from './problems.ts';

/** A draw reads two versions of its Datanet, between which it has to fall. */
const DRAW_GAS = 200n + 2n * READ_GAS;

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
  gas: ({ draws, before }) => {
    const claims = [...draws, ...before].map(({ claim }) => claim);
    return (
      20_000n +
      DRAW_GAS * BigInt(draws.length) +
      200n * BigInt(before.length) +
      100n * BigInt(claims.reduce((sum, claim) => sum + countRuns(claim), 0)) +
      citedGas([...draws, ...claims.flatMap(citedRuns)])
    );
  },
  accounts: noAccounts,
  content: noContent,
};
