/**
 * Tracers of the outputs of models. A tracer has the rules of a version and everything its outputs may be traced to, read
 * from the chain and from the text cache. What a version draws on can shrink after its registration, and never grows.
 */

import { LRUCache } from 'lru-cache';
import { eligibleVersions } from '../../../state/attribution/eligible.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Params } from '../../../state/params.ts';
import { traceTexts } from '../../attribution/attestor.ts';
import { corpusOf } from '../../attribution/corpus.ts';
import type { Trace, TraceRules } from '../../attribution/tracer.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import type { ContributionId, DatanetId, ModelId } from '../../lib/ids.ts';
import { type Drawn, drawOrderOf } from './draw-order.ts';
import {
  type KnownContribution,
  type KnownPart,
  ofRules,
  partOf,
  type Reading,
  type TextCache,
} from './text-cache.ts';
import type { Indexed, TextIndex } from './text-index.ts';

export type Source = {
  /** The version of the rules of its Datanet, and of the model. */
  readonly rules: RulesVersion;
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly root: Root;
  readonly commons: boolean;
  /** Who brought it, and when; undefined for a commons. */
  readonly brought: Brought | undefined;
};

export type ModelTracer = {
  readonly model: ModelId;
  readonly version: number;
  readonly rules: TraceRules;
  /** The contributions that its outputs may be traced to. */
  readonly sources: readonly Source[];
  /** The ids of the contributions whose texts are missing: nothing is traced to them. */
  readonly withheld: readonly number[];
  readonly trace: (texts: { readonly output: Tokens; readonly prompt: Tokens }) => Promise<Trace>;
};

export type Tracers = {
  readonly params: () => Promise<Params>;
  /** Returns undefined for a version that is not calibrated or unattributed: none of its receipts can be settled. */
  readonly tracer: (model: ModelId, version: number) => Promise<ModelTracer | undefined>;
  /** Returns a contribution by its id, void ones included; undefined if its text is missing. */
  readonly contribution: (
    contribution: ContributionId,
    reading?: Reading,
  ) => Promise<KnownContribution | undefined>;
  /** Returns an item of a contribution, also if others of it are missing; undefined if it is missing itself. */
  readonly item: (
    contribution: ContributionId,
    item: number,
    reading?: Reading,
  ) => Promise<KnownPart | undefined>;
  /** Returns an item of a contribution that is missing, if there is one. */
  readonly missing: (contribution: ContributionId) => Promise<number | undefined>;
  /** Returns the content root and the number of items of a contribution; undefined if it was not revealed. */
  readonly commitment: (
    contribution: ContributionId,
  ) => Promise<{ readonly root: Root; readonly items: number } | undefined>;
};

/** The most tracers that are kept. The number is low because some have an index of their own in memory. */
const TRACERS_KEPT = 16;

/**
 * Returns the contributions that outputs of a version may be traced to, ascending by id.
 * @param version - the current one if left out
 */
export const eligibleOf = async (
  client: RpcClient,
  id: ModelId,
  version?: number,
): Promise<readonly Source[]> => {
  const named = version === undefined ? { id } : { id, version };
  const { rules } = await (version === undefined
    ? client.call('model_get', { id })
    : client.call('model_getVersion', { id, version }));
  const all: Source[] = [];
  for await (const { contributions } of pages(client, 'model_getContributions', named))
    all.push(...contributions.map((each) => ({ ...each, brought: each.brought ?? undefined, rules })));
  return all.sort((a, b) => a.contribution - b.contribution);
};

/** Returns the sources that no Datanet has accepted: the commons that it was created with. */
export const unacceptedOf = (
  sources: readonly Source[],
  order: readonly Pick<Drawn, 'contribution'>[],
): readonly Source[] => {
  const accepted = new Set(order.map(({ contribution }) => contribution));
  return sources.filter(({ contribution }) => !accepted.has(contribution));
};

/** Returns everything that may be drawn on, void contributions included, in the order of the index. */
const placesOf = async (
  client: RpcClient,
  { model, version }: { readonly model: ModelId; readonly version: number },
  sources: readonly Source[],
): Promise<{ readonly places: readonly Indexed[]; readonly voided: ReadonlySet<number> }> => {
  const known = new Map(sources.map((source) => [source.contribution, source]));
  const order = await drawOrderOf(client, model, version);
  return {
    places: [
      ...unacceptedOf(sources, order).map(({ contribution, datanet, commons, root, brought }) => ({
        contribution,
        datanet,
        acceptance: undefined,
        commons,
        root,
        brought,
      })),
      ...order.map(({ contribution, datanet, acceptance, brought }) => ({
        contribution,
        datanet,
        acceptance,
        commons: brought === null,
        root: known.get(contribution)?.root,
        brought: brought ?? undefined,
      })),
    ],
    voided: new Set(order.flatMap(({ contribution }) => (known.has(contribution) ? [] : [contribution]))),
  };
};

/**
 * Returns the commons in the index that are void: those of the Datanets in scope that are not among the sources. The draw
 * order does not name them. They are looked up for each trace, because another version may add one while it still stands.
 */
const voidCommons = (
  index: TextIndex,
  datanets: Iterable<DatanetId>,
  sources: readonly Source[],
): readonly ContributionId[] => {
  const standing = new Set(sources.map(({ contribution }) => contribution));
  return [...datanets].flatMap((datanet) => index.commons(datanet).filter((each) => !standing.has(each)));
};

