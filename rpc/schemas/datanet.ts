import * as Type from 'typebox';
import { DatanetTermsType } from '../../state/tx/datanet-create.ts';
import {
  addressOut,
  contributionOut,
  datanetIn,
  datanetOut,
  heightOut,
  listOut,
  nullable,
  rootOut,
  sszOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_ID } from './page.ts';

const DatanetOut = Type.Object({
  id: datanetOut(),
  owner: addressOut(),
  height: heightOut('The height of the block that created it.'),
  commonsContribution: nullable(contributionOut('The contribution of its commons; null if it has none.')),
  terms: sszOut(DatanetTermsType, 'The terms with which it was created.'),
  growth: Type.Object(
    {
      items: uint64Out(),
      tokens: uint64Out(),
      bytes: uint64Out(),
      novelTokens: uint64Out('The number of novel tokens, without those that challenges have struck.'),
      dataTokens: uint64Out('The number of tokens that a calibration may draw.'),
    },
    { description: 'Sums over all accepted contributions.' },
  ),
  version: Type.Object(
    { count: uint32Out('The number of accepted contributions.'), root: rootOut() },
    { description: 'The newest version. A model pins versions.' },
  ),
});

export const DATANET_SCHEMAS = {
  datanet_get: schema({
    summary: 'Returns a Datanet: its terms, its size, and its newest version.',
    params: Type.Object({ id: datanetIn('The Datanet.') }, strict),
    result: DatanetOut,
    errors: ['DATANET_NOT_FOUND'],
  }),

  datanet_list: schema({
    summary: 'Lists the Datanets by id.',
    params: Type.Object(BY_ID.params, strict),
    result: listOut(DatanetOut),
    paging: BY_ID.paging,
  }),

  datanet_getVersion: schema({
    summary: 'Returns an earlier version of a Datanet: its first `count` accepted contributions.',
    params: Type.Object(
      { id: datanetIn('The Datanet.'), count: uint32In('The number of accepted contributions.') },
      strict,
    ),
    result: Type.Object({
      root: rootOut(
        'The Merkle root over its contributions. A leaf is made of a contribution’s id and content root.',
      ),
      contribution: contributionOut('The last contribution of the version.'),
      novelTokens: uint64Out(
        'The number of novel tokens of all its contributions, without those that challenges have struck.',
      ),
      dataTokens: uint64Out('The number of tokens of all its contributions that a calibration may draw.'),
    }),
    errors: ['DATANET_NOT_FOUND', 'DATANET_VERSION_NOT_FOUND'],
  }),
};
