/**
 * A cache of texts by their roots: their tokens, and the evidence that opens their chunks. The texts come from the node
 * and are checked against their roots, so that a node cannot pass off another text.
 */

import { type ItemSource, itemSource, partSalt, type Salted } from '../../../state/attribution/commitment.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { proveContribution, proveItem, type TextEvidence } from '../../attribution/evidence/chunks.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { fromHex, type Hex, toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import { ContentFetcher, type OnWaiting } from './content-fetcher.ts';
import { contentReader, type Keep } from './content-reader.ts';
import { KeptTexts } from './kept-texts.ts';
import { type Owner, TextRequests } from './text-requests.ts';

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
 * waited for twice. `urgent`: for an answer to a DEMAND; what was missing is requested again soon. `again`: each is
 * requested once more, as if for the first time. Whoever demands a text reads it so first. Only the cache of a service
 * tells them apart.
 */
export type Reading = 'usual' | 'urgent' | 'again';

export type TextCache = {
  /**
   * Returns the texts of receipts by their roots, in order; undefined for those that are missing or pending.
   * @param owner - whose texts they are: owners take turns
   */
  readonly inferences: (
    roots: readonly Root[],
    reading?: Reading,
    owner?: Owner,
  ) => Promise<readonly (KnownInference | undefined)[]>;
  /**
   * Returns contributions with all their items, in order; undefined for a contribution with an item that is missing or
   * pending.
   * @param ownerOf - returns whose text the one at a place is: owners take turns
   */
  readonly contributions: (
    roots: readonly Root[],
    reading?: Reading,
    ownerOf?: (at: number) => Owner,
  ) => Promise<readonly (KnownContribution | undefined)[]>;
  /** Returns an item of a contribution whose other items may be missing; undefined if it was not requested or did not arrive. */
  readonly item: (root: Root, item: number) => KnownPart | undefined;
  /** Returns the first item of a contribution that did not arrive when it was requested; undefined if none is known to be missing. */
  readonly missing: (root: Root) => number | undefined;
  /**
   * Whether texts that were not returned are pending: they are requested and nobody knows yet whether they are missing, or
   * they have arrived since. These are the texts of a receipt, or any of a contribution. Nobody may conclude then that they
   * are withheld. Whoever reads them `again` acts only once they are not pending any more. A cache that waits has no
   * such texts.
   */
  readonly isPending: (root: Root) => boolean;
};

/** A cache that does not wait: what it lacks it requests in the background. */
export type ServiceTextCache = TextCache & {
  /** Whether a request has ended since the last call: texts have arrived, or are known to be missing. */
  readonly takeEnded: () => boolean;
  /** Resolves once nothing is requested. */
  readonly idle: () => Promise<void>;
};

/** The most receipts whose texts are kept, and the most tokens of contributions. The oldest are removed first. */
const INFERENCES_KEPT = 2048;
const CONTRIBUTION_TOKENS_KEPT = 8_000_000;
/** The time after which a text counts as missing: for texts of a receipt, and for texts of a contribution. */
const TEXT_WAIT_MS = 1_000;
const CONTRIBUTION_WAIT_MS = 10_000;

const tokensIn = ({ items }: KnownContribution): number =>
  items.reduce((sum, { tokens }) => sum + tokens.count, 0);

/** Where the texts come from. A cache asks for groups of roots, each with its owner. */
type Source = {
  readonly fetch: (groups: readonly Group[], waitMs: number, reading: Reading) => Promise<void>;
  readonly isPending: (root: Hex) => boolean;
  readonly isLooking: (name: Hex) => boolean;
};

/** Roots that are of use together: those of one receipt, or what is missing of one contribution, under its name. */
type Group = { readonly name: Hex; readonly owner: Owner; readonly roots: readonly Hex[] };

type Options = {
  /** The time to wait for contributions at their first request, since the last text has arrived. */
  readonly contributionWaitMs?: number;
  /** Is called now and then while texts are waited for. */
  readonly onWaiting?: OnWaiting;
};

/** Opens a cache for a command that answers one question: it waits for the texts that it is asked for. */
export const openTextCache = (client: RpcClient, options: Options = {}): TextCache =>
  cacheOf((keep) => {
    const fetcher = new ContentFetcher(client, keep, options.onWaiting);
    return {
      fetch: (groups, waitMs) =>
        fetcher.get(
          groups.map(({ roots }) => roots),
          waitMs,
        ),
      isPending: () => false,
      isLooking: () => false,
    };
  }, options).cache;

/** Opens a cache for a service: it returns what is there, and requests the rest in the background. */
export const openServiceTextCache = (client: RpcClient, options: Options = {}): ServiceTextCache => {
  const { cache, source } = cacheOf((keep) => {
    const requests = new TextRequests(contentReader(client, keep), options.onWaiting);
    return {
      fetch: async (groups, waitMs, reading) => {
        for (const { name, owner, roots } of groups)
          if (reading === 'again') requests.look(name, roots, { owner, waitMs });
          else requests.request(roots, { owner, waitMs }, reading === 'urgent');
      },
      isPending: (root) => requests.isPending(root),
      isLooking: (name) => requests.isLooking(name),
      takeEnded: () => requests.takeEnded(),
      idle: () => requests.idle(),
    };
  }, options);
  return { ...cache, takeEnded: source.takeEnded, idle: source.idle };
};

const cacheOf = <S extends Source>(
  open: (keep: Keep) => S,
  { contributionWaitMs = CONTRIBUTION_WAIT_MS }: Options,
): { readonly cache: TextCache; readonly source: S } => {
  const inferences = new KeptTexts<KnownInference>(INFERENCES_KEPT, () => 1);
  const contributions = new KeptTexts<KnownContribution>(CONTRIBUTION_TOKENS_KEPT, tokensIn);
  const lists = new Map<string, readonly Root[]>();
  const items = new Map<string, KnownItem & { readonly rules: RulesVersion }>();

  const keep: Keep = (root, object) => {
    switch (object.type) {
      case 'inference': {
        const { rules, salt } = object;
        const salted = (part: 'prompt' | 'output'): Salted => ({
          tokens: unwrap(rulesOf(rules).tokenize(object[part])),
          source: object[part],
          salt: partSalt(salt, rules, part),
        });
        inferences.add(root, { rules, prompt: salted('prompt'), output: salted('output') });
        return [];
      }
      case 'item': {
        const { rules, text, promptTokens } = object;
        const salt = partSalt(object.salt, rules, 'item');
        const tokens = unwrap(rulesOf(rules).tokenize(text));
        items.set(root, { rules, tokens, promptTokens, salt, source: itemSource({ source: text, salt }) });
        return [];
      }
      case 'contribution':
        lists.set(root, object.items);
        return missingItems(root);
    }
  };

  /** Returns the items of a contribution that have not arrived, without repetitions. */
  const missingItems = (name: Hex): readonly Hex[] => {
    const roots = new Set((lists.get(name) ?? []).map(toHex));
    return [...roots].filter((item) => !items.has(item));
  };
  const source = open(keep);

  /** Returns a contribution that is not put together yet; undefined as long as one of its items is missing. */
  const partsOf = (name: Hex): KnownContribution | undefined => {
    const itemRoots = lists.get(name);
    const known = itemRoots?.flatMap((each) => items.get(toHex(each)) ?? []);
    if (itemRoots === undefined || known?.length !== itemRoots.length) return undefined;
    const root = unwrap(fromHex(name)) as Root;
    const rules = known[0]?.rules ?? RULES_DEFAULT;
    // No Datanet has two versions, so nobody can read such a contribution by the rules of its own.
    if (known.some((each) => each.rules !== rules)) return undefined;
    return { root, rules, itemRoots, items: known };
  };

  /** Puts a contribution together once all its items are there. */
  const assemble = (name: Hex): void => {
    const whole = partsOf(name);
    if (whole === undefined) return;
    contributions.add(name, whole);
    lists.delete(name);
    for (const each of whole.itemRoots) items.delete(toHex(each));
  };

  const isPending = (root: Root): boolean => {
    const name = toHex(root);
    if (inferences.has(name) || contributions.has(name) || source.isLooking(name)) return true;
    if (!lists.has(name)) return source.isPending(name);
    const open = missingItems(name);
    return open.length > 0 ? open.some(source.isPending) : partsOf(name) !== undefined;
  };

  /** Returns the texts of these names. They make room for others, unless the reader comes again for the rest. */
  const take = <T>(kept: KeptTexts<T>, roots: readonly Root[]): readonly (T | undefined)[] => {
    const names = roots.map(toHex);
    const found = names.map((name) => kept.get(name));
    const isIncomplete = roots.some((root, i) => found[i] === undefined && isPending(root));
    if (!isIncomplete) kept.markRead(names);
    kept.trim();
    return found;
  };

  const cache: TextCache = {
    inferences: async (roots, reading = 'usual', owner = '') => {
      const open = roots.map(toHex).filter((root) => !inferences.has(root));
      const groups = open.map((root) => ({ name: root, owner, roots: [root] }));
      await source.fetch(groups, TEXT_WAIT_MS, reading);
      return take(inferences, roots);
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
    contributions: async (roots, reading = 'usual', ownerOf = () => '') => {
      const open = roots
        .map((root, at) => ({ name: toHex(root), at }))
        .filter(({ name }) => !contributions.has(name));
      const groupOf = ({ name, at }: (typeof open)[number]): Group => ({
        name,
        owner: ownerOf(at),
        roots: lists.has(name) ? missingItems(name) : [name],
      });
      const listless = open.filter(({ name }) => !lists.has(name));
      await source.fetch(listless.map(groupOf), contributionWaitMs, reading);
      // A contribution is of use with all its items, so they are requested together.
      const listed = open.filter(({ name }) => lists.has(name));
      await source.fetch(
        listed.map(groupOf).filter((group) => group.roots.length > 0),
        contributionWaitMs,
        reading,
      );
      for (const { name } of listed) assemble(name);
      return take(contributions, roots);
    },
    isPending,
  };
  return { cache, source };
};
