/**
 * The bonds of the reviewers who accept a contribution (docs/economy.md#what-reviewers-answer-for). Each review holds its own,
 * in the pot `reviewBonds`, so that nothing depends on who reviews for the Datanet later.
 */

import type { Address } from '../../../src/lib/brands.ts';
import { invariant } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Fault } from '../../errors/execution.ts';
import type { ReadView } from '../../view.ts';
import type { TxContext } from '../kit/context.ts';
import { account, move, payFromPot, pot } from '../ledger/accounts.ts';
import { slashBond } from '../ledger/bonds.ts';
import { originOf, type Review, setStanding, standingOf } from './contributions.ts';

type Context = Pick<TxContext, 'view' | 'block' | 'emit'>;

/** The bond of a review: only who accepts confirms what is declared. */
export const bondOfReview = ({ block }: Pick<Context, 'block'>, verdict: Review['verdict']): bigint =>
  verdict === 'accept' ? block.params.contribution.reviewBond : 0n;

/** Takes the bond of a review from the reviewer. Fault `BALANCE_TOO_LOW`. */
export const lockReviewBond = (
  { view }: Pick<Context, 'view'>,
  { reviewer, bond }: Pick<Review, 'reviewer' | 'bond'>,
): Fault | undefined => move(view, account(reviewer), pot('reviewBonds'), bond);

/** Pays the bond of a review back. */
export const unlockReviewBond = (
  { view }: Pick<Context, 'view'>,
  { reviewer, bond }: Pick<Review, 'reviewer' | 'bond'>,
): void => payFromPot(view, 'reviewBonds', account(reviewer), bond);

/** The fields of a review that each event about its bond carries. */
const named = (view: ReadView, contribution: ContributionId, { reviewer }: Review) => {
  const origin = originOf(view, contribution);
  invariant(origin !== undefined, 'what is reviewed was committed');
  return { contribution, datanet: origin.datanet, owner: origin.owner, reviewer };
};

/** Takes the bonds off the reviews of a contribution, and returns the reviews that had one. */
const takeBonds = ({ view }: Pick<Context, 'view'>, contribution: ContributionId): readonly Review[] => {
  const standing = standingOf(view, contribution);
  const bonded = standing.reviews.filter(({ bond }) => bond > 0n);
  if (bonded.length > 0)
    setStanding(view, contribution, {
      ...standing,
      reviews: standing.reviews.map((review) => ({ ...review, bond: 0n })),
    });
  return bonded;
};

/** Pays the bonds of all reviews of a contribution back that still have one. */
export const returnReviewBonds = (context: Context, contribution: ContributionId): void => {
  const { view, emit } = context;
  for (const review of takeBonds(context, contribution)) {
    unlockReviewBond(context, review);
    emit({
      type: 'reviewBondReturned',
      data: { ...named(view, contribution, review), amount: review.bond },
    });
  }
};

/** Slashes the bonds of all who accepted a contribution: a part of each to the challenger, the rest burned. */
export const slashReviewBonds = (
  context: Context,
  contribution: ContributionId,
  challenger: Address,
): void => {
  const { view, emit } = context;
  for (const review of takeBonds(context, contribution)) {
    const reward = slashBond(context, 'reviewBonds', review.bond, challenger);
    emit({
      type: 'reviewBondSlashed',
      data: { ...named(view, contribution, review), challenger, reward, burned: review.bond - reward },
    });
  }
};
