/** Reads content by its roots from a node, many objects per request, and waits for what has not arrived there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Root } from '../../src/lib/brands.ts';
import { type Hex, toHex, utf8 } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { waitingText } from '../../src/services/corpus/content-fetcher.ts';
import { type Tokens, tokenize } from '../../state/attribution/pt1.ts';

type ContentObject = ResultOf<'content_get'>;

/** A text as its node has it. */
export type Text = { readonly bytes: number; readonly tokens: Tokens; readonly promptTokens: number };

export type ContentReader = {
  /** Returns the texts of items, prompts and outputs, in order. */
  readonly texts: (roots: readonly Root[]) => Promise<readonly Text[]>;
  /** Returns contributions with all their items, in order. Each is read once. */
  readonly contributions: (roots: readonly Root[]) => Promise<readonly { readonly items: readonly Text[] }[]>;
};

/** The number of objects per request. */
const AT_ONCE = 100;
const PAUSE_MS = 200;
/** The time between two reports that texts are still waited for. */
const REPORT_MS = 2_000;

/** @param progress - is told what is waited for, and since when */
export const openContent = (
  node: RpcClient,
  progress: (text: string) => void = () => undefined,
): ContentReader => {
  const known = new Map<Hex, { readonly items: readonly Text[] }>();

  /** A node to which content was not uploaded has it some time after its peers. How long that takes is not known. */
  const read = async (roots: readonly Root[]): Promise<readonly ContentObject[]> => {
    const found = new Map<Hex, ContentObject>();
    const names = roots.map(toHex);
    const started = performance.now();
    let reported = started;
    for (let open = [...new Set(names)]; open.length > 0; open = open.filter((root) => !found.has(root))) {
      for (let from = 0; from < open.length; from += AT_ONCE) {
        const asked = open.slice(from, from + AT_ONCE);
        const calls = asked.map((root) => ({ method: 'content_get' as const, params: { root } }));
        for (const [i, result] of (await node.batch(calls)).entries())
          if (result.ok) found.set(asked[i] ?? '0x', result.value);
          else if (result.fault.code !== 'CONTENT_NOT_FOUND') throw new CodedError(result.fault);
      }
      const missing = open.filter((root) => !found.has(root)).length;
      if (missing === 0) break;
      const now = performance.now();
      if (now >= reported + REPORT_MS) {
        reported = now;
        progress(`${waitingText({ missing, of: names.length, waitedMs: now - started })} (${node.url})`);
      }
      await sleep(PAUSE_MS);
    }
    return names.flatMap((root) => found.get(root) ?? []);
  };

  const texts: ContentReader['texts'] = async (roots) =>
    (await read(roots)).map((object, i) => {
      if (object.type === 'contribution')
        throw new CodedError(fault('DEMO_CONTENT', `text ${i} of ${roots.length} is a contribution`));
      const bytes = utf8(object.text);
      const promptTokens = object.type === 'item' ? object.promptTokens : 0;
      return { bytes: bytes.length, tokens: unwrap(tokenize(bytes)), promptTokens };
    });

  return {
    texts,
    contributions: async (roots) => {
      const open = roots.filter((root) => !known.has(toHex(root)));
      const lists = (await read(open)).map((object, i) => {
        if (object.type !== 'contribution')
          throw new CodedError(fault('DEMO_CONTENT', `contribution ${i} of ${open.length} is a text`));
        return object.items;
      });
      const items = (await texts(lists.flat())).values();
      const names = open.map(toHex);
      for (const [i, list] of lists.entries())
        known.set(names[i] ?? '0x', { items: list.flatMap(() => items.next().value ?? []) });
      return roots.flatMap((root) => known.get(toHex(root)) ?? []);
    },
  };
};
