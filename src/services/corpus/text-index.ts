/**
 * The index of a service: all texts that the models it meets may draw on. It is on the disk, so that it need not be built
 * again at every start. It holds contributions in the order of acceptance; a void one is an empty place in it.
 */

import { RULES_DEFAULT } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { AttributionEngine } from '../../attribution/engine/engine.ts';
import type { SentScope } from '../../attribution/engine/reader-worker.ts';
import { COMMONS, commonsAt } from '../../attribution/engine/segment.ts';
import type { Texts } from '../../attribution/engine/segment-builder.ts';
import type { ReceiptRules, Trace, TracedTexts } from '../../attribution/tracer.ts';
import { broughtBy } from '../../client/contribution-info.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { type Fault, unwrap } from '../../lib/errors.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { showUtf8 } from '../../lib/text.ts';
import { fetchNovelRuns } from './declarations.ts';
import type { KnownContribution, TextCache } from './text-cache.ts';
import { datanetOwner } from './text-requests.ts';

/** An entry that belongs in the index: a contribution by its place in its Datanet, or a commons without one. */
export type Indexed = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  /** The place in the order of acceptance; undefined for a commons that its Datanet was created with. */
  readonly acceptance: number | undefined;
  readonly commons: boolean;
  /** The content root; undefined for a void contribution. */
  readonly root: Root | undefined;
  /** Who brought it, and when; undefined for a commons, and for a void contribution. */
  readonly brought: Brought | undefined;
};

export type TextIndex = {
  /**
   * Adds entries that the index does not hold yet, with what they declared to be novel; returns the ids of the contributions
   * whose texts are not available.
   */
  readonly hold: (all: readonly Indexed[]) => Promise<readonly number[]>;
  /** Returns the founding commons of a Datanet that the index holds, void ones included. */
  readonly commons: (datanet: DatanetId) => readonly ContributionId[];
  /** Whether the index holds a contribution without its text, because it was void when it was added. */
  readonly isWithoutText: (datanet: DatanetId, contribution: ContributionId) => boolean;
  readonly trace: (texts: TracedTexts, rules: ReceiptRules, scope: Required<SentScope>) => Promise<Trace>;
  readonly close: () => Promise<void>;
};

/** The number of contributions that are read and added at a time. */
const AT_ONCE = 64;

const SPACE = 0x20;

/** Returns a text with exactly these tokens. Tokens that are joined by spaces are tokenised as the same tokens. */
const textOf = ({ offsets, bytes, count }: Tokens): Uint8Array => {
  const text = new Uint8Array(bytes.length + count).fill(SPACE);
  for (let i = 0; i < count; i++) text.set(bytes.subarray(offsets[i], offsets[i + 1]), (offsets[i] ?? 0) + i);
  return text;
};

const placeOf = ({ acceptance, commons }: Indexed): number => {
  if (acceptance === undefined) return COMMONS;
  return commons ? commonsAt(acceptance) : acceptance;
};

const entryOf = (
  indexed: Indexed,
  text: KnownContribution | undefined,
  novelRuns: Texts['novelRuns'],
): Texts => ({
  contribution: indexed.contribution,
  index: placeOf(indexed),
  rules: text?.rules ?? RULES_DEFAULT,
  brought: indexed.brought,
  novelRuns,
  items: text?.items.map(({ tokens }) => textOf(tokens)) ?? [],
});

/** Reads the texts of a lost segment again, from the chain and the text cache. */
const lostTexts =
  (client: RpcClient, textCache: TextCache) =>
  async (
    wanted: { readonly datanet: DatanetId } & (
      | { type: 'accepted'; index: number }
      | { type: 'commons'; contribution: ContributionId }
    ),
  ): Promise<Texts | undefined> => {
    const { datanet } = wanted;
    const contribution =
      wanted.type === 'commons'
        ? wanted.contribution
        : (await client.call('datanet_getVersion', { id: datanet, count: wanted.index + 1 })).contribution;
    const acceptance = wanted.type === 'commons' ? undefined : wanted.index;
    const info = await client.call('contribution_get', { contribution });
    const { content, voidedAt, commons } = info;
    const [text] = content === null ? [] : await textCache.contributions([content.root]);
    if (text === undefined && voidedAt === null) return undefined;
    const brought = broughtBy(info);
    const indexed = { contribution, datanet, acceptance, commons, root: content?.root, brought };
    const novelRuns = await fetchNovelRuns(client, text === undefined ? [] : [indexed]);
    return entryOf(indexed, text, novelRuns.get(contribution));
  };

/**
 * @param restoring - reads the texts of damaged files, which are needed at once: it waits for them
 * @param faults - is called with each fault of the files; damaged files are built again
 * @throws CodedError `INDEX_MEMORY_LIMIT` if the folder holds more than `memoryLimit` bytes
 */
export const openTextIndex = async (
  {
    client,
    textCache,
    restoring,
  }: { readonly client: RpcClient; readonly textCache: TextCache; readonly restoring: TextCache },
  options: { readonly folder: string; readonly memoryLimit: number },
  faults: (fault: Fault) => void,
): Promise<TextIndex> => {
  const opened = unwrap(await AttributionEngine.open({ ...options, texts: lostTexts(client, restoring) }));
  const { engine } = opened;
  for (const each of opened.faults) faults(each);

  const isHeld = ({ contribution, datanet, acceptance }: Indexed): boolean => {
    const { accepted, commons } = engine.holdings(datanet);
    return acceptance === undefined
      ? commons.includes(contribution)
      : accepted.some(([from, to]) => from <= acceptance && acceptance < to);
  };

  return {
    hold: async (all) => {
      const withheld: number[] = [];
      const open = all.filter((each) => !isHeld(each));
      for (const [datanet, wanted] of Map.groupBy(open, (each) => each.datanet))
        for (let at = 0; at < wanted.length; at += AT_ONCE) {
          const piece = wanted.slice(at, at + AT_ONCE);
          const roots = piece.flatMap(({ root }) => root ?? []);
          const texts = await textCache.contributions(roots, 'usual', () => datanetOwner(datanet));
          const byRoot = new Map(
            texts.flatMap((text) => (text === undefined ? [] : [[toHex(text.root), text]])),
          );
          const textOfEntry = ({ root }: Indexed): KnownContribution | undefined =>
            root === undefined ? undefined : byRoot.get(toHex(root));
          const found = piece.filter((each) => textOfEntry(each) !== undefined);
          const novelRuns = await fetchNovelRuns(client, found);
          const entries = piece.flatMap((each) => {
            const text = textOfEntry(each);
            if (each.root !== undefined && text === undefined) {
              withheld.push(each.contribution);
              return [];
            }
            return [entryOf(each, text, novelRuns.get(each.contribution))];
          });
          if (entries.length > 0) unwrap(await engine.add(datanet, entries));
        }
      return withheld;
    },
    commons: (datanet) => engine.holdings(datanet).commons,
    isWithoutText: (datanet, contribution) => engine.isWithoutText(datanet, contribution),
    trace: async ({ output, prompt, chunksAt }, rules, scope) =>
      unwrap(
        await engine.trace({
          output: showUtf8(textOf(output)),
          prompt: showUtf8(textOf(prompt)),
          rules,
          scope,
          chunksAt,
        }),
      ),
    close: () => engine.close(),
  };
};
