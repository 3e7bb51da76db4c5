/**
 * The boundary of the core: all that it takes in, and all that it may ask of the world. Three shells can stand behind it
 * (the real one, a simulation, a replay), and another core could stand before it.
 */
import type { Height, Root, Round } from '../src/lib/brands.ts';
import type { Commit, ValidatorSet } from '../src/lib/chain.ts';
import type { Polka, Proposal, RoundCertificate, SignRequest, Vote } from './messages.ts';
import type { TimeoutType } from './round.ts';
import type { Verified } from './verify.ts';

/** The role of this process in the height's validator set. An observer follows and decides, but signs nothing. */
export type Self = { readonly type: 'observer' } | { readonly type: 'validator'; readonly index: number };

/** A timeout. Beside the three types of the paper there are `request` (of a missing value) and `rebroadcast`. */
export type Timeout = { readonly type: TimeoutType | 'request' | 'rebroadcast'; readonly round: Round };

export type Input =
  | {
      readonly type: 'StartHeight';
      readonly height: Height;
      readonly validators: ValidatorSet;
      readonly self: Self;
    }
  | { readonly type: 'Proposal'; readonly proposal: Verified<Proposal> }
  | { readonly type: 'Vote'; readonly vote: Verified<Vote> }
  /** The votes of a verified commit certificate; its block may be missing. */
  | { readonly type: 'CommitCertificate'; readonly votes: readonly Verified<Vote>[] }
  | { readonly type: 'PolkaCertificate'; readonly votes: readonly Verified<Vote>[] }
  | { readonly type: 'RoundCertificate'; readonly votes: readonly Verified<Vote>[] }
  /** Answers ValidateValue. */
  | {
      readonly type: 'ProposedValue';
      readonly round: Round;
      readonly id: Root;
      readonly valid: boolean;
      readonly timely: boolean;
    }
  /** Answers GetValue. */
  | { readonly type: 'OwnValue'; readonly round: Round; readonly id: Root }
  /** Answers Sign. */
  | { readonly type: 'SignedVote'; readonly vote: Verified<Vote> }
  | { readonly type: 'SignedProposal'; readonly proposal: Verified<Proposal> }
  | { readonly type: 'TimeoutElapsed'; readonly timeout: Timeout }
  /** A decided block that is here and valid, with its verified commit. */
  | { readonly type: 'SyncedBlock'; readonly commit: Commit };

export type Evidence =
  | { readonly type: 'votes'; readonly first: Vote; readonly second: Vote }
  | { readonly type: 'proposals'; readonly first: Proposal; readonly second: Proposal };

/** A message that is published to all peers. The shell adds the block to a proposal. */
export type Announcement =
  | { readonly type: 'proposal'; readonly proposal: Proposal }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'polka'; readonly polka: Polka }
  | { readonly type: 'round'; readonly certificate: RoundCertificate };

export type Effect =
  /** TimeoutElapsed answers it, unless it is cancelled. */
  | { readonly type: 'ScheduleTimeout'; readonly timeout: Timeout }
  /** A round begins: the timeouts of earlier rounds no longer matter. */
  | { readonly type: 'CancelTimeouts' }
  /** Build a block. OwnValue answers it; there is no answer if no block can be built. */
  | { readonly type: 'GetValue'; readonly round: Round }
  /** Check whether the block is valid and, for a fresh proposal, timely. ProposedValue answers it. */
  | { readonly type: 'ValidateValue'; readonly round: Round; readonly id: Root; readonly fresh: boolean }
  /** SignedVote or SignedProposal answers it; there is no answer if the signer refuses. */
  | { readonly type: 'Sign'; readonly request: SignRequest }
  | { readonly type: 'Publish'; readonly announcement: Announcement }
  /** Publish again what was published before, because gossip does not guarantee that everyone has it. */
  | { readonly type: 'Republish'; readonly announcement: Announcement }
  /** Ask peers for a proposal with this block: there are votes for it. */
  | { readonly type: 'RequestProposal'; readonly round: Round; readonly id: Root }
  | { readonly type: 'Decide'; readonly round: Round; readonly id: Root; readonly commit: Commit }
  | { readonly type: 'Evidence'; readonly evidence: Evidence }
  /** Stop: more than two thirds precommitted a block that is invalid here, so they or this node are broken. */
  | { readonly type: 'Diverged'; readonly round: Round; readonly id: Root };
