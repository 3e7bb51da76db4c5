/** Reads content by its roots from a node, and waits for content that has not arrived there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { ContentObject } from '../../src/content/objects.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { ContentFetcher } from '../../src/services/corpus/content-fetcher.ts';
import { type Tokens, tokenize } from '../../state/attribution/pt1.ts';

/** A text as its node has it. */
export type Text = { readonly bytes: number; readonly tokens: Tokens };

export type ContentReader = {
  /** Returns the texts of items, prompts and outputs, in order. */
  readonly texts: (roots: readonly string[]) => Promise<readonly Text[]>;
  /** Returns the items of a contribution. */
  readonly items: (root: string) => Promise<readonly Text[]>;
};

/** The time to wait for content before it is requested again. */
const WAIT_MS = 1_000;
const PAUSE_MS = 200;

export const openContent = (node: RpcClient): ContentReader => {
  const found = new Map<string, ContentObject>();
  const fetcher = new ContentFetcher(node, (root, object) => found.set(root, object));

  /** A node to which content was not uploaded has it some time after its peers. How long that takes is not known. */
  const read = async (roots: readonly string[]): Promise<readonly ContentObject[]> => {
    for (let open = roots; open.length > 0; open = open.filter((root) => !found.has(root))) {
      await fetcher.get(open, WAIT_MS);
      if (open.some((root) => !found.has(root))) await sleep(PAUSE_MS);
    }
    const objects = roots.flatMap((root) => found.get(root) ?? []);
    for (const root of roots) found.delete(root);
    return objects;
  };

  const texts: ContentReader['texts'] = async (roots) =>
    (await read(roots)).map((object, i) => {
      if (object.type === 'contribution')
        throw new CodedError(fault('DEMO_CONTENT', `${roots[i]} is a contribution, not a text`));
      return { bytes: object.text.length, tokens: unwrap(tokenize(object.text)) };
    });

  return {
    texts,
    items: async (root) => {
      const [object] = await read([root]);
      if (object?.type !== 'contribution')
        throw new CodedError(fault('DEMO_CONTENT', `${root} is no contribution`));
      return texts(object.items.map((item) => toHex(item)));
    },
  };
};
