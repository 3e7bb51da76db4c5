/** Reads content from a node, and checks it against its root, so that a node cannot pass off other content. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { ContentObject, RootOf } from '../content/objects.ts';
import type { Root } from '../lib/brands.ts';
import { equal, fromHex, utf8 } from '../lib/bytes.ts';
import { ok, type Result, unwrap } from '../lib/errors.ts';
import { fail } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';

const objectOf = (given: ResultOf<'content_get'>): ContentObject => {
  switch (given.type) {
    case 'contribution':
      return { type: 'contribution', items: given.items.map((root) => unwrap(fromHex(root, 32)) as Root) };
    case 'item': {
      const salt = unwrap(fromHex(given.salt));
      return { type: 'item', text: utf8(given.text), promptTokens: given.promptTokens, salt };
    }
    case 'prompt':
    case 'output':
      return { type: given.type, text: utf8(given.text) };
  }
};

/** Returns content by its root. Faults: `CONTENT_ROOT`; those of the node, such as `CONTENT_NOT_FOUND`. */
export const fetchContent = async (
  client: RpcClient,
  rootOf: RootOf,
  root: string,
): Promise<Result<ContentObject>> => {
  const given = await client.attempt('content_get', { root });
  if (!given.ok) return given;
  const object = objectOf(given.value);
  const found = rootOf(object);
  return found.ok && equal(found.value, unwrap(fromHex(root, 32)))
    ? ok(object)
    : fail('CONTENT_ROOT', `${client.url} returned other content for ${root}; use another node`, { root });
};
