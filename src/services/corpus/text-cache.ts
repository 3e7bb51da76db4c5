/**
 * A cache of texts by their roots: their tokens, and the evidence that opens their chunks. The texts come from the node
 * and are checked against their roots, so that a node cannot pass off another text.
 */

import { type ItemSource, itemSource, partSalt, type Salted } from '../../../state/attribution/commitment.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { proveContribution, proveItem, type TextEvidence } from '../../attribution/evidence/chunks.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { ContentObject } from '../../content/objects.ts';
import type { Root } from '../../lib/brands.ts';
import { fromHex, type Hex, toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import { ContentFetcher, type OnWaiting } from './content-fetcher.ts';

export type KnownItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  readonly salt: Uint8Array;
  readonly source: ItemSource;
};

/** Returns what is known if it was cut into tokens by these rules: text of other rules counts as missing. */
export const ofRules = <T extends { readonly rules: RulesVersion }>(
  known: T | undefined,
  rules: RulesVersion,
): T | undefined => (known?.rules === rules ? known : undefined);

/** The texts of a receipt. */
export type KnownInference = {
  readonly rules: RulesVersion;
  readonly prompt: Salted;
  readonly output: Salted;
};

export type KnownContribution = {
  readonly root: Root;
  /** The version of the rules by which its items were cut into tokens. */
  readonly rules: RulesVersion;
  readonly itemRoots: readonly Root[];
  readonly items: readonly KnownItem[];
};

/** An item of a contribution, whatever else of it is missing. */
export type KnownPart = {
  /** The version of the rules by which it was cut into tokens. */
  readonly rules: RulesVersion;
  readonly itemRoots: readonly Root[];
  readonly text: KnownItem;
};

/** Returns an item of a contribution; undefined if it has no such item. */
export const partOf = (
  { rules, itemRoots, items }: KnownContribution,
  item: number,
): KnownPart | undefined => {
  const text = items[item];
  return text === undefined ? undefined : { rules, itemRoots, text };
};

/** Returns the evidence that opens the chunks of an item. */
export const itemEvidence = ({ itemRoots, text }: KnownPart, item: number): TextEvidence =>
  proveItem(proveContribution(itemRoots), item, text);

/**
 * How texts are read that are not in the cache. `usual`: one that was missing a moment ago is not requested, and none is
 * waited for twice. `again`: each is requested, and waited for as if for the first time. Whoever demands a text reads it so first.
 */
export type Reading = 'usual' | 'again';

export type TextCache = {
  /** Returns the texts of receipts by their roots, in order; undefined for those that are missing. */
  readonly inferences: (
    roots: readonly Root[],
    reading?: Reading,
  ) => Promise<readonly (KnownInference | undefined)[]>;
  /** Returns contributions with all their items, in order; undefined for a contribution with a missing item. */
  readonly contributions: (
    roots: readonly Root[],
    reading?: Reading,
  ) => Promise<readonly (KnownContribution | undefined)[]>;
  /** Returns an item of a contribution that was requested, also if others are missing; undefined if it is missing itself. */
  readonly item: (root: Root, item: number) => KnownPart | undefined;
  /** Returns the first missing item of a contribution that was requested; undefined if none is known to be missing. */
  readonly missing: (root: Root) => number | undefined;
};

/** The most receipts whose texts are kept, and the most tokens of contributions. The oldest are removed first. */
const INFERENCES_KEPT = 2048;
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
  const inferences = new Map<string, KnownInference>();
  const lists = new Map<string, readonly Root[]>();
  const items = new Map<string, KnownItem & { readonly rules: RulesVersion }>();
  const contributions = new Map<string, KnownContribution>();
  let tokensKept = 0;

  const keep = (root: Hex, object: ContentObject): void => {
    switch (object.type) {
      case 'inference': {
        const { rules, salt } = object;
        const salted = (part: 'prompt' | 'output'): Salted => ({
          tokens: unwrap(rulesOf(rules).tokenize(object[part])),
          source: object[part],
          salt: partSalt(salt, rules, part),
        });
        inferences.set(root, { rules, prompt: salted('prompt'), output: salted('output') });
        return;
      }
      case 'item': {
        const { rules, text, promptTokens } = object;
        const salt = partSalt(object.salt, rules, 'item');
        const tokens = unwrap(rulesOf(rules).tokenize(text));
        items.set(root, { rules, tokens, promptTokens, salt, source: itemSource({ source: text, salt }) });
        return;
      }
      case 'contribution':
        lists.set(root, object.items);
    }
  };
  const fetcher = new ContentFetcher(client, keep, onWaiting);

  /** Requests groups of roots. A root that is missing delays only those of its group. */
  const fetch = (groups: readonly (readonly Hex[])[], waitMs: number, reading: Reading): Promise<void> =>
    reading === 'again' ? fetcher.getAgain(groups, waitMs) : fetcher.getWhole(groups, waitMs);
  /** Requests roots of which none waits for another. */
  const fetchEach = (roots: readonly Hex[], waitMs: number, reading: Reading): Promise<void> =>
    fetch(
      roots.map((root) => [root]),
      waitMs,
      reading,
    );

  /** Puts a contribution together once all its items are there. */
  const assemble = (name: Hex): void => {
    const itemRoots = lists.get(name);
    const known = itemRoots?.flatMap((each) => items.get(toHex(each)) ?? []);
    if (itemRoots === undefined || known?.length !== itemRoots.length) return;
    const root = unwrap(fromHex(name)) as Root;
    const rules = known[0]?.rules ?? RULES_DEFAULT;
    // No Datanet has two versions, so nobody can read such a contribution by the rules of its own.
    if (known.some((each) => each.rules !== rules)) return;
    contributions.set(name, { root, rules, itemRoots, items: known });
    tokensKept += tokensIn(known);
    lists.delete(name);
    for (const each of itemRoots) items.delete(toHex(each));
  };

  return {
    inferences: async (roots, reading = 'usual') => {
      const names = roots.map(toHex);
      const open = names.filter((root) => !inferences.has(root));
      await fetchEach(open, TEXT_WAIT_MS, reading);
      const found = names.map((root) => inferences.get(root));
      for (const root of inferences.keys()) {
        if (inferences.size <= INFERENCES_KEPT) break;
        inferences.delete(root);
      }
      return found;
    },
    item: (root, item) => {
      const name = toHex(root);
      const whole = contributions.get(name);
      if (whole !== undefined) return partOf(whole, item);
      const itemRoots = lists.get(name);
      const own = itemRoots?.[item];
      const text = own === undefined ? undefined : items.get(toHex(own));
      return itemRoots === undefined || text === undefined
        ? undefined
        : { rules: text.rules, itemRoots, text };
    },
    missing: (root) => {
      const found = lists.get(toHex(root))?.findIndex((each) => !items.has(toHex(each))) ?? -1;
      return found < 0 ? undefined : found;
    },
    contributions: async (roots, reading = 'usual') => {
      const names = roots.map(toHex);
      const open = names.filter((root) => !contributions.has(root));
      const listless = open.filter((root) => !lists.has(root));
      await fetchEach(listless, contributionWaitMs, reading);
      // A contribution is of use with all its items, so they are requested together.
      const groups = open.map((root) =>
        (lists.get(root) ?? []).map(toHex).filter((item) => !items.has(item)),
      );
      await fetch(groups, contributionWaitMs, reading);
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
