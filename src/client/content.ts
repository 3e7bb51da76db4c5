/** Reads content from a node, and checks it against its root, so that a node cannot pass off other content. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { ContentObject, RootOf } from '../content/objects.ts';
import { equal, fromHex, type Hex, utf8 } from '../lib/bytes.ts';
import { ok, type Result } from '../lib/errors.ts';
import { fail } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';

/** Returns content as it is hashed: its text as bytes. */
export const objectOf = (given: ResultOf<'content_get'>): ContentObject => {
  switch (given.type) {
    case 'contribution':
      return { type: 'contribution', items: given.items };
    case 'item':
      return { ...given, text: utf8(given.text) };
    case 'inference':
      return {
        ...given,
        prompt: utf8(given.prompt),
        output: utf8(given.output),
        ids: given.ids ?? undefined,
      };
  }
};

const checked = (
  { url }: RpcClient,
  rootOf: RootOf,
  root: Hex,
  given: Result<ResultOf<'content_get'>>,
): Result<ContentObject> => {
  if (!given.ok) return given;
  const object = objectOf(given.value);
  const found = rootOf(object);
  const asked = fromHex(root);
  return found.ok && asked.ok && equal(found.value, asked.value)
    ? ok(object)
    : fail('CONTENT_ROOT', `${url} returned other content for ${root}; use another node`, { root });
};

/** Returns content by its root. Faults: `CONTENT_ROOT`; those of the node, such as `CONTENT_NOT_FOUND`. */
export const fetchContent = async (
  client: RpcClient,
  rootOf: RootOf,
  root: Hex,
): Promise<Result<ContentObject>> =>
  checked(client, rootOf, root, await client.attempt('content_get', { root }));

/**
 * Returns content by its roots, in order, by one request. The node answers once it has looked for all of it. Faults as of
 * {@link fetchContent}, each for its root.
 * @throws CodedError as `RpcClient.batch`
 */
export const fetchContents = async (
  client: RpcClient,
  rootOf: RootOf,
  roots: readonly Hex[],
): Promise<readonly Result<ContentObject>[]> => {
  const given = await client.batch(
    roots.map((root) => ({ method: 'content_get' as const, params: { root } })),
  );
  return roots.map((root, i) =>
    checked(client, rootOf, root, given[i] ?? fail('RPC_ANSWER_INVALID', `${client.url} left out ${root}`)),
  );
};
