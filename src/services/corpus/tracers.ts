/**
 * Tracers of the outputs of models. A tracer has the rules of a version and everything its outputs may be traced to, read
 * from the chain and from the text cache. What a version draws on can shrink after its registration, and never grows.
 */

import { LRUCache } from 'lru-cache';
import { eligibleVersions } from '../../../state/attribution/eligible.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Params } from '../../../state/params.ts';
import { traceTexts } from '../../attribution/attestor.ts';
import { type Corpus, corpusOf } from '../../attribution/corpus.ts';
import type { StruckRuns } from '../../attribution/phrase-holders.ts';
import type { ReceiptRules, Trace, TracedTexts } from '../../attribution/tracer.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type Height, type Root, toHeight } from '../../lib/brands.ts';
import type { ContributionId, DatanetId, ModelId } from '../../lib/ids.ts';
import { fetchNovelRuns, struckRuns } from './declarations.ts';
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
import { ANSWERS_OWNER, datanetOwner, type Owner } from './text-requests.ts';

export type Source = {
  /** The version of the rules of its Datanet, and of the model. */
  readonly rules: RulesVersion;
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly root: Root;
  readonly commons: boolean;
  /** Who brought it, and when; undefined for a commons. */
  readonly brought: Brought | undefined;
  /** Its novel runs that are struck; undefined if none is. */
  readonly struck: StruckRuns | undefined;
  /** Whether it is void by now. It is among the sources then as of a height before that. */
  readonly isVoid: boolean;
};

/** What outputs may be traced to, as of a height. */
type Sources = {
  /** Ascending by id. */
  readonly sources: readonly Source[];
  /** The height of the first block after it that made a contribution void or struck a run; undefined if there is none. */
  readonly until: Height | undefined;
};

export type ModelTracer = {
  readonly model: ModelId;
  readonly version: number;
  readonly rules: ReceiptRules;
  /** The contributions that its outputs may be traced to. */
  readonly sources: readonly Source[];
  /** The ids of the contributions whose texts are missing or pending: nothing is traced to them. */
  readonly withheld: readonly number[];
  /** Returns those of `withheld` that are known to be missing by now: the others are requested. */
  readonly missing: () => readonly number[];
  readonly trace: (texts: TracedTexts) => Promise<Trace>;
};

export type Tracers = {
  readonly params: () => Promise<Params>;
  /**
   * Returns undefined for a version whose calibration is pending: none of its receipts can be settled yet.
   * @param asOf - only contributions that became void and runs that were struck in blocks up to this height are left out; all
   *   that are by now, if it is left out. A claim is judged as of a height that its settlement names, or as {@link asOfSettlement} says.
   */
  readonly tracer: (model: ModelId, version: number, asOf?: Height) => Promise<ModelTracer | undefined>;
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
  /** Whether any text of a contribution is pending. See {@link TextCache.isPending}. */
  readonly isPending: (contribution: ContributionId) => Promise<boolean>;
  /** Returns an item of a contribution that is missing, if there is one. */
  readonly missing: (contribution: ContributionId) => Promise<number | undefined>;
  /** Returns the content root and the number of items of a contribution; undefined if it was not revealed. */
  readonly commitment: (
    contribution: ContributionId,
  ) => Promise<{ readonly root: Root; readonly items: number } | undefined>;
  /** Returns what contributions have declared to be novel, by contribution id. */
  readonly novelRuns: (
    contributions: readonly ContributionId[],
  ) => Promise<ReadonlyMap<number, readonly NovelRun[]>>;
};

/** The most tracers that are kept. The number is low because some have an index of their own in memory. */
const TRACERS_KEPT = 16;
/** While texts of a tracer still arrive, it is made anew after this many times the time that its index took to build. */
const REST_TIMES = 4;

/** Returns the height as of which the claims of a settlement are judged that names none: what was eligible before its block. */
export const asOfSettlement = (height: bigint): Height => toHeight(height - 1n);

/**
 * Returns the contributions that outputs of a version may be traced to, ascending by id.
 * @param version - the current one if left out
 */
export const eligibleOf = async (
  client: RpcClient,
  id: ModelId,
  version?: number,
): Promise<readonly Source[]> => (await sourcesOf(client, id, version, undefined)).sources;

const sourcesOf = async (
  client: RpcClient,
  id: ModelId,
  version: number | undefined,
  asOf: Height | undefined,
): Promise<Sources> => {
  const named = version === undefined ? { id } : { id, version };
  const { rules } = await (version === undefined
    ? client.call('model_get', { id })
    : client.call('model_getVersion', { id, version }));
  const all: Source[] = [];
  let until: Height | undefined;
  const note = (height: Height | null): void => {
    if (height !== null && asOf !== undefined && height > asOf && (until === undefined || height < until))
      until = height;
  };
  const listed = { ...named, ...(asOf === undefined ? {} : { asOf }) };
  for await (const { contributions } of pages(client, 'model_getContributions', listed))
    for (const { brought, struck, voidedAt, ...each } of contributions) {
      for (const height of [voidedAt, struck?.all ?? null]) note(height);
      for (const { height } of struck?.novelRuns ?? []) note(height);
      all.push({
        ...each,
        rules,
        brought: brought ?? undefined,
        struck: struck ? struckRuns(struck, asOf) : undefined,
        isVoid: voidedAt !== null,
      });
    }
  return { sources: all.sort((a, b) => a.contribution - b.contribution), until };
};

