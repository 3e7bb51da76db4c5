/**
 * The ways in which a contribution ends: accepted into its Datanet, rejected, left undecided, or never
 * revealed. Also what happens to its bond.
 */

import { heightAfter } from '../../../src/lib/brands.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { type Fault, fault } from '../../errors/execution.ts';
import type { View } from '../../view.ts';
import type { Hook, TxContext } from '../kit/context.ts';
import { FRONTIER_LEAVES_MAX } from '../kit/frontier.ts';
import { account, payFromPot, pot } from '../ledger/accounts.ts';
import { addTotals } from '../ledger/totals.ts';
import {
  acceptedOf,
  type Content,
  contentOf,
  expiringCommits,
  heldBonds,
  type Origin,
  openSourcesOf,
  originOf,
  releaseDigest,
  type Stage,
  setAccepted,
  setStanding,
  standingOf,
} from './contributions.ts';
import { addToVersion, growthOf } from './datanets.ts';
import { returnReviewBonds } from './review-bonds.ts';

type Context = Pick<TxContext, 'view' | 'block' | 'emit'>;

const partsOf = (
  view: View,
  contribution: ContributionId,
): { readonly origin: Origin; readonly content: Content } => {
  const origin = originOf(view, contribution);
  const content = contentOf(view, contribution);
  invariant(origin !== undefined && content !== undefined, 'what is under review was committed and revealed');
  return { origin, content };
};

const setStage = (view: View, contribution: ContributionId, stage: Stage, bond: bigint): void =>
  setStanding(view, contribution, { ...standingOf(view, contribution), stage, bond });

/** Pays the bond back to the owner. Returns how much it was. */
const returnBond = (view: View, contribution: ContributionId, origin: Origin): bigint => {
  const { bond } = standingOf(view, contribution);
  payFromPot(view, 'contributionBonds', account(origin.owner), bond);
  return bond;
};

/** Pays the bond to the treasury. Returns how much it was. */
const keepBond = (view: View, contribution: ContributionId): bigint => {
  const { bond } = standingOf(view, contribution);
  payFromPot(view, 'contributionBonds', pot('treasury'), bond);
  addTotals(view, { forfeitedBonds: bond });
  return bond;
};

/** The fields of a contribution that each of its events carries. */
const named = (contribution: ContributionId, { datanet, owner }: Origin) => ({
  contribution,
  datanet,
  owner,
});

/**
 * The number of blocks that a contribution waits for an open source. Reviews have no deadline, and a source
 * that nobody reviews must not hold the contribution that cites it, with its bond, for ever.
 */
const SOURCE_WAIT_BLOCKS = 1000n;

/**
 * Accepts a contribution when a quorum has voted for it. Every source that it declares to be copied from
 * must be accepted before: a witness can only use an accepted text to show that the copied run is not in it.
 * For a source that was rejected, left undecided or is still open after {@link SOURCE_WAIT_BLOCKS}, nothing
 * can be shown. The owner could not foresee that, so the contribution is closed and its bond is returned.
 * Faults: `DATANET_FULL`, `CONTRIBUTION_SOURCE_OPEN`.
 */
export const accept = (context: Context, contribution: ContributionId): Fault | undefined => {
  const { view, block, emit } = context;
  const pending = openSourcesOf(view, contribution).filter(
    (source) => acceptedOf(view, source) === undefined,
  );
  const open = pending.find((source) => standingOf(view, source).stage === 'review');
  const revealed = partsOf(view, contribution).content.height;
  if (open !== undefined && block.height < revealed + SOURCE_WAIT_BLOCKS)
    return fault(
      'CONTRIBUTION_SOURCE_OPEN',
      `contribution ${contribution} says to be copied from ${open}, which is under review`,
      { contribution, source: open },
    );
  if (pending.length > 0) return returnUndecided(context, contribution);
  const { origin, content } = partsOf(view, contribution);
  const { datanet, owner } = origin;
  if (growthOf(view, datanet).frontier.count >= FRONTIER_LEAVES_MAX)
    return fault('DATANET_FULL', `datanet ${datanet} holds ${FRONTIER_LEAVES_MAX} contributions, its limit`, {
      datanet,
    });
  const { items, tokens, novelTokens } = content;
  const commons = content.role === 'commons';
  const acceptance = addToVersion(view, datanet, { contribution, ...content });
  setAccepted(view, contribution, {
    datanet,
    acceptance,
    commons,
    height: block.height,
    owner,
    items,
    tokens,
    novelTokens,
    voided: undefined,
  });
  const bondUntil = heightAfter(block.height, BigInt(block.params.contribution.declarationWindow));
  heldBonds.add(view, bondUntil, contribution);
  setStage(view, contribution, 'accepted', standingOf(view, contribution).bond);
  emit({
    type: 'contributionAccepted',
    data: { ...named(contribution, origin), acceptance, commons, tokens, novelTokens, bondUntil },
  });
  return undefined;
};

export const reject = (context: Context, contribution: ContributionId): undefined => {
  const { view, emit } = context;
  const { origin, content } = partsOf(view, contribution);
  const forfeited = keepBond(view, contribution);
  releaseDigest(view, origin.datanet, content, contribution);
  setStage(view, contribution, 'rejected', 0n);
  emit({ type: 'contributionRejected', data: { ...named(contribution, origin), forfeited } });
  returnReviewBonds(context, contribution);
};

export const returnUndecided = (context: Context, contribution: ContributionId): undefined => {
  const { view, emit } = context;
  const { origin, content } = partsOf(view, contribution);
  const returned = returnBond(view, contribution, origin);
  releaseDigest(view, origin.datanet, content, contribution);
  setStage(view, contribution, 'undecided', 0n);
  emit({ type: 'contributionUndecided', data: { ...named(contribution, origin), returned } });
  returnReviewBonds(context, contribution);
};

/** The end of the last block in which a challenge could have slashed the bonds of an accepted contribution. */
export const returnBonds: Hook = (context) => {
  const { view, block, emit } = context;
  for (const contribution of heldBonds.take(view, block.height)) {
    returnReviewBonds(context, contribution);
    const standing = standingOf(view, contribution);
    if (standing.bond === 0n) continue;
    const { origin } = partsOf(view, contribution);
    returnBond(view, contribution, origin);
    setStanding(view, contribution, { ...standing, bond: 0n });
    emit({
      type: 'contributionBondReturned',
      data: { ...named(contribution, origin), amount: standing.bond },
    });
  }
};

/** The end of the last block in which a commit could be revealed. */
export const expireCommits: Hook = ({ view, block, emit }) => {
  for (const contribution of expiringCommits.take(view, block.height)) {
    if (standingOf(view, contribution).stage !== 'committed') continue;
    const origin = originOf(view, contribution);
    invariant(origin !== undefined, 'what expires was committed');
    const forfeited = keepBond(view, contribution);
    setStage(view, contribution, 'expired', 0n);
    emit({ type: 'commitExpired', data: { ...named(contribution, origin), forfeited } });
  }
};
