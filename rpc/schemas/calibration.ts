/** The calibration of a model: how much of its outputs a coincidence would explain, and how that was measured. */
import * as Type from 'typebox';
import { CalibrationRoundType } from '../../state/attribution/calibration.ts';
import { broughtOut } from './brought.ts';
import {
  addressOut,
  amountOut,
  contributionOut,
  datanetOut,
  enumOut,
  heightOut,
  listOut,
  modelIn,
  nullable,
  rootOut,
  signedBpsOut,
  sszOut,
  strict,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { versionIn } from './model-version.ts';
import { BY_PLACE } from './page.ts';

const RoundOut = Type.Object({
  round: sszOut(CalibrationRoundType, 'Which of the two draws it is.'),
  status: enumOut(
    ['awaited', 'drawn', 'claimed', 'final', 'unattributed'],
    'The status of the round. A round is unattributed if no step meets the bar, or if there is nothing to draw from.',
  ),
  drawAt: nullable(
    heightOut(),
    'The block at whose end the tokens will be drawn, and for round 1 the earliest one that is possible; null once they are drawn.',
  ),
  draw: nullable(
    Type.Object({
      seed: rootOut('The seed of the draw.'),
      drawable: uint64Out('The number of tokens from which the draw was made.'),
      height: heightOut('The height of the block at whose end the tokens were drawn.'),
    }),
  ),
  claim: nullable(
    Type.Object({
      id: rootOut('The id of its transaction.'),
      attestor: addressOut(),
      height: heightOut(),
      asOf: heightOut('The claim takes into account what was struck and voided up to this height.'),
      level: uint32Out('The index of the step that meets the bar; the number of steps if none does.'),
      covered: uint64Out(
        'How much of all draws is covered at that step: Q8 bits by version 1 of the rules, millionths of a draw by version 2.',
      ),
      total: uint64Out('How much of all draws counts, in the same unit.'),
      finalAt: heightOut('The block at whose end it becomes final, unless a demand extends it.'),
      bond: amountOut('The bond that is locked behind the claim until then.'),
    }),
    'The claim that is in force.',
  ),
  matchBits: nullable(uint32Out(), 'Imin by this round, once it is final.'),
  controlBps: nullable(uint32Out(), 'κ by this round, once it is final.'),
});

const CalibrationOut = Type.Object({
  version: uint32Out(),
  status: enumOut(
    ['pending', 'calibrated', 'unattributed'],
    'The status of the version. Settlements wait until it is calibrated, which it is once both rounds are final. The spans of an unattributed version earn nothing.',
  ),
  endedAt: nullable(
    heightOut(),
    'The block at whose end it came to its end, calibrated or unattributed; null before. The time to settle begins there for receipts that have waited for it.',
  ),
  matchBits: nullable(uint32Out(), 'Imin, once the version is calibrated: the higher one of the two rounds.'),
  controlBps: nullable(
    uint32Out(),
    'κ, once the version is calibrated: that of the round with the higher Imin, or the higher one if both have the same Imin.',
  ),
  rounds: listOut(RoundOut, 'Both rounds, in order.'),
  figures: Type.Object(
    {
      data: amountOut('Σ D.'),
      coverageBps: signedBpsOut('a.'),
      controlBps: signedBpsOut('κ.'),
      liftBps: signedBpsOut('a − κ: how much more the data explains than a coincidence would.'),
    },
    {
      description:
        'The figures over the receipts of all closed epochs of the model. Each receipt counts with the κ of its own version.',
    },
  ),
});

export const CALIBRATION_SCHEMAS = {
  model_getCalibration: schema({
    summary:
      'Returns the calibration of a version of a model with its two rounds, and the public figures: a, κ, and the lift between them.',
    params: Type.Object({ id: modelIn('The model.'), version: versionIn }, strict),
    result: CalibrationOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getDrawOrder: schema({
    summary:
      'Lists the contributions from which tokens are drawn to calibrate a version of a model, in the order of the draw. Void contributions are included.',
    params: Type.Object({ id: modelIn('The model.'), ...BY_PLACE.params, version: versionIn }, strict),
    result: Type.Object({
      total: uint32Out('The number of entries on all pages.'),
      contributions: listOut(
        Type.Object({
          contribution: contributionOut(),
          datanet: datanetOut(),
          acceptance: uint32Out('Its index among the accepted contributions of its Datanet.'),
          brought: nullable(
            broughtOut(),
            'Who brought it, and when; null for a commons that was proposed, of which nothing is drawn.',
          ),
          dataTokens: uint64Out('The number of its tokens that may be drawn.'),
          voidedAt: nullable(
            heightOut(),
            'The height from which on its drawn tokens do not count; null if it is not void.',
          ),
        }),
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    paging: BY_PLACE.paging,
  }),
};
