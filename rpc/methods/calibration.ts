/** What coincidence would pay for a model’s outputs, and how that was found. */
import Type, { type Static } from 'typebox';
import type { Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { CalibrationTerms } from '../../state/modules/models/calibrations.ts';
import {
  type CalibrationInfo,
  getCalibration,
  getDrawOrder,
  getVersion,
} from '../../state/queries/models.ts';
import { method } from '../method.ts';
import {
  addressOut,
  amountOut,
  jsonForm,
  listOut,
  nullable,
  rootOut,
  strict,
  textOut,
  uint32In,
  uint32Out,
  uint64Out,
} from '../schema.ts';
import { noVersion, versionIn, versionNumber } from './model-version.ts';
import { rangeParams } from './page.ts';

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

const shownClaim = (id: Root, { model: _model, version: _version, ...terms }: CalibrationTerms) =>
  jsonForm({ id, ...terms });

const shownCalibration = (
  version: number,
  { calibration: { type, value }, claim, figures }: CalibrationInfo,
): Static<typeof CalibrationOut> => {
  const named = type === 'claimed' || type === 'final' ? value.claim : undefined;
  return {
    version,
    phase: type,
    drawAt: type === 'awaited' ? value.drawAt.toString() : null,
    draw:
      type === 'awaited' || type === 'unattributed'
        ? null
        : jsonForm({ seed: value.seed, drawable: value.drawable, height: value.height }),
    claim: claim === undefined || named === undefined ? null : shownClaim(named, claim),
    matchBits: type === 'final' ? value.matchBits : null,
    controlBps: type === 'final' ? value.controlBps : null,
    figures: jsonForm(figures),
  };
};

export const CALIBRATION_METHODS = {
  model_getCalibration: method({
    summary:
      'The calibration of a version of a model, and the public figures: a, κ, and the lift between them.',
    params: Type.Object({ id: uint32In('Of the model.'), version: versionIn }, strict),
    result: CalibrationOut,
    errors: ['MODEL_NOT_FOUND'],
    run: (node, { id, version }) =>
      node.read(({ view }) => {
        const number = versionNumber(view, id, version);
        const info = getCalibration(view, id, number);
        return info === undefined ? noVersion(id, number) : ok(shownCalibration(number, info));
      }),
  }),

  model_getDrawOrder: method({
    summary:
      'What tokens are drawn of to calibrate a version of a model, in the order of the draw, void contributions included.',
    params: Type.Object({ id: uint32In('Of the model.'), ...rangeParams, version: versionIn }, strict),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          seq: uint32Out(),
          datanet: uint32Out(),
          acceptance: uint32Out('Its place in the versions of its Datanet.'),
          dataTokens: uint64Out('Of its tokens, those that may be drawn.'),
          voidedAt: nullable(uint64Out(), 'The height from which on what is drawn of it counts for nothing.'),
        }),
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    run: (node, { id, version, from = 0, limit = 100 }) =>
      node.read(({ view }) => {
        const number = versionNumber(view, id, version);
        const found = getVersion(view, id, number);
        if (found === undefined) return noVersion(id, number);
        const { total, contributions } = getDrawOrder(view, found, from, limit);
        return ok({
          total,
          contributions: contributions.map(({ voided, ...each }) => ({
            ...jsonForm(each),
            voidedAt: voided[0]?.toString() ?? null,
          })),
        });
      }),
  }),
};
