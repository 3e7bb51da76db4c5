import { heightAfter } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { fault } from '../errors/execution.ts';
import { addCommit, expiringCommits } from '../modules/data/contributions.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import { account, move, pot } from '../modules/ledger/accounts.ts';
import type { ContributionCommit } from '../tx/contribution-commit.ts';
import type { Handler } from './handler.ts';

export const applyContributionCommit: Handler<ContributionCommit> = (
  { view, sender, block, emit },
  { datanet, commitment },
) => {
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
  const contribution = addCommit(
    view,
    { datanet, owner: sender, commitment, height: block.height },
    commitBond,
  );
  const lastReveal = heightAfter(block.height, BigInt(revealMax));
  expiringCommits.add(view, lastReveal, contribution);
  emit({
    type: 'contributionCommitted',
    data: { contribution, datanet, owner: sender, bond: commitBond, lastReveal },
  });
  return undefined;
};
