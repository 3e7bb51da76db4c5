import * as Type from 'typebox';
import { RulesVersionType } from '../../state/attribution/rules.ts';
import { EvaluationsType, ManifestType } from '../../state/tx/model-manifest.ts';
import { ModelTermsType } from '../../state/tx/model-registration.ts';
import { broughtOut } from './brought.ts';
import {
  addressOut,
  amountOut,
  contributionOut,
  datanetOut,
  enumOut,
  heightIn,
  heightOut,
  listOut,
  modelIn,
  modelOut,
  nullable,
  rootOut,
  sszOut,
  strict,
  uint32Out,
  uint64Out,
  uint256Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { versionIn } from './model-version.ts';
import { BY_ID, BY_NEXT, BY_PLACE } from './page.ts';

const epochSums = () => ({
  sums: Type.Object({
    data: amountOut('Σ D.'),
    gain: uint256Out('Σ D·a.'),
    expected: uint256Out('Σ D·κ.'),
    shared: amountOut('Σ ⌊D·N/T⌋, for what several owners brought: to the treasury.'),
  }),
  settled: uint64Out('The number of settled receipts.'),
  unsettled: amountOut('The sum of D over the receipts that nobody settled in time.'),
});

const floorsOut = (description: string) =>
  Type.Object(
    {
      matchBits: uint32Out('The lowest possible Imin in bits; calibration may set it higher.'),
      priceIn: amountOut(),
      priceOut: amountOut(),
    },
    { description },
  );

const ModelOut = Type.Object({
  id: modelOut(),
  owner: addressOut(),
  height: heightOut('The height of the block that registered it.'),
  version: uint32Out('The current version, which is the newest.'),
  manifest: rootOut('The manifest hash that receipts of the current version name.'),
  rules: sszOut(RulesVersionType, 'The version of the rules of attribution of the current version.'),
  ancestors: listOut(modelOut(), 'Its base model, the base of that model, and so on.'),
  floors: floorsOut('The floors of the current version.'),
  terms: sszOut(ModelTermsType, 'The terms with which it was registered.'),
  earned: amountOut('The earnings of all its parties together, claimed or not.'),
  coverageBps: uint32Out('a, over the epochs that have closed.'),
  gapBps: uint32Out(
    'The coverage gap: the share of the data money of all closed epochs, less that for what several owners brought, that no track paid.',
  ),
  own: Type.Object(
    {
      contributions: amountOut('Paid to contributions of the owner of the model, wherever they are.'),
      datanets: amountOut(
        'Paid to contributions of others in Datanets that the owner has created or reviews, and by volume to all in them.',
      ),
    },
    {
      description:
        'The data money of closed epochs that went to the side of the owner of the model. By volume, what goes to a Datanet of others counts as theirs, whoever has contributed there.',
    },
  ),
  ownBps: uint32Out('The share of `own` in the data money of all closed epochs.'),
  history: Type.Object(
    {
      epochs: uint64Out(),
      settled: uint64Out('The number of settled receipts.'),
      data: amountOut('Σ D.'),
      gain: uint256Out('Σ D·a, base units times basis points.'),
      expected: uint256Out('Σ D·κ, base units times basis points.'),
      spans: amountOut('The sum that the span track has paid.'),
      relevance: amountOut('The sum that the relevance track has paid.'),
      remainder: amountOut('The sum that no track has paid, also of receipts that nobody settled.'),
      shared: amountOut('The sum for what several owners brought: to the treasury.'),
    },
    { description: 'The sums of the epochs that have closed.' },
  ),
  debt: uint256Out('The debt that later epochs have to make up for, base units times basis points.'),
  running: nullable(
    Type.Object({
      ...epochSums(),
    }),
    'The last epoch that a final receipt was in, as long as it has not begun to close; else null.',
  ),
});

const VersionOut = Type.Object({
  version: uint32Out(),
  height: heightOut('The height of the block that registered it.'),
  manifest: rootOut('The manifest hash that its receipts name.'),
  pins: sszOut(ManifestType, 'The versions of Datanets that the manifest pins.'),
  rules: sszOut(RulesVersionType, 'The version of the rules of attribution.'),
  weights: rootOut('The hash of its weights.'),
  recipe: rootOut('The root of the recipe that it was made by; zero if it names none.'),
  transcript: rootOut('The root of the transcript of its training; zero if it names none.'),
  evaluationRoot: rootOut(
    'The root of the answers that its published results come from; zero if it names none.',
  ),
  template: rootOut('The hash of the template of its prompts; zero if it names none.'),
  evaluation: sszOut(EvaluationsType, 'The published evaluation results, in thousandths.'),
  floors: floorsOut('The floors of this version.'),
  eligible: listOut(
    Type.Object({
      datanet: datanetOut(),
      count: uint32Out('The number of its accepted contributions that are eligible, from the first one on.'),
      dataTokens: uint64Out('The number of their tokens that a calibration may draw.'),
    }),
    'The data that its outputs may be traced to: its own pins and those of its base models.',
  ),
});

export const MODEL_SCHEMAS = {
  model_get: schema({
    summary: 'Returns a model: its terms, its manifest, its coverage and its earnings.',
    params: Type.Object({ id: modelIn('The model.') }, strict),
    result: ModelOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_list: schema({
    summary: 'Lists the models by id.',
    params: Type.Object(BY_ID.params, strict),
    result: listOut(ModelOut),
    paging: BY_ID.paging,
  }),

  model_getEpoch: schema({
    summary: 'Returns the epoch of a model that contains a block, and its sums once it has closed.',
    params: Type.Object(
      { id: modelIn('The model.'), height: heightIn('The height of any block of the epoch.') },
      strict,
    ),
    result: Type.Object({
      end: heightOut('Its last block. It closes with it, or in one that follows if many models close.'),
      closed: nullable(
        Type.Object({
          ...epochSums(),
          debt: uint256Out('The debt that the epoch had to make up for, base units times basis points.'),
          weight: uint256Out('Σ A_c: the weight by which the span pool was divided.'),
          spans: amountOut('The span pool.'),
          relevance: amountOut('Paid by relevance.'),
          remainder: amountOut('The rest of the data money, which no track pays.'),
          remainderToTreasury: amountOut(
            'The part of the remainder that went to the treasury: what does not go by novel tokens, or no Datanet could receive.',
          ),
        }),
        'The sums of the epoch; null until it has closed, and if no receipt of the model became final in it.',
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getVersion: schema({
    summary: 'Returns a version of a model: its manifest, and the data that its outputs may be traced to.',
    params: Type.Object({ id: modelIn('The model.'), version: versionIn }, strict),
    result: VersionOut,
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getOwnDatanets: schema({
    summary:
      'Lists the Datanets that the outputs of a version of a model may be traced to in which the owner of the model has a part: ' +
      'has created it, reviews for it, or is named as one of its contributors.',
    params: Type.Object({ id: modelIn('The model.'), version: versionIn }, strict),
    result: Type.Object({
      version: uint32Out(),
      datanets: listOut(
        Type.Object({
          datanet: datanetOut(),
          roles: listOut(
            enumOut(['owner', 'reviewer', 'contributor']),
            'What the owner of the model is to it; `contributor` where the terms of the Datanet name who may contribute.',
          ),
        }),
        'Ascending by Datanet.',
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
  }),

  model_getContributions: schema({
    summary:
      'Lists the contributions that the outputs of a version of a model may be traced to: by version 2 of the rules the ' +
      'commons of the chain, then for each of its Datanets the commons that it was created with and what was accepted, in ' +
      'that order. Attestors read it.',
    params: Type.Object(
      {
        id: modelIn('The model.'),
        ...BY_PLACE.params,
        version: versionIn,
        asOf: Type.Optional(
          heightIn(
            'Also lists what became void after this height; if it is left out, nothing void is listed.',
          ),
        ),
      },
      strict,
    ),
    result: Type.Object({
      contributions: listOut(
        Type.Object({
          contribution: contributionOut(),
          datanet: datanetOut('Its Datanet; 0 for the commons of the chain.'),
          commons: Type.Boolean({ description: 'Whether it is a commons, which nobody owns.' }),
          root: rootOut('The root of its content.'),
          brought: nullable(broughtOut(), 'Who brought it, and when; null for a commons.'),
          struck: nullable(
            Type.Object({
              all: nullable(heightOut(), 'The height at which all fell; null if they did not.'),
              novelRuns: listOut(
                Type.Object({
                  index: uint32Out('Its index in the declaration.'),
                  height: heightOut('The height from which on it does not count as novel.'),
                }),
                'Those that were struck one by one.',
              ),
            }),
            'Its novel runs that are struck by now, with the heights; null if none is.',
          ),
          voidedAt: nullable(
            heightOut(),
            'The height at which it became void; null if it is not void by now.',
          ),
        }),
      ),
      next: nullable(
        uint32Out(
          'The `from` of the next page. Even a short or empty page may have one: what is void is left out.',
        ),
        'Null after the last page.',
      ),
    }),
    errors: ['MODEL_NOT_FOUND'],
    ...BY_NEXT,
  }),
};
