/** Fixes a contribution's place in line, its global seq, before anyone can see what it is. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { taggedHash } from '../../src/lib/hash.ts';
import { address20, bytes, container, root32, type Ssz, uint32 } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

export type ContributionCommit = {
  readonly datanet: number;
  /** {@link contributionCommitment} of what will be revealed. */
  readonly commitment: Root;
};

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

export const contributionCommit: Kind<ContributionCommit> = {
  id: 5,
  version: 1,
  name: 'contributionCommit',
  payload: container<ContributionCommit>({ datanet: uint32, commitment: root32 }),
  action: ({ datanet, commitment }) =>
    `commit a contribution to datanet ${datanet}, commitment ${toHex(commitment)}`,
  check: () => undefined,
  gas: () => 5_000n,
  accounts: noAccounts,
  contentRoots: noContent,
};
