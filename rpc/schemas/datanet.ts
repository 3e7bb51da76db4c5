import Type from 'typebox';
import { DatanetTermsType } from '../../state/tx/datanet-create.ts';
import { addressOut, listOut, rootOut, sszOut, strict, uint32In, uint32Out, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_ID } from './page.ts';

const DatanetOut = Type.Object({
  id: uint32Out(),
  owner: addressOut(),
  height: uint64Out('Of the block that created it.'),
  commonsContribution: listOut(uint32Out(), 'None, or the contribution of its commons.'),
  terms: sszOut(DatanetTermsType, 'What it was created with.'),
  growth: Type.Object(
    {
      items: uint64Out(),
      tokens: uint64Out(),
      bytes: uint64Out(),
      novelTokens: uint64Out('Less those that challenges have struck.'),
      dataTokens: uint64Out('That a calibration may draw.'),
    },
    { description: 'Sums over all accepted contributions.' },
  ),
  version: Type.Object(
    { count: uint32Out('Contributions accepted.'), root: rootOut() },
    { description: 'The newest: what a model pins.' },
  ),
});

export const DATANET_SCHEMAS = {
  datanet_get: schema({
    summary: 'A Datanet: its terms, what it holds, and its newest version.',
    params: Type.Object({ id: uint32In('Of the Datanet.') }, strict),
    result: DatanetOut,
    errors: ['DATANET_NOT_FOUND'],
  }),

  datanet_list: schema({
    summary: 'Datanets by id.',
    params: Type.Object(BY_ID.params, strict),
    result: listOut(DatanetOut),
    paging: BY_ID.paging,
  }),

  datanet_getVersion: schema({
    summary: 'An earlier version of a Datanet: its first accepted contributions.',
    params: Type.Object(
      { id: uint32In('Of the Datanet.'), count: uint32In('Of accepted contributions.') },
      strict,
    ),
    result: Type.Object({
      root: rootOut('Over its contributions, each leaf its contribution and content root.'),
      contribution: uint32Out('Of its last contribution.'),
      novelTokens: uint64Out('Of all its contributions, less those that challenges have struck.'),
      dataTokens: uint64Out('Of all its contributions: tokens that a calibration may draw.'),
    }),
    errors: ['DATANET_NOT_FOUND', 'DATANET_VERSION_NOT_FOUND'],
  }),
};
