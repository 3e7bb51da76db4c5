/** Events of Datanets and contributions. */

import { height64 } from '../../src/lib/chain.ts';
import { choice } from '../../src/lib/choice.ts';
import { contributionId, datanetId } from '../../src/lib/ids.ts';
import {
  address20,
  boolean,
  container,
  optional,
  root32,
  text,
  uint32,
  uint64,
  uint128,
} from '../../src/lib/ssz.ts';

const contribution = {
  contribution: contributionId,
  datanet: datanetId,
  /** The account that committed the contribution. */
  owner: address20,
};

export const DATA_EVENTS = {
  /** A Datanet was created. */
  datanetCreated: container({
    datanet: datanetId,
    owner: address20,
    /** The commons of the Datanet, if it has one. */
    contribution: optional(contributionId),
  }),
  /** An account committed to a contribution without showing it, and left a bond. */
  contributionCommitted: container({
    ...contribution,
    /** Taken from the owner, base units. */
    bond: uint128,
    /** The last height at which the contribution may be revealed. */
    lastReveal: height64,
  }),
  /** A commit was not revealed in time. Its bond went to the treasury. */
  commitExpired: container({ ...contribution, forfeited: uint128 }),
  /** A committed contribution was shown. Its reviews begin. */
  contributionRevealed: container({
    ...contribution,
    /** The content root. */
    root: root32,
    items: uint32,
    tokens: uint64,
    /** Whether it proposes that its words be a commons. */
    commons: boolean,
    /** The amount that the owner added to the bond, base units. */
    bond: uint128,
  }),
  /** A reviewer judged a contribution. */
  contributionReviewed: container({
    ...contribution,
    reviewer: address20,
    verdict: choice(['accept', 'reject']),
    /** Taken from a reviewer who accepts, base units. */
    bond: uint128,
  }),
  /** A reviewer took back a review of what is under review. Its bond went back. */
  reviewWithdrawn: container({ ...contribution, reviewer: address20, returned: uint128 }),
  /** The bond of a review went back: the contribution was not accepted, or nobody can challenge for the bond any more. */
  reviewBondReturned: container({ ...contribution, reviewer: address20, amount: uint128 }),
  /** A challenge showed that what a reviewer had confirmed was false, and that the reviewer could have known. */
  reviewBondSlashed: container({
    ...contribution,
    reviewer: address20,
    challenger: address20,
    /** The part of the bond that the challenger got, base units. */
    reward: uint128,
    /** The part of the bond that was burned, base units. */
    burned: uint128,
  }),
  /** A quorum accepted a contribution: from here on it is part of its Datanet. */
  contributionAccepted: container({
    ...contribution,
    /** Its place in the Datanet, from 0. */
    acceptance: uint32,
    /** Whether it is a commons from here on, so that its words are nobody's for models that pin it. */
    commons: boolean,
    tokens: uint64,
    novelTokens: uint64,
    /** The height at whose end what is left of the bond is returned. */
    bondUntil: height64,
  }),
  /** A quorum rejected a contribution. Its bond went to the treasury. */
  contributionRejected: container({ ...contribution, forfeited: uint128 }),
  /** The reviewers came to no verdict, or a cited source was not accepted. The bond went back. */
  contributionUndecided: container({ ...contribution, returned: uint128 }),
  /**
   * The bond of an accepted contribution went back to its owner, because nobody can challenge for it any
   * more.
   */
  contributionBondReturned: container({ ...contribution, amount: uint128 }),
  /** A challenge struck what a contribution had declared. */
  declarationStruck: container({
    ...contribution,
    falls: choice(['contribution', 'novelRun', 'passage']),
    /** Which novel run or passage; null if the whole contribution fell. */
    index: optional(uint32),
    /** The stable code of what was shown. */
    reason: text(64),
    /** Whether the owner could have known better, and lost the bond for it. */
    atFault: boolean,
    /** Whether the contribution is void from here on. */
    isVoid: boolean,
    challenger: address20,
    /** The part of the bond that the challenger got, base units. */
    reward: uint128,
    /** The part of the bond that was burned, base units. */
    burned: uint128,
  }),
  /** Novel tokens of a contribution were struck, and with them what they had earned and nobody had claimed. */
  noveltyStruck: container({
    ...contribution,
    /** The number of tokens that were struck. */
    tokens: uint64,
    /** The number of novel tokens that are left. */
    left: uint64,
    /**
     * The amount that goes to the treasury, base units. The contribution's earnings decrease by this amount.
     */
    forfeited: uint128,
  }),
};
