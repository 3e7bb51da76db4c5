/** The items of a contribution, as a reviewer reads them: checked against the root on the chain. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { objectOf } from '../../client/content.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { createRootOf } from '../../content/objects.ts';
import type { Root } from '../../lib/brands.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import { ok, type Result, unwrap } from '../../lib/errors.ts';
import { fail } from '../errors.ts';

export type ReviewedItem = {
  readonly rules: RulesVersion;
  readonly text: string;
  readonly promptTokens: number;
};

type Content = ResultOf<'content_get'>;

/** The objects that one request asks for. */
const READ_AT_ONCE = 100;

/**
 * Reads objects by their roots. Faults: `CONTENT_NOT_FOUND`, `CONTENT_WRONG` if one does not hash to its root.
 * @throws CodedError every other fault of the node
 */
const readObjects = async (
  client: RpcClient,
  roots: readonly Root[],
): Promise<Result<readonly Content[]>> => {
  const rootOf = createRootOf(infoTable());
  const found: Content[] = [];
  for (let at = 0; at < roots.length; at += READ_AT_ONCE) {
    const asked = roots.slice(at, at + READ_AT_ONCE);
    const answers = await client.batch(
      asked.map((root) => ({ method: 'content_get' as const, params: { root: toHex(root) } })),
    );
    for (const [i, answer] of answers.entries()) {
      if (!answer.ok && answer.fault.code === 'CONTENT_NOT_FOUND') return answer;
      const content = unwrap(answer);
      const computed = rootOf(objectOf(content));
      const expected = asked[i];
      if (expected === undefined || !computed.ok || !equal(computed.value, expected))
        return fail('CONTENT_WRONG', 'the node gave a text that does not hash to its root');
      found.push(content);
    }
  }
  return ok(found);
};

/**
 * Returns the first items of a contribution, and how many it has. Faults: `CONTENT_NOT_FOUND`, `CONTENT_WRONG`.
 * @param root - the content root that stands on the chain
 * @param most - how many items to read
 */
export const readItems = async (
  client: RpcClient,
  root: Root,
  most: number,
): Promise<Result<{ readonly items: readonly ReviewedItem[]; readonly count: number }>> => {
  const list = await readObjects(client, [root]);
  if (!list.ok) return list;
  const [content] = list.value;
  if (content?.type !== 'contribution')
    return fail('CONTENT_WRONG', 'the root is not that of a contribution');
  const items = await readObjects(client, content.items.slice(0, most));
  if (!items.ok) return items;
  return ok({
    count: content.items.length,
    items: items.value.flatMap((each) => {
      if (each.type !== 'item') return [];
      const { rules, text, promptTokens } = each;
      return [{ rules, text, promptTokens }];
    }),
  });
};
