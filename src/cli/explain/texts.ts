/** Texts by their roots, and checked against them: a node cannot give another text under this root. */
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

type Content = ResultOf<'content_get'>;

/** Content that hashes to its root. Faults: `CONTENT_NOT_FOUND`, `CONTENT_WRONG`. @throws every other one of the node's */
const contentAt = async (client: RpcClient, root: Root): Promise<Result<Content>> => {
  const content: Result<Content> = await client.attempt('content_get', { root });
  if (!content.ok && content.fault.code === 'CONTENT_NOT_FOUND') return content;
  const computed = createRootOf(infoTable())(objectOf(unwrap(content)));
  return computed.ok && equal(computed.value, root)
    ? content
    : fail('CONTENT_WRONG', 'the node gave a text that does not hash to its root', { root: toHex(root) });
};

/** A text, and the version of the rules by which it is cut into tokens. */
export type ShownText = { readonly text: string; readonly rules: RulesVersion };

const otherType = (root: Root, type: Content['type']): Result<never> =>
  fail('CONTENT_TYPE', `what the node has under the root is no ${type}`, { root: toHex(root) });

/** Returns an item of a contribution. Faults: those of {@link contentAt}, `CONTENT_TYPE`. */
export const itemAt = async (client: RpcClient, root: Root): Promise<Result<ShownText>> => {
  const content = await contentAt(client, root);
  if (!content.ok) return content;
  const { value } = content;
  return value.type === 'item' ? ok({ text: value.text, rules: value.rules }) : otherType(root, 'item');
};

/** The texts of a receipt. */
export type ShownInference = { readonly output: ShownText; readonly prompt: ShownText };

/** Returns the texts of a receipt. @param root - that of its texts. Faults: those of {@link itemAt} */
export const inferenceAt = async (client: RpcClient, root: Root): Promise<Result<ShownInference>> => {
  const content = await contentAt(client, root);
  if (!content.ok) return content;
  const { value } = content;
  if (value.type !== 'inference') return otherType(root, 'inference');
  const { rules, output, prompt } = value;
  return ok({ output: { text: output, rules }, prompt: { text: prompt, rules } });
};

/** The texts of these items of a contribution. */
export const itemTextsOf = async (
  client: RpcClient,
  root: Root | undefined,
  cited: readonly number[],
): Promise<ReadonlyMap<number, Result<ShownText>>> => {
  const contribution: Result<Content> =
    root === undefined
      ? fail('CONTENT_NOT_FOUND', 'the contribution has not been revealed')
      : await contentAt(client, root);
  const texts = new Map<number, Result<ShownText>>();
  for (const item of cited) {
    if (!contribution.ok) {
      texts.set(item, contribution);
      continue;
    }
    const at = contribution.value.type === 'contribution' ? contribution.value.items[item] : undefined;
    texts.set(
      item,
      at === undefined
        ? fail('CONTENT_NOT_FOUND', `the contribution has no item ${item}`)
        : await itemAt(client, at),
    );
  }
  return texts;
};
