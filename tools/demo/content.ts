/** Reads content by its roots from a node, many objects per request, and waits for what has not arrived there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Root } from '../../src/lib/brands.ts';
import { type Hex, toHex, utf8 } from '../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../src/lib/errors.ts';
import { waitingText } from '../../src/services/corpus/content-fetcher.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';

type ContentObject = ResultOf<'content_get'>;

/** An item as its node has it. */
export type Item = {
  readonly rules: RulesVersion;
  readonly bytes: number;
  readonly tokens: Tokens;
  readonly promptTokens: number;
};

/** The texts of a receipt as their node has them. */
export type Inference = { readonly prompt: Tokens; readonly output: Tokens };

/** A contribution with all its items, whose rules are those of its Datanet. */
export type Contribution = { readonly rules: RulesVersion; readonly items: readonly Item[] };

export type ContentReader = {
  /** Returns the texts of receipts, in order. */
  readonly inferences: (roots: readonly Root[]) => Promise<readonly Inference[]>;
  /** Returns contributions with all their items, in order. Each is read once. */
  readonly contributions: (roots: readonly Root[]) => Promise<readonly Contribution[]>;
};

const isOf = <T extends ContentObject['type']>(
  type: T,
  object: ContentObject,
): object is Extract<ContentObject, { readonly type: T }> => object.type === type;

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
  const known = new Map<Hex, Contribution>();

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

  /** Returns objects of one type, in order. */
  const readOnly = async <T extends ContentObject['type']>(
    type: T,
    roots: readonly Root[],
  ): Promise<readonly Extract<ContentObject, { readonly type: T }>[]> =>
    (await read(roots)).map((object, i) => {
      if (!isOf(type, object))
        throw new CodedError(
          fault('DEMO_CONTENT', `object ${i} of ${roots.length} is of the type ${object.type}, not ${type}`),
        );
      return object;
    });

  const items = async (roots: readonly Root[]): Promise<readonly Item[]> =>
    (await readOnly('item', roots)).map(({ rules, text, promptTokens }) => ({
      rules,
      bytes: utf8(text).length,
      tokens: unwrap(rulesOf(rules).tokenizeText(text)),
      promptTokens,
    }));

  return {
    inferences: async (roots) =>
      (await readOnly('inference', roots)).map(({ rules, prompt, output }) => {
        const { tokenizeText } = rulesOf(rules);
        return { prompt: unwrap(tokenizeText(prompt)), output: unwrap(tokenizeText(output)) };
      }),
    contributions: async (roots) => {
      const open = roots.filter((root) => !known.has(toHex(root)));
      const lists = (await readOnly('contribution', open)).map((object) => object.items);
      const all = (await items(lists.flat())).values();
      const names = open.map(toHex);
      for (const [i, list] of lists.entries()) {
        const own = list.flatMap(() => all.next().value ?? []);
        known.set(names[i] ?? '0x', { rules: own[0]?.rules ?? RULES_DEFAULT, items: own });
      }
      return roots.flatMap((root) => known.get(toHex(root)) ?? []);
    },
  };
};
