/** Queries for Datanets. They only read the state of one height. */

import type { Root } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { DatanetId } from '../../src/lib/ids.ts';
import {
  type Datanet,
  datanetOf,
  type Growth,
  growthOf,
  nextDatanet,
  type Version,
  versionOf,
} from '../modules/data/datanets.ts';
import { novelTokensIn } from '../modules/data/novelty-shares.ts';
import { frontierRoot } from '../modules/kit/frontier.ts';
import type { ReadView } from '../view.ts';
import { fail } from './errors.ts';
import { type CommittedState, type PageById, pageByIdOf } from './query.ts';

export type DatanetInfo = Datanet & {
  readonly id: DatanetId;
  /** Sums over all accepted contributions; of novel tokens, those that are left. */
  readonly growth: Omit<Growth, 'frontier'>;
  /** The newest version: how many contributions are accepted, and their root. What a model pins. */
  readonly version: { readonly count: number; readonly root: Root };
};

export const getDatanet = (view: ReadView, id: DatanetId): DatanetInfo | undefined => {
  const datanet = datanetOf(view, id);
  if (datanet === undefined) return undefined;
  const { frontier, ...growth } = growthOf(view, id);
  const novelTokens = novelTokensIn(view, id, frontier.count);
  return {
    ...datanet,
    id,
    growth: { ...growth, novelTokens },
    version: { count: frontier.count, root: frontierRoot(frontier) },
  };
};

/** Datanets by id, from the first after `after` on. */
export const listDatanets = (view: ReadView, after: number, limit: number): readonly DatanetInfo[] => {
  const out: DatanetInfo[] = [];
  for (let id = after + 1; id < nextDatanet(view) && out.length < limit; id++) {
    const datanet = getDatanet(view, id);
    if (datanet !== undefined) out.push(datanet);
  }
  return out;
};

/** An earlier version, with the novel tokens that are left of it: undefined if there were never so many accepted contributions. */
export const getVersion = (view: ReadView, id: DatanetId, count: number): Version | undefined => {
  const version = versionOf(view, id, count);
  return version === undefined ? undefined : { ...version, novelTokens: novelTokensIn(view, id, count) };
};

const noDatanet = (id: DatanetId) => fail('DATANET_NOT_FOUND', `there is no Datanet ${id}`, { id });

export const DATANET_QUERIES = {
  datanet_get: ({ view }: CommittedState, { id }: { readonly id: DatanetId }) => {
    const datanet = getDatanet(view, id);
    return datanet === undefined ? noDatanet(id) : ok(datanet);
  },

  datanet_list: ({ view }: CommittedState, page: Partial<PageById>) => {
    const { after, limit } = pageByIdOf(page);
    return ok(listDatanets(view, after, limit));
  },

  datanet_getVersion: (
    { view }: CommittedState,
    { id, count }: { readonly id: DatanetId; readonly count: number },
  ) => {
    if (datanetOf(view, id) === undefined) return noDatanet(id);
    const version = getVersion(view, id, count);
    return version === undefined
      ? fail('DATANET_VERSION_NOT_FOUND', `Datanet ${id} has no version of ${count} contributions`, {
          id,
          count,
        })
      : ok(version);
  },
};
