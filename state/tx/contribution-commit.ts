/** Fixes a contribution's place in line, its global seq, before anyone can see what it is. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { fault } from '../../src/lib/errors.ts';
import { taggedHash } from '../../src/lib/hash.ts';
import { address20, bytes, container, root32, type Ssz, uint32 } from '../../src/lib/ssz.ts';
import { addCommit, expiringCommits } from '../modules/data/contributions.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import { account, move, pot } from '../modules/ledger/accounts.ts';
import type { Kind } from './kind.ts';

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
  apply: ({ view, sender, block, emit }, { datanet, commitment }) => {
    const target = datanetOf(view, datanet);
    if (target === undefined) return fault('DATANET_UNKNOWN', `there is no datanet ${datanet}`, { datanet });
    const { access, contributors } = target.terms;
    if (access === 'permissioned' && !contributors.some((each) => equal(each, sender)))
      return fault('DATANET_NOT_CONTRIBUTOR', `the sender may not contribute to datanet ${datanet}`, {
        datanet,
      });
    const { commitBond, revealMax } = block.params.contribution;
    const refused = move(view, account(sender), pot('contributionBonds'), commitBond);
    if (refused !== undefined) return refused;
    const seq = addCommit(view, { datanet, owner: sender, commitment, height: block.height }, commitBond);
    const lastReveal = block.height + BigInt(revealMax);
    expiringCommits.add(view, lastReveal, seq);
    emit({
      type: 'contributionCommitted',
      data: { seq, datanet, owner: toHex(sender), lastReveal: lastReveal.toString() },
    });
    return undefined;
  },
};
