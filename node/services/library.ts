/**
 * Texts by their roots, as a service needs them: tokens, and what opens them. They come from the node, and are held
 * against their roots here, so that a node that gives out other texts is found out; or, of what nobody gives out, from
 * answers to demands, which stand on the chain.
 */

import type { ResultOf } from '../../rpc/registry.ts';
import { proveContribution, proveItem, type TextEvidence } from '../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../../src/content/objects.ts';
import type { Root } from '../../src/lib/brands.ts';
import { equal, fromHex, type Hex, toHex, utf8 } from '../../src/lib/bytes.ts';
import { CodedError, fault, invariant, unwrap } from '../../src/lib/errors.ts';
import { type Tokens, tokenize } from '../../state/attribution/pt1.ts';

export type KnownItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  readonly salt: Uint8Array;
};

export type KnownContribution = {
  readonly root: string;
  readonly itemRoots: readonly Root[];
  readonly items: readonly KnownItem[];
};

/** Opens chunks of an item that is known. */
export const itemEvidence = (contribution: KnownContribution, item: number): TextEvidence => {
  const text = contribution.items[item];
  invariant(text !== undefined, 'an item is opened that is there');
  return proveItem(proveContribution(contribution.itemRoots), item, text);
};

export type Library = {
  /** Outputs and prompts by their roots, in order; undefined for those that are not to be had. */
  readonly texts: (roots: readonly string[]) => Promise<readonly (Tokens | undefined)[]>;
  /** Contributions with all their items, likewise. Kept for as long as the library is. */
  readonly contributions: (roots: readonly string[]) => Promise<readonly (KnownContribution | undefined)[]>;
};

/** Calls of one batch, and how many texts of receipts are kept. */
const BATCH = 100;
const TEXTS_KEPT = 4096;

type Given = ResultOf<'content_get'>;

const objectOf = (given: Given): ContentObject => {
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

export const openLibrary = (client: RpcClient): Library => {
  const rootOf = createRootOf(infoTable());
  const texts = new Map<string, Tokens>();
  const contributions = new Map<string, KnownContribution>();

  /** What the node has of these, by root. @throws CodedError `CONTENT_ROOT` for a node that gives out something else */
  const fetch = async (roots: readonly string[]): Promise<ReadonlyMap<string, ContentObject>> => {
    const found = new Map<string, ContentObject>();
    const wanted = [...new Set(roots)];
    for (let at = 0; at < wanted.length; at += BATCH) {
      const piece = wanted.slice(at, at + BATCH);
      const results = await client.batch(
        piece.map((root) => ({ method: 'content_get' as const, params: { root } })),
      );
      for (const [i, result] of results.entries()) {
        const root = piece[i] ?? '';
        if (!result.ok && result.fault.code === 'CONTENT_NOT_FOUND') continue;
        const object = objectOf(unwrap(result));
        if (!equal(unwrap(rootOf(object)), unwrap(fromHex(root, 32))))
          throw new CodedError(
            fault('CONTENT_ROOT', `${client.url} gave another text for ${root}`, { root }),
          );
        found.set(root, object);
      }
    }
    return found;
  };

  const keepText = (root: string, tokens: Tokens): void => {
    texts.set(root, tokens);
    const [oldest] = texts.keys();
    if (texts.size > TEXTS_KEPT && oldest !== undefined) texts.delete(oldest);
  };

  /** All of its items, or nothing. */
  const assembled = (
    root: string,
    object: ContentObject | undefined,
    items: ReadonlyMap<string, ContentObject>,
  ): KnownContribution | undefined => {
    if (object?.type !== 'contribution') return undefined;
    const known: KnownItem[] = [];
    for (const itemRoot of object.items) {
      const item = items.get(toHex(itemRoot));
      if (item?.type !== 'item') return undefined;
      const { promptTokens, salt } = item;
      known.push({ tokens: unwrap(tokenize(item.text)), promptTokens, salt });
    }
    return { root, itemRoots: object.items, items: known };
  };

  return {
    texts: async (roots) => {
      const objects = await fetch(roots.filter((root) => !texts.has(root)));
      for (const [root, object] of objects)
        if (object.type === 'output' || object.type === 'prompt')
          keepText(root, unwrap(tokenize(object.text)));
      return roots.map((root) => texts.get(root));
    },
    contributions: async (roots) => {
      const objects = await fetch(roots.filter((root) => !contributions.has(root)));
      for (const [root, object] of objects) {
        if (object.type !== 'contribution') continue;
        const known = assembled(root, object, await fetch(object.items.map((each): Hex => toHex(each))));
        if (known !== undefined) contributions.set(root, known);
      }
      return roots.map((root) => contributions.get(root));
    },
  };
};
