/** Queries for contributions. They only read the state of one height. */

import type { Address, Height, Root } from '../../src/lib/brands.ts';
import { invariant, ok } from '../../src/lib/errors.ts';
import { type ContributionId, type DatanetId, OF_CHAIN } from '../../src/lib/ids.ts';
import { eligibleVersions } from '../attribution/eligible.ts';
import type { Brought } from '../attribution/shared.ts';
import { similarityBps } from '../attribution/sketch.ts';
import { foundingCommonsOf } from '../modules/data/chain-commons.ts';
import {
  type Accepted,
  acceptedOf,
  broughtOf,
  type Content,
  contentOf,
  contributionsBy,
  type Origin,
  originOf,
  revealedIds,
  type Stage,
  type Standing,
  sketchOf,
  standingOf,
} from '../modules/data/contributions.ts';
import { datanetOf, versionOf } from '../modules/data/datanets.ts';
import { novelTokensLeft, shareOf } from '../modules/data/novelty-shares.ts';
import { type Strikes, strikesOf } from '../modules/data/strikes.ts';
import type { ModelVersion } from '../modules/models/models.ts';
import {
  type ContributionEarnings,
  contributionClaimed,
  contributionEarned,
} from '../modules/pay/rewards.ts';
import type { Commons } from '../tx/commons.ts';
import type { ContributionRole } from '../tx/data-contribution.ts';
import { bytesKey, type ReadView } from '../view.ts';
import { fail } from './errors.ts';
import { type CommittedState, type Page, pageOf } from './query.ts';

export type ContributionInfo =
  | {
      readonly type: 'contribution';
      readonly contribution: ContributionId;
      readonly origin: Origin;
      readonly standing: Standing;
      /** Once it has been revealed. */
      readonly content: Content | undefined;
      /** Once it has been accepted; a commons that was proposed has no money. */
      readonly accepted: (Accepted & ContributionMoney) | undefined;
    }
  /** A contribution without an owner, created with its Datanet. */
  | {
      readonly type: 'commons';
      readonly contribution: ContributionId;
      readonly datanet: DatanetId;
      readonly content: Commons;
      /** The height of the challenge that voided it, if one did. */
      readonly voided: Height | undefined;
    };

export type ContributionMoney = {
  readonly earned: ContributionEarnings;
  readonly claimed: ContributionEarnings;
  /** The number of its novel tokens that challenges have not struck. */
  readonly novelTokensLeft: bigint;
};

const knownContent = (view: ReadView, contribution: ContributionId): Content => {
  const content = contentOf(view, contribution);
  invariant(content !== undefined, 'what is accepted, or listed as revealed, was revealed');
  return content;
};

const commonsOf = (view: ReadView, datanet: DatanetId): Commons => {
  const commons = foundingCommonsOf(view, datanet);
  invariant(commons !== undefined, 'a commons stands in the terms of its Datanet, or in the genesis');
  return commons;
};

export const getContribution = (
  view: ReadView,
  contribution: ContributionId,
): ContributionInfo | undefined => {
  const accepted = acceptedOf(view, contribution);
  if (accepted !== undefined && accepted.acceptance === undefined)
    return {
      type: 'commons',
      contribution,
      datanet: accepted.datanet,
      content: commonsOf(view, accepted.datanet),
      voided: accepted.voided,
    };
  const origin = originOf(view, contribution);
  if (origin === undefined) return undefined;
  const share = accepted === undefined ? undefined : shareOf(accepted);
  return {
    type: 'contribution',
    contribution,
    origin,
    standing: standingOf(view, contribution),
    content: contentOf(view, contribution),
    accepted:
      accepted === undefined
        ? undefined
        : {
            ...accepted,
            earned: contributionEarned(view, contribution, accepted),
            claimed: contributionClaimed(view, contribution),
            novelTokensLeft: share === undefined ? 0n : novelTokensLeft(view, accepted.datanet, share),
          },
  };
};

/** Contribution ids of all that an account has committed, in order, from the `from`-th on; and how many there are. */
export const contributionsOf = (
  view: ReadView,
  owner: Address,
  from: number,
  limit: number,
): { readonly total: number; readonly contributions: readonly ContributionId[] } => ({
  total: contributionsBy.length(view, bytesKey(owner)),
  contributions: contributionsBy.slice(view, bytesKey(owner), from, limit),
});

