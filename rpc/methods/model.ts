import Type, { type Static } from 'typebox';
import { fail, ok } from '../../src/lib/errors.ts';
import { ModelTermsType, modelOf } from '../../state/modules/models.ts';
import { eligibleContributions } from '../../state/queries/contributions.ts';
import { getEpoch, getModel, listModels, type ModelInfo } from '../../state/queries/models.ts';
import { method } from '../method.ts';
import {
  addressOut,
  amountOut,
  jsonForm,
  listOut,
  nullable,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint32In,
  uint32Out,
  uint64In,
  uint64Out,
} from '../schema.ts';
import { pageParams } from './page.ts';

const epochSums = () => ({
  sums: Type.Object({ data: amountOut('Σ D.'), gain: textOut('Σ D·a.'), expected: textOut('Σ D·κ.') }),
  settled: uint64Out('Receipts.'),
  unsettled: amountOut('D of the receipts that nobody settled in time.'),
});

const ModelOut = Type.Object({
  id: uint32Out(),
  owner: addressOut(),
  height: uint64Out('Of the block that registered it.'),
  manifest: rootOut('What its receipts name.'),
  ancestors: listOut(uint32Out(), 'Its base, the base of that, and so on.'),
  floors: Type.Object({
    matchBits: uint32Out('Its Imin, bits.'),
    priceIn: amountOut(),
    priceOut: amountOut(),
  }),
  controlBps: uint32Out('κ.'),
  terms: sszOut(ModelTermsType, 'What it was registered with.'),
  earned: amountOut('By all its parties together, claimed or not.'),
  coverageBps: uint32Out('a, over the epochs that have closed.'),
  history: Type.Object(
    {
      epochs: uint64Out(),
      settled: uint64Out('Receipts.'),
      data: amountOut('Σ D.'),
      gain: textOut('Σ D·a, base units times basis points.'),
      spans: amountOut('What the span track has paid.'),
      remainder: amountOut(),
    },
    { description: 'Of the epochs that have closed.' },
  ),
  debt: textOut('What the coming epochs have to make up for, base units times basis points.'),
  running: nullable(
    Type.Object({
      ...epochSums(),
    }),
    'The running epoch; null while it has no final receipt.',
  ),
});

const shown = (model: ModelInfo): Static<typeof ModelOut> => {
  const { running, ...rest } = model;
  return { ...jsonForm(rest), running: running === undefined ? null : jsonForm(running) };
};

const noModel = (id: number) => fail('MODEL_NOT_FOUND', `there is no model ${id}`, { id });

export const MODEL_METHODS = {
  model_get: method({
    summary: 'A model: its terms, its manifest, its coverage and what it has earned.',
    params: Type.Object({ id: uint32In('Of the model.') }, strict),
    result: ModelOut,
    errors: ['MODEL_NOT_FOUND'],
    run: (node, { id }) => {
      const model = node.read(({ view }) => getModel(view, id));
      return model === undefined ? noModel(id) : ok(shown(model));
    },
  }),

  model_list: method({
    summary: 'Models by id.',
    params: Type.Object(pageParams, strict),
    result: listOut(ModelOut),
    run: (node, { after = 0, limit = 100 }) =>
      ok(node.read(({ view }) => listModels(view, after, limit)).map(shown)),
  }),

  model_getEpoch: method({
    summary: 'An epoch of a model, by any of its blocks: what its receipts came to, once it has closed.',
    params: Type.Object(
      { id: uint32In('Of the model.'), height: uint64In('Of a block of the epoch.') },
      strict,
    ),
    result: Type.Object({
      end: uint64Out('The block at whose end it closes.'),
      closed: nullable(
        Type.Object({
          ...epochSums(),
          debt: textOut('What it had to make up for, base units times basis points.'),
          weight: textOut('Σ A_c: what the span pool was shared by.'),
          spans: amountOut('The span pool.'),
          remainder: amountOut(),
          remainderToTreasury: amountOut('The part of it that no Datanet could take.'),
        }),
        'Null while it runs, and if no receipt of the model became final in it.',
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    run: (node, { id, height }) =>
      node.read(({ view }) => {
        if (modelOf(view, id) === undefined) return noModel(id);
        const { end, closed } = getEpoch(view, id, height);
        return ok({ end: end.toString(), closed: closed === undefined ? null : jsonForm(closed) });
      }),
  }),

  model_getContributions: method({
    summary: 'The contributions that a model’s outputs may be traced to, by seq: what an attestor reads.',
    params: Type.Object({ id: uint32In('Of the model.'), ...pageParams }, strict),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          seq: uint32Out(),
          datanet: uint32Out(),
          commons: Type.Boolean({ description: 'Whether it belongs to nobody.' }),
          root: rootOut('Of its content.'),
        }),
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    run: (node, { id, after = 0, limit = 100 }) =>
      node.read(({ view }) => {
        const model = modelOf(view, id);
        if (model === undefined) return noModel(id);
        const all = eligibleContributions(view, model);
        const page = all.filter(({ seq }) => seq > after).slice(0, limit);
        return ok({ total: all.length, contributions: page.map(jsonForm) });
      }),
  }),
};
