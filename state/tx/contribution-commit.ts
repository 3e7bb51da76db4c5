/**
 * Fixes the place of a contribution in the order of all contributions, its contribution id, before anyone can see its
 * text.
 */

import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { taggedHash } from '../../src/lib/hash.ts';
import { datanetId } from '../../src/lib/ids.ts';
import { address20, bytes, container, root32, type ValueOf } from '../../src/lib/ssz.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

const ContributionCommitType = container({
  /** The Datanet that is contributed to. */
  datanet: datanetId,
  /** The {@link contributionCommitment} of what will be revealed. */
  commitment: root32,
});
export type ContributionCommit = ValueOf<typeof ContributionCommitType>;

const CommitmentPreimageType = container({
  datanet: datanetId,
  /** The content root. */
  root: root32,
  /** 32 bytes, secret until the reveal. */
  salt: bytes(32),
  sender: address20,
});
/** The values that a commitment hides until the reveal. */
export type CommitmentPreimage = ValueOf<typeof CommitmentPreimageType>;

/**
 * Returns H(datanet, root, salt, sender). Nobody can copy a commitment and reveal it, because it includes the sender.
 */
export const contributionCommitment = (preimage: CommitmentPreimage): Root =>
  taggedHash('openledger/commitment/1', CommitmentPreimageType.encode(preimage));

export const contributionCommit: Kind<ContributionCommit> = {
  id: 5,
  version: 1,
  name: 'contributionCommit',
  payload: ContributionCommitType,
  action: ({ datanet, commitment }) =>
    `commit a contribution to datanet ${datanet}, commitment ${toHex(commitment)}`,
  check: () => undefined,
  gas: () => 5_000n,
  accounts: noAccounts,
  content: noContent,
};