/** Returns the novel runs that are struck, by contribution. */
const struckIn = (sources: readonly Source[]): ReadonlyMap<ContributionId, StruckRuns> =>
  new Map(
    sources.flatMap(({ contribution, struck }) =>
      struck === undefined ? [] : [[contribution, struck] as const],
    ),
  );

const isSameStruck = (a: StruckRuns | undefined, b: StruckRuns | undefined): boolean =>
  a === b || (a instanceof Set && b instanceof Set && a.size === b.size && a.isSubsetOf(b));

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

/** Returns the texts of sources, in order, of whatever rules; undefined for one that is missing or pending. */
const readSources = async (
  textCache: TextCache,
  sources: readonly Source[],
): Promise<readonly (KnownContribution | undefined)[]> => {
  const owners = sources.map(({ datanet }) => datanetOwner(datanet));
  const roots = sources.map(({ root }) => root);
  return textCache.contributions(roots, 'usual', (at) => owners[at] ?? '');
};

/** A tracer with an index of its own in memory. */
type InMemory = Pick<ModelTracer, 'trace'> & {
  /** Returns the time from which on another one may be built in its place. */
  readonly restsUntil: () => number;
};

/**
 * Indexes the texts that are available in memory, with what they declared to be novel, once something is traced: an attestor
 * traces nothing to a part of them.
 */
const inMemory = (
  client: RpcClient,
  texts: readonly (KnownContribution | undefined)[],
  sources: readonly Source[],
  rules: ReceiptRules,
): InMemory => {
  let until = 0;
  const build = async (): Promise<Corpus> => {
    const novelRuns = await fetchNovelRuns(
      client,
      sources.filter((_, i) => texts[i] !== undefined),
    );
    const beganAt = performance.now();
    const corpus = corpusOf(
      sources.flatMap(({ contribution, brought }, i) => {
        const items = texts[i]?.items.map(({ tokens }) => tokens);
        return items === undefined
          ? []
          : [{ contribution, items, brought, novelRuns: novelRuns.get(contribution) }];
      }),
      new Set(sources.filter(({ commons }) => commons).map(({ contribution }) => contribution)),
      rules,
    );
    const endedAt = performance.now();
    until = endedAt + REST_TIMES * (endedAt - beganAt);
    return corpus;
  };
  const struck = struckIn(sources);
  let corpus: Promise<Corpus> | undefined;
  return {
    restsUntil: () => until,
    trace: async (given) => {
      corpus ??= build();
      try {
        return traceTexts(await corpus, given, rules, struck);
      } catch (error) {
        // The node may be there again when something is traced next.
        corpus = undefined;
        throw error;
      }
    },
  };
};

type Kept = ModelTracer &
  Pick<InMemory, 'restsUntil'> & {
    /** The contributions whose texts are there, of other rules: they count as missing. */
    readonly unreadable: ReadonlySet<number>;
  };

