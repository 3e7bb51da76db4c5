/** Reads contributions with their texts from a node, and keeps them in memory. */
import pMap from 'p-map';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../state/attribution/rules.ts';
import type { DeclaredItem } from '../attribution/declaration.ts';
import { fetchContent } from '../client/content.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../content/objects.ts';
import { type Hex, toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import type { ContributionReader } from './datanet-contents.ts';

/** The most requests at a time: a contribution may have thousands of items. */
const AT_ONCE = 16;

type Contribution = { readonly rules: RulesVersion; readonly items: readonly DeclaredItem[] };

/**
 * Returns a reader that fetches each contribution once.
 * @throws CodedError when it reads, if the node is away or returns content that does not fit its root
 */
export const openContributionReader = (client: RpcClient, table: InfoTable): ContributionReader => {
  const rootOf = createRootOf(table);
  const known = new Map<string, Contribution>();

  /** Undefined if no node that is asked has the content. */
  const get = async (root: Hex): Promise<ContentObject | undefined> => {
    const object = await fetchContent(client, rootOf, root);
    if (object.ok) return object.value;
    if (object.fault.code === 'CONTENT_NOT_FOUND') return undefined;
    throw new CodedError(object.fault);
  };

  const read = async (root: Hex): Promise<Contribution | undefined> => {
    const kept = known.get(root);
    if (kept !== undefined) return kept;
    const list = await get(root);
    if (list?.type !== 'contribution') return undefined;
    const objects = await pMap(list.items, (item) => get(toHex(item)), { concurrency: AT_ONCE });
    const items = objects.flatMap((object) => (object?.type === 'item' ? [object] : []));
    const rules = items[0]?.rules ?? RULES_DEFAULT;
    // No Datanet has two versions, so nobody can read such a contribution by the rules of its own.
    if (items.length !== list.items.length || items.some((item) => item.rules !== rules)) return undefined;
    const contribution = {
      rules,
      items: items.map(({ text, promptTokens }) => ({
        tokens: unwrap(rulesOf(rules).tokenize(text)),
        promptTokens,
      })),
    };
    known.set(root, contribution);
    return contribution;
  };

  return async (roots) => {
    const found: (Contribution | undefined)[] = [];
    for (const root of roots) found.push(await read(toHex(root)));
    return found;
  };
};
