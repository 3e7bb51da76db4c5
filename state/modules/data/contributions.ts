/**
 * Contributions from commit to verdict. Their seqs are one counter of the whole chain: who committed first.
 *
 *     contributions/next            the next seq
 *     contributions/<seq>/origin    the commit: written once
 *     contributions/<seq>/content   the reveal: written once
 *     contributions/<seq>/sources   what it says to be copied from and was under review at its reveal: written once
 *     contributions/<seq>/sketch    the near-duplicate sketch of the reveal: written once
 *     contributions/<seq>/review    where it stands
 *     contributions/<seq>/accepted  what attribution needs of it, if it is accepted or a commons: changed once, if it is void
 *     revealed/<datanet>            the seqs of what was revealed in it, in the order of the reveals (a sequence)
 *     digests/<datanet>/<digest>    the seqs of the contributions declared to be of exactly this text
 *     contributors/<address>        the seqs of an account's commits, in order (a sequence)
 */
import type { Root } from '../../../src/lib/brands.ts';
import { choice } from '../../../src/lib/choice.ts';
import {
  address20,
  boolean,
  container,
  list,
  root32,
  type Ssz,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import { type Sketch, SketchType } from '../../attribution/sketch.ts';
import { QualityType, VerdictType } from '../../tx/contribution-review.ts';
import { ContributionRoleType, PARENTS_MAX } from '../../tx/data-contribution.ts';
import { hexKey, type Key, numberKey, type ReadView, type View } from '../../view.ts';
import { queue, sequence } from '../kit/sequence.ts';
import { load, loadKnown, save } from '../kit/stored.ts';

const ReviewType = container({
  reviewer: address20,
  quality: QualityType,
  verdict: VerdictType,
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
  datanet: uint32,
  owner: address20,
  commitment: root32,
  /** Of the block with the commit. */
  height: uint64,
});
export type Origin = ValueOf<typeof OriginType>;

const ContentType = container({
  root: root32,
  digest: root32,
  items: uint32,
  tokens: uint64,
  bytes: uint64,
  novelTokens: uint64,
  /** Of the declared runs, which stand in the transaction. */
  novelRunsRoot: root32,
  /** Tokens that a calibration may draw: neither declared as copied nor in a prompt part. */
  dataTokens: uint64,
  /** Of the passages that follow from the declared shapes and copied runs, which stand in the transaction. */
  passagesRoot: root32,
  /** The id of the revealing transaction. */
  transaction: root32,
  role: ContributionRoleType,
  parents: list(uint32, PARENTS_MAX),
  /** Of the block with the reveal. */
  height: uint64,
});
export type Content = ValueOf<typeof ContentType>;

const StandingType = container({
  stage: choice(STAGES),
  /** Base units, in the pot `contributionBonds`: of an accepted one until nobody may challenge what it declared. */
  bond: uint128,
  reviews: list(ReviewType, 64),
});
export type Standing = ValueOf<typeof StandingType>;

const AcceptedType = container({
  datanet: uint32,
  /** Its place in the Datanet's versions; 0 for a commons. */
  acceptance: uint32,
  commons: boolean,
  /** Of the block that accepted it, or of a commons, that created its Datanet: from there on its text is to be had. */
  height: uint64,
  /** Of a commons the Datanet's owner, who earns nothing by it. */
  owner: address20,
  items: uint32,
  tokens: uint64,
  /** As declared, struck runs included; 0 for a commons. */
  novelTokens: uint64,
  /** None, or the height of the block in which a challenge has voided it: from there on nothing may be traced to it. */
  voided: list(uint64, 1),
});
/** What attribution and money need of a contribution: of an accepted one, or of a commons, which has no place in versions. */
export type Accepted = ValueOf<typeof AcceptedType>;

const NEXT_KEY: Key = 'contributions/next';
const key = (seq: number, part: string): Key => `contributions/${numberKey(seq)}/${part}`;
const digestKey = (datanet: number, digest: Root): Key => `digests/${numberKey(datanet)}/${hexKey(digest)}`;

/** The seqs of what an account has committed. Name: its address, bare hex. */
export const contributionsBy = sequence('contributors', uint32);

/** The seqs of what was revealed in a Datanet. Name: {@link numberKey} of its id. */
const revealedIn = sequence('revealed', uint32);

/** Accepted contributions by the height at whose end nobody may challenge for their bond any more. */
export const heldBonds = queue('due/declarations', uint32);

/** Commits by the last height at which they may be revealed. */
export const expiringCommits = queue('due/commits', uint32);

/** Seqs run from 1. */
export const nextSeq = (view: ReadView): number => load(view, NEXT_KEY, uint32) ?? 1;

const takeSeq = (view: View): number => {
  const seq = nextSeq(view);
  save(view, NEXT_KEY, uint32, seq + 1);
  return seq;
};

export const originOf = (view: ReadView, seq: number): Origin | undefined =>
  load(view, key(seq, 'origin'), OriginType);
export const contentOf = (view: ReadView, seq: number): Content | undefined =>
  load(view, key(seq, 'content'), ContentType);
export const standingOf = (view: ReadView, seq: number): Standing =>
  loadKnown(view, key(seq, 'review'), StandingType);
export const acceptedOf = (view: ReadView, seq: number): Accepted | undefined =>
  load(view, key(seq, 'accepted'), AcceptedType);

/** Whether outputs may be traced to it from here on: it is accepted, or a commons, and not void. */
export const isEligible = (accepted: Accepted | undefined): accepted is Accepted =>
  accepted !== undefined && accepted.voided.length === 0;

export const setStanding = (view: View, seq: number, standing: Standing): void =>
  save(view, key(seq, 'review'), StandingType, standing);
export const sketchOf = (view: ReadView, seq: number): Sketch | undefined =>
  load(view, key(seq, 'sketch'), SketchType);
export const setAccepted = (view: View, seq: number, accepted: Accepted): void =>
  save(view, key(seq, 'accepted'), AcceptedType, accepted);

/** Contributions under review that one may say to be copied from: each has to be accepted before it is. */
export const OPEN_SOURCES_MAX = 256;
const OpenSourcesType: Ssz<readonly number[]> = list(uint32, OPEN_SOURCES_MAX);

/** What a contribution says to be copied from, of what was under review at its reveal. */
export const openSourcesOf = (view: ReadView, seq: number): readonly number[] =>
  load(view, key(seq, 'sources'), OpenSourcesType) ?? [];

export const setOpenSources = (view: View, seq: number, sources: readonly number[]): void =>
  save(view, key(seq, 'sources'), OpenSourcesType, sources);

/** Keeps what a reveal says. */
export const addContent = (
  view: View,
  seq: number,
  datanet: number,
  content: Content,
  sketch: Sketch,
): void => {
  save(view, key(seq, 'content'), ContentType, content);
  save(view, key(seq, 'sketch'), SketchType, sketch);
  revealedIn.append(view, numberKey(datanet), seq);
};

/** Seqs of what was revealed in a Datanet, whatever became of it, in the order of the reveals; and how many there are. */
export const revealedSeqs = (
  view: ReadView,
  datanet: number,
  from: number,
  limit: number,
): { readonly total: number; readonly seqs: readonly number[] } => ({
  total: revealedIn.length(view, numberKey(datanet)),
  seqs: revealedIn.slice(view, numberKey(datanet), from, limit),
});

/** Takes the next place in line for a commit. */
export const addCommit = (view: View, origin: Origin, bond: bigint): number => {
  const seq = takeSeq(view);
  save(view, key(seq, 'origin'), OriginType, origin);
  setStanding(view, seq, { stage: 'committed', bond, reviews: [] });
  contributionsBy.append(view, hexKey(origin.owner), seq);
  return seq;
};

/** Takes the next place in line for a commons, which needs neither reveal nor review. */
export const addCommons = (
  view: View,
  accepted: Omit<Accepted, 'acceptance' | 'commons' | 'novelTokens' | 'voided'>,
): number => {
  const seq = takeSeq(view);
  setAccepted(view, seq, { ...accepted, acceptance: 0, commons: true, novelTokens: 0n, voided: [] });
  return seq;
};

/**
 * Who declares a text may be lying, and is rejected then: whoever held it before has to hold it again. More than so many
 * at a time of one text are liars but for one.
 */
const DIGEST_HOLDERS_MAX = 64;
const DigestHoldersType: Ssz<readonly number[]> = list(uint32, DIGEST_HOLDERS_MAX);

/** Contributions of exactly this text that are under review or accepted, ascending by seq. */
const holdersOfDigest = (view: ReadView, datanet: number, digest: Root): readonly number[] =>
  load(view, digestKey(datanet, digest), DigestHoldersType) ?? [];

/** The first in line of them. */
export const holderOfDigest = (view: ReadView, datanet: number, digest: Root): number | undefined =>
  holdersOfDigest(view, datanet, digest)[0];

/** For a seq below all that hold it. */
export const holdDigest = (view: View, datanet: number, digest: Root, seq: number): void => {
  const holders = [seq, ...holdersOfDigest(view, datanet, digest)].slice(0, DIGEST_HOLDERS_MAX);
  save(view, digestKey(datanet, digest), DigestHoldersType, holders);
};

/** Lets another contribute the text, unless another holds the digest already. */
export const releaseDigest = (view: View, datanet: number, digest: Root, seq: number): void => {
  const left = holdersOfDigest(view, datanet, digest).filter((holder) => holder !== seq);
  if (left.length > 0) save(view, digestKey(datanet, digest), DigestHoldersType, left);
  else view.delete(digestKey(datanet, digest));
};
