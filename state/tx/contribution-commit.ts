/** Fixes a contribution's place in line, its global seq, before anyone can see what it is. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { taggedHash } from '../../src/lib/hash.ts';
import { address20, bytes, container, root32, type Ssz, uint32 } from '../../src/lib/ssz.ts';

export type ContributionCommit = {
  readonly datanet: number;
  /** {@link contributionCommitment} of what will be revealed. */
  readonly commitment: Root;
};

export const ContributionCommitType: Ssz<ContributionCommit> = container<ContributionCommit>({
  datanet: uint32,
  commitment: root32,
});

/** What a commitment hides until the reveal. */
export type CommitmentPreimage = {
  readonly datanet: number;
  /** The content root. */
  readonly root: Root;
  /** 32 bytes, secret until the reveal. */
  readonly salt: Uint8Array;
  readonly sender: Address;
};

const CommitmentPreimageType: Ssz<CommitmentPreimage> = container<CommitmentPreimage>({
  datanet: uint32,
  root: root32,
  salt: bytes(32),
  sender: address20,
});

/** H(datanet, root, salt, sender): who copies a commitment cannot reveal it, for the sender stands in it. */
export const contributionCommitment = (preimage: CommitmentPreimage): Root =>
  taggedHash('openledger/commitment/1', CommitmentPreimageType.encode(preimage));
