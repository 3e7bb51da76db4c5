/**
 * A cache of texts by their roots: their tokens, and the evidence that opens their chunks. The texts come from the node
 * and are checked against their roots, so that a node cannot pass off another text.
 */

import { type Tokens, tokenize } from '../../../state/attribution/pt1.ts';
import { proveContribution, proveItem, type TextEvidence } from '../../attribution/evidence/chunks.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { ContentObject } from '../../content/objects.ts';
import type { Root } from '../../lib/brands.ts';
import { fromHex, type Hex, toHex } from '../../lib/bytes.ts';
import { invariant, unwrap } from '../../lib/errors.ts';
import { ContentFetcher, type OnWaiting } from './content-fetcher.ts';

export type KnownItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  readonly salt: Uint8Array;
};

export type KnownContribution = {
  readonly root: Root;
  readonly itemRoots: readonly Root[];
  readonly items: readonly KnownItem[];
};

/** Returns the evidence that opens the chunks of an item. */
export const itemEvidence = (contribution: KnownContribution, item: number): TextEvidence => {
  const text = contribution.items[item];
  invariant(text !== undefined, 'the item exists');
  return proveItem(proveContribution(contribution.itemRoots), item, text);
};

export type TextCache = {
  /** Returns outputs and prompts by their roots, in order; undefined for those that are missing. */
  readonly texts: (roots: readonly Root[]) => Promise<readonly (Tokens | undefined)[]>;
  /** Returns contributions with all their items, in order; undefined for a contribution with a missing item. */
  readonly contributions: (roots: readonly Root[]) => Promise<readonly (KnownContribution | undefined)[]>;
  /** Returns the first missing item of a contribution that was requested; undefined if none is known to be missing. */
  readonly missing: (root: Root) => number | undefined;
};

/** The most texts of receipts that are kept, and the most tokens of contributions. The oldest are removed first. */
const TEXTS_KEPT = 4096;
const CONTRIBUTION_TOKENS_KEPT = 8_000_000;
/** The time to wait for a text at its first request: for texts of a receipt, and for texts of a contribution. */
const TEXT_WAIT_MS = 1_000;
const CONTRIBUTION_WAIT_MS = 10_000;

const tokensIn = (items: readonly KnownItem[]): number =>
  items.reduce((sum, { tokens }) => sum + tokens.count, 0);

/**
 * @param contributionWaitMs - the time to wait for contributions at their first request, since the last text has arrived
 * @param onWaiting - is called now and then while texts are waited for
 */
export const openTextCache = (
  client: RpcClient,
  {
    contributionWaitMs = CONTRIBUTION_WAIT_MS,
    onWaiting,
  }: { readonly contributionWaitMs?: number; readonly onWaiting?: OnWaiting } = {},
): TextCache => {
  const texts = new Map<string, Tokens>();
  const lists = new Map<string, readonly Root[]>();
  const items = new Map<string, KnownItem>();
  const contributions = new Map<string, KnownContribution>();
  let tokensKept = 0;

  const keep = (root: Hex, object: ContentObject): void => {
    switch (object.type) {
      case 'output':
      case 'prompt':
        texts.set(root, unwrap(tokenize(object.text)));
        return;
      case 'item': {
        const { promptTokens, salt } = object;
        items.set(root, { tokens: unwrap(tokenize(object.text)), promptTokens, salt });
        return;
      }
      case 'contribution':
        lists.set(root, object.items);
    }
  };
  const fetcher = new ContentFetcher(client, keep, onWaiting);

  /** Puts a contribution together once all its items are there. */
  const assemble = (name: Hex): void => {
    const itemRoots = lists.get(name);
    const known = itemRoots?.flatMap((each) => items.get(toHex(each)) ?? []);
    if (itemRoots === undefined || known?.length !== itemRoots.length) return;
    const root = unwrap(fromHex(name)) as Root;
    contributions.set(name, { root, itemRoots, items: known });
    tokensKept += tokensIn(known);
    lists.delete(name);
    for (const each of itemRoots) items.delete(toHex(each));
  };

  return {
    texts: async (roots) => {
      const names = roots.map(toHex);
      await fetcher.get(
        names.filter((root) => !texts.has(root)),
        TEXT_WAIT_MS,
      );
      const found = names.map((root) => texts.get(root));
      for (const root of texts.keys()) {
        if (texts.size <= TEXTS_KEPT) break;
        texts.delete(root);
      }
      return found;
    },
    missing: (root) => {
      const found = lists.get(toHex(root))?.findIndex((each) => !items.has(toHex(each))) ?? -1;
      return found < 0 ? undefined : found;
    },
    contributions: async (roots) => {
      const names = roots.map(toHex);
      const open = names.filter((root) => !contributions.has(root));
      await fetcher.get(
        open.filter((root) => !lists.has(root)),
        contributionWaitMs,
      );
      // A contribution is of use with all its items, so they are requested together.
      await fetcher.getWhole(
        open.map((root) => (lists.get(root) ?? []).map(toHex).filter((item) => !items.has(item))),
        contributionWaitMs,
      );
      for (const root of open) assemble(root);
      const found = names.map((root) => contributions.get(root));
      for (const [root, { items: kept }] of contributions) {
        if (tokensKept <= CONTRIBUTION_TOKENS_KEPT) break;
        contributions.delete(root);
        tokensKept -= tokensIn(kept);
      }
      return found;
    },
  };
};
