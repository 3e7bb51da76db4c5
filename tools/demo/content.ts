/** Reads texts by their roots from a node. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault } from '../../src/lib/errors.ts';
import { attemptAll } from './ledger.ts';

type ContentObject = ResultOf<'content_get'>;

/** The time to wait for content. A node to which it was not uploaded receives it some seconds after its peers. */
const CONTENT_TIMEOUT_MS = 60_000;
const CONTENT_PAUSE_MS = 200;

/**
 * Returns content by its roots, as soon as this node has it. @throws `DEMO_CONTENT` for content that does not arrive
 * within a minute
 */
const contentOf = async (node: RpcClient, roots: readonly Root[]): Promise<readonly ContentObject[]> => {
  const found = new Map<string, ContentObject>();
  const names = roots.map(toHex);
  const deadline = performance.now() + CONTENT_TIMEOUT_MS;
  for (let open = [...new Set(names)]; open.length > 0; open = open.filter((root) => !found.has(root))) {
    if (performance.now() > deadline)
      throw new CodedError(
        fault('DEMO_CONTENT', `${node.url} has ${open.length} of ${roots.length} texts not yet`),
      );
    const results = await attemptAll(
      node,
      'content_get',
      open.map((root) => ({ root })),
    );
    for (const [i, result] of results.entries()) {
      const root = open[i] ?? '0x';
      if (result.ok) found.set(root, result.value);
      else if (result.fault.code !== 'CONTENT_NOT_FOUND') throw new CodedError(result.fault);
    }
    if (found.size < open.length) await sleep(CONTENT_PAUSE_MS);
  }
  return names.flatMap((root) => found.get(root) ?? []);
};

const hexAt = (roots: readonly Root[], i: number): string => toHex(roots[i] ?? ZERO_ROOT);

/** Returns the texts of roots. @throws `DEMO_CONTENT` for an object of another type */
export const textsOf = async (
  node: RpcClient,
  roots: readonly Root[],
  type: 'item' | 'prompt' | 'output',
): Promise<readonly string[]> =>
  (await contentOf(node, roots)).map((object, i) => {
    if (object.type === 'contribution' || object.type !== type)
      throw new CodedError(fault('DEMO_CONTENT', `${hexAt(roots, i)} is no ${type}`));
    return object.text;
  });

/** An item as its contributor uploaded it. */
export type ItemText = { readonly text: string; readonly promptTokens: number };

/** Returns the items of contributions, by their content roots. */
export const itemsOf = async (
  node: RpcClient,
  roots: readonly Root[],
): Promise<readonly (readonly ItemText[])[]> => {
  const lists = (await contentOf(node, roots)).map((object, i) => {
    if (object.type !== 'contribution')
      throw new CodedError(fault('DEMO_CONTENT', `${hexAt(roots, i)} is no contribution`));
    return object.items;
  });
  const all = lists.flat();
  const items = (await contentOf(node, all)).map((object, i): ItemText => {
    if (object.type !== 'item') throw new CodedError(fault('DEMO_CONTENT', `${hexAt(all, i)} is no item`));
    return object;
  });
  const next = items.values();
  return lists.map((list) => list.flatMap(() => next.next().value ?? []));
};
