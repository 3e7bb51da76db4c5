/** What coincidence would pay for a model’s outputs, and how that was found. */
import Type from 'typebox';
import {
  addressOut,
  amountOut,
  listOut,
  nullable,
  rootOut,
  strict,
  textOut,
  uint32In,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { versionIn } from './model-version.ts';
import { BY_PLACE } from './page.ts';

const CalibrationOut = Type.Object({
  version: uint32Out(),
  phase: Type.Union(
    [
      Type.Literal('awaited'),
      Type.Literal('drawn'),
      Type.Literal('claimed'),
      Type.Literal('final'),
      Type.Literal('unattributed'),
    ],
    {
      description:
        'How far it has come. Settlements wait until it is final; of an unattributed version nothing is paid by spans.',
    },
  ),
  drawAt: nullable(uint64Out(), 'The block at whose end the tokens are drawn, while that is awaited.'),
  draw: nullable(
    Type.Object({
      seed: rootOut('What the tokens are drawn by.'),
      drawable: uint64Out('From how many.'),
      height: uint64Out('Of the block at whose end they were drawn.'),
    }),
  ),
  claim: nullable(
    Type.Object({
      id: rootOut('Of its transaction.'),
      attestor: addressOut(),
      height: uint64Out(),
      asOf: uint64Out('What was struck and voided up to this height counts.'),
      level: uint32Out('The index of the step that meets the bar; the number of steps if none does.'),
      covered: uint64Out('Σ S at that step, Q8 bits.'),
      total: uint64Out('Σ T, Q8 bits.'),
      finalAt: uint64Out('The block at whose end it becomes final, as far as is known.'),
      bond: amountOut('Behind it until then.'),
    }),
    'The claim that stands.',
  ),
  matchBits: nullable(uint32Out(), 'Imin, once final.'),
  controlBps: nullable(uint32Out(), 'κ, once final.'),
  figures: Type.Object(
    {
      data: amountOut('Σ D.'),
      coverageBps: textOut('a.'),
      controlBps: textOut('κ.'),
      liftBps: textOut('a − κ: what the data explains beyond coincidence.'),
    },
    { description: 'Of the model’s receipts of the epochs that have closed, each by its own version’s κ.' },
  ),
});

export const CALIBRATION_SCHEMAS = {
  model_getCalibration: schema({
    summary:
      'The calibration of a version of a model, and the public figures: a, κ, and the lift between them.',
    params: Type.Object({ id: uint32In('Of the model.'), version: versionIn }, strict),
    result: CalibrationOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getDrawOrder: schema({
    summary:
      'What tokens are drawn of to calibrate a version of a model, in the order of the draw, void contributions included.',
    params: Type.Object({ id: uint32In('Of the model.'), ...BY_PLACE.params, version: versionIn }, strict),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          contribution: uint32Out(),
          datanet: uint32Out(),
          acceptance: uint32Out('Its place in the versions of its Datanet.'),
          dataTokens: uint64Out('Of its tokens, those that may be drawn.'),
          voidedAt: nullable(uint64Out(), 'The height from which on what is drawn of it counts for nothing.'),
        }),
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    paging: BY_PLACE.paging,
  }),
};
