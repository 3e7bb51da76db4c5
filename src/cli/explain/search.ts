/**
 * Searches the texts of contributions for the words of an answer: those that its model draws on, some that it does not draw
 * on, and the one that was asked about. The texts come from the node and are checked against their roots, as `watch` does.
 * The work is bounded; what was left out is said.
 */

import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { eligibleVersions } from '../../../state/attribution/eligible.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { broughtBy, ownerOf } from '../../client/contribution-info.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import type { Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { waitingText } from '../../services/corpus/content-fetcher.ts';
import { drawOrderOf } from '../../services/corpus/draw-order.ts';
import { ofRules, openTextCache, type TextCache } from '../../services/corpus/text-cache.ts';
import { eligibleOf } from '../../services/corpus/tracers.ts';
import { note } from '../output.ts';
import { datanetReader } from './datanet-facts.ts';
import type { Facts } from './facts.ts';
import { type HeldRun, RunFinder } from './held-runs.ts';
import { isVoidFor, type Standing, standingOf } from './standing.ts';

/** What the chain says of a contribution whose text was to be searched. */
export type Searched = {
  readonly contribution: ContributionId;
  readonly datanet: { readonly id: number; readonly name: string };
  /** Null for a commons, which nobody owns. */
  readonly owner: string | null;
  /** Undefined for a commons, and for what was not revealed. */
  readonly brought: Brought | undefined;
  readonly root: Root | undefined;
  readonly standing: Standing;
  /** The runs of the answer that it holds; undefined if its text is missing or was not read. */
  readonly runs: readonly HeldRun[] | undefined;
};

/** What the texts say; the contribution that was asked about stands apart. */
export type FoundWords = {
  readonly output: Tokens;
  readonly prompt: Tokens;
  /** The fewest words of a run. */
  readonly runTokensMin: number;
  /** The contributions that hold such a run, ascending by id. */
  readonly holders: readonly Searched[];
  /** How many contributions of the model, and how many others, were read. */
  readonly read: { readonly ofModel: number; readonly others: number };
  /** Contributions of the model whose texts the node lacks, ascending by id. */
  readonly missing: readonly ContributionId[];
  /** How many contributions of the model were not read, because that would be too much. */
  readonly unread: number;
};

export type Search = {
  /** The contribution that was asked about, with all its runs, however short. */
  readonly asked: Searched | undefined;
  /** Undefined if the answer is not available. */
  readonly found: FoundWords | undefined;
};

export type SearchLimits = {
  /** The most tokens that are read. */
  readonly tokens: number;
  /** The most runs that are kept. */
  readonly runs: number;
  /** The most contributions that the model does not draw on. */
  readonly others: number;
};

export const SEARCH_LIMITS: SearchLimits = { tokens: 8_000_000, runs: 65_536, others: 256 };

/** Fewer words in a row are idiom at best, and are not searched for. */
const RUN_TOKENS_MIN = 5;

/** The contributions that are read at a time. */
const AT_ONCE = 64;

type Info = ResultOf<'contribution_get'>;
type Eligible = ResultOf<'model_getVersion'>['eligible'];

const infosOf = async (client: RpcClient, ids: readonly ContributionId[]): Promise<readonly Info[]> => {
  const infos: Info[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const answers = await client.batch(
      ids
        .slice(at, at + AT_ONCE)
        .map((contribution) => ({ method: 'contribution_get' as const, params: { contribution } })),
    );
    infos.push(...answers.map(unwrap));
  }
  return infos;
};

/** The contribution that was asked about. @throws CodedError `CONTRIBUTION_NOT_FOUND`, with those that the claim names */
const askedInfo = async (
  client: RpcClient,
  { contributions }: Facts,
  contribution: ContributionId,
): Promise<Info> => {
  const found = await client.attempt('contribution_get', { contribution });
  if (found.ok || found.fault.code !== 'CONTRIBUTION_NOT_FOUND') return unwrap(found);
  const similar = [...contributions.keys()].slice(0, 3).map(String);
  throw new CodedError({ ...found.fault, data: { ...found.fault.data, similar } });
};

type Voided = {
  /** Void only since the claim, in which they counted. */
  readonly since: readonly ContributionId[];
  /** Void before the claim, or without one. */
  readonly before: readonly ContributionId[];
};

/** Returns the void contributions among those that a version pins. */
const voidedOf = async (client: RpcClient, { model, calibration, settlement }: Facts): Promise<Voided> => {
  const since: ContributionId[] = [];
  const before: ContributionId[] = [];
  for (const { contribution, voidedAt } of await drawOrderOf(client, model.id, calibration.version))
    if (voidedAt !== null) (isVoidFor(settlement?.height, voidedAt) ? before : since).push(contribution);
  return { since, before };
};

/**
 * Returns contributions to the Datanets of a version that it does not draw on: void ones, and the first that came later.
 * @param voided - the void ones
 */
const othersOf = async (
  client: RpcClient,
  eligible: Eligible,
  voided: readonly ContributionId[],
  most: number,
): Promise<readonly ContributionId[]> => {
  const others = [...voided];
  for (const { datanet, count } of eligible) {
    const { version } = await client.call('datanet_get', { id: datanet });
    const last = Math.min(version.count, count + most - others.length);
    for (let at = count + 1; at <= last; at += AT_ONCE) {
      const answers = await client.batch(
        Array.from({ length: Math.min(AT_ONCE, last - at + 1) }, (_, i) => ({
          method: 'datanet_getVersion' as const,
          params: { id: datanet, count: at + i },
        })),
      );
      others.push(...answers.map((answer) => unwrap(answer).contribution));
    }
  }
  return others.slice(0, most);
};

/** Returns the tokens of the items of each contribution, in order; undefined for those whose texts are missing. */
const textsOf = async (
  textCache: TextCache,
  { rules }: Facts,
  infos: readonly Info[],
): Promise<readonly (readonly Tokens[] | undefined)[]> => {
  const shown = infos.flatMap(({ content }) => (content === null ? [] : [content.root]));
  const texts = await textCache.contributions(shown);
  const byRoot = new Map(shown.map((root, i) => [toHex(root), ofRules(texts[i], rules.version)]));
  return infos.map(({ content }) =>
    content === null ? undefined : byRoot.get(toHex(content.root))?.items.map(({ tokens }) => tokens),
  );
};

/** Says of a contribution what the chain knows, whatever becomes of its text. */
type Describe = (info: Info, runs: readonly HeldRun[] | undefined) => Promise<Searched>;

const describer = (client: RpcClient, { settlement, rules }: Facts, eligible: Eligible): Describe => {
  const drawnOn = eligibleVersions({ eligible, rules: rules.version });
  const datanetOf = datanetReader(client);
  return async (info, runs) => {
    const { contribution, datanet, content } = info;
    const { name } = await datanetOf(datanet);
    return {
      contribution,
      datanet: { id: datanet, name },
      owner: ownerOf(info),
      brought: broughtBy(info),
      root: content?.root,
      standing: standingOf(info, drawnOn, settlement?.height),
      runs,
    };
  };
};

/** What is left of the limits of a search. */
class Allowance {
  #tokens: number;
  #runs: number;

  constructor({ tokens, runs }: SearchLimits) {
    this.#tokens = tokens;
    this.#runs = runs;
  }

  get isUsedUp(): boolean {
    return this.#tokens <= 0 || this.#runs <= 0;
  }

  /** Takes the tokens of a text, or returns false if they are too many. */
  takeTokens(tokens: number): boolean {
    if (tokens > this.#tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  takeRuns(runs: number): void {
    this.#runs -= runs;
  }
}

/**
 * Searches for the words of the answer of a receipt.
 * @param asked - the contribution that was asked about
 * @throws CodedError those of the client; `CONTRIBUTION_NOT_FOUND` for the one that was asked about
 */
export const searchTexts = async (
  client: RpcClient,
  facts: Facts,
  asked: ContributionId | undefined,
  limits: SearchLimits = SEARCH_LIMITS,
): Promise<Search> => {
  const { output, prompt, rules, model, calibration } = facts;
  const about = asked === undefined ? undefined : await askedInfo(client, facts, asked);
  const { eligible } = await client.call('model_getVersion', { id: model.id, version: calibration.version });
  const describe = describer(client, facts, eligible);
  if (!output.ok || !prompt.ok)
    return { asked: about === undefined ? undefined : await describe(about, undefined), found: undefined };

  const textCache = openTextCache(client, { onWaiting: (waiting) => note(waitingText(waiting)) });
  const { tokenizeText } = rulesOf(rules.version);
  const outputTokens = unwrap(tokenizeText(output.value.text));
  const runTokensMin = Math.max(1, Math.min(RUN_TOKENS_MIN, rules.matchTokensMin, outputTokens.count));
  const finder = new RunFinder(outputTokens);
  let searched: Searched | undefined;
  if (about !== undefined) {
    const [items] = await textsOf(textCache, facts, [about]);
    searched = await describe(about, items === undefined ? undefined : finder.runsIn(items, 1));
  }
  const voided = await voidedOf(client, facts);
  // What the claim could name is of the model, also what was voided since. Without its text nothing can be said of the claim.
  const ofModel = [
    ...(await eligibleOf(client, model.id, calibration.version)).map(({ contribution }) => contribution),
    ...voided.since,
  ];
  const others = await othersOf(client, eligible, voided.before, limits.others);
  // What the claim names is read first: it is left out last.
  const order = [...new Set([...facts.contributions.keys(), ...ofModel, ...others])];
  const drawn = new Set(ofModel);
  const allowance = new Allowance(limits);
  const holders: Searched[] = [];
  const missing: ContributionId[] = [];
  const read = { ofModel: 0, others: 0 };
  let unread = 0;
  for (let at = 0; at < order.length; at += AT_ONCE) {
    const together = order.slice(at, at + AT_ONCE);
    const infos = allowance.isUsedUp ? [] : await infosOf(client, together);
    const chosen = infos.filter(({ content }) => allowance.takeTokens(Number(content?.tokens ?? 0n)));
    const isRead = new Set(chosen.map(({ contribution }) => contribution));
    unread += together.filter((each) => drawn.has(each) && !isRead.has(each)).length;
    const texts = await textsOf(textCache, facts, chosen);
    for (const [i, info] of chosen.entries()) {
      const items = texts[i];
      const isDrawn = drawn.has(info.contribution);
      if (items === undefined) {
        if (isDrawn) missing.push(info.contribution);
        continue;
      }
      read[isDrawn ? 'ofModel' : 'others'] += 1;
      const runs = finder.runsIn(items, runTokensMin);
      allowance.takeRuns(runs.length);
      if (runs.length > 0) holders.push(await describe(info, runs));
    }
  }
  return {
    asked: searched,
    found: {
      output: outputTokens,
      prompt: unwrap(tokenizeText(prompt.value.text)),
      runTokensMin,
      holders: holders.toSorted((a, b) => a.contribution - b.contribution),
      read,
      missing: missing.toSorted((a, b) => a - b),
      unread,
    },
  };
};
