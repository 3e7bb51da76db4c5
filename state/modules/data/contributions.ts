/**
 * Contributions from commit to verdict. Their contribution ids are one counter of the whole chain: who committed first.
 *
 *     contributions/next            the next contribution id
 *     contributions/<contribution id>/origin    the commit: written once
 *     contributions/<contribution id>/content   the reveal: written once
 *     contributions/<contribution id>/sources   what it says to be copied from and was under review at its reveal: written once
 *     contributions/<contribution id>/sketch    the near-duplicate sketch of the reveal: written once
 *     contributions/<contribution id>/review    where it stands
 *     contributions/<contribution id>/accepted  what attribution needs of it, if it is accepted or a commons: changed once, if it is void
 *     revealed/<datanet>            the contribution ids of what was revealed in it, in the order of the reveals (a sequence)
 *     digests/<datanet>/<digest>    the contribution ids of the contributions declared to be of exactly this text
 *     digests/<datanet>/<digest>/commons        those of the proposals that this text be a commons
 *     contributors/<address>        the contribution ids of an account's commits, in order (a sequence)
 */

import type { Root } from '../../../src/lib/brands.ts';
import { height64 } from '../../../src/lib/chain.ts';
import { choice } from '../../../src/lib/choice.ts';
import { type ContributionId, contributionId, type DatanetId, datanetId } from '../../../src/lib/ids.ts';
import {
  address20,
  boolean,
  container,
  list,
  optional,
  root32,
  type Ssz,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import type { Brought } from '../../attribution/shared.ts';
import { type Sketch, SketchType } from '../../attribution/sketch.ts';
import { QualityType, VerdictType } from '../../tx/contribution-review.ts';
import { ContributionRoleType, PARENTS_MAX } from '../../tx/data-contribution.ts';
import { bytesKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { queue, sequence } from '../kit/sequence.ts';
import { load, loadKnown, save } from '../kit/stored.ts';

const ReviewType = container({
  reviewer: address20,
  quality: QualityType,
  verdict: VerdictType,
  /** Held for what the reviewer has confirmed, base units, in the pot `reviewBonds`; 0 once it is returned or slashed. */
  bond: uint128,
});
export type Review = ValueOf<typeof ReviewType>;

/**
 * `undecided`: all reviewers have spoken, and neither side has its quorum; `void`: it was accepted, and what it declares
 * was refuted.
 */
export type Stage = (typeof STAGES)[number];
export const STAGES = [
  'committed',
  'expired',
  'review',
  'accepted',
  'rejected',
  'undecided',
  'void',
] as const;

const OriginType = container({
  datanet: datanetId,
  owner: address20,
  commitment: root32,
  /** The height of the block with the commit. */
  height: height64,
});
export type Origin = ValueOf<typeof OriginType>;

const ContentType = container({
  root: root32,
  digest: root32,
  items: uint32,
  tokens: uint64,
  bytes: uint64,
  novelTokens: uint64,
  /** The root of the declared runs, which are in the transaction. */
  novelRunsRoot: root32,
  /** Tokens that a calibration may draw: neither declared as copied nor in a prompt part. */
  dataTokens: uint64,
  /**
   * The root of the passages that follow from the declared shapes and copied runs, which are in the
   * transaction.
   */
  passagesRoot: root32,
  /** The id of the revealing transaction. */
  transaction: root32,
  role: ContributionRoleType,
  parents: list(contributionId, PARENTS_MAX),
  /** The height of the block with the reveal. */
  height: height64,
});
export type Content = ValueOf<typeof ContentType>;

const StandingType = container({
  stage: choice(STAGES),
  /**
   * The bond in base units, in the pot `contributionBonds`. For an accepted contribution it is held until
   * nobody may challenge its declarations any more.
   */
  bond: uint128,
  reviews: list(ReviewType, 64),
});
export type Standing = ValueOf<typeof StandingType>;

const AcceptedType = container({
  datanet: datanetId,
  /** Its place in the Datanet's versions; undefined for a commons that its Datanet was created with. */
  acceptance: optional(uint32),
  /** Whether its words are nobody's: its Datanet was created with it, or it was proposed as a commons. */
  commons: boolean,
  /**
   * The height of the block that accepted it, or that created its Datanet with it. Its text is available from that
   * height on.
   */
  height: height64,
  /** The address of the owner. Of a commons, who created its Datanet, or proposed it: nobody earns by it. */
  owner: address20,
  items: uint32,
  tokens: uint64,
  /** The number of novel tokens as declared, struck runs included; 0 for a commons. */
  novelTokens: uint64,
  /**
   * The height of the block in which a challenge voided it, if one did. From that height on nothing may be
   * traced to it.
   */
  voided: optional(height64),
});
/** The data that attribution and payment need for an accepted contribution, or for a commons. */
export type Accepted = ValueOf<typeof AcceptedType>;

const NEXT_KEY: Key = 'contributions/next';
const key = (contribution: ContributionId, part: string): Key =>
  `contributions/${numberKey(contribution)}/${part}`;

/** The contribution ids of what an account has committed. Name: its address, bare hex. */
export const contributionsBy = sequence('contributors', contributionId);

/** The contribution ids of what was revealed in a Datanet. Name: {@link numberKey} of its id. */
const revealedIn = sequence('revealed', contributionId);

/** Accepted contributions by the height at whose end nobody may challenge for their bond any more. */
export const heldBonds = queue('due/declarations', contributionId);

/** Commits by the last height at which they may be revealed. */
export const expiringCommits = queue('due/commits', contributionId);

/** Contribution ids run from 1. */
export const nextContribution = (view: ReadView): ContributionId => load(view, NEXT_KEY, contributionId) ?? 1;

const takeContribution = (view: View): ContributionId => {
  const contribution = nextContribution(view);
  save(view, NEXT_KEY, contributionId, contribution + 1);
  return contribution;
};

export const originOf = (view: ReadView, contribution: ContributionId): Origin | undefined =>
  load(view, key(contribution, 'origin'), OriginType);
export const contentOf = (view: ReadView, contribution: ContributionId): Content | undefined =>
  load(view, key(contribution, 'content'), ContentType);
export const standingOf = (view: ReadView, contribution: ContributionId): Standing =>
  loadKnown(view, key(contribution, 'review'), StandingType);
export const acceptedOf = (view: ReadView, contribution: ContributionId): Accepted | undefined =>
  load(view, key(contribution, 'accepted'), AcceptedType);

/** Who brought a contribution, and when; undefined for any commons, and for what was not revealed. */
export const broughtOf = (
  view: ReadView,
  contribution: ContributionId,
  accepted = acceptedOf(view, contribution),
): Brought | undefined => {
  if (accepted?.commons === true) return undefined;
  const origin = originOf(view, contribution);
  const content = contentOf(view, contribution);
  return origin === undefined || content === undefined
    ? undefined
    : { owner: origin.owner, commit: origin.height, reveal: content.height };
};

/** Whether outputs may be traced to it from here on: it is accepted, or a commons, and not void. */
export const isEligible = (accepted: Accepted | undefined): accepted is Accepted =>
  accepted !== undefined && accepted.voided === undefined;

export const setStanding = (view: View, contribution: ContributionId, standing: Standing): void =>
  save(view, key(contribution, 'review'), StandingType, standing);
export const sketchOf = (view: ReadView, contribution: ContributionId): Sketch | undefined =>
  load(view, key(contribution, 'sketch'), SketchType);
export const setAccepted = (view: View, contribution: ContributionId, accepted: Accepted): void =>
  save(view, key(contribution, 'accepted'), AcceptedType, accepted);

/**
 * The maximum number of contributions under review that a contribution may name as sources. Each of them has
 * to be accepted before it.
 */
export const OPEN_SOURCES_MAX = 256;
const OpenSourcesType: Ssz<readonly ContributionId[]> = list(contributionId, OPEN_SOURCES_MAX);

/** The sources that a contribution declares to be copied from and that were under review at its reveal. */
export const openSourcesOf = (view: ReadView, contribution: ContributionId): readonly ContributionId[] =>
  load(view, key(contribution, 'sources'), OpenSourcesType) ?? [];

export const setOpenSources = (
  view: View,
  contribution: ContributionId,
  sources: readonly ContributionId[],
): void => save(view, key(contribution, 'sources'), OpenSourcesType, sources);

/** Keeps what a reveal says. */
export const addContent = (
  view: View,
  contribution: ContributionId,
  datanet: DatanetId,
  content: Content,
  sketch: Sketch,
): void => {
  save(view, key(contribution, 'content'), ContentType, content);
  save(view, key(contribution, 'sketch'), SketchType, sketch);
  revealedIn.append(view, numberKey(datanet), contribution);
};

/** Contribution ids of what was revealed in a Datanet, whatever became of it, in the order of the reveals; and how many there are. */
export const revealedIds = (
  view: ReadView,
  datanet: DatanetId,
  from: number,
  limit: number,
): { readonly total: number; readonly ids: readonly ContributionId[] } => ({
  total: revealedIn.length(view, numberKey(datanet)),
  ids: revealedIn.slice(view, numberKey(datanet), from, limit),
});

/** Assigns the next contribution id to a commit. */
export const addCommit = (view: View, origin: Origin, bond: bigint): ContributionId => {
  const contribution = takeContribution(view);
  save(view, key(contribution, 'origin'), OriginType, origin);
  setStanding(view, contribution, { stage: 'committed', bond, reviews: [] });
  contributionsBy.append(view, bytesKey(origin.owner), contribution);
  return contribution;
};

/** Assigns the next contribution id to the commons of a new Datanet, which needs neither reveal nor review. */
export const addCommons = (
  view: View,
  accepted: Omit<Accepted, 'acceptance' | 'commons' | 'novelTokens' | 'voided'>,
): ContributionId => {
  const contribution = takeContribution(view);
  setAccepted(view, contribution, {
    ...accepted,
    acceptance: undefined,
    commons: true,
    novelTokens: 0n,
    voided: undefined,
  });
  return contribution;
};

/**
 * The maximum number of holders of one text's digest. A contribution that declares a text may be lying and
 * is then rejected, and whoever held the digest before has to hold it again. If more than this number hold
 * one text at a time, all but one of them are lying.
 */
const DIGEST_HOLDERS_MAX = 64;
const DigestHoldersType: Ssz<readonly ContributionId[]> = list(contributionId, DIGEST_HOLDERS_MAX);

/** What a contribution declares its text to be, and whether it proposes that text as a commons. */
type DeclaredText = Pick<Content, 'digest' | 'role'>;
/** Texts are held apart in these two ways: what somebody has contributed can be proposed as a commons. */
type Holding = 'own' | 'commons';
const holdingOf = ({ role }: DeclaredText): Holding => (role === 'commons' ? 'commons' : 'own');

const digestKey = (datanet: DatanetId, digest: Root, holding: Holding): Key =>
  `digests/${numberKey(datanet)}/${bytesKey(digest)}${holding === 'own' ? '' : '/commons'}`;

/** The contributions under review or accepted that hold exactly this text in one way, ascending by contribution id. */
const holdersOfDigest = (
  view: ReadView,
  datanet: DatanetId,
  digest: Root,
  holding: Holding,
): readonly ContributionId[] => load(view, digestKey(datanet, digest, holding), DigestHoldersType) ?? [];

/**
 * Returns the first in line of those that keep others from contributing this text, or from proposing it as a commons. A
 * proposal blocks later contributions and proposals of the text. A contribution blocks only contributions.
 */
export const holderOfDigest = (
  view: ReadView,
  datanet: DatanetId,
  text: DeclaredText,
): ContributionId | undefined => {
  const [proposed] = holdersOfDigest(view, datanet, text.digest, 'commons');
  if (holdingOf(text) === 'commons') return proposed;
  const [own] = holdersOfDigest(view, datanet, text.digest, 'own');
  return own === undefined || (proposed !== undefined && proposed < own) ? proposed : own;
};

/** Makes a contribution hold the digest. Its id must be below those of all that hold it in the same way. */
export const holdDigest = (
  view: View,
  datanet: DatanetId,
  text: DeclaredText,
  contribution: ContributionId,
): void => {
  const { digest } = text;
  const holding = holdingOf(text);
  const before = holdersOfDigest(view, datanet, digest, holding);
  const holders = [contribution, ...before].slice(0, DIGEST_HOLDERS_MAX);
  save(view, digestKey(datanet, digest, holding), DigestHoldersType, holders);
};

/**
 * Releases the digest, so that another account can contribute the text, unless another contribution holds it
 * already.
 */
export const releaseDigest = (
  view: View,
  datanet: DatanetId,
  text: DeclaredText,
  contribution: ContributionId,
): void => {
  const key = digestKey(datanet, text.digest, holdingOf(text));
  const before = holdersOfDigest(view, datanet, text.digest, holdingOf(text));
  const left = before.filter((holder) => holder !== contribution);
  if (left.length > 0) save(view, key, DigestHoldersType, left);
  else view.delete(key);
};
