/**
 * What a service knows of the models whose outputs it traces: by which rules, and everything they may be traced to, read
 * from the chain and from the library. A version of a model never draws on more than when it was registered, only on less.
 */

import { LRUCache } from 'lru-cache';
import type { Tokens } from '../../../state/attribution/pt1.ts';
import { type Params, ParamsType } from '../../../state/params.ts';
import { corpusOf, traceTexts } from '../../attribution/attestor.ts';
import type { Trace, TraceRules } from '../../attribution/tracer.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { unwrap } from '../../lib/errors.ts';
import type { Json } from '../../lib/ssz.ts';
import { drawOrderOf } from './draw-order.ts';
import type { KnownContribution, Library } from './library.ts';
import type { Indexed, TextIndex } from './text-index.ts';

export type Source = {
  readonly contribution: number;
  readonly datanet: number;
  readonly root: string;
  readonly commons: boolean;
};

export type Study = {
  readonly model: number;
  readonly version: number;
  readonly rules: TraceRules;
  /** All that its outputs may be traced to. */
  readonly sources: readonly Source[];
  /** Contribution ids of those whose texts are not to be had: what they hold is not seen. */
  readonly withheld: readonly number[];
  readonly trace: (texts: { readonly output: Tokens; readonly prompt: Tokens }) => Promise<Trace>;
};

export type Studies = {
  readonly params: () => Promise<Params>;
  /** Undefined for a version that is not calibrated, or to which nothing is attributed: nothing of it can be settled. */
  readonly study: (model: number, version: number) => Promise<Study | undefined>;
  /** A contribution by its contribution id, whatever became of it. */
  readonly contribution: (contribution: number) => Promise<KnownContribution | undefined>;
  /** An item of a contribution that is not to be had, if there is one. */
  readonly missing: (contribution: number) => Promise<number | undefined>;
  /** What the chain has of its text; undefined if it was not revealed. */
  readonly commitment: (
    contribution: number,
  ) => Promise<{ readonly root: string; readonly items: number } | undefined>;
};

/** Studies of at most so many versions are kept: some have an index of their own in memory. */
const STUDIES_KEPT = 16;

/** All that outputs of a version may be traced to, by contribution id: of the current version if it is left out. */
export const eligibleOf = async (
  client: RpcClient,
  id: number,
  version?: number,
): Promise<readonly Source[]> => {
  const named = version === undefined ? { id } : { id, version };
  const all: Source[] = [];
  for await (const { contributions } of pages(client, 'model_getContributions', named))
    all.push(...contributions);
  return all;
};

/** Everything that may be drawn on, void contributions included, by its place in the index. */
const placesOf = async (
  client: RpcClient,
  { model, version }: { readonly model: number; readonly version: number },
  sources: readonly Source[],
): Promise<{ readonly places: readonly Indexed[]; readonly voided: ReadonlySet<number> }> => {
  const rootOf = new Map(sources.map(({ contribution, root }) => [contribution, root]));
  const order = await drawOrderOf(client, model, version);
  const commons = sources.filter((source) => source.commons);
  return {
    places: [
      ...commons.map(({ contribution, datanet, root }) => ({
        contribution,
        datanet,
        acceptance: undefined,
        root,
      })),
      ...order.map(({ contribution, datanet, acceptance }) => ({
        contribution,
        datanet,
        acceptance,
        root: rootOf.get(contribution),
      })),
    ],
    voided: new Set(order.flatMap(({ contribution }) => (rootOf.has(contribution) ? [] : [contribution]))),
  };
};

/** What of the sources is to be had, in an index in memory. */
const inMemory = async (
  library: Library,
  sources: readonly Source[],
  rules: TraceRules,
): Promise<Pick<Study, 'trace'>> => {
  const texts = await library.contributions(sources.map(({ root }) => root));
  const corpus = corpusOf(
    sources.flatMap(({ contribution }, i) => {
      const items = texts[i]?.items.map(({ tokens }) => tokens);
      return items === undefined ? [] : [{ contribution, items }];
    }),
    new Set(sources.filter(({ commons }) => commons).map(({ contribution }) => contribution)),
    rules,
  );
  return { trace: async (given) => traceTexts(corpus, given, rules) };
};

/** @param index - undefined for one that is made in memory, of each version as it is studied */
export const openStudies = (client: RpcClient, library: Library, index: TextIndex | undefined): Studies => {
  const kept = new LRUCache<string, Study>({ max: STUDIES_KEPT });
  const roots = new Map<number, string>();

  const commitment: Studies['commitment'] = async (contribution) =>
    (await client.call('contribution_get', { contribution })).content ?? undefined;

  const params = async (): Promise<Params> =>
    unwrap(ParamsType.fromJson((await client.call('chain_getParams')) as Json));

  const make = async (
    model: number,
    version: number,
    rules: TraceRules,
    sources: readonly Source[],
  ): Promise<Study> => {
    const named = { model, version, rules, sources };
    if (index !== undefined) {
      const { places, voided } = await placesOf(client, named, sources);
      if ((await index.hold(places)).length === 0) {
        const { eligible } = await client.call('model_getVersion', { id: model, version });
        const datanets = new Map(eligible.map(({ datanet, count }) => [datanet, count]));
        return { ...named, withheld: [], trace: (given) => index.trace(given, rules, { datanets, voided }) };
      }
    }
    // The index answers for everything or for nothing: what is to be had of the rest is traced without it.
    const texts = await library.contributions(sources.map(({ root }) => root));
    const withheld = sources.flatMap(({ contribution }, i) => (texts[i] === undefined ? [contribution] : []));
    return { ...named, withheld, ...(await inMemory(library, sources, rules)) };
  };

  const isCurrent = (study: Study, sources: readonly Source[], rules: TraceRules): boolean =>
    study.withheld.length === 0 &&
    study.rules.matchBitsMin === rules.matchBitsMin &&
    study.sources.length === sources.length &&
    study.sources.every(({ contribution }, i) => contribution === sources[i]?.contribution);

  const rootOf = async (contribution: number): Promise<string | undefined> => {
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
      const [known] = await library.contributions([root]);
      // Where not even the list of its items is to be had, one is as good as another.
      return known === undefined ? (library.missing(root) ?? 0) : undefined;
    },
    study: async (model, version) => {
      const { phase, matchBits } = await client.call('model_getCalibration', { id: model, version });
      if (phase !== 'final' || matchBits === null) return undefined;
      const { lMin, lMax, promptMin } = (await params()).attribution;
      const rules = { matchTokensMin: lMin, matchTokensMax: lMax, matchBitsMin: matchBits, promptMin };
      const sources = await eligibleOf(client, model, version);
      for (const { contribution, root } of sources) roots.set(contribution, root);
      const key = `${model}/${version}`;
      const before = kept.get(key);
      const made =
        before !== undefined && isCurrent(before, sources, rules)
          ? before
          : await make(model, version, rules, sources);
      kept.set(key, made);
      return made;
    },
    contribution: async (contribution) => {
      const root = await rootOf(contribution);
      if (root === undefined) return undefined;
      const [known] = await library.contributions([root]);
      return known;
    },
  };
};
