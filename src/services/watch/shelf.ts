/** What of a Datanet may be held against a contribution to it: everything accepted that is not void, and its commons. */

import type { AttributionParams } from '../../../state/params.ts';
import { CorpusIndex } from '../../attribution/corpus-index.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { KnownContribution, Library } from '../corpus/library.ts';

export type Shelf = {
  /** Ascending by contribution id; those whose texts are to be had. */
  readonly contributions: ReadonlyMap<number, KnownContribution>;
  readonly index: CorpusIndex;
};

type Entry = { readonly contribution: number; readonly root: string };

/** Accepted contributions and the commons, by contribution id. */
const entriesOf = async (client: RpcClient, datanet: number): Promise<readonly Entry[]> => {
  const { commonsContribution, terms } = await client.call('datanet_get', { id: datanet });
  const entries: Entry[] = commonsContribution.flatMap((contribution, i) => {
    const root = terms.commons[i]?.root;
    return root === undefined ? [] : [{ contribution, root }];
  });
  for await (const { contributions } of pages(client, 'contribution_listRevealed', { datanet }))
    for (const { contribution, stage, root } of contributions)
      if (stage === 'accepted') entries.push({ contribution, root });
  return entries.sort((a, b) => a.contribution - b.contribution);
};

export type Shelves = {
  readonly shelf: (datanet: number, params: AttributionParams) => Promise<Shelf>;
};

/** Shelves are kept, and only added to where what came in comes last in line. */
export const openShelves = (client: RpcClient, library: Library): Shelves => {
  const kept = new Map<
    number,
    { readonly contributions: Map<number, KnownContribution>; readonly index: CorpusIndex }
  >();
  return {
    shelf: async (datanet, { lMin, copyMin }) => {
      const entries = await entriesOf(client, datanet);
      const texts = await library.contributions(entries.map(({ root }) => root));
      const known = entries.flatMap(({ contribution }, i) => {
        const text = texts[i];
        return text === undefined ? [] : [[contribution, text] as const];
      });
      const before = kept.get(datanet);
      const isPrefix =
        before !== undefined &&
        [...before.contributions.keys()].every((contribution, i) => contribution === known[i]?.[0]);
      const shelf =
        isPrefix && before !== undefined
          ? before
          : {
              contributions: new Map<number, KnownContribution>(),
              index: new CorpusIndex(Math.min(lMin, copyMin)),
            };
      for (const [contribution, text] of known.slice(shelf.contributions.size)) {
        shelf.contributions.set(contribution, text);
        for (const [item, { tokens }] of text.items.entries()) shelf.index.append(contribution, item, tokens);
      }
      kept.set(datanet, shelf);
      return shelf;
    },
  };
};
