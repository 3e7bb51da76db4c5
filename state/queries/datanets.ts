/** What the chain knows of Datanets. Pure reads over the state of one height. */
import type { Root } from '../../src/lib/brands.ts';
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

export type DatanetInfo = Datanet & {
  readonly id: number;
  /** Sums over all accepted contributions; of novel tokens, those that are left. */
  readonly growth: Omit<Growth, 'frontier'>;
  /** The newest version: how many contributions are accepted, and their root. What a model pins. */
  readonly version: { readonly count: number; readonly root: Root };
};

export const getDatanet = (view: ReadView, id: number): DatanetInfo | undefined => {
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
export const getVersion = (view: ReadView, id: number, count: number): Version | undefined => {
  const version = versionOf(view, id, count);
  return version === undefined ? undefined : { ...version, novelTokens: novelTokensIn(view, id, count) };
};
