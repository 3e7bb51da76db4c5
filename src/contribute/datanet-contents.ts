/** Reads what a Datanet already holds from a node. A contribution's text is compared with it before it is declared. */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import type { RulesVersion } from '../../state/attribution/rules.ts';
import type { ContributionRole } from '../../state/tx/data-contribution.ts';
import type { DeclaredItem } from '../attribution/declaration.ts';
import { DatanetIndex, type NoveltyRules } from '../attribution/novelty.ts';
import { pages } from '../client/pages.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { Root } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';

/** The ids of the contributions by whose digests nobody else may reveal the same text. */
export type Digests = ReadonlyMap<string, number>;

type Listed = { readonly contribution: ContributionId; readonly root: Root; readonly accepted: boolean };

export type DatanetContents = {
  /** The contributions whose text is available, by ascending contribution id. */
  readonly contributions: readonly {
    readonly contribution: ContributionId;
    /** Whether it is accepted, or a commons. If not, it is under review. */
    readonly accepted: boolean;
    readonly items: readonly DeclaredItem[];
  }[];
  /** The contributions whose text is not available. */
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

/** Returns the contributions that a text is compared with, ascending by id: the commons and what was revealed. */
const listed = async (client: RpcClient, datanet: ResultOf<'datanet_get'>): Promise<readonly Listed[]> => {
  const { commonsContribution, terms } = datanet;
  const commons: readonly Listed[] =
    terms.commons === undefined || commonsContribution === null
      ? []
      : [{ contribution: commonsContribution, root: terms.commons.root, accepted: true }];
  const others = (await revealed(client, datanet.id)).map(
    ({ contribution, stage, root }): Listed => ({ contribution, root, accepted: stage === 'accepted' }),
  );
  return [...commons, ...others].sort((a, b) => a.contribution - b.contribution);
};

/**
 * Reads which texts can no longer be revealed as what they are to be. A proposal blocks later contributions and proposals of its
 * text; a contribution blocks only contributions.
 */
export const readDigests = async (
  client: RpcClient,
  datanet: DatanetId,
  role: ContributionRole,
): Promise<Digests> =>
  new Map(
    (await revealed(client, datanet))
      .filter((each) => role !== 'commons' || each.role === 'commons')
      .map(({ contribution, digest }) => [toHex(digest), contribution]),
  );

/** Reads contributions with all their items by their roots, in order; undefined for those that are not available. */
export type ContributionReader = (
  roots: readonly Root[],
) => Promise<
  readonly ({ readonly rules: RulesVersion; readonly items: readonly DeclaredItem[] } | undefined)[]
>;

/**
 * Returns a function that reads what a Datanet holds now, all but the contributions in `own`, whose texts may not be with a
 * node yet. `readContributions` is expected to cache what it has read.
 */
export const openDatanetReader = (
  client: RpcClient,
  readContributions: ContributionReader,
): ((datanet: DatanetId, own?: ReadonlySet<ContributionId>) => Promise<DatanetContents>) => {
  return async (id, own = new Set()) => {
    const datanet = await client.call('datanet_get', { id });
    const all = (await listed(client, datanet)).filter(({ contribution }) => !own.has(contribution));
    const read = await readContributions(all.map(({ root }) => root));
    // Text of other rules counts as missing.
    const known = read.map((text) => (text?.rules === datanet.terms.rules ? text : undefined));
    return {
      contributions: all.flatMap(({ contribution, accepted }, i) => {
        const items = known[i]?.items;
        return items === undefined ? [] : [{ contribution, accepted, items }];
      }),
      missing: all.filter((_, i) => known[i] === undefined),
    };
  };
};

/** Returns the rules of novelty of a Datanet. @param version - that of its rules of attribution */
export const noveltyRulesOf = (
  version: RulesVersion,
  { attribution }: ResultOf<'chain_getParams'>,
): NoveltyRules => ({
  version,
  matchTokensMin: attribution.lMin,
  matchTokensMax: attribution.lMax,
  matchBitsMin: attribution.iMin,
  copyMin: attribution.copyMin,
});

/** Returns an index of all texts that are available. */
export const indexOf = (
  table: InfoTable,
  contents: Pick<DatanetContents, 'contributions'>,
  rules: NoveltyRules,
): DatanetIndex => {
  const index = new DatanetIndex(table, rules);
  for (const { contribution, items } of contents.contributions)
    for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
  return index;
};
