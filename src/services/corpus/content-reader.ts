/** Reads content from a node, checks it against its roots, and hands over what has arrived. */
import { infoTable } from '../../attribution/info-table.ts';
import { fetchContent, fetchContents } from '../../client/content.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../../content/objects.ts';
import type { Hex } from '../../lib/bytes.ts';
import { CodedError, failWith, type Result } from '../../lib/errors.ts';

/** The most roots of one request. */
export const TOGETHER = 32;

/** Is called with each object that has arrived, and returns the roots of the content that belongs to it. */
export type Keep = (root: Hex, object: ContentObject) => readonly Hex[];

/** What became of a root: the content that belongs to it, or why it did not arrive. */
export type Read = Result<readonly Hex[]>;

/** Reads the roots by one request: the node answers once it has looked for all of them. It throws no `CodedError`. */
export type ContentReader = (roots: readonly Hex[]) => Promise<readonly Read[]>;

export const contentReader = (client: RpcClient, keep: Keep): ContentReader => {
  const rootOf = createRootOf(infoTable());
  const fetchAll = async (roots: readonly Hex[]): Promise<readonly Result<ContentObject>[]> => {
    const [first] = roots;
    if (first !== undefined && roots.length === 1) return [await fetchContent(client, rootOf, first)];
    try {
      return await fetchContents(client, rootOf, roots);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return roots.map(() => failWith(error.fault));
    }
  };
  return async (roots) => {
    const given = await fetchAll(roots);
    return given.map((each, i) => (each.ok ? { ok: true, value: keep(roots[i] ?? '0x', each.value) } : each));
  };
};
