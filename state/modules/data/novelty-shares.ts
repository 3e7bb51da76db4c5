/**
 * The Datanets' shares of the unattributed remainder (docs/attribution.md#the-unattributed-remainder), as F1 keeps
 * them: an accumulator of money per
 * novel token, and for each contribution what it has taken. A payment goes to one version, the first n accepted
 * contributions, and versions are many; so the accumulators form a Fenwick tree over n (P. Fenwick 1994): to add to the
 * first n touches one node for each bit of n, and what all versions with contribution i in them have paid is the sum of
 * at most as many. Rounding down leaves dust in the pot.
 *
 * A challenge may strike novel tokens of a contribution. Those struck form a second such tree, the other way round (added
 * at i, summed up to n), so that what a payment is divided by is what versions hold then; and the contribution begins a new
 * period of F1, with the tokens that are left.
 *
 *     novelty/<datanet>/<node>               money per novel token, times 2^96
 *     novelty/<datanet>/struck/<node>        novel tokens that were struck
 *     novelty/<datanet>/period/<acceptance>  of a contribution with strikes: its period of F1
 */

import { invariant } from '../../../src/lib/errors.ts';
import type { DatanetId } from '../../../src/lib/ids.ts';
import { mulDivFloor, sumBig } from '../../../src/lib/math.ts';
import { container, uint64, uint128, uint256, type ValueOf } from '../../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { FRONTIER_LEAVES_MAX } from '../kit/frontier.ts';
import { load, save } from '../kit/stored.ts';
import type { Accepted } from './contributions.ts';
import { versionOf } from './datanets.ts';

/** A payment of the whole supply, 2^90 base units, still fits; one base unit over 2^48 tokens is still 2^48. */
const SCALE_BITS = 96n;

/** The prefix of all keys of this module. */
export const NOVELTY_PREFIX = 'novelty/';
const nodeKey = (datanet: DatanetId, node: number): Key => `novelty/${numberKey(datanet)}/${numberKey(node)}`;
const struckKey = (datanet: DatanetId, node: number): Key =>
  `novelty/${numberKey(datanet)}/struck/${numberKey(node)}`;
const periodKey = (datanet: DatanetId, acceptance: number): Key =>
  `novelty/${numberKey(datanet)}/period/${numberKey(acceptance)}`;

const lowestBit = (node: number): number => node & -node;
const nodeOf = (view: ReadView, datanet: DatanetId, node: number): bigint =>
  load(view, nodeKey(datanet, node), uint256) ?? 0n;
const struckAt = (view: ReadView, datanet: DatanetId, node: number): bigint =>
  load(view, struckKey(datanet, node), uint64) ?? 0n;

/** A contribution that shares, as it was accepted. */
export type NoveltyShare = {
  /** Its place in the Datanet. */
  readonly acceptance: number;
  /** The number of novel tokens as declared. */
  readonly novelTokens: bigint;
};

/** Returns the share of an accepted contribution; undefined for any commons, which has none. */
export const shareOf = ({ acceptance, commons, novelTokens }: Accepted): NoveltyShare | undefined =>
  acceptance === undefined || commons ? undefined : { acceptance, novelTokens };

const PeriodType = container({
  /** The number of novel tokens that are left. */
  tokens: uint64,
  /** The amount that a novel token at its place had been paid when the period began. */
  since: uint256,
  /** The amount that it had earned by then, without what was forfeited. */
  earned: uint128,
});
type Period = ValueOf<typeof PeriodType>;

const periodOf = (view: ReadView, datanet: DatanetId, { acceptance, novelTokens }: NoveltyShare): Period =>
  load(view, periodKey(datanet, acceptance), PeriodType) ?? { tokens: novelTokens, since: 0n, earned: 0n };

/** Returns the nodes to which a payment to the first `count` contributions adds. */
export const nodesUnder = (count: number): readonly number[] => {
  const nodes: number[] = [];
  for (let node = count; node > 0; node -= lowestBit(node)) nodes.push(node);
  return nodes;
};

/** Returns the nodes whose sum is what a novel token of this place was paid. */
export const nodesOver = (acceptance: number): readonly number[] => {
  const nodes: number[] = [];
  for (let node = acceptance + 1; node <= FRONTIER_LEAVES_MAX; node += lowestBit(node)) nodes.push(node);
  return nodes;
};

/** The amount that a novel token of this place has been paid so far, times 2^96. */
const paidPerToken = (view: ReadView, datanet: DatanetId, acceptance: number): bigint =>
  sumBig(nodesOver(acceptance).map((node) => nodeOf(view, datanet, node)));

