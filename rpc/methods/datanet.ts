import Type from 'typebox';
import { ok } from '../../src/lib/errors.ts';
import { getDatanet, getVersion, listDatanets } from '../../state/queries/datanets.ts';
import { DatanetTermsType } from '../../state/tx/datanet-create.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
import {
  addressOut,
  jsonForm,
  listOut,
  rootOut,
  sszOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from '../schema.ts';
import { pageParams } from './page.ts';

const DatanetOut = Type.Object({
  id: uint32Out(),
  owner: addressOut(),
  height: uint64Out('Of the block that created it.'),
  commonsSeq: listOut(uint32Out(), 'None, or the seq of its commons.'),
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

const noDatanet = (id: number) => fail('DATANET_NOT_FOUND', `there is no Datanet ${id}`, { id });

export const DATANET_METHODS = {
  datanet_get: method({
    summary: 'A Datanet: its terms, what it holds, and its newest version.',
    params: Type.Object({ id: uint32In('Of the Datanet.') }, strict),
    result: DatanetOut,
    errors: ['DATANET_NOT_FOUND'],
    run: (node, { id }) => {
      const datanet = node.read(({ view }) => getDatanet(view, id));
      return datanet === undefined ? noDatanet(id) : ok(jsonForm(datanet));
    },
  }),

  datanet_list: method({
    summary: 'Datanets by id.',
    params: Type.Object(pageParams, strict),
    result: listOut(DatanetOut),
    run: (node, { after = 0, limit = 100 }) =>
      ok(node.read(({ view }) => listDatanets(view, after, limit)).map(jsonForm)),
  }),

  datanet_getVersion: method({
    summary: 'An earlier version of a Datanet: its first accepted contributions.',
    params: Type.Object(
      { id: uint32In('Of the Datanet.'), count: uint32In('Of accepted contributions.') },
      strict,
    ),
    result: Type.Object({
      root: rootOut('Over its contributions, each leaf its seq and content root.'),
      seq: uint32Out('Of its last contribution.'),
      novelTokens: uint64Out('Of all its contributions, less those that challenges have struck.'),
      dataTokens: uint64Out('Of all its contributions: tokens that a calibration may draw.'),
    }),
    errors: ['DATANET_NOT_FOUND', 'DATANET_VERSION_NOT_FOUND'],
    run: (node, { id, count }) =>
      node.read(({ view }) => {
        if (getDatanet(view, id) === undefined) return noDatanet(id);
        const version = getVersion(view, id, count);
        return version === undefined
          ? fail('DATANET_VERSION_NOT_FOUND', `Datanet ${id} has no version of ${count} contributions`, {
              id,
              count,
            })
          : ok(jsonForm(version));
      }),
  }),
};