/** Returns the texts of sources, in order; undefined for one that is missing, or is of other rules. */
const readSources = async (
  textCache: TextCache,
  sources: readonly Source[],
): Promise<readonly (KnownContribution | undefined)[]> => {
  const texts = await textCache.contributions(sources.map(({ root }) => root));
  return sources.map(({ rules }, i) => ofRules(texts[i], rules));
};

/** Indexes the sources whose texts are available in memory. */
const inMemory = async (
  textCache: TextCache,
  sources: readonly Source[],
  rules: TraceRules,
): Promise<Pick<ModelTracer, 'trace'>> => {
  const texts = await readSources(textCache, sources);
  const corpus = corpusOf(
    sources.flatMap(({ contribution, brought }, i) => {
      const items = texts[i]?.items.map(({ tokens }) => tokens);
      return items === undefined ? [] : [{ contribution, items, brought }];
    }),
    new Set(sources.filter(({ commons }) => commons).map(({ contribution }) => contribution)),
    rules,
  );
  return { trace: async (given) => traceTexts(corpus, given, rules) };
};

/** @param index - undefined if each tracer has an index of its own in memory */
export const openTracers = (
  client: RpcClient,
  textCache: TextCache,
  index: TextIndex | undefined,
): Tracers => {
  const kept = new LRUCache<string, ModelTracer>({ max: TRACERS_KEPT });
  const roots = new Map<number, Root>();

  const commitment: Tracers['commitment'] = async (contribution) =>
    (await client.call('contribution_get', { contribution })).content ?? undefined;

  const params = (): Promise<Params> => client.call('chain_getParams');

  const make = async (
    model: ModelId,
    version: number,
    rules: TraceRules,
    sources: readonly Source[],
  ): Promise<ModelTracer> => {
    const named = { model, version, rules, sources };
    if (index !== undefined) {
      const { places, voided } = await placesOf(client, named, sources);
      if ((await index.hold(places)).length === 0) {
        const datanets = eligibleVersions(await client.call('model_getVersion', { id: model, version }));
        return {
          ...named,
          withheld: [],
          trace: (given) =>
            index.trace(given, rules, {
              datanets,
              voided: new Set([...voided, ...voidCommons(index, datanets.keys(), sources)]),
            }),
        };
      }
    }
    // The shared index needs all texts: while some are missing, the available ones are traced in memory.
    const texts = await readSources(textCache, sources);
    const withheld = sources.flatMap(({ contribution }, i) => (texts[i] === undefined ? [contribution] : []));
    return { ...named, withheld, ...(await inMemory(textCache, sources, rules)) };
  };

  /** Whether nothing that was missing has arrived since a tracer was made. */
  const lacksTheSame = async ({ withheld, sources }: ModelTracer): Promise<boolean> => {
    const lacking = new Set(withheld);
    const texts = await readSources(
      textCache,
      sources.filter(({ contribution }) => lacking.has(contribution)),
    );
    return texts.every((text) => text === undefined);
  };

  const isCurrent = (tracer: ModelTracer, sources: readonly Source[], rules: TraceRules): boolean =>
    tracer.rules.matchBitsMin === rules.matchBitsMin &&
    tracer.rules.version === rules.version &&
    tracer.sources.length === sources.length &&
    tracer.sources.every(({ contribution }, i) => contribution === sources[i]?.contribution);

  const rootOf = async (contribution: ContributionId): Promise<Root | undefined> => {
    const root = roots.get(contribution) ?? (await commitment(contribution))?.root;
    if (root !== undefined) roots.set(contribution, root);
    return root;
  };

  return {
    params,
    commitment,
    missing: async (contribution) => {
      const root = await rootOf(contribution);
      if (root === undefined) return undefined;
      const [known] = await textCache.contributions([root]);
      // If even the list of its items is missing, any item may be demanded.
      return known === undefined ? (textCache.missing(root) ?? 0) : undefined;
    },
    tracer: async (model, version) => {
      const { status, matchBits } = await client.call('model_getCalibration', { id: model, version });
      if (status !== 'calibrated' || matchBits === null) return undefined;
      const { lMin, lMax, promptMin } = (await params()).attribution;
      const { rules: rulesVersion } = await client.call('model_getVersion', { id: model, version });
      const rules = {
        version: rulesVersion,
        matchTokensMin: lMin,
        matchTokensMax: lMax,
        matchBitsMin: matchBits,
        promptMin,
      };
      const sources = await eligibleOf(client, model, version);
      for (const { contribution, root } of sources) roots.set(contribution, root);
      const key = `${model}/${version}`;
      const before = kept.get(key);
      const made =
        before !== undefined && isCurrent(before, sources, rules) && (await lacksTheSame(before))
          ? before
          : await make(model, version, rules, sources);
      kept.set(key, made);
      return made;
    },
    item: async (contribution, item, reading) => {
      const root = await rootOf(contribution);
      if (root === undefined) return undefined;
      const [known] = await textCache.contributions([root], reading);
      // What is whole may be too long for the cache.
      return known === undefined ? textCache.item(root, item) : partOf(known, item);
    },
    contribution: async (contribution, reading) => {
      const root = await rootOf(contribution);
      if (root === undefined) return undefined;
      const [known] = await textCache.contributions([root], reading);
      return known;
    },
  };
};
