/** Reads the texts that a contribution to a Datanet is compared with: what is accepted and not void, and the commons. */

import type { RulesVersion } from '../../../state/attribution/rules.ts';
import type { AttributionParams } from '../../../state/params.ts';
import { CorpusIndex } from '../../attribution/corpus-index.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { type KnownContribution, ofRules, type TextCache } from '../corpus/text-cache.ts';
import { datanetOwner } from '../corpus/text-requests.ts';

export type DatanetTexts = {
  /** The version of the rules of the Datanet. */
  readonly rules: RulesVersion;
  /** The contributions whose texts are available, ascending by contribution id. */
  readonly contributions: ReadonlyMap<number, KnownContribution>;
  readonly index: CorpusIndex;
  /** The contributions and commons whose texts are missing, ascending by contribution id. */
  readonly missing: readonly ContributionId[];
};

type Entry = { readonly contribution: ContributionId; readonly root: Root };

/** Returns the accepted contributions and the commons, ascending by contribution id. */
const entriesOf = async (
  client: RpcClient,
  datanet: DatanetId,
): Promise<{ readonly rules: RulesVersion; readonly entries: readonly Entry[] }> => {
  const { commonsContribution, terms } = await client.call('datanet_get', { id: datanet });
  const { commons, rules } = terms;
  const entries: Entry[] =
    commons === undefined || commonsContribution === null
      ? []
      : [{ contribution: commonsContribution, root: commons.root }];
  for await (const { contributions } of pages(client, 'contribution_listRevealed', { datanet }))
    for (const { contribution, stage, root } of contributions)
      if (stage === 'accepted') entries.push({ contribution, root });
  return { rules, entries: entries.sort((a, b) => a.contribution - b.contribution) };
};

export type DatanetTextCache = {
  /** Returns 'pending' while texts are requested of which nobody knows yet whether they are missing. */
  readonly read: (datanet: DatanetId, params: AttributionParams) => Promise<DatanetTexts | 'pending'>;
};

/** Keeps the texts of each Datanet. As long as new contributions come after those it has, it only adds them. */
export const openDatanetTexts = (client: RpcClient, textCache: TextCache): DatanetTextCache => {
  const kept = new Map<
    number,
    { readonly contributions: Map<number, KnownContribution>; readonly index: CorpusIndex }
  >();
  return {
    read: async (datanet, { lMin, copyMin }) => {
      const { rules, entries } = await entriesOf(client, datanet);
      const roots = entries.map(({ root }) => root);
      const read = await textCache.contributions(roots, 'usual', () => datanetOwner(datanet));
      if (roots.some((root, i) => read[i] === undefined && textCache.isPending(root))) return 'pending';
      const found = read.map((text) => ofRules(text, rules));
      const known = entries.flatMap(({ contribution }, i) => {
        const text = found[i];
        return text === undefined ? [] : [[contribution, text] as const];
      });
      const before = kept.get(datanet);
      const isPrefix =
        before !== undefined &&
        [...before.contributions.keys()].every((contribution, i) => contribution === known[i]?.[0]);
      const texts =
        isPrefix && before !== undefined
          ? before
          : {
              contributions: new Map<number, KnownContribution>(),
              index: CorpusIndex.ofDatanet({ matchTokensMin: lMin, copyMin }),
            };
      for (const [contribution, text] of known.slice(texts.contributions.size)) {
        texts.contributions.set(contribution, text);
        for (const [item, { tokens }] of text.items.entries()) texts.index.append(contribution, item, tokens);
      }
      kept.set(datanet, texts);
      const missing = entries.flatMap(({ contribution }, i) =>
        found[i] === undefined ? [contribution] : [],
      );
      return { ...texts, rules, missing };
    },
  };
};