export type EligibleContribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly commons: boolean;
  /** Its content root. */
  readonly root: Root;
  /** Who brought it, and in which blocks; undefined for a commons. */
  readonly brought: Brought | undefined;
  /** The novel runs that are struck; undefined if none is. */
  readonly struck: Strikes | undefined;
  /** The height at which it became void; undefined if it is not void by now. */
  readonly voidedAt: Height | undefined;
};

/** Whether it is void by a height, or by now if there is none. */
const isVoidBy = ({ voided }: Accepted, asOf: Height | undefined): boolean =>
  voided !== undefined && (asOf === undefined || voided <= asOf);

/** Whether nothing of what it declared to be novel is struck. It is told at once, and the strikes are many values. */
const isWholly = (view: ReadView, accepted: Accepted): boolean => {
  if (accepted.voided !== undefined) return accepted.commons;
  const share = shareOf(accepted);
  return share === undefined || novelTokensLeft(view, accepted.datanet, share) === share.novelTokens;
};

/**
 * Returns what stands at a place of a Datanet: the commons that it was created with at 0, then what was accepted; undefined
 * if it is not eligible. At place 0 of Datanet 0 is the commons of the chain.
 */
const eligibleAt = (
  view: ReadView,
  datanet: DatanetId,
  place: number,
  asOf: Height | undefined,
): EligibleContribution | undefined => {
  if (place === 0) {
    const commons = datanet === OF_CHAIN ? OF_CHAIN : datanetOf(view, datanet)?.commonsContribution;
    const founding = commons === undefined ? undefined : acceptedOf(view, commons);
    return commons !== undefined && founding !== undefined && !isVoidBy(founding, asOf)
      ? {
          contribution: commons,
          datanet,
          commons: true,
          root: commonsOf(view, datanet).root,
          brought: undefined,
          struck: undefined,
          voidedAt: founding.voided,
        }
      : undefined;
  }
  const version = versionOf(view, datanet, place);
  invariant(version !== undefined, 'a version has all those before it');
  const { contribution } = version;
  const accepted = acceptedOf(view, contribution);
  return accepted !== undefined && !isVoidBy(accepted, asOf)
    ? {
        contribution,
        datanet,
        commons: accepted.commons,
        root: knownContent(view, contribution).root,
        brought: broughtOf(view, contribution, accepted),
        struck: isWholly(view, accepted) ? undefined : strikesOf(view, contribution),
        voidedAt: accepted.voided,
      }
    : undefined;
};

/**
 * What outputs of a version of a model may be traced to, in the order of the places: the commons of the chain, by version 2
 * of the rules, and for each of its Datanets the commons that it was created with, then the contributions, commons that were
 * proposed among them, in the order of their acceptance. It looks at `limit` places from `from` on, and leaves out those
 * that are not eligible any more. `next` is the place at which to continue; undefined after the last one.
 * @param asOf - what became void after this height is among them; if it is left out, nothing void is
 */
export const eligibleContributions = (
  view: ReadView,
  version: ModelVersion,
  { from, limit }: Page,
  asOf?: Height,
): { readonly contributions: readonly EligibleContribution[]; readonly next: number | undefined } => {
  const contributions: EligibleContribution[] = [];
  const end = from + limit;
  let first = 0;
  for (const [datanet, count] of eligibleVersions(version)) {
    const places = 1 + count;
    for (let at = Math.max(0, from - first); at < Math.min(places, end - first); at++) {
      const found = eligibleAt(view, datanet, at, asOf);
      if (found !== undefined) contributions.push(found);
    }
    first += places;
  }
  return { contributions, next: end < first ? end : undefined };
};

export type RevealedContribution = {
  readonly contribution: ContributionId;
  readonly stage: Stage;
  /** Its content root. */
  readonly root: Root;
  /** The digest that it has declared for its text. */
  readonly digest: Root;
  readonly role: ContributionRole;
  readonly items: number;
  readonly tokens: bigint;
};

/**
 * Returns the contributions revealed in a Datanet, in the order of the reveals, whatever became of them; and
 * their number.
 */
