/** Reads content from a node, and checks it against its root, so that a node cannot pass off other content. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { ContentObject, RootOf } from '../content/objects.ts';
import { type Hex, toHex, utf8 } from '../lib/bytes.ts';
import { ok, type Result } from '../lib/errors.ts';
import { fail } from './errors.ts';
import type { RpcClient } from './rpc-client.ts';

const objectOf = (given: ResultOf<'content_get'>): ContentObject => {
  switch (given.type) {
    case 'contribution':
      return { type: 'contribution', items: given.items };
    case 'item':
      return { ...given, text: utf8(given.text) };
    case 'prompt':
    case 'output':
      return { type: given.type, text: utf8(given.text) };
  }
};

/** Returns content by its root. Faults: `CONTENT_ROOT`; those of the node, such as `CONTENT_NOT_FOUND`. */
export const fetchContent = async (
  client: RpcClient,
  rootOf: RootOf,
  root: Hex,
): Promise<Result<ContentObject>> => {
  const given = await client.attempt('content_get', { root });
  if (!given.ok) return given;
  const object = objectOf(given.value);
  const found = rootOf(object);
  return found.ok && toHex(found.value) === root
    ? ok(object)
    : fail('CONTENT_ROOT', `${client.url} returned other content for ${root}; use another node`, { root });
};