/**
 * Returns the number of novel tokens that the first `count` contributions of a Datanet hold, without what
 * was struck.
 */
export const novelTokensIn = (view: ReadView, datanet: DatanetId, count: number): bigint => {
  let tokens = versionOf(view, datanet, count)?.novelTokens ?? 0n;
  for (let node = count; node > 0; node -= lowestBit(node)) tokens -= struckAt(view, datanet, node);
  return tokens;
};

/** Returns the number of novel tokens of a contribution that are left. */
export const novelTokensLeft = (view: ReadView, datanet: DatanetId, share: NoveltyShare): bigint =>
  periodOf(view, datanet, share).tokens;

/**
 * Pays `amount` to the first `count` contributions of a Datanet, which hold `novelTokens` (> 0) together. Returns what
 * each novel token was paid, times 2^96.
 */
export const payVersion = (
  view: View,
  datanet: DatanetId,
  version: { readonly count: number; readonly novelTokens: bigint },
  amount: bigint,
): bigint => {
  invariant(version.count <= FRONTIER_LEAVES_MAX, 'a version is no longer than its tree');
  const perToken = mulDivFloor(amount, 1n << SCALE_BITS, version.novelTokens);
  for (const node of nodesUnder(version.count))
    save(view, nodeKey(datanet, node), uint256, nodeOf(view, datanet, node) + perToken);
  return perToken;
};

/** The values from which the earnings of one contribution follow. */
export type NoveltyStanding = Period & {
  /** The amount that a novel token at its place has been paid so far, times 2^96. */
  readonly perToken: bigint;
};

/** The keys that {@link noveltyStandingOf} reads. */
export const noveltyKeys = (datanet: DatanetId, { acceptance }: NoveltyShare): readonly Key[] => [
  periodKey(datanet, acceptance),
  ...nodesOver(acceptance).map((node) => nodeKey(datanet, node)),
];

export const noveltyStandingOf = (
  view: ReadView,
  datanet: DatanetId,
  share: NoveltyShare,
): NoveltyStanding => ({
  ...periodOf(view, datanet, share),
  perToken: paidPerToken(view, datanet, share.acceptance),
});

/** Returns the total that a contribution with this standing has been paid. */
export const worthOf = ({ tokens, since, earned, perToken }: NoveltyStanding): bigint =>
  earned + ((tokens * (perToken - since)) >> SCALE_BITS);

/** The standing after a payment to the first `count` contributions. */
export const creditedBy = (
  standing: NoveltyStanding,
  { acceptance }: NoveltyShare,
  { count, perToken }: { readonly count: number; readonly perToken: bigint },
): NoveltyStanding =>
  acceptance < count ? { ...standing, perToken: standing.perToken + perToken } : standing;

/** The standing after a strike that left `left` tokens and took `forfeited` of what they had earned. */
export const strickenBy = (standing: NoveltyStanding, left: bigint, forfeited: bigint): NoveltyStanding => ({
  tokens: left,
  since: standing.perToken,
  earned: worthOf(standing) - forfeited,
  perToken: standing.perToken,
});

/**
 * Returns the total that a contribution has been paid so far, claimed or not, without what it has forfeited.
 */
export const paidByNovelty = (view: ReadView, datanet: DatanetId, share: NoveltyShare): bigint =>
  worthOf(noveltyStandingOf(view, datanet, share));

/**
 * Takes `struck` (> 0) of the novel tokens that a contribution has left, and with them what they have earned and the
 * contribution has not claimed; returns that. `claimed` is what was claimed of {@link paidByNovelty}.
 */
export const strikeNovelTokens = (
  view: View,
  datanet: DatanetId,
  share: NoveltyShare,
  struck: bigint,
  claimed: bigint,
): bigint => {
  const { tokens } = periodOf(view, datanet, share);
  invariant(struck > 0n && struck <= tokens, 'what is struck was left');
  const paid = paidByNovelty(view, datanet, share);
  // Claims take everything, so the unclaimed part lies evenly on all tokens that are left.
  const kept = mulDivFloor(paid - claimed, tokens - struck, tokens);
  save(view, periodKey(datanet, share.acceptance), PeriodType, {
    tokens: tokens - struck,
    since: paidPerToken(view, datanet, share.acceptance),
    earned: claimed + kept,
  });
  for (let node = share.acceptance + 1; node <= FRONTIER_LEAVES_MAX; node += lowestBit(node))
    save(view, struckKey(datanet, node), uint64, struckAt(view, datanet, node) + struck);
  return paid - claimed - kept;
};