export const revealedContributions = (
  view: ReadView,
  datanet: DatanetId,
  from: number,
  limit: number,
): { readonly total: number; readonly contributions: readonly RevealedContribution[] } => {
  const revealed = revealedIds(view, datanet, from, limit);
  const contributions = revealed.ids.map((contribution) => {
    const { root, digest, role, items, tokens } = knownContent(view, contribution);
    return { contribution, stage: standingOf(view, contribution).stage, root, digest, role, items, tokens };
  });
  return { total: revealed.total, contributions };
};

export type SimilarContribution = { readonly contribution: ContributionId; readonly similarityBps: number };

/**
 * Returns at most `limit` of a Datanet's revealed contributions, starting with the `from`-th: those under
 * review or accepted whose sketch is at least so similar to that of `contribution`, without `contribution`
 * itself.
 */
export const similarContributions = (
  view: ReadView,
  {
    contribution,
    datanet,
    leastBps,
  }: { readonly contribution: ContributionId; readonly datanet: DatanetId; readonly leastBps: number },
  from: number,
  limit: number,
): readonly SimilarContribution[] => {
  const own = sketchOf(view, contribution) ?? [];
  return revealedIds(view, datanet, from, limit).ids.flatMap((other) => {
    const { stage } = standingOf(view, other);
    if (other === contribution || (stage !== 'review' && stage !== 'accepted')) return [];
    const similarity = similarityBps(own, sketchOf(view, other) ?? []);
    return similarity >= leastBps ? [{ contribution: other, similarityBps: similarity }] : [];
  });
};

/** The part that its reveal has published: its content, and the declarations about that content. */
const revealedPart = (content: Content | undefined) => {
  if (content === undefined) return { content: undefined, declared: undefined };
  const { root, items, tokens, bytes, height, ...declared } = content;
  return { content: { root, items, tokens, bytes }, declared: { ...declared, revealedAt: height } };
};

const shownContribution = (info: ContributionInfo) => {
  if (info.type === 'commons')
    return {
      contribution: info.contribution,
      datanet: info.datanet,
      owner: undefined,
      commons: true,
      stage: 'commons' as const,
      commitment: undefined,
      committedAt: undefined,
      bond: 0n,
      reviews: [],
      content: info.content,
      declared: undefined,
      acceptance: undefined,
      novelTokensLeft: undefined,
      voidedAt: info.voided,
      earned: undefined,
      claimed: undefined,
    };
  const { contribution, origin, standing, content, accepted } = info;
  const money = accepted?.commons === true ? undefined : accepted;
  return {
    contribution,
    datanet: origin.datanet,
    owner: origin.owner,
    commons: accepted?.commons === true,
    stage: standing.stage,
    commitment: origin.commitment,
    committedAt: origin.height,
    bond: standing.bond,
    reviews: standing.reviews,
    ...revealedPart(content),
    acceptance: accepted?.acceptance,
    novelTokensLeft: accepted?.novelTokensLeft,
    voidedAt: accepted?.voided,
    earned: money?.earned,
    claimed: money?.claimed,
  };
};

export const CONTRIBUTION_QUERIES = {
  contribution_get: (
    { view }: CommittedState,
    { contribution }: { readonly contribution: ContributionId },
  ) => {
    const info = getContribution(view, contribution);
    return info === undefined
      ? fail('CONTRIBUTION_NOT_FOUND', `there is no contribution ${contribution}`, { contribution })
      : ok(shownContribution(info));
  },

  contribution_list: (
    { view }: CommittedState,
    { owner, ...page }: { readonly owner: Address } & Partial<Page>,
  ) => {
    const { from, limit } = pageOf(page);
    return ok(contributionsOf(view, owner, from, limit));
  },

  contribution_listRevealed: (
    { view }: CommittedState,
    { datanet, ...page }: { readonly datanet: DatanetId } & Partial<Page>,
  ) => {
    if (datanetOf(view, datanet) === undefined)
      return fail('DATANET_NOT_FOUND', `there is no Datanet ${datanet}`, { id: datanet });
    const { from, limit } = pageOf(page);
    return ok(revealedContributions(view, datanet, from, limit));
  },
};