/** @param index - undefined if each tracer has an index of its own in memory */
export const openTracers = (
  client: RpcClient,
  textCache: TextCache,
  index: TextIndex | undefined,
): Tracers => {
  const kept = new LRUCache<string, Kept>({ max: TRACERS_KEPT });
  const named = new Map<number, { readonly root: Root; readonly owner: Owner }>();

  const commitment: Tracers['commitment'] = async (contribution) =>
    (await client.call('contribution_get', { contribution })).content ?? undefined;

  const params = (): Promise<Params> => client.call('chain_getParams');

  const make = async (
    model: ModelId,
    version: number,
    rules: ReceiptRules,
    sources: readonly Source[],
  ): Promise<Kept> => {
    const named = { model, version, rules, sources };
    const struck = struckIn(sources);
    if (index !== undefined) {
      const { places, voided } = await placesOf(client, named, sources);
      const withheld = await index.hold(places);
      // What was void already when the index came to it stands there without its text.
      const isWhole = sources.every(
        ({ isVoid, datanet, contribution }) => !isVoid || !index.isWithoutText(datanet, contribution),
      );
      if (withheld.length === 0 && isWhole) {
        const datanets = eligibleVersions(await client.call('model_getVersion', { id: model, version }));
        return {
          ...named,
          withheld: [],
          missing: () => [],
          restsUntil: () => 0,
          unreadable: new Set(),
          trace: (given) =>
            index.trace(given, rules, {
              datanets,
              struck,
              voided: new Set([...voided, ...voidCommons(index, datanets.keys(), sources)]),
            }),
        };
      }
    }
    // The shared index needs all texts: while some are missing, the available ones are traced in memory.
    const read = await readSources(textCache, sources);
    const texts = sources.map((source, i) => ofRules(read[i], source.rules));
    const lacking = sources.filter((_, i) => texts[i] === undefined);
    const unreadable = new Set<number>(
      sources.flatMap(({ contribution }, i) =>
        read[i] !== undefined && texts[i] === undefined ? [contribution] : [],
      ),
    );
    return {
      ...named,
      unreadable,
      withheld: lacking.map(({ contribution }) => contribution),
      missing: () =>
        lacking
          .filter(({ contribution, root }) => unreadable.has(contribution) || !textCache.isPending(root))
          .map(({ contribution }) => contribution),
      ...inMemory(client, texts, sources, rules),
    };
  };

  /**
   * Whether a tracer is kept as it is: nothing that it lacks has arrived since it was made, or only a part of it, and the
   * index of that part would be built too often.
   */
  const isKept = async ({ withheld, unreadable, sources, restsUntil }: Kept): Promise<boolean> => {
    const isAwaited = new Set(withheld.filter((contribution) => !unreadable.has(contribution)));
    const awaited = sources.filter(({ contribution }) => isAwaited.has(contribution));
    const arrived = (await readSources(textCache, awaited)).filter((text) => text !== undefined).length;
    return arrived === 0 || (arrived < awaited.length && performance.now() < restsUntil());
  };

  const isCurrent = (tracer: ModelTracer, sources: readonly Source[], rules: ReceiptRules): boolean =>
    tracer.rules.matchBitsMin === rules.matchBitsMin &&
    tracer.rules.version === rules.version &&
    tracer.sources.length === sources.length &&
    tracer.sources.every(
      ({ contribution, struck }, i) =>
        contribution === sources[i]?.contribution && isSameStruck(struck, sources[i]?.struck),
    );

  const nameOf = async (contribution: ContributionId) => {
    const known = named.get(contribution);
    if (known !== undefined) return known;
    const { content, datanet } = await client.call('contribution_get', { contribution });
    if (content === null) return undefined;
    const found = { root: content.root, owner: datanetOwner(datanet) };
    named.set(contribution, found);
    return found;
  };

  /** Reads a contribution. What an answer to a DEMAND needs shares its places with no Datanet. */
  const read = async (
    { root, owner }: { readonly root: Root; readonly owner: Owner },
    reading: Reading = 'usual',
  ): Promise<KnownContribution | undefined> =>
    (await textCache.contributions([root], reading, () => (reading === 'urgent' ? ANSWERS_OWNER : owner)))[0];

  return {
    params,
    commitment,
    novelRuns: (contributions) =>
      fetchNovelRuns(
        client,
        contributions.map((contribution) => ({ contribution, commons: false })),
      ),
    missing: async (contribution) => {
      const name = await nameOf(contribution);
      if (name === undefined) return undefined;
      const known = await read(name);
      // If even the list of its items is missing, any item may be demanded.
      return known === undefined ? (textCache.missing(name.root) ?? 0) : undefined;
    },
    tracer: async (model, version, asOf) => {
      const { status, matchBits } = await client.call('model_getCalibration', { id: model, version });
      if (status === 'pending') return undefined;
      const { lMin, lMax, promptMin } = (await params()).attribution;
      const { rules: rulesVersion } = await client.call('model_getVersion', { id: model, version });
      const rules = {
        version: rulesVersion,
        matchTokensMin: lMin,
        matchTokensMax: lMax,
        // A version that the calibration found nothing attributable for is settled by relevance alone.
        matchBitsMin: matchBits ?? undefined,
        promptMin,
      };
      const { sources, until } = await sourcesOf(client, model, version, asOf);
      for (const { contribution, root, datanet } of sources)
        named.set(contribution, { root, owner: datanetOwner(datanet) });
      // All heights up to the same change have one tracer. That of now was theirs too until the change came.
      const now = `${model}/${version}`;
      const key = until === undefined ? now : `${now}/${until}`;
      for (const before of [kept.get(key), kept.get(now)])
        if (before !== undefined && isCurrent(before, sources, rules) && (await isKept(before))) {
          kept.set(key, before);
          return before;
        }
      const made = await make(model, version, rules, sources);
      kept.set(key, made);
      return made;
    },
    item: async (contribution, item, reading) => {
      const name = await nameOf(contribution);
      if (name === undefined) return undefined;
      const known = await read(name, reading);
      // What is whole may be too long for the cache.
      return known === undefined ? textCache.item(name.root, item) : partOf(known, item);
    },
    contribution: async (contribution, reading) => {
      const name = await nameOf(contribution);
      return name === undefined ? undefined : read(name, reading);
    },
    isPending: async (contribution) => {
      const name = await nameOf(contribution);
      return name !== undefined && textCache.isPending(name.root);
    },
  };
};
