import Type from 'typebox';
import { EvaluationsType, ManifestType } from '../../state/tx/model-manifest.ts';
import { ModelTermsType } from '../../state/tx/model-registration.ts';
import {
  addressOut,
  amountOut,
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
} from './fields.ts';
import { schema } from './method-schema.ts';
import { versionIn } from './model-version.ts';
import { BY_CONTRIBUTION, BY_ID } from './page.ts';

const epochSums = () => ({
  sums: Type.Object({ data: amountOut('Σ D.'), gain: textOut('Σ D·a.'), expected: textOut('Σ D·κ.') }),
  settled: uint64Out('Receipts.'),
  unsettled: amountOut('D of the receipts that nobody settled in time.'),
});

const floorsOut = (description: string) =>
  Type.Object(
    {
      matchBits: uint32Out('The least Imin, bits; calibration may set it higher.'),
      priceIn: amountOut(),
      priceOut: amountOut(),
    },
    { description },
  );

const ModelOut = Type.Object({
  id: uint32Out(),
  owner: addressOut(),
  height: uint64Out('Of the block that registered it.'),
  version: uint32Out('The current one: the last.'),
  manifest: rootOut('What receipts of the current version name.'),
  ancestors: listOut(uint32Out(), 'Its base, the base of that, and so on.'),
  floors: floorsOut('Of the current version.'),
  terms: sszOut(ModelTermsType, 'What it was registered with.'),
  earned: amountOut('By all its parties together, claimed or not.'),
  coverageBps: uint32Out('a, over the epochs that have closed.'),
  gapBps: uint32Out(
    'The coverage gap: of all data money of the epochs that have closed, what was remainder.',
  ),
  history: Type.Object(
    {
      epochs: uint64Out(),
      settled: uint64Out('Receipts.'),
      data: amountOut('Σ D.'),
      gain: textOut('Σ D·a, base units times basis points.'),
      expected: textOut('Σ D·κ, base units times basis points.'),
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

const VersionOut = Type.Object({
  version: uint32Out(),
  height: uint64Out('Of the block that registered it.'),
  manifest: rootOut('What its receipts name.'),
  pins: sszOut(ManifestType, 'The versions of Datanets that the manifest pins.'),
  weights: rootOut(),
  recipe: rootOut(),
  evaluation: sszOut(EvaluationsType, 'Published figures, in thousandths.'),
  floors: floorsOut('Of this version.'),
  eligible: listOut(
    Type.Object({
      datanet: uint32Out(),
      count: uint32Out('Of its accepted contributions, in their order.'),
      dataTokens: uint64Out('What a calibration may draw of them.'),
    }),
    'What its outputs may be traced to: the pins, and what its base drew on.',
  ),
});

export const MODEL_SCHEMAS = {
  model_get: schema({
    summary: 'A model: its terms, its manifest, its coverage and what it has earned.',
    params: Type.Object({ id: uint32In('Of the model.') }, strict),
    result: ModelOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_list: schema({
    summary: 'Models by id.',
    params: Type.Object(BY_ID.params, strict),
    result: listOut(ModelOut),
    paging: BY_ID.paging,
  }),

  model_getEpoch: schema({
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
  }),

  model_getVersion: schema({
    summary: 'A version of a model: its manifest, and what its outputs may be traced to.',
    params: Type.Object({ id: uint32In('Of the model.'), version: versionIn }, strict),
    result: VersionOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getContributions: schema({
    summary:
      'What outputs of a version of a model may be traced to, by contribution: what an attestor reads.',
    params: Type.Object(
      { id: uint32In('Of the model.'), ...BY_CONTRIBUTION.params, version: versionIn },
      strict,
    ),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          contribution: uint32Out(),
          datanet: uint32Out(),
          commons: Type.Boolean({ description: 'Whether it belongs to nobody.' }),
          root: rootOut('Of its content.'),
        }),
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    paging: BY_CONTRIBUTION.paging,
  }),
};
