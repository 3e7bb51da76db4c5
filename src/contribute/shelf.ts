/** Reads what a Datanet already holds from a node. A contribution's text is compared with it before it is declared. */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { DeclaredItem } from '../attribution/declaration.ts';
import { infoTable } from '../attribution/info-table.ts';
import { DatanetIndex, type NoveltyRules } from '../attribution/novelty.ts';
import { pages } from '../client/pages.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';

/** By digest, the id of the contribution under review or accepted that declared it: nobody else may reveal its text. */
export type Digests = ReadonlyMap<string, number>;

type Listed = { readonly contribution: ContributionId; readonly root: string; readonly accepted: boolean };

export type Shelf = {
  /** The contributions whose text is available, by ascending contribution id. */
  readonly contributions: readonly {
    readonly contribution: ContributionId;
    readonly items: readonly DeclaredItem[];
  }[];
  /** Contribution ids of those whose text nobody gives out. */
  readonly missing: readonly { readonly contribution: ContributionId; readonly accepted: boolean }[];
};

type Revealed = ResultOf<'contribution_listRevealed'>['contributions'][number];

/** Returns the contributions that are under review or accepted. No text is compared with a rejected or void one. */
const revealed = async (client: RpcClient, datanet: DatanetId): Promise<readonly Revealed[]> => {
  const found: Revealed[] = [];
  for await (const { contributions } of pages(client, 'contribution_listRevealed', { datanet }))
    found.push(...contributions.filter(({ stage }) => stage === 'accepted' || stage === 'review'));
  return found;
};

/** Returns the commons and the revealed contributions, ascending by contribution id. */
const listed = async (client: RpcClient, datanet: ResultOf<'datanet_get'>): Promise<readonly Listed[]> => {
  const { commonsContribution, terms } = datanet;
  const commons: readonly Listed[] =
    terms.commons === null || commonsContribution === null
      ? []
      : [{ contribution: commonsContribution, root: terms.commons.root, accepted: true }];
  const others = (await revealed(client, datanet.id)).map(
    ({ contribution, stage, root }): Listed => ({ contribution, root, accepted: stage === 'accepted' }),
  );
  return [...commons, ...others].sort((a, b) => a.contribution - b.contribution);
};

export const readDigests = async (client: RpcClient, datanet: DatanetId): Promise<Digests> =>
  new Map((await revealed(client, datanet)).map(({ contribution, digest }) => [digest, contribution]));

/** Reads contributions with all their items by their roots, in order; undefined for those that nobody gives out. */
export type ContributionReader = (
  roots: readonly string[],
) => Promise<readonly ({ readonly items: readonly DeclaredItem[] } | undefined)[]>;

/** Reads a Datanet as often as it is called: `readContributions` keeps what it has read once. */
export const openShelf = (
  client: RpcClient,
  readContributions: ContributionReader,
): ((datanet: DatanetId) => Promise<Shelf>) => {
  return async (id) => {
    const all = await listed(client, await client.call('datanet_get', { id }));
    const known = await readContributions(all.map(({ root }) => root));
    return {
      contributions: all.flatMap(({ contribution }, i) => {
        const items = known[i]?.items;
        return items === undefined ? [] : [{ contribution, items }];
      }),
      missing: all.filter((_, i) => known[i] === undefined),
    };
  };
};

/** The rules of novelty that a chain has. */
export const rulesOf = ({ attribution }: ResultOf<'chain_getParams'>): NoveltyRules => ({
  matchTokensMin: attribution.lMin,
  matchTokensMax: attribution.lMax,
  matchBitsMin: attribution.iMin,
  copyMin: attribution.copyMin,
});

/** An index of all of the shelf. */
export const indexOf = (shelf: Shelf, rules: NoveltyRules): DatanetIndex => {
  const index = new DatanetIndex(infoTable(), rules);
  for (const { contribution, items } of shelf.contributions)
    for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
  return index;
};
